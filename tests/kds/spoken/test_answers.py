"""What each letter does to the kitchen, and the sentence it comes to."""

from __future__ import annotations

import pytest

from heard.contract import kds
from kds.choices import Kept
from tests.kds.spoken.hearing import at, line, said
from tests.kds.station import Speaker


def test_a_number_reads_a_card_and_b_is_done_with_it(still, linear):
    order = still.place("Burger")
    linear.look()
    assert "1 Burger" in linear.answer("1\n")[0]
    assert linear.answer("b\n") == []
    assert still.ticket(order).lines[0].state is kds.LineState.READY
    assert said(linear) == "Done: 1: #1."


def test_undo_brings_the_card_back_and_says_so(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    assert linear.answer("u") == ["#1 taken back"]
    assert said(linear).startswith("Back: 2: #1. ")
    assert linear.answer("u") == ["nothing to undo"]


def test_recall_brings_the_last_card_back(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    assert linear.answer("r") == ["#1 recalled"]
    assert "RECALLED" in said(linear)


def test_expo_may_insist_with_the_letter_it_was_told(still, clock):
    expo = at(still, "expo", clock=clock)
    still.place("Melt")
    expo.look()
    assert "f hands it over anyway" in expo.answer("1 b")[0]
    assert expo.answer("f") == ["#1 handed over"]
    assert said(expo) == "Done: 1: #1."


def test_an_empty_line_tells_how_things_are(still, linear):
    still.place("Burger")
    linear.look()
    assert linear.answer("\n") == ["Link: live. 1 card is open."]


@pytest.mark.parametrize("typed", ["1.2 b", "b 1.2", "1,2 B"])
def test_one_item_is_done_alone(still, linear, typed):
    order = still.place("Burger", "Melt")
    linear.look()
    assert linear.answer(typed) == []
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED, kds.LineState.READY]
    assert said(linear) == "1: #1: STARTED. 1 Melt, ALSO AT: FRY, done."
    assert linear.answer("b") == ["choose a card first: type its number"]
    linear.answer("1.1 b")
    assert said(linear) == "Done: 1: #1."


def test_one_item_is_held_and_one_that_is_ready_is_brought_back(still, linear):
    order = still.place("Burger", "Melt")
    linear.look()
    linear.answer("1.1 p")
    assert line(still, order, 0).state is kds.LineState.HELD
    linear.look()
    still.act(kds.Fire, f"{order}.grill")
    linear.answer("1.2 b")
    linear.look()
    linear.answer("1.2 r")
    assert line(still, order, 1).state is kds.LineState.QUEUED
    assert "1.2: 1 Melt, RECALLED ALSO AT: FRY" in said(linear)


def test_a_void_item_is_acknowledged_alone_and_no_other_gets_its_number(still, linear):
    order = still.place("Burger", "Melt", {"name": "Burger", "qty": 5})
    linear.look()
    still.change(order, items=[{"item_id": line(still, order, 0).item_id, "qty": "0"}])
    assert "1.1: 1 Burger, VOID. 1.2: 1 Melt" in said(linear)
    linear.answer("1.1 b")
    assert "1.2: 1 Melt, ALSO AT: FRY. 1.3: 5 Burger" in said(linear)
    assert linear.answer("1.1 b") == ["card 1 has no item 1"]
    linear.answer("1.3 b")
    assert line(still, order, 2).state is kds.LineState.READY
    assert line(still, order, 1).state is kds.LineState.QUEUED


def test_expo_hands_over_one_item_and_then_the_rest(still, expo):
    order = still.place("Burger", "Fries")
    for station in ("grill", "fry"):
        still.act(kds.Bump, f"{order}.{station}")
    expo.look()
    assert expo.answer("1.2 b") == []
    assert said(expo) == "1: #1: 1 Fries, handed over."
    expo.answer("1 b")
    assert said(expo) == "Done: 1: #1."


def test_expo_may_insist_on_one_item(still, expo):
    order = still.place("Burger", "Fries")
    expo.look()
    assert "f hands it over anyway" in expo.answer("1.1 b")[0]
    assert expo.answer("f") == ["#1 handed over"]
    assert line(still, order, 0, "expo").handed_over
    assert not line(still, order, 1, "expo").handed_over
    assert expo.answer("f") == ["nothing to force: bump first, and read what it says"]


def test_a_course_on_hold_is_heard_at_the_pass_and_fired_there(still, expo):
    order = still.place("Burger", {"name": "Melt", "qty": 1, "item_id": "later", "course": 2})
    still.act(kds.Hold, f"{order}.grill", item_ids=["later"])
    still.act(kds.Hold, f"{order}.fry", item_ids=["later"])
    assert "1.2: 1 Melt, HELD course 2, grill held, fry held" in said(expo)
    assert expo.answer("1 p") == ["#1 fired"]
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED] * 2
    assert "1.2: 1 Melt, course 2, grill not begun, fry not begun" in said(expo)
    expo.answer("1.2 p")
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED, kds.LineState.HELD]
    assert "1.2: 1 Melt, HELD course 2, grill held, fry held" in said(expo)
    expo.answer("p")
    assert line(still, order, 1).state is kds.LineState.QUEUED


def test_mute_and_volume_are_said_and_remembered(still, clock):
    speaker, kept = Speaker(), Kept()
    linear = at(still, "grill", clock=clock, voice=speaker, kept=kept)
    linear.look()
    assert linear.answer(">") == ["volume 90 %"]
    assert linear.answer("<") == ["volume 80 %"]
    assert speaker.rung == [("new", 90), ("new", 80)]
    assert linear.answer("M") == ["muted for 10 min; again at once: longer"]
    assert linear.look() == []
    assert kept.now.volume == 80
    assert kept.now.mute_until == linear.seat.ringer.settings.mute_until
    clock.advance(601)
    assert linear.look() == ["sound is on again."]


@pytest.mark.parametrize("typed", ["1 r", "1.1 r", "r 1.2"])
def test_what_is_not_done_cannot_be_brought_back_and_that_is_said(still, linear, typed):
    still.place("Burger", "Melt")
    linear.look()
    assert linear.answer(typed) == ["it is so already"]
    assert linear.look() == []


def test_whoever_is_done_with_one_item_was_at_its_card(still, linear, clock):
    order = still.place("Burger", "Melt")
    linear.look()
    linear.answer("1.2")
    still.change(order, items=[{"item_id": line(still, order, 0).item_id, "qty": "0"}])
    linear.look()
    linear.answer("b")
    linear.look()
    clock.advance(60)
    assert linear.look() == []


def test_undo_is_no_look_at_the_card_that_was_chosen(still, linear, clock):
    order, other = still.place("Burger"), still.place("Burger", "Melt")
    linear.look()
    linear.answer("1 s")
    linear.answer("2")
    still.change(other, items=[{"item_id": line(still, other, 0).item_id, "qty": "0"}])
    linear.look()
    linear.answer("u")
    linear.look()
    assert still.ticket(order).lines[0].state is kds.LineState.QUEUED
    clock.advance(60)
    assert linear.look() == ["Again: VOID #2."]
