"""A newcomer's strip on a station: it says the next key, goes on when it was pressed, and goes away."""

from typing import Any

from demo.guide import guide_to
from kds.app import KdsApp
from kds.settings import Settings
from tests.kds.conftest import ENVIRON


def station(still: Any, clock: Any, *, led: bool = True) -> KdsApp:
    app = KdsApp(still, "grill", Settings(), clock=clock, environ=ENVIRON)
    if led:
        app.show_around(guide_to("grill"))
    return app


async def test_the_strip_goes_on_with_every_key_tried(still: Any, clock: Any, until: Any) -> None:
    still.place("Burger")
    app = station(still, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "Press 1" in app.tour.strip.shown())
        await pilot.press("1")
        await until(lambda: "Enter: done" in app.tour.strip.shown())
        await pilot.press("enter")
        await until(lambda: "u takes it back" in app.tour.strip.shown())
        assert "n: no more hints" in app.tour.strip.shown()


async def test_its_own_key_ends_it_for_good(still: Any, clock: Any, until: Any) -> None:
    still.place("Burger")
    app = station(still, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.tour.strip.display)
        height = app.wall.size.height
        await pilot.press("n")
        await until(lambda: not app.tour.strip.display)
        await until(lambda: app.wall.size.height == height + 1)
        await pilot.press("1")
        assert not app.tour.strip.display


async def test_where_another_station_is_looked_at_the_strip_waits(still: Any, clock: Any, until: Any) -> None:
    still.place("Burger")
    app = station(still, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.tour.strip.display)
        await pilot.press("e")
        await until(lambda: not app.tour.strip.display)
        await pilot.press("e")
        await until(lambda: app.tour.strip.display)


async def test_a_station_nobody_is_shown_around_has_no_strip(still: Any, clock: Any, until: Any) -> None:
    app = station(still, clock, led=False)
    async with app.run_test(size=(80, 24)):
        await until(lambda: app.wall.size.height)
        assert not app.tour.strip.display


async def test_where_cards_need_every_line_there_is_no_strip(still: Any, clock: Any, until: Any) -> None:
    app = station(still, clock)
    async with app.run_test(size=(40, 10)) as pilot:
        await until(lambda: not app.tour.strip.display)
        await until(lambda: not app.glass.too_small)
        await pilot.resize_terminal(80, 24)
        await until(lambda: app.tour.strip.display)
