"""A card as a person reads it out, and how far each of its items is."""

from __future__ import annotations

from heard.contract import kds
from tests.kds.spoken.hearing import said


def test_items_of_which_there_are_several_are_read_with_what_to_type_for_them(still, linear):
    still.place("Burger", "Melt", notes=[{"text": "no rush"}])
    assert said(linear) == "New: 1: #1. no rush. 1.1: 1 Burger. 1.2: 1 Melt, ALSO AT: FRY. 0 minutes."
    still.place("Burger")
    assert said(linear) == "New: 2: #2. 1 Burger. 0 minutes."


def test_a_start_is_said_in_short(still, linear):
    order = still.place("Burger")
    linear.look()
    linear.answer("1 s")
    assert said(linear) == "1: #1: STARTED."
    assert still.ticket(order).lines[0].state is kds.LineState.STARTED


def test_expo_hears_how_each_item_stands_at_each_of_its_stations(still, expo):
    order = still.place("Burger", "Melt", {"name": "Cola", "qty": 1, "station_hint": ["expo"]})
    assert said(expo) == (
        "New: 1: #1. 1.1: 1 Burger, grill not begun. 1.2: 1 Melt, grill not begun, fry not begun. "
        "1.3: 1 Cola, expo not begun. 0 minutes."
    )
    still.act(kds.Start, f"{order}.fry")
    assert said(expo) == "1: #1: 1 Melt, grill not begun, fry begun."
    still.act(kds.Bump, f"{order}.grill")
    assert said(expo) == "1: #1: 1 Burger, grill done. 1 Melt, grill done, fry begun."


def test_expo_hears_how_the_only_dish_of_a_card_stands(still, expo):
    order = still.place("Melt")
    expo.look()
    still.act(kds.Start, f"{order}.fry")
    assert said(expo) == "1: #1: 1 Melt, grill not begun, fry begun."
    still.act(kds.Bump, f"{order}.fry")
    assert said(expo) == "1: #1: 1 Melt, grill not begun, fry done."


def test_the_only_dish_of_a_card_that_is_taken_back_is_not_begun(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 s")
    assert said(linear) == "1: #1: STARTED."
    linear.answer("u")
    assert said(linear) == "1: #1: 1 Burger, not begun."


def test_only_a_rush_that_is_over_is_back_in_line(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 !")
    assert said(linear) == "1: #1: RUSH."
    linear.answer("1 !")
    assert said(linear) == "1: #1: back in line."
