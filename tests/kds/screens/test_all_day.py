"""All-day, beside the wall and as a screen."""

from __future__ import annotations

import pytest

from heard.ui.lines import Lines
from tests.kds.station import lines


def panel(s):
    return "\n".join(s.app.query_one("#panel", Lines).shown())


async def test_beside_the_wall_it_counts_with_and_without_choices_and_goes_away(still, screen, until):
    for action in ("no", "extra", "no"):
        still.place({"name": "Burger", "qty": 1, "modifiers": [{"name": "onion", "action": action}]})
    async with screen(size=(120, 24)) as s:
        await s.press("a")
        await until(lambda: "3 Burger" in panel(s))
        assert "onion" not in panel(s)
        await s.press("a")
        await until(lambda: "2 Burger\n" in panel(s).replace("  ", " ") and "NO onion" in panel(s))
        assert "EXTRA onion" in panel(s)
        await s.press("a")
        assert not s.app.query_one("#panel").has_class("open")


async def test_a_wall_that_became_narrower_says_what_is_on_other_pages(still, screen):
    for _ in range(18):
        still.place("Burger")
    async with screen(size=(80, 24)) as s:
        await s.misses("more")
        await s.press("a")
        await s.sees("more →")


async def test_where_there_is_no_room_it_is_a_screen_and_counts_live(still, screen):
    still.place({"name": "Burger", "qty": 2, "modifiers": [{"name": "onion", "action": "no"}]})
    async with screen(size=(50, 24)) as s:
        await s.press("a")
        await s.sees("ALL DAY")
        assert any(line.split() == ["2", "Burger"] for line in lines(s.app))
        still.place("Burger")
        await s.sees("3 Burger")
        await s.press("a")
        await s.sees("NO onion")
        await s.press("a")
        await s.misses("ALL DAY")


async def test_it_stays_while_the_window_grows(still, screen):
    still.place("Burger")
    async with screen(size=(50, 24)) as s:
        await s.press("a")
        await s.resize(160, 44)
        await s.sees("1 Burger")
        await s.press("escape")
        await s.misses("ALL DAY")


@pytest.mark.parametrize("width", [56, 60, 67])
async def test_the_panel_never_takes_the_room_the_wall_needs(still, screen, width):
    still.place("Burger")
    async with screen(size=(width, 24)) as s:
        await s.press("a")
        await s.sees("ALL DAY")
        assert lines(s.app)
        assert not s.app.glass.too_small


async def test_the_panel_goes_while_the_window_is_narrow_and_comes_back(still, screen, until):
    still.place("Burger")
    async with screen(size=(120, 24)) as s:
        await s.press("a")
        await until(lambda: s.app.panel.display and "1 Burger" in panel(s))
        await s.resize(60, 24)
        await until(lambda: s.app.wall.size.width == 60)
        assert not s.app.panel.display
        assert not s.app.glass.too_small
        await s.resize(120, 24)
        await until(lambda: s.app.panel.display and s.app.wall.size.width < 120)
        assert "1 Burger" in panel(s)
