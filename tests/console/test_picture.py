"""The picture an operator sees, folded from a snapshot and facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.picture import (
    MAX_KINDS,
    RECENT_S,
    SECONDS,
    Changed,
    Picture,
    apply,
    begin,
    difference,
    error_rows,
    history,
    latencies,
    latency_of_all,
    quantile,
    rate_rows,
)
from heard.contract.ops import (
    BUCKETS_MS,
    MAX_CLOSED,
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionsChanged,
    OpsActed,
    OpsSnapshot,
)
from tests.console.stand_in import NOON, at, bumps, row, sample


def closed(connection="c1", seconds=5.0, **more) -> ClosedRow:
    given_ = {"subject": "grill-1", "role": "kitchen", "address": "10.0.0.9", "transport": "websocket", "since": NOON}
    return ClosedRow(connection=connection, until=at(seconds), code="forced", sentence="Away.", **(given_ | more))


def gone(connection="c1", namespace="/kds", *, whole: ClosedRow | None) -> ConnectionClosed:
    return ConnectionClosed(connection=connection, subject="grill-1", namespace=namespace, code="forced", row=whole)


def came(connection="c1", namespace="/kds") -> ConnectionOpened:
    return ConnectionOpened(
        connection=connection, subject="grill-1", role="kitchen", namespace=namespace, address="10.0.0.9",
        transport="websocket", since=NOON,
    )  # fmt: skip


def seen(*rows, **more) -> Picture:
    return begin(OpsSnapshot(server_time=NOON, connections=list(rows), **more))


def after(picture, *facts, when=NOON):
    for fact in facts:
        picture = apply(picture, fact, when)
    return picture


# ── Connections ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_tells_only_what_changed_and_null_clears():
    picture = seen(row("c1", rtt_ms=12.5, lag=3, last_error="forbidden", in_per_s=4))
    cleared = {"rtt_ms": None, "last_error": None, "in_per_s": None}
    change = ConnectionsChanged(rows=[{"connection": "c1", "lag": 0} | cleared])
    assert after(picture, change).connections["c1"] == row("c1", lag=0)


def test_a_change_of_one_that_has_ended_brings_no_ghost_back():
    picture = after(seen(row("c1")), gone(whole=closed()), ConnectionsChanged(rows=[{"connection": "c1", "lag": 4}]))
    assert not picture.connections


def test_a_new_row_comes_whole_in_a_change_too():
    change = ConnectionsChanged(rows=[row("c7").as_wire()])
    assert after(seen(), change).connections["c7"] == row("c7")


def test_two_namespaces_are_one_connection_until_the_last_is_left():
    picture = after(seen(), came(), came(namespace="/orders"))
    assert picture.connections["c1"].namespaces == ("/kds", "/orders")
    picture = after(picture, gone(whole=None))
    assert (picture.connections["c1"].namespaces, picture.closed) == (("/orders",), ())
    picture = after(picture, gone(namespace="/orders", whole=closed(by="sam")))
    assert not picture.connections
    assert [one.by for one in picture.closed] == ["sam"]


def test_coming_twice_changes_nothing():
    picture = after(seen(), came())
    assert after(picture, came()).connections is picture.connections


def test_one_that_ended_while_the_snapshot_was_read_is_told_once():
    picture = seen(closed=[closed("c2", 9), closed("c1", 5)])
    assert after(picture, gone("c1", whole=closed("c1", 5))).closed == picture.closed


def test_the_ring_of_closed_ones_keeps_the_newest():
    old = [closed(f"o{n}", -n) for n in range(MAX_CLOSED)]
    picture = after(seen(closed=old), *(gone(f"n{n}", whole=closed(f"n{n}", 10 + n)) for n in range(3)))
    assert len(picture.closed) == MAX_CLOSED
    assert [one.connection for one in picture.closed[:4]] == ["n2", "n1", "n0", "o0"]


def test_audit_lines_stand_newest_first():
    lines = [AuditLine(at=at(n), action="ops:disconnect", by="sam", role="admin", target=f"c{n}", code="applied")
             for n in range(2)]  # fmt: skip
    assert [one.target for one in after(seen(), *(OpsActed(line=line) for line in lines)).audit] == ["c1", "c0"]


def test_a_row_that_cannot_be_read_changes_nothing():
    picture = seen(row("c1"))
    with pytest.raises(ValueError, match="queue_bytes"):
        apply(picture, ConnectionsChanged(rows=[{"connection": "c1", "queue_bytes": "much"}]), NOON)
    assert picture.connections["c1"] == row("c1")


@given(st.lists(st.tuples(st.sampled_from(["come", "change", "go"]), st.sampled_from("abc"), st.integers(0, 9))))
def test_whatever_happens_it_shows_who_is_there_and_who_has_been(events):
    there, gone_ = {}, []
    picture = seen()
    for n, (what, name, lag) in enumerate(events):
        before = picture
        match what:
            case "come":
                picture = after(picture, came(name))
                there.setdefault(name, None)
            case "change":
                picture = after(picture, ConnectionsChanged(rows=[{"connection": name, "lag": lag}]))
                there |= {name: lag} if name in there else {}
            case "go" if name in there:
                picture = after(picture, gone(name, whole=closed(name, n)))
                del there[name]
                gone_.insert(0, name)
        told = difference(before, picture)
        looks = {one for one, row in picture.connections.items() if before.connections.get(one) != row}
        assert looks <= told.rows <= looks | {name}  # what changes to the same may be painted once more
        assert told.gone == before.connections.keys() - picture.connections.keys()
    assert {one: row.lag for one, row in picture.connections.items()} == there
    assert [one.connection for one in picture.closed] == gone_


# ── What changed ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_rows_that_look_different_are_painted_again():
    before = seen(*(row(f"c{n}") for n in range(50)))
    change = ConnectionsChanged(rows=[{"connection": "c7", "lag": 2}])
    now = after(before, change, came("new"), gone("c9", whole=closed("c9")), sample())
    assert difference(before, now) == Changed(
        rows=frozenset({"c7", "new"}), gone=frozenset({"c9"}), closed=1, sampled=True
    )
    assert not difference(now, now)


def test_after_a_new_snapshot_everything_is_painted_again():
    before = seen(row("c1"))
    again = begin(OpsSnapshot(server_time=at(9), connections=[row("c1")]), before)
    assert difference(before, again).whole


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
    assert latency_of_all(seen()) is None


# ── Rates and errors ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_rates_are_means_over_ten_seconds():
    picture = seen()
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


def test_kinds_of_errors_are_bounded():
    picture = apply(seen(), sample(errors={"e": {f"c{n}": 1 for n in range(MAX_KINDS + 50)}}), NOON)
    assert len(picture.errors) == MAX_KINDS


def test_a_sample_from_before_the_snapshot_is_not_counted_twice():
    picture = begin(OpsSnapshot(server_time=at(10), totals=sample(events_in={"kds:bump": 5})))
    late = apply(picture, sample(events_in={"kds:bump": 5}), at(9))
    assert late.totals == picture.totals
    on = apply(late, sample(events_in={"kds:bump": 1}), at(9.5))  # even if the gateway's clock was set back
    assert on.totals.events_in == {"kds:bump": 6}


# ── Charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_memory_is_bounded_however_long_it_runs():
    picture = seen()
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
    picture = apply(seen(row("c1")), sample(), at(1))
    again = begin(OpsSnapshot(server_time=at(30)), picture)
    again = apply(again, sample(), at(31))
    assert [point.at for point in history(again, 60)] == [at(1), at(31)]
    assert not again.connections


def test_nothing_seen_is_nothing_told():
    empty = Picture()
    assert (latencies(empty), rate_rows(empty), error_rows(empty), history(empty, 60)) == ((), (), (), ())
    assert empty.at is None
    assert apply(empty, sample(), NOON + timedelta(1)).at == NOON + timedelta(1)
