"""Charts as lines of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.columns import ms_text, number_text
from console.widgets.strip_chart import AXIS, Strip, bar, chart, nice_top, sparkline
from heard.ui.spans import width


def lines(values, room=20, height=6, *, fine=True, **more):
    strip = Strip("rate", values, number_text, "-1m", "now", **more)
    return ["".join(part.text for part in row) for row in chart(strip, room, height, fine=fine)]


def test_a_chart_has_a_title_with_the_newest_and_the_largest_both_axes_and_the_newest_at_the_right():
    assert lines([None, 0, 2, 4, 8], room=24, height=6) == [
        " rate          8  max 8 ",
        "    10│                ▂",
        "      │                █",
        "      │               ▅█",
        "     0│             _▆██",
        "       -1m           now",
    ]


def test_the_largest_value_reaches_as_high_as_its_share_of_the_axis():
    drawn = lines([10], room=AXIS + 1, height=6, least=10)[1:-1]
    assert [line[-1] for line in drawn] == ["█"] * 4
    drawn = lines([5], room=AXIS + 1, height=6, least=10)[1:-1]
    assert [line[-1] for line in drawn] == [" ", " ", "█", "█"]


def test_nothing_measured_is_blank_and_measured_nothing_has_a_floor():
    drawn = lines([None, 0], room=AXIS + 2, height=4)[1:-1]
    assert [line[-2:] for line in drawn] == ["  ", " _"]


def test_a_terminal_without_blocks_gets_plain_characters():
    assert all(line.isascii() for line in lines([1, 5, 3, 0, None, 9], fine=False))


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.5), (1, 1), (3, 5), (7, 10), (44, 50), (101, 200), (5_001, 10_000)]
)
def test_an_axis_ends_at_a_round_number(value, top):
    assert nice_top(value) == pytest.approx(top)


values = st.lists(st.one_of(st.none(), st.floats(0, 1e12)), max_size=80)


@given(values, st.integers(AXIS + 2, 90), st.integers(3, 20), st.booleans())
def test_no_chart_leaves_its_box(series, room, height, fine):
    strip = Strip("t", series, ms_text, "-15m", "now")
    rows = chart(strip, room, height, fine=fine)
    assert len(rows) == height
    assert all(width(row) <= room for row in rows)


@given(values, st.integers(1, 60), st.booleans())
def test_a_sparkline_is_as_wide_as_its_room(series, room, fine):
    assert len(sparkline(series, room, fine=fine)) == room


@given(st.floats(-1, 3), st.integers(1, 40), st.booleans())
def test_a_bar_is_no_longer_than_its_room(share, room, fine):
    assert len(bar(share, room, fine=fine)) <= room
