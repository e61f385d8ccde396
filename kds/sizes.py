"""Text sizes: how a wall writes for somebody who stands close, two metres away, or across the kitchen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TextSize = Literal["normal", "large", "huge"]


@dataclass(frozen=True, slots=True)
class Size:
    """What a size asks of a wall. Widths in cells, edges included; heights in lines."""

    name: TextSize
    good_column: int
    """How wide a column is best."""
    least_column: int
    """How wide it is at least, unless there is only one."""
    least_height: int
    """The lowest wall it is worth having on."""
    head: int = 1
    """Lines of a card's header; three hold letters three lines high."""
    margin: int = 0
    """Cells left empty at the left of a card's text."""
    spaced: bool = False
    """Whether items stand apart."""
    block_names: bool = False
    """Whether dishes are written three lines high as well."""


SIZES: dict[TextSize, Size] = {
    "normal": Size("normal", 30, 26, 0),
    "large": Size("large", 50, 40, 14, head=3, margin=1, spaced=True),
    "huge": Size("huge", 66, 60, 18, head=3, margin=1, spaced=True, block_names=True),
}
"""From small to big, which is also the order in which a key goes through them."""


def next_size(size: TextSize) -> TextSize:
    """The size after this one; after the biggest the smallest."""
    names = list(SIZES)
    return names[(names.index(size) + 1) % len(names)]


def fitting_size(wanted: TextSize, width: int, height: int) -> TextSize:
    """The size asked for, or the biggest below it that this wall is big enough for."""
    names = list(SIZES)
    for name in reversed(names[: names.index(wanted) + 1]):
        if width >= SIZES[name].least_column and height >= SIZES[name].least_height:
            return name
    return "normal"


def column_widths(width: int, size: TextSize = "normal") -> tuple[int, ...]:
    """How wide the columns of a wall are, edges included; together the whole width."""
    good, least = SIZES[size].good_column, SIZES[size].least_column
    count = max(1, round(width / good))
    while count > 1 and width // count < least:
        count -= 1
    each, over = divmod(width, count)
    return tuple(each + (1 if number < over else 0) for number in range(count))
