"""Which card stands first, how old it is, how hot."""

from datetime import timedelta

import pytest

from heard.kitchen.priority import age, heat, on_wall
from tests.heard.kitchen.playbook import NOON, Play


def wall(play: Play, station: str, gating: str = "always") -> list[str]:
    return [ticket.header.display_no for ticket in on_wall(play.board, station, gating)]


def test_vip_before_rush_before_the_oldest():
    play = Play()
    for priority in ("normal", "rush", "normal", "vip"):
        play.place("Burger", priority=priority)
        play.wait(minutes=1)
    assert wall(play, "grill") == ["4", "2", "1", "3"]


def test_done_and_held_cards_are_not_up():
    play = Play()
    play.place("Burger")
    play.cook("bump", "grill")
    play.place("Burger", hold="parked")
    play.place("Burger")
    assert wall(play, "grill") == ["3"]
    assert wall(play, "expo") == ["1", "3"]


def test_at_expo_ready_cards_come_first():
    play = Play()
    play.place("Burger")
    play.place("Burger")
    play.cook("bump", "grill")
    assert wall(play, "expo") == ["2", "1"]


def test_gating_keeps_cards_back_until_prep_is_done_but_never_a_void():
    play = Play()
    play.place("Burger", "Fries")
    assert wall(play, "expo", "when_ready") == []
    play.update({"dish": "Fries", "qty": "0"})
    assert wall(play, "expo", "when_ready") == ["1"]
    play.cook("ack_void", "expo")
    assert wall(play, "expo", "when_ready") == []
    play.cook("bump", "grill")
    assert wall(play, "expo", "when_ready") == ["1"]


def test_gating_shows_a_first_course_that_is_ready_while_the_next_is_on_hold():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("hold", "grill", "Steak")
    assert wall(play, "expo", "when_ready") == []
    play.cook("bump", "grill", "Burger")
    assert wall(play, "expo", "when_ready") == ["1"]
    play.cook("bump", "expo", "Burger")
    assert wall(play, "expo", "when_ready") == ["1"], "the next course is expo's to fire"
    play.cook("fire", "expo")
    assert wall(play, "expo", "when_ready") == []
    play.cook("bump", "grill", "Steak")
    assert wall(play, "expo", "when_ready") == ["1"]


def test_a_void_on_a_held_card_is_shown():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("hold", "grill", "Steak")
    play.update({"dish": "Burger", "qty": "0"})
    assert wall(play, "grill") == ["1"]
    play.cook("ack_void", "grill")
    assert wall(play, "grill") == []


def test_age_counts_from_when_the_order_was_placed_and_is_never_negative():
    play = Play()
    play.place("Burger", placed_at=(NOON - timedelta(minutes=5)).isoformat())
    assert age(play.ticket("grill"), NOON) == timedelta(minutes=5)
    play.place("Burger", placed_at="2099-01-01T00:00:00Z")
    assert age(play.ticket("grill"), NOON) == timedelta(0)


@pytest.mark.parametrize(("seconds", "level"), [(0, 0), (299, 0), (300, 1), (479, 1), (480, 2), (720, 3), (9999, 3)])
def test_heat_counts_the_levels_passed(seconds, level):
    assert heat(timedelta(seconds=seconds), (300, 480, 720)) == level
