"""Recently done: what was, and bringing one back."""

from __future__ import annotations

import pytest

from heard.contract import kds
from tests.kds.station import lines


def done(still, count=3, item="Burger"):
    """Orders that the grill has done, the first one first."""
    orders = [still.place(item) for _ in range(count)]
    for order in orders:
        still.clock.advance(60)
        still.act(kds.Bump, f"{order}.grill")
    return orders


async def test_the_newest_is_first_with_when_how_long_who_and_what(still, screen):
    first = still.place({"name": "Burger [no nuts]", "qty": 2, "station_hint": ["grill"]}, "Melt")
    still.clock.advance(95)
    still.act(kds.Bump, f"{first}.grill")
    still.doers[f"{first}.grill"] = "ann"
    done(still, 1)
    async with screen() as s:
        await s.press("d")
        await s.sees("Recently done at grill")
        _, heads, newest, older = lines(s.app)
        assert heads.split() == ["ticket", "done", "took", "by", "what"]
        assert newest.split() == ["1", "#2", "18:02", "1:00", "-", "1", "Burger"]
        assert older.split() == ["2", "#1", "18:01", "1:35", "ann", "2", "Burger", "[no", "nuts],", "1", "Melt"]


async def test_a_course_that_is_done_can_be_brought_back_while_the_next_one_waits(still, screen):
    order = still.place("Burger", "Melt")
    still.act(kds.Hold, f"{order}.grill", item_ids=[still.ticket(order).lines[1].item_id])
    still.clock.advance(60)
    still.act(kds.Bump, f"{order}.grill")
    async with screen() as s:
        await s.press("d")
        await s.sees("Recently done at grill")
        assert lines(s.app)[2].split() == ["1", "#1", "18:01", "1:00", "1", "Burger"]
        await s.press("escape", "r")
        await s.sees("RECALLED")
    assert [str(line.state) for line in still.ticket(order).lines] == ["queued", "held"]


async def test_where_nobody_is_known_there_is_no_column_for_it(still, screen):
    done(still, 1)
    async with screen() as s:
        await s.press("d")
        await s.sees("Recently done at grill")
        _, heads, newest = lines(s.app)
        assert heads.split() == ["ticket", "done", "took", "what"]
        assert newest.split() == ["1", "#1", "18:01", "1:00", "1", "Burger"]


@pytest.mark.parametrize("key", ["i", "r"])
async def test_nothing_is_done_before_one_is_chosen_and_it_says_so(still, screen, key):
    done(still, 1)
    async with screen() as s:
        await s.press("d", key)
        await s.sees("choose one first")
        assert kds.Recall not in {type(one) for one in still.did}


async def test_nothing_done_is_said(screen):
    async with screen() as s:
        await s.press("d")
        await s.sees("Nothing was done here today.")
        await s.press("enter", "1", "1")
        await s.press("escape")
        await s.sees("Nothing to cook.")


@pytest.mark.parametrize("keys", [("3", "3"), ("3", "enter"), ("down", "down", "down", "left_control"), ("3", "r")])
async def test_any_of_them_is_brought_back_and_the_wall_shows_it(still, screen, keys):
    oldest, *_ = done(still)
    async with screen() as s:
        await s.press("d", *keys)
        await s.sees("#1 recalled")
        assert still.ticket(oldest).prep_state() == "open"
        assert s.app.glass.focus == f"{oldest}.grill"
        assert [type(one) for one in still.did[-1:]] == [kds.Recall]


async def test_at_expo_it_is_brought_back_to_expo(still, screen):
    order = still.place("Burger")
    still.act(kds.Bump, f"{order}.grill")
    still.clock.advance(75)
    still.act(kds.Bump, f"{order}.expo")
    async with screen("expo") as s:
        await s.press("d")
        await s.sees("1 Burger")
        assert lines(s.app)[-1].split() == ["1", "#1", "18:01", "1:15", "1", "Burger"]
        await s.press("1", "1")
        await s.sees("#1 recalled")
        assert still.board.status(order) == "in_progress"


async def test_a_held_number_brings_nothing_back(still, screen, clock):
    done(still)
    async with screen() as s:
        await s.press("d", "1")
        for _ in range(20):
            clock.advance(0.033)
            await s.pilot.press("1")
        assert kds.Recall not in {type(one) for one in still.did}
        await s.sees("Recently done")


async def test_the_key_that_brought_it_back_does_not_bump_it_while_it_is_held(still, screen, clock):
    (order,) = done(still, 1)
    async with screen() as s:
        await s.press("d", "1", "enter")
        await s.sees("#1 recalled")
        for _ in range(30):
            clock.advance(0.033)
            await s.pilot.press("enter")
        assert still.ticket(order).prep_state() == "open"
        await s.press("enter")
        assert still.ticket(order).prep_state() == "done"


async def test_a_number_means_the_card_it_stood_at_when_it_was_pressed_first(still, screen):
    done(still)
    async with screen() as s:
        await s.press("d", "1")
        (newer,) = done(still, 1)
        await s.sees("#4")
        await s.press("1")
        assert kds.Recall not in {type(one) for one in still.did}
        await s.press("1")
        await s.sees("#4 recalled")
        assert still.did[-1].ticket_id == f"{newer}.grill"


async def test_one_that_is_brought_back_elsewhere_leaves_the_list(still, screen):
    order, *_ = done(still)
    async with screen() as s:
        await s.press("d", "3")
        await s.sees("► 3 #1")
        still.act(kds.Recall, f"{order}.grill")
        await s.misses("► 3 #1")
        await s.press("enter")
        assert [one.ticket_id for one in still.did if type(one) is kds.Recall] == [f"{order}.grill"]


async def test_a_long_list_is_read_page_by_page_and_nothing_is_left_out(still, screen):
    done(still, 40)
    async with screen() as s:
        await s.press("d")
        seen = set()
        for _ in range(4):
            seen |= {word for line in lines(s.app) for word in line.split() if word.startswith("#")}
            await s.press("pagedown")
        assert seen == {f"#{n}" for n in range(1, 41)}
        await s.press("home")
        await s.sees("1 #40")
        await s.press(*["down"] * 40)
        await s.sees("#1 ")
        await s.press("enter")
        await s.sees("#1 recalled")


async def test_ten_and_more_are_named_after_a_zero(still, screen):
    done(still, 14)
    async with screen() as s:
        await s.press("d", "0", "2", "0", "2")
        await s.sees("#3 recalled")


async def test_the_order_can_be_looked_at_and_esc_comes_back_to_the_list(still, screen):
    done(still)
    async with screen() as s:
        await s.press("d", "2", "i")
        await s.sees("History")
        assert "#2" in lines(s.app)[0]
        await s.press("escape")
        await s.sees("Recently done")
        await s.press("d")
        await s.sees("Nothing to cook.")


async def test_the_upper_bar_goes_on_to_say_what_must_not_be_missed(still, screen):
    done(still, 1)
    async with screen(size=(120, 24)) as s:
        await s.press("d")
        still.place("Burger", allergies=[{"code": "nuts"}])
        await s.sees("1 open")
        await s.sees("ALLERGY #2")


async def test_a_list_nobody_touches_goes_by_itself(still, screen, clock):
    done(still, 1)
    async with screen() as s:
        await s.press("d")
        await s.sees("Recently done")
        clock.advance(121)
        s.app.tick()
        await s.misses("Recently done")
        await s.sees("Nothing to cook.")
