"""The live table's painting: only what changed, and thousands of rows."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.geometry import Region

from console.columns import connection_columns
from console.table import Table
from console.widgets.live_table import LiveTable
from heard.text import cells
from heard.ui.themes import shipped
from tests.console.stand_in import NOON, row

DARK = shipped()[0]["dark"]


@pytest.fixture
async def live():
    """A table of five rows on a screen of its own, and every region it asked to be painted since."""

    class Alone(App):
        def compose(self):
            yield LiveTable(Table(connection_columns(), lambda one: one.connection), DARK)

    app = Alone()
    async with app.run_test(size=(120, 12)) as pilot:
        widget = app.query_one(LiveTable)
        widget.show([row(str(n), subject=f"s{n}", rtt_ms=5.0, lag=0) for n in range(5)], NOON)
        await pilot.pause()
        widget.asked = []
        refresh = widget.refresh

        def noted(*regions, **more):
            widget.asked += regions or [Region(0, 0, *widget.size)]
            return refresh(*regions, **more)

        widget.refresh = noted
        yield widget


async def test_what_looks_the_same_is_not_painted_again(live):
    live.show([row(str(n), subject=f"s{n}", rtt_ms=5.0, lag=0) for n in range(5)], NOON)
    assert live.asked == []


async def test_only_the_cells_that_changed_are_painted(live):
    live.show([row(str(n), subject=f"s{n}", rtt_ms=5.0, lag=7 if n == 2 else 0) for n in range(5)], NOON)
    (region,) = live.asked
    assert (region.y, region.height) == (3, 1)
    assert live.shown()[3][region.x : region.right].strip() == "7"


async def test_rows_that_change_places_are_painted_and_the_others_are_not(live):
    rows = list(live.table.rows)
    live.show([rows[1], rows[0], *rows[2:]], NOON)
    assert sorted(region.y for region in live.asked) == [1, 2]


async def test_the_cursor_paints_the_two_rows_it_concerns(live):
    live.table.move(0)
    live.repaint()
    live.asked.clear()
    live.table.move(1)
    live.repaint()
    assert sorted(region.y for region in live.asked) == [1, 2]


async def test_another_sort_may_bring_another_column_and_paints_everything(live):
    live.table.sort_by("id")
    live.repaint()
    assert live.asked == [Region(0, 0, 120, 12)]
    assert "▲id" in live.shown()[0]


async def test_every_line_is_as_wide_as_the_table(live):
    live.show([row("1", subject="厨房" * 30, last_error="é" * 9, lag=None, sound="off")], NOON)
    for y in range(12):
        assert cells(live.render_line(y).text) == 120


async def test_a_sign_before_a_word_does_not_touch_the_figure_of_the_column_before(live):
    live.table.wanted = frozenset(("user", "unsent", "sound", "error"))
    live.show([row("1", unsent=0, sound="off", last_error="x"), row("2", unsent=500_000, sound="on")], NOON)
    assert live.shown()[1].split()[-3:] == ["0", "!off", "x"]
    assert live.shown()[2].split()[-3:] == ["!500k", "on", "-"]
    head, first, second = live.shown()[:3]
    assert head.index("sound") == first.index("off") == second.index("on")


async def test_five_thousand_rows_are_shown_and_gone_through(screen, clock):
    from tests.console.still import Still

    many = Still(clock, *[row(f"c{n:05}", subject=f"s{n:05}", since=clock.now()) for n in range(5_000)])
    async with screen(many, size=(120, 34)) as s:
        await s.press("2")
        await s.sees("5000 connections")
        await s.press("end")
        await s.sees("5000/5000")
        many.rows(row("c00007", subject="s00007", lag=500))
        await s.sees("1 to look at")
        assert s.app.connections.table.cursor == "c04999"
        await s.press("home")
        await s.sees("1/5000")
        assert s.app.connections.body.shown()[1].split()[:3] == ["►", "!!", "s00007"]
        await s.press("slash")
        await s.types("user:s0420")
        await s.sees("shows 10")
