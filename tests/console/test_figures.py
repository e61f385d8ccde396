"""Times, errors, rates and curves, reckoned from a picture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.figures import error_rows, history, latencies, latency_of_all, quantile, rate_rows
from console.picture import RECENT_S, SECONDS, Picture, apply, begin
from heard.contract.ops import BUCKETS_MS, OpsSnapshot
from tests.console.stand_in import NOON, at, bumps, row, sample

NOTHING = begin(OpsSnapshot(server_time=NOON))


# ── Times ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_quantile_lies_evenly_between_the_bounds_of_its_bucket():
    counts = (0, 0, 10, 10)  # ten in (1, 2], ten in (2, 3]
    assert quantile(counts, 0.25) == pytest.approx(1.5)
    assert quantile(counts, 0.5) == pytest.approx(2.0)
    assert quantile(counts, 0.95) == pytest.approx(2.9)
    assert quantile((8,), 0.5) == pytest.approx(0.25)  # the first bucket begins at 0
    assert quantile((10, 0, 0, 10), 0.5) == BUCKETS_MS[0]  # the first bucket that reaches it, not the next one in use


def test_beyond_the_last_bound_the_last_bound_is_told():
    slow = (0,) * len(BUCKETS_MS) + (5,)
    assert quantile(slow, 0.5) == BUCKETS_MS[-1]
    assert quantile((), 0.5) is None
    assert quantile((0, 0), 0.99) is None


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=17), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_larger_share_never_takes_less_time(counts, one, two):
    low, high = (quantile(tuple(counts), q) for q in sorted((one, two)))
    assert (low is None) == (not any(counts))
    assert low is None or 0 <= low <= high <= BUCKETS_MS[-1]


def test_times_are_told_for_a_window_and_since_the_start():
    picture = begin(OpsSnapshot(server_time=NOON, totals=sample(interval_ms=60_000, latency=bumps(0, 100))))
    for n in range(20):
        picture = apply(picture, sample(latency=bumps(0, 0, 0, 1) if n >= 10 else bumps(0, 0, 1)), at(n))
    assert [(one.command, one.count) for one in latencies(picture, 10)] == [("kds:bump", 10)]
    assert latencies(picture, 10)[0].counts == (0, 0, 0, 10)
    assert latencies(picture)[0].count == 120
    assert latency_of_all(picture, 5).count == 5
    assert latency_of_all(NOTHING) is None


# ── Rates and errors ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_rates_are_means_over_ten_seconds():
    picture = NOTHING
    for n in range(30):
        picture = apply(picture, sample(events_in={"kds:bump": 10 if n == 29 else 0}, events_out={"x": 2}), at(n))
    rates = {one.event: one for one in rate_rows(picture)}
    assert (rates["kds:bump"].in_per_s, rates["kds:bump"].in_ever) == (1.0, 10)
    assert (rates["x"].out_per_s, rates["x"].out_ever) == (2.0, 60)


def test_errors_are_counted_by_code_and_command_lately_and_ever():
    totals = sample(interval_ms=3_600_000, errors={"forbidden": {"kds:bump": 7}})
    picture = begin(OpsSnapshot(server_time=NOON, totals=totals))
    picture = apply(picture, sample(errors={"forbidden": {"kds:bump": 2}, "voided": {"kds:bump": 1}}), at(1))
    told = {(one.code, one.command): (one.lately, one.ever, one.last) for one in error_rows(picture)}
    assert told == {("forbidden", "kds:bump"): (2, 9, at(1)), ("voided", "kds:bump"): (1, 1, at(1))}
    for n in range(2, 80):
        picture = apply(picture, sample(), at(n))
    assert {one.lately for one in error_rows(picture)} == {0}


# ── Charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_memory_is_bounded_however_long_it_runs():
    picture = NOTHING
    for n in range(SECONDS + 400):
        picture = apply(picture, sample(events_in={"kds:bump": 1}, latency=bumps(1)), at(n))
    assert (len(picture.seconds), len(picture.recent)) == (SECONDS, RECENT_S)
    assert len(picture.minutes) == (SECONDS + 400) // 60
    assert {point.events_in for point in picture.minutes} == {60}
    assert picture.minutes[0].counts == (60,)
    hour, day = history(picture, 3_600), history(picture, 86_400)
    assert (len(hour), hour[-1].in_per_s) == (SECONDS, 1.0)
    assert len(day) == len(picture.minutes) + 1
    assert sum(point.events_in for point in day) == SECONDS + 400
    assert len(history(picture, 60)) == 61


def test_charts_go_on_after_the_link_was_down():
    picture = apply(begin(OpsSnapshot(server_time=NOON, connections=[row("c1")])), sample(), at(1))
    again = begin(OpsSnapshot(server_time=at(30)), picture)
    again = apply(again, sample(), at(31))
    assert [point.at for point in history(again, 60)] == [at(1), at(31)]
    assert not again.connections


def test_nothing_seen_is_nothing_told():
    empty = Picture()
    assert (latencies(empty), rate_rows(empty), error_rows(empty), history(empty, 60)) == ((), (), (), ())
    assert empty.at is None
    assert apply(empty, sample(), NOON + timedelta(1)).at == NOON + timedelta(1)
