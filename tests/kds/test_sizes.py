"""Text sizes: what fits where."""

from __future__ import annotations

import pytest

from kds.sizes import SIZES, column_widths, fitting_size, next_size


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", range(40, 260))
def test_columns_fill_the_width_in_every_size(size, width):
    widths = column_widths(width, size)
    assert sum(widths) == width
    assert len(widths) == 1 or min(widths) >= SIZES[size].least_column
    assert max(widths) - min(widths) <= 1


@pytest.mark.parametrize(
    ("width", "columns"), [(80, (3, 2, 1)), (100, (3, 2, 1)), (120, (4, 2, 2)), (200, (7, 4, 3)), (250, (8, 5, 4))]
)
def test_bigger_letters_have_fewer_and_wider_columns(width, columns):
    assert tuple(len(column_widths(width, size)) for size in SIZES) == columns


def test_the_key_goes_through_all_sizes_and_round():
    assert [next_size(size) for size in SIZES] == ["large", "huge", "normal"]


@pytest.mark.parametrize(
    ("wanted", "width", "height", "size"),
    [
        ("huge", 100, 28, "huge"),
        ("huge", 59, 28, "large"),
        ("huge", 100, 17, "large"),
        ("huge", 100, 13, "normal"),
        ("large", 39, 28, "normal"),
        ("large", 250, 78, "large"),
        ("normal", 10, 2, "normal"),
    ],
)
def test_a_wall_too_small_for_a_size_has_the_next_smaller_one(wanted, width, height, size):
    assert fitting_size(wanted, width, height) == size
