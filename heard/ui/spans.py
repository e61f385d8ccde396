"""Lines of a screen as plain values: runs of text with the name of a role, styled only when they are painted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from heard.text import cells, clip, fold, one_line


class Span(NamedTuple):
    """A run of text in one role of the theme, like `card.name`. The text is safe and on one line."""

    text: str
    role: str


Row = tuple[Span, ...]
"""One line of something, left to right."""


def span(text: str, role: str) -> Span:
    """Outside text on its way to the screen."""
    return Span(one_line(text), role)


def width(row: Iterable[Span]) -> int:
    """How many columns a row takes."""
    return sum([cells(part.text) for part in row])


def clipped(row: Row, room: int) -> Row:
    """As much of a row as fits; an ellipsis says more was there."""
    if width(row) <= room:
        return row
    kept: list[Span] = []
    for part in row:
        if (takes := cells(part.text)) > room:
            kept.append(Span(clip(part.text, room), part.role))
            break
        kept.append(part)
        room -= takes
    return tuple(kept)


def apart(left: Row, right: Row, room: int, role: str) -> Row:
    """Two rows at the two ends of a line; the left one is cut first."""
    if (gap := room - width(left) - width(right)) > 0:
        return (*left, Span(" " * gap, role), *right)
    right = clipped(right, room)
    left = clipped(left, max(0, room - width(right) - (1 if right else 0)))
    gap = room - width(left) - width(right)
    return (*left, Span(" " * gap, role), *right) if gap > 0 else (*left, *right)


def folded(text: str, role: str, room: int, *, first: Row = (), indent: int = 0) -> list[Row]:
    """Outside text over as many lines as it needs: `first` stands before the first, the others are indented."""
    indent = max(indent, width(first))
    lines = fold(one_line(text), max(1, room - indent)) or [""]
    pad = Span(" " * indent, role)
    lead = (*first, Span(" " * (indent - width(first)), role)) if width(first) < indent else first
    return [(*(lead if number == 0 else (pad,)), Span(line, role)) for number, line in enumerate(lines)]


def packed(words: Iterable[Span], room: int, *, indent: int = 0, role: str) -> list[Row]:
    """Short words side by side, on as many lines as they need."""
    rows: list[list[Span]] = []
    left = 0
    for word in words:
        if not word.text:
            continue
        takes = cells(word.text)
        if rows and left >= takes + 1:
            rows[-1] += [Span(" ", role), word]
            left -= takes + 1
            continue
        pieces = [word.text] if takes <= room - indent else fold(word.text, max(1, room - indent))
        rows += [[Span(" " * indent, role), Span(piece, word.role)] for piece in pieces]
        left = room - indent - cells(pieces[-1])
    return [tuple(row) for row in rows]
