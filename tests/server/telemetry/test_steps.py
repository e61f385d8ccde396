"""Figures that rest are not told again; figures that moved are told as they are."""

import pytest

from server.telemetry import steps


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, 0),
        (0, 0),
        (9.9, 0),
        (10, 10),
        (29, 10),
        (30, 30),
        (119, 60),
        (3_599, 1_800),
        (3_600, 3_600),
        (9_000, 7_200),
    ],
)
def test_idle_time_is_told_in_steps(seconds, told):
    assert steps.idle(seconds) == told


def test_a_quiet_hour_of_one_connection_is_a_handful_of_steps():
    assert len({steps.idle(second) for second in range(3_600)}) == len(steps.IDLE_STEPS_S)


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [
        (None, None, None), (None, 0.41, 0.4), (0.4, 4.9, 0.4), (0.4, 5.6, 5.6), (None, 42.4, 42.0), (40.0, 48.0, 40.0),
        (40.0, 52.0, 52.0), (400.0, 480.0, 400.0), (400.0, 12.0, 12.0), (40.0, None, 40.0),
    ],
)  # fmt: skip
def test_a_round_trip_is_told_when_it_moved_by_five_ms_and_a_quarter(told, now, then):
    assert steps.rtt(told, now) == then


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [(0.0, 0.9, 0.0), (0.0, 1.06, 1.1), (10.0, 12.4, 10.0), (10.0, 12.6, 12.6), (3.0, 0.0, 0.0)],
)
def test_a_rate_is_told_when_it_moved_by_one_and_a_quarter(told, now, then):
    assert steps.rate(told, now) == then


def test_heartbeats_alone_never_move_a_rate():
    rate, told = None, 0.4
    for second in range(200):
        rate = steps.smoothed(rate, 1 if second % 5 in (0, 2) else 0, 1.0)
        assert steps.rate(told, rate) == told


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [(0, 4_095, 0), (0, 5_000, 5_000), (5_000, 5_900, 5_000), (5_000, 9_000, 9_000), (9_000, 10, 0)],
)
def test_a_queue_is_told_when_it_holds_something_worth_it(told, now, then):
    assert steps.queue(told, now) == then


@pytest.mark.parametrize(
    ("told", "seconds", "then"),
    [(None, 0.2, None), (None, 0.26, 200), (200, 0.6, 200), (200, 0.8, 800), (800, 0.0, None)],
)
def test_a_packet_that_waits_is_told_once_it_is_late(told, seconds, then):
    assert steps.waiting(told, seconds) == then


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [(None, None, None), (4.4, None, None), (None, 4.44, 4.4), (4.4, 6.0, 4.4), (4.4, 7.0, 7.0), (40.0, 49.0, 40.0)],
)
def test_what_a_client_measures_is_told_when_it_moved(told, now, then):
    assert steps.reported(told, now) == then


def test_a_rate_leans_on_the_newest_second():
    assert steps.smoothed(None, 10, 2.0) == 5.0
    assert steps.smoothed(4.0, 8, 1.0) == 5.0
    assert steps.smoothed(4.0, 16, 2.0) == 6.0
    assert steps.smoothed(4.0, 60, 60.0) == 1.0
