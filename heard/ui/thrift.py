"""A screen that sends the terminal the cells that changed and no others.

Textual sends each dirty stretch of a line from the line's beginning, and the look of each piece with it: forty clocks
on a wall cost 18 kB a second that way and under 1 kB this way. The names it builds on are Textual's own inside (8.2):
tests/heard/ui/test_thrift.py notices a change.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate

from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor
from textual.screen import Screen
from textual.strip import Strip

_CODE = re.compile(r"(\x1b\[[0-9;]*[mH])")
_PLAIN = "\x1b[0m"


class ThriftyUpdate(ChopsUpdate):
    """Spans cut at both ends, and looks told once."""

    def render_segments(self, console: Console) -> str:
        """What the terminal is sent."""
        sent: list[str] = []
        look = partial(Strip.render_style, color_system=COLOR_SYSTEMS[console.color_system or "truecolor"])
        rulers: dict[tuple[int, int], Ruler] = {}
        for y, begin, finish in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, begin), min(end, finish)
                if strip is not None and first < last:
                    ruler = rulers.get((y, x)) or rulers.setdefault((y, x), Ruler(strip))
                    sent.append(f"\x1b[{y + 1};{first + 1}H")
                    sent += [look(style, text) if style else text for text, style, _ in ruler.cut(first - x, last - x)]
        return once("".join(sent))


class Ruler:
    """A strip with its columns counted once: a line of a wall is cut at seven clocks every second."""

    def __init__(self, strip: Iterable[Segment]) -> None:
        self._segments: Sequence[Segment] = tuple(strip)
        self._ends = list(accumulate(segment.cell_length for segment in self._segments))

    def cut(self, first: int, last: int) -> list[Segment]:
        """What stands in the columns from `first` to before `last`."""
        begin, end = bisect_right(self._ends, first), bisect_left(self._ends, last)
        found = list(self._segments[begin : end + 1])
        if end < len(self._ends) and self._ends[end] > last:
            found[-1] = found[-1].split_cells(last - self._begin(end))[0]
        if found and first > self._begin(begin):
            found[0] = found[0].split_cells(first - self._begin(begin))[1]
        return found

    def _begin(self, number: int) -> int:
        return self._ends[number - 1] if number else 0


def once(sent: str) -> str:
    """The same cells with each look told only where it changes: a hundred clocks of one look need it once."""
    told: list[str] = []
    now = wanted = _PLAIN
    for number, part in enumerate(_CODE.split(sent)):
        if number % 2 and part.endswith("m"):
            wanted = part
        elif number % 2 or not part:
            told.append(part)  # where to go on; the look is for what stands there
        else:
            # A look of ours is whole: it begins from plain, never on top of another.
            told.append("" if wanted == now else wanted if now == _PLAIN else _PLAIN + wanted.replace(_PLAIN, ""))
            told.append(part)
            now = wanted
    return "".join(told) + ("" if now == _PLAIN else _PLAIN)


class ThriftyCompositor(Compositor):
    """Partial updates made thrifty."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What changed since the last one, or None."""
        update = super().render_partial_update()
        return None if update is None else ThriftyUpdate(update.chops, update.spans, update.chop_ends)


class ThriftyScreen(Screen[None]):
    """An ordinary screen otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
