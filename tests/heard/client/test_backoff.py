"""Waits between tries."""

import pytest

from heard.client.backoff import Backoff


def test_waits_grow_to_the_cap_and_are_thrown_between_nothing_and_their_bound() -> None:
    highest = Backoff(base_s=1, cap_s=5, dice=lambda: 1.0)
    assert [highest.next() for _ in range(5)] == [1, 2, 4, 5, 5]
    lowest = Backoff(dice=lambda: 0.0)
    assert [lowest.next() for _ in range(3)] == [0, 0, 0]


def test_what_the_other_side_asked_for_is_the_least_and_is_spread_too() -> None:
    backoff = Backoff(base_s=1, dice=lambda: 0.5)
    assert backoff.next(retry_after_ms=3_000) == pytest.approx(3.5)


def test_a_link_that_dies_young_keeps_waiting_longer() -> None:
    backoff = Backoff(base_s=1, cap_s=10, dice=lambda: 1.0)
    backoff.next()
    backoff.lasted(2)
    assert backoff.next() == 2
    backoff.lasted(10)
    assert backoff.next() == 1


def test_many_tries_do_not_overflow() -> None:
    backoff = Backoff(cap_s=7, dice=lambda: 1.0)
    backoff.tries = 100_000
    assert backoff.next() == 7
