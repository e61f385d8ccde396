"""Blocks of an overview: they fit any window, or are cut."""

import pytest

from console.screens.blocks import table
from heard.ui.spans import width

LINES = [("stream:subscribe", ("4.5", "0"), "ops.text")]


@pytest.mark.parametrize("room", [-5, 0, 1, 2, 5, 20, 80])
def test_a_table_is_written_for_a_window_of_any_width(room: int) -> None:
    rows = table(("event", "in/s", "out/s"), LINES, room, 20)
    assert len(rows) == 2
    assert room < 30 or [width(row) for row in rows] == [room, room]
