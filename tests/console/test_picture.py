"""The picture an operator sees, folded from a snapshot and facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.picture import MAX_KINDS, Picture, apply, begin
from heard.contract.ops import (
    MAX_CLOSED,
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionsChanged,
    OpsActed,
    OpsSnapshot,
)
from tests.console.stand_in import NOON, at, row, sample


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
    assert {one: row.lag for one, row in picture.connections.items()} == there
    assert [one.connection for one in picture.closed] == gone_


def test_rows_that_nothing_was_said_of_are_the_same_objects():
    before = seen(*(row(f"c{n}") for n in range(50)))
    now = after(before, ConnectionsChanged(rows=[{"connection": "c7", "lag": 2}]), came("new"), sample())
    assert {name for name, one in now.connections.items() if before.connections.get(name) is not one} == {"c7", "new"}


# ── Samples ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_kinds_of_errors_are_bounded():
    picture = apply(seen(), sample(errors={"e": {f"c{n}": 1 for n in range(MAX_KINDS + 50)}}), NOON)
    assert len(picture.errors) == MAX_KINDS


def test_a_sample_from_before_the_snapshot_is_not_counted_twice():
    picture = begin(OpsSnapshot(server_time=at(10), totals=sample(events_in={"kds:bump": 5})))
    late = apply(picture, sample(events_in={"kds:bump": 5}), at(9))
    assert late.totals == picture.totals
    on = apply(late, sample(events_in={"kds:bump": 1}), at(9.5))  # even if the gateway's clock was set back
    assert on.totals.events_in == {"kds:bump": 6}
