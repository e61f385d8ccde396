"""A block of lines is painted where it changed, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App

from heard.ui.lines import Lines, changed
from heard.ui.spans import Span, width
from heard.ui.themes import shipped

DARK = shipped()[0]["dark"]
ROOM = 40


@pytest.fixture
async def lines():
    """A block on a screen of its own, and every region it asked to be painted since."""

    class Alone(App):
        def compose(self):
            yield Lines(DARK.styles)

    app = Alone()
    async with app.run_test(size=(ROOM, 4)) as pilot:
        block = app.query_one(Lines)
        await pilot.pause()
        block.asked = []
        block.refresh = lambda *regions, **_: block.asked.extend(regions)
        yield block


def row(*texts):
    return tuple(Span(text, "panel.text") for text in texts)


async def test_only_the_words_that_changed_are_painted(lines):
    lines.say([row("one ", "two ", "three"), row("four")])
    lines.asked.clear()
    lines.say([row("one ", "TWO ", "three"), row("four")])
    assert [tuple(region) for region in lines.asked] == [(4, 0, 4, 1)]


async def test_what_moves_what_is_behind_it_is_painted_to_the_end(lines):
    lines.say([row("one ", "two ", "three")])
    lines.asked.clear()
    lines.say([row("one ", "twenty ", "three")])
    assert [tuple(region) for region in lines.asked] == [(4, 0, ROOM - 4, 1)]


async def test_what_changes_beyond_the_right_edge_is_not_painted(lines):
    lines.say([row("x" * ROOM, "a", "b"), row("y" * (ROOM - 1), "old")])
    lines.asked.clear()
    lines.say([row("x" * ROOM, "aa", "B"), row("y" * (ROOM - 1), "NEW")])
    assert [tuple(region) for region in lines.asked] == [(ROOM - 1, 1, 1, 1)]


def painted(spans):
    """What stands in each cell."""
    cells = [(char, span.role) for span in spans for char in span.text for _ in range(width((Span(char, ""),)))]
    return [*cells, *[(" ", "fill")] * ROOM][:ROOM]


_words = st.text(alphabet="ab厨 ", max_size=3) | st.integers(ROOM - 2, ROOM + 2).map("a".__mul__)
_rows = st.lists(st.builds(Span, _words, st.sampled_from(["x", "y"])), max_size=5).map(tuple)


@given(_rows, _rows)
def test_what_is_painted_is_all_that_changed(old, new):
    begin, end = changed(old, new, ROOM)
    assert 0 <= begin <= end <= ROOM
    after = painted(old)
    after[begin:end] = painted(new)[begin:end]
    assert after == painted(new)
