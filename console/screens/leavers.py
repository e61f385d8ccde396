"""Who left most often lately, and how: what a screen that comes and goes all evening looks like among many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import takewhile

from console.columns import age_text
from console.screens.blocks import Block, beside, rooms, table, title
from console.troubles import MANY_DROPS
from console.view import View
from heard.contract.ops import ClosedRow
from heard.ui.spans import Span

LATELY_S = 3_600
MOST_ROOM = 110
"""Columns: figures far from their names are nobody's."""


def leavers(view: View, room: int, height: int) -> Block:
    """In so many columns and at most so many lines."""
    words, now = view.words, view.now
    rows = list(takewhile(lambda row: (now - row.until).total_seconds() < LATELY_S, view.picture.closed))
    head = title(words("LEFT IN THE LAST HOUR"), room, words("{n} in all", n=len(rows)))
    if not rows:
        return [head, (Span(" " + words("nobody"), "ops.dim"),)][:height]
    widths = rooms(min(room, MOST_ROOM), 2)
    people = _often(view, rows, lambda row: row.subject, words("user"), widths[0], height - 1)
    codes = _often(view, rows, lambda row: row.code, words("code"), widths[1], height - 1)
    return [head, *beside([people, codes], widths)][:height]


def _often(
    view: View, rows: Sequence[ClosedRow], read: Callable[[ClosedRow], str], name: str, room: int, height: int
) -> Block:
    """How often each, and how long ago the last time was; those most often first, then those who left last."""
    words, last = view.words, {read(row): row for row in reversed(rows)}
    lines = [
        (said, (str(n), age_text((view.now - last[said].until).total_seconds())), _role(n))
        for said, n in Counter(map(read, rows)).most_common(max(0, height - 1))
    ]
    return table((name, words("times"), words("last")), lines, room, room // 2)


def _role(n: int) -> str:
    return "ops.warn" if n >= MANY_DROPS else "ops.text"
