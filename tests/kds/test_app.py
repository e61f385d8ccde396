"""The kitchen display, by pressing keys."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from heard.client.status import LinkState
from heard.contract import kds
from heard.ui.lines import Lines
from tests.kds.station import whole


async def test_orders_appear_with_every_word_a_guest_wrote(still, screen):
    still.place({"name": "Burger [no nuts] [/] q1", "qty": 2, "station_hint": ["grill"]})
    async with screen() as s:
        await s.sees("2 Burger [no nuts] [/] q1")


async def test_an_order_that_comes_later_appears_and_is_reported_as_painted(still, screen, until):
    async with screen() as s:
        await s.sees("Nothing to cook.")
        order = still.place("Burger")
        await s.sees("1 Burger")
        await until(lambda: s.app.seen)
        assert set(s.app.seen) == {f"{order}.grill"}


async def test_the_same_number_twice_bumps(still, screen):
    order = still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1")
        await s.sees("►")
        assert still.board.state(still.ticket(order)) == "open"
        await s.press("1")
        await s.sees("BUMPED")
        assert still.board.state(still.ticket(order)) == "done"


async def test_enter_bumps_the_card_in_focus_and_never_what_is_not_in_focus(still, screen):
    first, second = still.place("Burger"), still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("enter")
        assert still.board.state(still.ticket(first)) == "open"
        await s.press("enter")
        await s.sees("BUMPED")
        assert still.board.state(still.ticket(second)) == "open"
        await s.press("enter")
        assert still.board.state(still.ticket(second)) == "open"
        await s.press("enter")
        assert still.board.state(still.ticket(second)) == "done"


async def test_a_held_bump_key_bumps_one_card(still, screen, clock):
    orders = [still.place("Burger") for _ in range(5)]
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1")
        clock.advance(0.5)
        for _ in range(60):
            clock.advance(0.033)
            await s.pilot.press("enter")
        await s.sees("BUMPED")
        assert [str(still.board.state(still.ticket(one))) for one in orders] == ["done"] + ["open"] * 4


async def test_undo_takes_the_last_bump_back_to_its_place(still, screen):
    order = still.place("Burger")
    still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1", "enter", "u")
        await s.sees("#1 taken back")
        assert still.board.state(still.ticket(order)) == "open"
        assert s.app.glass.numbered(1).ticket_id == f"{order}.grill"


async def test_undo_is_promised_only_for_what_was_done_here(still, screen):
    still.place("Burger")
    theirs = still.place("Burger")
    async with screen() as s:
        await s.sees("#2")
        still.act(kds.Bump, f"{theirs}.grill")
        await s.sees("#2 BUMPED")
        assert "u undo" not in whole(s.app).partition("LIVE")[0]
        await s.press("1", "enter")
        await s.sees("#1 BUMPED    u undo")


async def test_recall_brings_back_one_after_the_other(still, screen):
    orders = [still.place("Burger") for _ in range(3)]
    for one in orders[:2]:
        still.act(kds.Bump, f"{one}.grill")
    async with screen() as s:
        await s.sees("#3")
        await s.press("r")
        await s.sees("#2 recalled")
        await s.sees("RECALLED")
        await s.press("r")
        await s.sees("#1 recalled")
        await s.press("minus")
        await s.sees("nothing to recall")


async def test_start_marks_and_says_so(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1", "s")
        await s.sees("▸1 Burger")
        await s.sees("STARTED")


async def test_rush_goes_on_and_off(still, screen):
    order = still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1", "exclamation_mark")
        await s.sees("#1 RUSH")
        await s.press("exclamation_mark")
        await s.sees("back in line")
        assert still.ticket(order).header.priority == "normal"


async def test_a_void_is_acknowledged_with_the_bump_key(still, screen):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, "Fries")
    still.change(order, items=[{"item_id": "v", "qty": 0}])
    async with screen() as s:
        await s.sees("VOID")
        await s.press("1", "enter")
        await s.sees("VOID SEEN")
        assert still.did[-1].name == "kds:ack_void"


async def test_expo_is_told_who_still_has_some_and_may_insist(still, screen, clock):
    order = still.place("Burger", "Burger")
    async with screen("expo", size=(120, 30)) as s:
        await s.sees("#1")
        await s.press("F")
        await s.sees("nothing to force")
        await s.press("1", "enter")
        await s.sees("#1: grill still has 2")
        assert still.board.status(order) == "received"
        clock.advance(20)
        await s.press("F")
        assert still.board.status(order) == "received"
        await s.press("enter", "F")
        await s.sees("#1 handed over")
        assert still.board.status(order) == "completed"


def a_refusal(number, order, words):
    return SimpleNamespace(command_id=f"c{number}", ticket_id=f"{order}.grill", message=words)


async def test_a_refusal_that_came_later_is_a_sentence_and_counted_until_somebody_puts_it_away(still, screen, clock):
    order = still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        still.refused.append(a_refusal(1, order, "Burger on #1 was voided; acknowledge it"))
        s.app.look_again()
        await s.sees("Burger on #1 was voided")
        clock.advance(7)
        s.app.tick()
        await s.misses("Burger on #1 was voided")
        assert "1 REFUSED" in whole(s.app)
        assert still.refused
        still.dismiss("c1")
        s.app.tick()
        await s.misses("REFUSED")


async def test_refusals_that_come_together_are_said_one_after_the_other(still, screen, clock):
    order = still.place("Burger")
    async with screen(size=(120, 24)) as s:
        await s.sees("1 Burger")
        still.refused = [a_refusal(n, order, f"refusal {n}") for n in (1, 2, 3)]
        s.app.look_again()
        for n, more in ((1, "(2 more)"), (2, "(1 more)"), (3, "")):
            await s.sees(f"#1: refusal {n} {more}".strip())
            clock.advance(7)
            s.app.tick()
        await s.misses("refusal")
        await s.sees("3 REFUSED")


async def test_a_refusal_that_another_sentence_covered_is_said_again(still, screen, clock):
    order = still.place("Burger")
    async with screen(size=(120, 24)) as s:
        still.refused = [a_refusal(1, order, "the gateway would not have it")]
        s.app.look_again()
        await s.sees("would not have it")
        clock.advance(1)
        s.app.say("something else")
        await s.sees("something else")
        clock.advance(7)
        s.app.tick()
        await s.sees("would not have it")
        assert still.refused


async def test_the_text_of_a_card_is_its_own_cells_and_nobody_elses(still, screen):
    burger, melt = still.place("Burger"), still.place("Melt")
    async with screen(size=(80, 24)) as s:
        await s.sees("1 Melt")
        mine = "\n".join(s.app.shown_of(f"{burger}.grill"))
        assert "#1" in mine
        assert "1 Burger" in mine
        assert "Melt" not in mine
        assert "1 Melt" in "\n".join(s.app.shown_of(f"{melt}.grill"))
        assert s.app.shown_of("nobody.grill") == []


async def test_the_badge_tells_the_truth(still, screen, clock):
    from dataclasses import replace

    async with screen(size=(120, 24)) as s:
        await s.sees(" LIVE ")
        still.link = replace(still.link, state=LinkState.OFFLINE, unsent=3, since=clock.monotonic(), last_event=0.0)
        clock.advance(40)
        s.app.look_again()
        await s.sees("OFFLINE  40s 3 unsent last 40s #1")
        still.link = replace(still.link, state=LinkState.REFUSED, reason="the token is not one of ours")
        s.app.look_again()
        await s.sees("REFUSED")
        await s.sees("The gateway refuses this station: the token is not one of ours - F5 / Enter tries again")


async def test_a_live_link_that_is_silent_is_stale(still, screen, clock):
    async with screen() as s:
        still.silent = True
        clock.advance(30)
        s.app.tick()
        await s.sees("STALE")


async def test_help_is_kept_in_every_width(still, screen):
    async with screen() as s:
        for width in (40, 60, 80, 200):
            await s.resize(width, 24)
            await s.sees("F1 help")


@pytest.mark.parametrize("key", ["escape", "f1", "q", "ctrl+c"])
async def test_help_closes_by_whatever_a_cook_reaches_for(still, screen, until, key):
    async with screen() as s:
        await s.press("f1")
        await until(lambda: len(s.app.screen_stack) == 2)
        await s.press(key)
        await until(lambda: len(s.app.screen_stack) == 1)
        assert s.app.is_running


async def test_at_the_pass_p_fires_what_every_station_holds_and_holds_nothing_else(still, screen):
    order = still.place("Burger", {"name": "Melt", "qty": 1, "item_id": "later", "course": 2})
    for station in ("grill", "fry"):
        still.act(kds.Hold, f"{order}.{station}", item_ids=["later"])
    async with screen("expo") as s:
        await s.press("1", "p")
        await s.sees("#1 fired")
        states = {line.state for station in ("grill", "fry") for line in still.ticket(order, station).lines}
        assert states == {kds.LineState.QUEUED}


async def test_help_is_made_from_the_live_keymap(still, screen, until):
    async with screen(keymap={"recall": "f6"}) as s:
        await s.press("f1")
        await until(lambda: len(s.app.screen_stack) == 2)
        lines = "\n".join(s.app.screen.query_one("#body", Lines).shown())
        assert "F6  bring back" in lines
        await s.press("escape")
        await until(lambda: len(s.app.screen_stack) == 1)
        await s.press("f6")
        await s.sees("nothing to recall")


async def test_a_window_too_small_says_so_and_comes_back(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.resize(30, 8)
        await s.sees("too small")
        await s.resize(80, 24)
        await s.sees("1 Burger")


async def test_all_day_counts_what_is_open(still, screen, until):
    still.place({"name": "Burger", "qty": 3}, "Burger")
    async with screen() as s:
        await s.sees("3 Burger")
        await s.press("a")
        await until(lambda: any("4 Burger" in line for line in s.app.query_one("#panel", Lines).shown()))


async def test_expo_view_and_back(still, screen):
    still.place("Fries")
    async with screen() as s:
        await s.sees("Nothing to cook.")
        await s.press("e")
        await s.sees("1 Fries")
        await s.sees("seen from grill")
        await s.press("e")
        await s.sees("Nothing to cook.")


async def test_where_the_token_does_not_work_keys_say_so_and_do_nothing(still, screen):
    order = still.place("Burger")
    still.link = replace(still.link, role="kitchen", stations=("grill",))
    async with screen() as s:
        await s.press("e")
        await s.sees("to look at only: this token works at grill, not at expo")
        await s.press("1", "enter", "F", "p", "s")
        assert still.did[1:] == []
        await s.press("i")
        await s.sees("Esc close")
        await s.misses("to look at only")
        await s.press("1", "1")
        await s.sees("to look at only")
        assert still.ticket(order).lines[0].state == "queued"


async def test_a_number_without_a_card_is_said(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.press("2")
        await s.sees("there is no card 2")
        await s.press("0", "3")
        await s.sees("there is no card 13")
        assert s.app.glass.focus is None


async def test_a_screen_that_opens_shows_its_keys_whatever_was_said_before(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.press("F")
        await s.sees("nothing to force")
        await s.press("d")
        await s.sees("Enter recall")
        await s.misses("nothing to force")


async def test_expo_is_not_offered_its_own_view(screen):
    async with screen("expo", size=(160, 24)) as s:
        await s.sees("a all-day")
        await s.misses("e expo")
    async with screen(size=(160, 24)) as s:
        await s.sees("e expo")


async def test_pages_turn(still, screen):
    for _ in range(12):
        still.place(*["Burger"] * 6)
    async with screen() as s:
        await s.sees("6 more →")
        await s.press("pagedown")
        await s.sees("page 2/2")
        await s.press("pagedown")
        await s.sees("this is the last page")
        await s.press("left_square_bracket")
        await s.sees("page 1/2")


async def test_a_kiosk_has_no_way_out(still, screen, until):
    async with screen(kiosk=True) as s:
        await s.press("q", "ctrl+c", "ctrl+q", "ctrl+p")
        assert s.app.is_running
        assert len(s.app.screen_stack) == 1


async def test_new_tickets_ring_once_and_are_counted(still, screen, monkeypatch):
    rings = []
    async with screen(size=(120, 24)) as s:
        await s.sees("Nothing to cook.")
        monkeypatch.setattr(s.app, "bell", lambda: rings.append(1))
        for _ in range(20):
            still.place("Burger")
        await s.sees("20 NEW")
        assert len(rings) == 1


async def test_a_wrong_station_is_told_what_there_is(still, screen):
    async with screen("gril") as s:
        await s.sees("no station gril; it has grill, fry, cold")


@pytest.mark.parametrize("theme", ["dark", "sixteen", "plain"])
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (100, 30), (250, 80)])
async def test_every_theme_paints_every_size_in_whole_lines(still, screen, until, theme, size):
    for _ in range(30):
        still.place(
            "Burger", {"name": "王小明 [x] ไทย", "qty": 1, "station_hint": ["grill"]}, allergies=[{"code": "nuts"}]
        )
    async with screen(size=size, theme=theme) as s:
        await s.sees("ALLERGY")
        wall = s.app.wall
        await until(lambda: None not in wall._strips)
        assert {strip.cell_length for strip in wall._strips} == {size[0]}
        assert all(sum(segment.cell_length for segment in strip) == size[0] for strip in wall._strips)
