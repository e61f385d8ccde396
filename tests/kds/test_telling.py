"""One sentence at a time, and refusals until a person puts them away."""

from heard.client.outbox import Refusal
from kds.telling import Telling

A, B = (Refusal(one, "kds:bump", {}, "2026-11-20T18:00:00.000Z", "voided", one) for one in "ab")


def test_a_sentence_has_its_time():
    telling = Telling()
    telling.say("hello", 0.0, 6.0)
    assert (telling.sentence(5.9), telling.sentence(6.0)) == ("hello", "")


def test_what_may_wait_is_said_one_after_the_other_and_never_over_something_else():
    telling = Telling()
    telling.say_later(["one", "two"])
    heard = []
    for second in range(20):
        telling.go_on(second, 6.0)
        heard.append(telling.sentence(second))
    assert heard == ["one"] * 6 + ["two"] * 6 + [""] * 8


def test_what_a_key_came_to_goes_when_another_screen_comes_up_and_what_no_key_asked_for_stays():
    telling = Telling()
    telling.say("a key was pressed", 0.0, 6.0)
    telling.hush()
    assert telling.sentence(1.0) == ""
    telling.tell("the gateway refused it", 1.0, 6.0)
    telling.hush()
    assert telling.sentence(2.0) == "the gateway refused it"


def test_each_refusal_is_said_once_for_its_whole_time():
    telling = Telling()
    said = []
    for second in range(20):
        if found := telling.next_refusal([A, B], second, 6.0):
            telling.say(found[0].message, second, 6.0)
            said.append((second, found[0], found[1]))
    assert said == [(0, A, 1), (6, B, 0)]


def test_one_that_was_covered_is_said_again():
    telling = Telling()
    found = telling.next_refusal([A], 0.0, 6.0)
    telling.say("a", 0.0, 6.0)
    telling.say("a key was pressed", 1.0, 6.0)
    assert found == (A, 0)
    assert telling.next_refusal([A], 6.5, 6.0) is None
    assert telling.next_refusal([A], 7.0, 6.0) == (A, 0)


def test_one_that_was_put_away_and_comes_again_is_said_again():
    telling = Telling()
    telling.next_refusal([A], 0.0, 6.0)
    telling.say("a", 0.0, 6.0)
    assert telling.next_refusal([A], 6.0, 6.0) is None
    assert telling.next_refusal([], 7.0, 6.0) is None
    assert telling.next_refusal([A], 8.0, 6.0) == (A, 0)
