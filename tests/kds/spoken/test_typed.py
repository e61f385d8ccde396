"""What a typed line asks for, and that anything else does nothing."""

from __future__ import annotations

import pytest

from heard.contract import kds
from tests.kds.spoken.hearing import line


@pytest.mark.parametrize("typed", ["1 b", "b 1", " B  1 "])
def test_number_and_letter_may_come_together_in_any_order(still, linear, typed):
    order = still.place("Burger")
    linear.look()
    linear.answer(typed)
    assert still.ticket(order).lines[0].state is kds.LineState.READY


@pytest.mark.parametrize("typed", ["1 B", "B 1"])
def test_caps_lock_makes_no_difference(still, linear, typed):
    order = still.place("Burger")
    linear.look()
    linear.answer(typed)
    assert line(still, order, 0).state is kds.LineState.READY


@pytest.mark.parametrize(
    "typed",
    [
        "1 2",
        "b s",
        "x",
        "99",
        "b",
        "\x1b[A",
        "b\x00",
        "٣",
        "9" * 300,
        "1 b s",
        "banana",
        "1 bump",
        "6 sesame",
        "quatsch",
        "quit",
        "bb",
    ],
)
def test_what_means_nothing_is_answered_with_a_sentence_and_does_nothing(still, linear, typed):
    still.place("Burger")
    linear.look()
    before = len(still.did)
    answer = linear.answer(typed)
    assert len(answer) == 1
    assert answer[0].isprintable()
    assert len(still.did) == before


@pytest.mark.parametrize("typed", ["banana", "1 bump", "1 sesame", "START", "vvv", "!!"])
def test_a_word_is_not_its_first_letter_whatever_is_chosen(still, linear, typed):
    still.place("Burger")
    linear.look()
    linear.answer("1")
    before = len(still.did)
    assert linear.answer(typed) == ["one number and one letter at a time; h helps"]
    assert len(still.did) == before


@pytest.mark.parametrize("typed", ["1.9 b", "9.1 b", "1.0", "d1", "d1 r", "1.1.1", "d1.1", "1. b", ".1"])
def test_an_item_that_is_not_there_is_a_sentence_and_nothing_is_done(still, linear, typed):
    still.place("Burger", "Melt")
    linear.look()
    before = len(still.did)
    assert len(linear.answer(typed)) == 1
    assert len(still.did) == before


@pytest.mark.parametrize("letter", ["d", "l", "a", "e", "f", "u", "m", "<", ">", "h", "q", "x"])
def test_a_number_beside_a_letter_that_has_no_use_for_it_chooses_nothing(still, linear, letter):
    still.place("Burger")
    linear.look()
    assert len(linear.answer(f"1 {letter}")) == 1
    before = len(still.did)
    assert linear.answer("b") == ["choose a card first: type its number"]
    assert len(still.did) == before


def test_such_a_letter_says_so(linear):
    assert linear.answer("d 2") == ["d takes no number; h helps"]
