"""Fingers: twice bumps, held keys do not, a key that bumped rests."""

from __future__ import annotations

from kds.fingers import DEAD_S, Fingers


def test_the_same_number_twice_bumps():
    hand = Fingers()
    assert hand.press(3, "a", 10.0) == "focus"
    assert hand.press(3, "a", 10.5) == "bump"
    assert hand.press(3, "a", 10.8) == "focus"


def test_a_key_repeat_is_no_second_press():
    hand = Fingers()
    assert hand.press(3, "a", 10.0) == "focus"
    assert [hand.press(3, "a", 10.0 + n * 0.033) for n in range(1, 60)] == ["nothing"] * 59
    assert hand.press(3, "a", 10.0 + 59 * 0.033 + 0.5) == "bump"


def test_a_second_press_too_late_only_focuses():
    hand = Fingers()
    hand.press(3, "a", 10.0)
    assert hand.press(3, "a", 13.1) == "focus"


def test_another_card_under_the_same_number_is_not_bumped():
    hand = Fingers()
    hand.press(3, "a", 10.0)
    assert hand.press(3, "b", 10.5) == "focus"


def test_a_place_without_a_card_does_nothing_and_forgets():
    hand = Fingers()
    hand.press(3, "a", 10.0)
    assert hand.press(3, None, 10.2) == "nothing"
    assert hand.press(3, "a", 10.4) == "focus"


def test_the_key_that_bumped_is_dead_and_stays_dead_while_it_is_held():
    hand = Fingers()
    hand.bumped("bump", 10.0)
    assert all(hand.dead("bump", 10.0 + n * 0.033) for n in range(1, 100))
    assert not hand.dead("bump", 10.0 + 99 * 0.033 + DEAD_S + 0.01)
    assert not hand.dead("other", 10.01)
