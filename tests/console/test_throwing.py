"""Throwing many off: a few at a time, and one sentence for what it came to."""

from __future__ import annotations

import pytest

from console.throwing import AT_ONCE, Throwing
from heard.client.links.base import LinkDown
from heard.errors import Forbidden, NotFound

ALL = {f"c{n}" for n in range(40)}
"""Everybody is still connected."""


@pytest.fixture
def throwing():
    return Throwing({f"c{n}": f"grill-{n}" for n in range(40)}, "closing", "forced")


def test_only_a_few_are_under_way_and_each_answer_lets_one_more_go(throwing):
    few = throwing.next_few(ALL)
    assert few == [f"c{n}" for n in range(AT_ONCE)]
    assert throwing.next_few(ALL) == []
    throwing.note("c3", None)
    assert throwing.next_few(ALL) == [f"c{AT_ONCE}"]


def test_each_has_its_turn_once(throwing):
    turns = []
    while few := throwing.next_few(ALL):
        turns += few
        for one in few:
            throwing.note(one, None)
    assert turns == [f"c{n}" for n in range(40)]
    assert throwing.outcome() == "40 of 40 thrown off"


def test_while_it_goes_on_it_says_how_far_it_is_and_how_to_stop(throwing):
    throwing.next_few(ALL)
    assert throwing.outcome() == "throwing 40 off …; Esc stops"
    throwing.note("c0", None)
    assert throwing.outcome() == "1 of 40 thrown off; Esc stops"
    throwing.stop()
    assert throwing.next_few(ALL) == []
    assert throwing.outcome() == f"1 of 40 thrown off; {40 - AT_ONCE} left be"


def test_refusals_are_counted_by_their_reason(throwing):
    for one in [*throwing.next_few(ALL), *throwing.next_few(ALL)]:
        throwing.note(one, None if one > "c2" else NotFound("it has gone") if one > "c0" else Forbidden("not yours"))
    throwing.stop()
    said = throwing.outcome()
    assert said.startswith("5 of 40 thrown off; 3 refused: 2 not_found, 1 forbidden; grill-0: not yours")


def test_where_nobody_answers_nobody_else_is_asked_for(throwing):
    for one in throwing.next_few(ALL):
        throwing.note(one, LinkDown("no answer within 10 s"))
    assert throwing.next_few(ALL) == []
    assert throwing.outcome() == f"0 of 40 thrown off; {AT_ONCE} without an answer; {40 - AT_ONCE} left be"


def test_a_stop_before_the_first_answer_is_said_at_once(throwing):
    throwing.next_few(ALL)
    throwing.stop()
    assert throwing.outcome() == f"0 of 40 thrown off; {40 - AT_ONCE} left be"


def test_it_goes_on_until_the_last_answer_not_until_the_last_turn(throwing):
    few = throwing.next_few(ALL)
    throwing.stop()
    for one in few:
        assert throwing.goes_on
        throwing.note(one, None)
    assert not throwing.goes_on


def test_who_left_before_the_turn_is_not_asked_about_and_takes_no_place(throwing):
    left = {"c1", "c2", "c30"}
    assert throwing.next_few(ALL - left) == ["c0", *[f"c{n}" for n in range(3, AT_ONCE + 2)]]
    for n in (0, *range(3, AT_ONCE + 2)):
        throwing.note(f"c{n}", None)
    while few := throwing.next_few(ALL - left):
        for one in few:
            throwing.note(one, None)
    assert throwing.outcome() == "37 of 40 thrown off; 3 left by themselves"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, "thrown off: grill-1"),
        (NotFound("it has gone"), "refused: grill-1: it has gone"),
        (LinkDown("no answer within 10 s"), "without an answer: grill-1: no answer within 10 s"),
    ],
)
def test_of_one_it_says_who_and_why_not(error, said):
    one = Throwing({"c1": "grill-1"}, "closing", "moved")
    one.next_few(ALL)
    assert one.outcome() == "throwing 1 off …"
    one.note("c1", error)
    assert one.outcome() == said


def test_one_who_left_before_the_turn_is_said_to_have_left():
    one = Throwing({"c1": "grill-1"}, "closing", "moved")
    assert one.next_few(()) == []
    assert (one.outcome(), one.goes_on) == ("it has left meanwhile", False)
