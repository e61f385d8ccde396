"""Deliver, skip, ask, start over; and reads that are taken whole or not at all."""

from typing import Any

import pytest

from heard.client.session import Ask, Deliver, NotWhole, Session, Skip, StartOver
from heard.contract.envelope import Envelope, Position, Read
from heard.contract.session import Head

AT = "2026-11-20T18:00:00.000Z"


def event(seq: int, *, epoch: str = "e1", prev: int | None = None, stations: tuple[str, ...] = ("grill",)) -> Envelope:
    return Envelope.model_validate(wire(seq, epoch=epoch, prev=prev, stations=stations))


def wire(seq: int, *, epoch: str = "e1", prev: int | None = None, stations: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "id": f"id-{seq}", "v": 1, "store": "s1", "stream": "s1/kds", "epoch": epoch, "seq": seq, "at": AT,
        "name": "kds:item_ready", "data": {"stations": list(stations)}, "actor": {"subject": "ann"},
        **({} if prev is None else {"prev": prev}),
    }  # fmt: skip


def read(seq: int, *, head: int | None = None, **more: Any) -> Read:
    given = {"stream": "s1/kds", "epoch": "e1", "recovered": "events" in more, "was_recovering": True}
    return Read.model_validate(given | {"seq": seq, "head": seq if head is None else head} | more)


def at(seq: int, station: str | None = None, last: int = 0) -> Session:
    session = Session("s1/kds", station)
    session.take(read(seq, snapshot={"tickets": [], "views": {station: last} if station else {}}))
    return session


# ── Live ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_next_one_is_delivered_and_moves_the_position() -> None:
    session = at(4)
    assert session.receive(event(5)) == Deliver(event(5))
    assert session.position == Position("e1", 5)


def test_what_was_seen_is_skipped() -> None:
    session = at(4)
    assert session.receive(event(4)) == Skip()
    assert session.receive(event(1)) == Skip()


def test_a_gap_is_asked_for_and_moves_nothing() -> None:
    session = at(4)
    assert session.receive(event(6)) == Ask(Position("e1", 4))
    assert session.position == Position("e1", 4)


def test_another_epoch_starts_over() -> None:
    session = at(4)
    assert session.receive(event(5, epoch="e2")) == StartOver()
    assert session.start_over() == {"stream": "s1/kds"}


def test_what_was_on_its_way_when_an_epoch_ended_does_not_lead_back_to_it() -> None:
    session = at(4)
    session.start_over()
    session.take(read(1, epoch="e2", snapshot={"tickets": []}))
    assert session.receive(event(5, epoch="e1")) == Skip()
    assert session.receive(event(2, epoch="e2")) == Deliver(event(2, epoch="e2"))


def test_without_a_position_everything_starts_over() -> None:
    assert Session("s1/kds").receive(event(1)) == StartOver()


def test_a_view_follows_prev_and_not_seq() -> None:
    session = at(10, "grill", last=7)
    assert session.receive(event(15, prev=7)) == Deliver(event(15, prev=7))
    assert session.receive(event(19, prev=17)) == Ask(Position("e1", 15))
    assert session.receive(event(15, prev=7)) == Skip()


def test_a_view_leaves_alone_what_comes_from_the_whole_stream() -> None:
    session = at(10, "grill", last=7)
    assert session.receive(event(11, stations=("fry",))) == Skip()
    assert session.receive(event(12, stations=("grill", "fry"))) == Ask(Position("e1", 10))


@pytest.mark.parametrize(
    ("head", "view", "verdict"),
    [
        (Head(epoch="e1", seq=4), None, None),
        (Head(epoch="e1", seq=3), None, None),
        (Head(epoch="e1", seq=5), None, Ask(Position("e1", 4))),
        (Head(epoch="e2", seq=4), None, StartOver()),
    ],
)
def test_an_announced_head_shows_what_was_lost(head: Head, view: int | None, verdict: Any) -> None:
    assert at(4).heard_head(head, view) == verdict


