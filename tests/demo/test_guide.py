"""A newcomer's tour waits for each key, takes what is done ahead of its turn, and ends."""

import pytest

from demo.guide import Guide, guide_to
from heard.ui.deeds import keys_of
from kds.keys import DEEDS
from kds.tour import HIDE

TOUR = [
    ("slot.1", False, True),
    ("bump", True, False),
    ("undo", True, True),
    ("bump", True, False),
    ("recall", True, True),
    ("all_day", False, True),
    ("help", False, True),
    ("start", True, True),
]


def walk(guide: Guide, *steps: tuple[str, bool, bool]) -> Guide:
    for deed, acted, focused in steps:
        guide = guide.after(deed, acted=acted, focused=focused)
    return guide


@pytest.mark.parametrize("station", ["grill", "expo"])
def test_each_key_leads_to_the_next_sentence_and_the_last_to_none(station: str) -> None:
    guide, said = guide_to(station), []
    for step in TOUR:
        said.append(guide.sentence)
        guide = walk(guide, step)
    assert guide.sentence == ""
    assert len(set(said)) == len(TOUR)
    for number, key in enumerate(("1", "Enter", "u", "Enter", "r", "a", "F1", "q")):
        assert key in said[number].split() or f"{key}:" in said[number].split()


def test_it_waits_for_who_does_something_else() -> None:
    guide = guide_to("grill")
    assert walk(guide, ("page.next", False, False), ("bump", False, True), ("slot.1", False, False)) == guide


def test_a_key_that_came_to_nothing_is_not_done() -> None:
    guide = walk(guide_to("grill"), *TOUR[:2])
    assert walk(guide, ("undo", False, False)) == guide


def test_at_expo_insisting_is_handing_over_as_well() -> None:
    guide = walk(guide_to("expo"), TOUR[0], ("bump", False, True), ("force", True, False))
    assert guide == walk(guide_to("expo"), *TOUR[:2])


def test_the_same_number_twice_is_both_steps_at_once() -> None:
    assert walk(guide_to("grill"), ("slot.2", True, False)) == walk(guide_to("grill"), *TOUR[:2])


def test_what_was_tried_ahead_of_its_turn_is_not_asked_for_again() -> None:
    guide = walk(guide_to("grill"), ("help", False, False), ("all_day", False, False), *TOUR[:5])
    assert guide.sentence == walk(guide_to("grill"), *TOUR[:7]).sentence


def test_the_key_that_hides_the_tour_is_named_and_nobody_elses() -> None:
    assert guide_to("grill").way_out.startswith(f"{HIDE}:")
    assert HIDE not in {key for deed in DEEDS for key in keys_of(deed)}
