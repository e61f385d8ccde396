"""Counts of one store: they only grow, and what they grew by can be taken."""

import pytest

from heard.contract.ops import BUCKETS_MS
from heard.contract.registry import COMMANDS
from heard.contract.session import REQUEST_BY_NAME
from server.telemetry.tallies import OTHER, Figures, StoreTally, Times


def test_what_came_between_two_looks_is_their_difference():
    tally = StoreTally()
    tally.arrived("kds:bump")
    tally.refused("kds:bump", "not_found")
    tally.sent("kds:item_ready", 3)
    before = tally.figures(10, 20)
    tally.arrived("kds:bump")
    tally.arrived("orders:place")
    tally.refused("kds:bump", "forbidden")
    tally.sent("kds:item_ready", 2)
    tally.opened += 1
    assert tally.figures(15, 28).since(before) == Figures(
        opened=1, bytes_in=5, bytes_out=8, events_in={"kds:bump": 1, "orders:place": 1},
        events_out={"kds:item_ready": 2}, errors={"forbidden": {"kds:bump": 1}},
    )  # fmt: skip


def test_what_did_not_move_is_left_out():
    tally = StoreTally()
    tally.arrived("kds:bump")
    tally.answered("kds:bump", 0.002)
    assert tally.figures().since(tally.figures()) == Figures()


@pytest.mark.parametrize(
    ("ms", "bucket"),
    [(0.0, 0), (0.5, 0), (0.51, 1), (1.0, 1), (2_500.0, len(BUCKETS_MS) - 1), (2_501.0, len(BUCKETS_MS))],
)
def test_a_time_falls_into_the_first_bucket_that_holds_it(ms, bucket):
    tally = StoreTally()
    tally.answered("kds:bump", ms / 1000)
    (times,) = tally.figures().latency.values()
    assert [n for n, count in enumerate(times.counts) if count] == [bucket]
    assert times.sum_ms == pytest.approx(ms)


def test_times_are_told_as_differences():
    tally = StoreTally()
    tally.answered("kds:bump", 0.0004)
    before = tally.figures()
    tally.answered("kds:bump", 0.0044)
    told = tally.figures().since(before).latency["kds:bump"].as_contract()
    assert (sum(told.counts), told.counts[4], told.sum_ms) == (1, 1, 4.4)
    assert len(told.counts) == len(Times().counts) == len(BUCKETS_MS) + 1


def test_nobody_outside_can_make_a_table_grow():
    tally = StoreTally()
    for n in range(1_000):
        for name in (f"kds:made_up_{n}", f"evil{n}", "x" * n):
            tally.arrived(name)
            tally.answered(name, 0.001)
            tally.refused(name, "bad_request")
    for name in (*COMMANDS, *REQUEST_BY_NAME):
        tally.arrived(name)
    figures = tally.figures()
    assert set(figures.events_in) == {OTHER, *COMMANDS, *REQUEST_BY_NAME}
    assert figures.events_in[OTHER] == 3_000
    assert set(figures.latency) == {OTHER}
    assert figures.errors == {"bad_request": {OTHER: 3_000}}
