"""The cards of a station as they are read out: what is new of them, and their numbers."""

from __future__ import annotations

from dataclasses import replace

from heard.client.status import LinkState
from heard.contract import kds
from kds.settings import Settings
from kds.spoken.news import AT_ONCE, NUMBERS
from tests.kds.spoken.hearing import at, said


def test_it_begins_with_the_link_the_station_and_what_is_open(still, clock):
    still.place("Burger")
    lines = at(still, "grill", clock=clock).look()
    assert lines[0] == "Link: live."
    assert lines[1].startswith("Station grill.")
    assert lines[2] == "1 card is open."
    assert lines[3].startswith("1: #")
    assert "1 Burger" in lines[3]


def test_an_empty_kitchen_and_no_kitchen_are_not_the_same(still, clock):
    live, still.link = still.link, replace(still.link, state=LinkState.CATCHING_UP)
    linear = at(still, "grill", clock=clock)
    assert linear.look() == ["Link: catching up."]
    still.link = live
    assert linear.look()[-1] == "0 cards are open."


def test_a_new_card_is_one_paragraph_with_allergies_first(still, linear):
    burger = {
        "name": "Burger",
        "qty": 2,
        "modifiers": [{"name": "onions", "action": "no"}],
        "notes": [{"text": "rare"}],
    }
    still.place(burger, allergies=[{"code": "nuts"}], table="12", service="dine_in")
    (line,) = linear.look()
    assert line.startswith("New: 1: #1. ALLERGY nuts. ")
    order = [line.index(word) for word in ("ALLERGY", "DINE-IN", "T12", "2 Burger", "NO onions", "rare", "0 minutes")]
    assert order == sorted(order)


def test_nothing_is_said_twice(still, linear):
    still.place("Burger")
    assert said(linear)
    assert said(linear) == ""


def test_another_station_s_card_is_not_said(still, linear):
    still.place("Fries")
    assert said(linear) == ""


def test_a_course_that_is_done_is_said_to_be_and_one_that_was_put_off_to_be_held(still, linear):
    for _ in range(2):
        order = still.place("Burger", "Melt")
        still.act(kds.Hold, f"{order}.grill", item_ids=[still.ticket(order).lines[1].item_id])
    linear.look()
    linear.answer("1 b")
    assert said(linear) == "Done: 1: #1."
    still.act(kds.Hold, f"{order}.grill")
    assert said(linear) == "Held: 2: #2."


def test_a_number_let_go_is_not_another_card_s_at_once(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    still.place("Burger")
    assert said(linear).startswith("New: 2: ")
    assert linear.answer("1 b") == ["no card has number 1"]


def test_numbers_begin_again_with_those_that_are_free(still, linear):
    still.place("Burger")
    linear.look()
    for n in range(2, NUMBERS + 1):
        still.place("Burger")
        linear.look()
        linear.answer(f"{n} b")
        linear.look()
    still.place("Burger")
    assert said(linear).startswith("New: 2: ")


def test_what_is_ordered_later_gets_the_next_number(still, linear):
    order = still.place("Burger", "Melt")
    linear.look()
    still.change(order, items=[{"name": "Burger", "qty": 3}])
    assert "1.2: 1 Melt, ALSO AT: FRY. 1.3: ADD-ON, 3 Burger" in said(linear)


def test_a_change_is_read_out_whole(still, linear):
    order = still.place("Burger")
    linear.look()
    still.change(order, items=[{"item_id": still.ticket(order).lines[0].item_id, "qty": "3"}])
    line = said(linear)
    assert line.startswith("Changed: 1: #1. ")
    assert "3 Burger" in line
    assert "CHANGED 1→3" in line


def test_a_void_is_said_and_stays_until_it_is_seen(still, linear):
    order = still.place("Burger")
    linear.look()
    still.change(order, items=[{"item_id": still.ticket(order).lines[0].item_id, "qty": "0"}])
    assert "VOID" in said(linear)
    linear.answer("1 v")
    assert said(linear) == "Off: 1: #1."


def test_late_is_said_once(still, linear, clock):
    still.place("Burger")
    linear.look()
    clock.advance(721)
    assert said(linear) == "LATE: 1: #1, 12 minutes."
    clock.advance(60)
    assert said(linear) == ""


def test_of_many_at_once_only_some_are_read_but_every_alarm_is(still, linear):
    for n in range(AT_ONCE + 5):
        still.place("Burger", **({"allergies": [{"code": "nuts"}]} if n == AT_ONCE + 3 else {}))
    lines = linear.look()
    assert lines[0] == f"{AT_ONCE + 5} new cards."
    assert sum(line.startswith("New:") for line in lines) == AT_ONCE + 1
    assert any("ALLERGY" in line for line in lines)
    assert lines[-1] == "And 4 more; l lists all."
    assert len(linear.answer("l")) == AT_ONCE + 5


def test_expo_hears_that_a_card_is_ready_and_who_still_has_it(still, clock):
    expo = at(still, "expo", clock=clock)
    order = still.place("Melt")
    expo.look()
    assert expo.answer("1 b")[0].startswith("#1: ")
    still.act(kds.Bump, f"{order}.grill")
    still.act(kds.Bump, f"{order}.fry")
    assert said(expo).startswith("Ready: 1: #1. ")
    expo.answer("1 b")
    assert said(expo) == "Done: 1: #1."


def test_many_that_are_late_at_once_are_one_line(still, clock):
    for _ in range(5):
        still.place("Burger")
    clock.advance(720)
    linear = at(still, "grill", Settings(heat_s=(300, 480, 600)), clock=clock)
    late = [one for one in linear.look() if one.startswith("LATE")]
    assert late == ["LATE: 1: #1, 2: #2, 3: #3, 4: #4, 5: #5."]


def test_a_card_that_was_done_before_the_start_comes_back(still, clock):
    order = still.place("Burger")
    still.act(kds.Bump, f"{order}.grill")
    linear = at(still, "grill", clock=clock)
    linear.look()
    linear.answer("d")
    linear.answer("d1 r")
    assert said(linear).startswith("Back: 1: #1. ")
