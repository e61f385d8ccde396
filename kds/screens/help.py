"""The help: what every key does here, made from the keymap in use, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar

from heard.text import cells
from heard.ui.deeds import Deed
from heard.ui.spans import Row, Span, folded, width
from heard.ui.words import ENGLISH, Words
from kds.keys import help_rows
from kds.screens.over import Over, headline

COLUMN = 56
"""How wide a column of the help is at least."""
MOST_LEAD = 16


class Help(Over):
    """Any key that a cook reaches for closes it."""

    opened_by: ClassVar[str] = "help"

    def rows(self, room: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - scrolled
        """Keys, then what the marks mean."""
        return help_lines(self.desk.deeds, self.desk.look.glyphs, room, self.words)

    def keys(self) -> Sequence[Span]:
        """How to read on."""
        return [Span(f" ↓ ↑ {self.words('read on')} ", "bar.key"), *super().keys()]

    def deed(self, deed: Deed) -> None:
        """Read on, or close."""
        if deed.id in ("bump", "help"):
            self.close()
        else:
            super().deed(deed)


def help_lines(deeds: Mapping[str, Deed], glyphs: Mapping[str, str], room: int, words: Words = ENGLISH) -> list[Row]:
    """Keys, then what the marks mean."""
    rows: list[Row] = [headline(words("Keys"), room), *_table(help_rows(deeds, words), room)]
    return [*rows, (), headline(words("Marks"), room), *_table(_marks(glyphs, words), room)]


def _table(pairs: Sequence[tuple[str, str]], room: int) -> list[Row]:
    """Pairs in columns side by side, read down."""
    count = max(1, room // COLUMN)
    each = room // count
    lead = min(MOST_LEAD, max((cells(left) for left, _ in pairs), default=0) + 1)
    blocks = [_pair(left, right, lead, each - 1) for left, right in pairs]
    stacks = _dealt(blocks, count)
    return [_side_by_side(row, each) for row in zip_longest(*stacks, fillvalue=())]


def _pair(left: str, right: str, lead: int, room: int) -> list[Row]:
    if cells(left) > lead:
        return [(Span(f" {left}", "panel.qty"),), *_pair("", right, lead, room)]
    return folded(right, "panel.text", room, first=(Span(f"{left:>{lead}}  ", "panel.qty"),))


def _dealt(blocks: Sequence[list[Row]], count: int) -> list[list[Row]]:
    """Blocks over columns of about the same height, none of them torn."""
    height = -(-sum(len(block) for block in blocks) // count)
    stacks: list[list[Row]] = [[]]
    for block in blocks:
        if len(stacks[-1]) >= height and len(stacks) < count:
            stacks.append([])
        stacks[-1].extend(block)
    return stacks


def _side_by_side(parts: Sequence[Row], each: int) -> Row:
    row: list[Span] = []
    for n, part in enumerate(parts):
        row += [*part, Span(" " * (each - width(part)), "panel.text")] if n + 1 < len(parts) else part
    return tuple(row)


def _marks(glyphs: Mapping[str, str], words: Words) -> list[tuple[str, str]]:
    return [
        (f"! !! {words('LATE')}", words("how long a card has waited, by the store's own limits")),
        (glyphs["started"], words("a cook is on it")),
        (glyphs["none"], words("expo: no station has done it")),
        (glyphs["some"], words("expo: some stations have")),
        (glyphs["done"], words("done at every station")),
        (glyphs["over"], words("handed over")),
        (words("CHANGED"), words("the order was changed after it was up; 2→3 is the old and the new number")),
        (words("RECALLED"), words("it was done and is back")),
        (words("ADD-ON"), words("ordered later")),
        (words("UNROUTED"), words("no rule says who makes it: expo decides")),
        (words("STALE"), words("the link calls itself live but has been silent: do not believe the wall")),
    ]
