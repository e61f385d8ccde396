"""Blocks of lines side by side: how the pages without a table are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from heard.text import one_line
from heard.ui.spans import Row, Span, apart, clipped, folded, span, width

Block = list[Row]
FILL = "ops.text"
USUAL = 3
"""Lines of a sentence with a reason in it."""


def title(text: str, room: int, more: str = "") -> Row:
    """A block's first line, as wide as the block."""
    right = (Span(f"{one_line(more)} ", "ops.title"),) if more else ()
    return apart((Span(f" {one_line(text)}", "ops.title"),), right, room, "ops.title")


def fact(name: str, value: str, role: str = "ops.text", *, lead: int = 12) -> Row:
    """A name and what it stands at."""
    return (Span(f" {name:<{lead}}", "ops.dim"), span(value, role))


def whole(name: str, text: str, room: int) -> Block:
    """A name and a sentence over as many lines as it needs; of short ones as many as of most, so that nothing moves."""
    rows = folded(text, "ops.text", room - 1, first=(Span(f" {name}  ", "ops.dim"),))
    return [*rows, *[()] * (USUAL - len(rows))]


def beside(blocks: Sequence[Block], rooms: Sequence[int], gap: int = 2) -> Block:
    """Blocks of these widths side by side."""
    lines: Block = []
    for rows in zip_longest(*blocks, fillvalue=()):
        line: Row = ()
        for place, (row, room) in enumerate(zip(rows, rooms, strict=True)):
            line += padded(row, room) if place < len(rooms) - 1 else clipped(row, room)
            if place < len(rooms) - 1:
                line += (Span(" " * gap, FILL),)
        lines.append(line)
    return lines


def padded(row: Row, room: int) -> Row:
    """A row in exactly so many columns."""
    row = clipped(row, room)
    left = room - width(row)
    return (*row, Span(" " * left, FILL)) if left > 0 else row


def rooms(total: int, count: int, gap: int = 2) -> list[int]:
    """`count` widths that fill `total`."""
    each, more = divmod(total - gap * (count - 1), count)
    return [each + (1 if place < more else 0) for place in range(count)]


def table(heads: Sequence[str], lines: Sequence[tuple[str, Sequence[str], str]], room: int, lead: int) -> Block:
    """A name and figures set to the right, with a head. `lines`: name, figures, role of the figures."""
    each = max(1, (room - lead - 1) // max(1, len(heads) - 1))
    each = min(each, 9)
    lead = max(0, room - 1 - each * (len(heads) - 1))
    head = f" {heads[0]:<{lead}}" + "".join(f"{one:>{each}}" for one in heads[1:])
    rows: Block = [(Span(head, "ops.column"),)]
    for name, figures, role in lines:
        first = padded(clipped((Span(" ", FILL), span(name, FILL)), lead), lead + 1)
        rows.append((*first, *(Span(f"{one:>{each}}", role) for one in figures)))
    return rows