def test_a_view_looks_at_its_own_head() -> None:
    session = at(10, "grill", last=7)
    assert session.heard_head(Head(epoch="e1", seq=99), 7) is None
    assert session.heard_head(Head(epoch="e1", seq=99), 12) == Ask(Position("e1", 10))
    assert session.heard_head(Head(epoch="e1", seq=99)) == Ask(Position("e1", 10))


# ── Reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missed_events_are_taken_and_more_is_asked_for() -> None:
    session = at(4)
    progress = session.take(read(6, head=8, events=[wire(5), wire(6)], more=True))
    assert [one.seq for one in progress.events] == [5, 6]
    assert progress.again == {"stream": "s1/kds", "epoch": "e1", "after": 6}
    progress = session.take(read(8, events=[wire(7), wire(8)]))
    assert [one.seq for one in progress.events] == [7, 8]
    assert progress.again is None


def test_live_events_that_a_read_repeats_count_once() -> None:
    session = at(4)
    session.receive(event(5))
    assert [one.seq for one in session.take(read(6, events=[wire(5), wire(6)])).events] == [6]


def test_a_view_moves_past_what_it_does_not_hear() -> None:
    session = at(10, "grill", last=7)
    progress = session.take(read(20, events=[wire(12, prev=7)]))
    assert [one.seq for one in progress.events] == [12]
    assert session.position == Position("e1", 20)
    assert session.receive(event(25, prev=12)) == Deliver(event(25, prev=12))


def test_a_snapshot_counts_when_its_last_page_is_here() -> None:
    session = Session("s1/kds")
    first = session.take(read(9, snapshot={"v": 1, "tickets": [{"n": 1}]}, more=True, cursor="c1"))
    assert (first.snapshot, first.again, session.position) == (None, {"stream": "s1/kds", "cursor": "c1"}, None)
    last = session.take(read(9, snapshot={"v": 1, "tickets": [{"n": 2}]}))
    assert last.snapshot == {"v": 1, "tickets": [{"n": 1}, {"n": 2}]}
    assert (last.again, session.position) == (None, Position("e1", 9))


def test_what_came_while_pages_were_turned_is_asked_for() -> None:
    session = Session("s1/kds")
    progress = session.take(read(9, head=11, snapshot={"tickets": []}, more=True))
    assert progress.snapshot == {"tickets": []}
    assert progress.again == {"stream": "s1/kds", "epoch": "e1", "after": 9}


def test_pages_of_two_positions_are_no_snapshot() -> None:
    session = Session("s1/kds")
    session.take(read(9, snapshot={"tickets": []}, more=True, cursor="c1"))
    progress = session.take(read(10, snapshot={"tickets": []}))
    assert (progress.snapshot, progress.again, session.position) == (None, {"stream": "s1/kds"}, None)


PARTS = {
    "events that skip one": read(6, events=[wire(6)]),
    "events that stop short": read(7, events=[wire(5)]),
    "not recovered": read(5, events=[wire(5)], recovered=False),
    "another epoch": read(5, events=[wire(5, epoch="e2")], epoch="e2"),
    "another stream": read(5, events=[wire(5)], stream="s2/kds"),
    "an event nobody can read": read(5, events=[{"seq": 5}]),
    "neither events nor snapshot": read(5),
    "more without getting further": read(4, head=9, events=[], more=True),
}


@pytest.mark.parametrize("answer", PARTS.values(), ids=PARTS)
def test_a_part_is_never_taken_for_the_whole(answer: Read) -> None:
    session = at(4)
    progress = session.take(answer)
    assert (progress.events, progress.snapshot, progress.again) == ((), None, {"stream": "s1/kds"})
    assert session.position is None


def test_twice_not_whole_is_an_error_and_the_next_try_starts_clean() -> None:
    session = at(4)
    session.take(PARTS["not recovered"])
    with pytest.raises(NotWhole):
        session.take(PARTS["not recovered"])
    assert session.request() == {"stream": "s1/kds"}
    assert session.take(read(5, snapshot={"tickets": []})).snapshot is not None
