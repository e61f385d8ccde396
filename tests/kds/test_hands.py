"""What undo takes back, and that a refused station is let in again by a key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heard.client.status import LinkState
from heard.contract import kds
from kds.glass import Glass
from kds.hands import Hands
from kds.keys import keymap
from kds.look import Look
from tests.kds.station import whole


@pytest.fixture
def hands(still, clock):
    glass = Glass("grill", Look())
    return Hands(still, glass, clock, keymap())


def test_what_cannot_be_taken_back_any_more_leaves_the_way_to_what_was_done_before_it(still, hands):
    first, second = still.place("Burger"), still.place("Burger")
    hands.bump_ticket(f"{first}.grill")
    hands.glass.focus = f"{second}.grill"
    hands.start()
    hands.bump_ticket(f"{second}.grill")
    hands.glass.focus = None
    still.act(kds.Bump, f"{second}.expo")
    assert hands.undo() == "#2 was handed over at expo; recall it instead"
    assert hands.undo() == "#1 taken back"
    assert hands.undo() == "nothing to undo"


def test_a_refused_undo_alone_is_not_refused_for_ever(still, hands):
    order = still.place("Burger")
    hands.bump_ticket(f"{order}.grill")
    still.act(kds.Bump, f"{order}.expo")
    assert hands.undo() == "#1 was handed over at expo; recall it instead"
    assert hands.undo() == "nothing to undo"


@pytest.mark.parametrize("deed", [kds.Start, kds.Hold])
def test_what_changed_nothing_is_not_taken_back(still, hands, deed):
    first, second = still.place("Burger"), still.place("Melt")
    hands.bump_ticket(f"{first}.grill")
    still.act(deed, f"{second}.grill")
    hands.on_item(deed, f"{second}.grill", still.ticket(second).lines[0].item_id)
    if deed is kds.Start:
        hands.glass.focus = f"{second}.grill"
        hands.start()
    assert hands.undo() == "#1 taken back"
    assert hands.done == []


def test_where_keys_do_nothing_undo_forgets_nothing(still, hands):
    order = still.place("Burger")
    hands.bump_ticket(f"{order}.grill")
    still.link = replace(still.link, role="viewer")
    assert hands.undo() == "to look at only: role viewer bumps nothing"
    assert hands.done == [f"{order}.grill"]


# ── A station that was thrown off ─────────────────────────────────────────────────────────────────────────────────────

WHY = "An operator closed this connection: wipe it"


def thrown_off(still, app, clock, unsent=2):
    still.link = replace(still.link, state=LinkState.REFUSED, reason=WHY, unsent=unsent, since=clock.monotonic())
    clock.advance(43)
    app.look_again()
    app.tick()


@pytest.mark.parametrize("kiosk", [False, True])
@pytest.mark.parametrize("width", [80, 120])
async def test_a_station_that_was_thrown_off_says_so_twice_and_how_to_come_back(still, screen, clock, kiosk, width):
    still.place("Burger")
    async with screen(size=(width, 24), kiosk=kiosk) as s:
        await s.sees("1 Burger")
        thrown_off(still, s.app, clock)
        await s.sees("REFUSED  43s 2 unsent")
        top, bottom = whole(s.app).splitlines()[0], whole(s.app).splitlines()[-1]
        assert "CUT OFF (F5)" in top
        assert "F5 try again" in bottom
        assert "An operator closed this" in bottom
        await s.press("f5")
        assert still.retried == 1
        await s.sees("Link: connecting.")
        await s.sees("REFUSED  43s 2 unsent")
        still.link = replace(still.link, state=LinkState.LIVE, reason=None)
        s.app.look_again()
        await s.sees(" LIVE ")
        await s.misses("connecting")
        await s.misses("CUT OFF")


async def test_the_key_that_tries_again_works_under_every_screen_over_the_wall(still, screen, clock):
    async with screen() as s:
        thrown_off(still, s.app, clock)
        await s.press("d")
        await s.sees("CUT OFF (F5)")
        await s.press("f5")
        assert still.retried == 1


async def test_on_a_wall_without_cards_the_bump_key_tries_again(still, screen, clock):
    async with screen(size=(120, 24), keymap_name="A") as s:
        await s.press("enter")
        thrown_off(still, s.app, clock)
        await s.sees("tries again")
        assert still.retried == 0
        await s.press("enter")
        assert still.retried == 1


async def test_offline_offers_the_key_where_there_is_room_and_live_never_does(still, screen, clock):
    async with screen(size=(200, 24)) as s:
        await s.sees("LIVE")
        await s.misses("try again")
        still.link = replace(still.link, state=LinkState.OFFLINE, since=clock.monotonic())
        s.app.tick()
        await s.sees("F5 try again")
        assert "CUT OFF" not in whole(s.app)
        await s.press("f5")
        assert still.retried == 1
