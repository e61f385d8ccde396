"""However deliveries are shuffled, repeated or dropped, session and replica end with the board of the journal."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.client.clock import ManualClock
from heard.client.links.loopback import LoopbackKitchen
from heard.client.replica import Replica
from heard.client.session import Ask, Deliver, Session, StartOver
from heard.contract.envelope import Envelope, Read
from heard.contract.session import Head
from heard.kitchen.board import Board

MOVES = ("kds:start", "kds:bump", "kds:undo", "kds:recall", "kds:rush")
STATIONS = ("grill", "fry", "expo")
DISHES = st.lists(st.sampled_from(["Burger", "Fries", "Salad", "Stew"]), min_size=1, max_size=3)
DEEDS = st.one_of(
    st.tuples(st.just("place"), DISHES),
    st.tuples(st.just("cancel"), st.integers(1, 6)),
    st.tuples(st.just("new epoch"), st.just(0)),
    st.tuples(st.sampled_from(MOVES), st.integers(1, 6), st.sampled_from(STATIONS)),
)
FATES = st.sampled_from(["deliver", "deliver", "deliver", "drop", "twice", "late"])


class Screen:
    """A session and a replica at the end of a bad line."""

    def __init__(self, kitchen: LoopbackKitchen, station: str | None) -> None:
        self.kitchen = kitchen
        self.session = Session("s1/kds", station)
        self.replica = Replica()
        self.seqs: list[tuple[str, int]] = []
        self.catch_up(self.session.request())

    def catch_up(self, wanted: dict[str, Any] | None) -> None:
        while wanted is not None:
            progress = self.session.take(Read.model_validate(self.kitchen.read(wanted)))
            if progress.snapshot is not None and self.session.position is not None:
                self.replica.reset(Board.from_snapshot(progress.snapshot), self.session.position.epoch)
            self.deliver(progress.events)
            wanted = progress.again

    def deliver(self, events: tuple[Envelope, ...]) -> None:
        for event in events:
            self.seqs.append((event.epoch or "", event.seq or 0))
            self.replica.confirm(event)

    def hear(self, wire: dict[str, Any]) -> None:
        match self.session.receive(Envelope.model_validate(wire)):
            case Deliver(event):
                self.deliver((event,))
            case Ask():
                self.catch_up(self.session.request())
            case StartOver():
                self.catch_up(self.session.start_over())

    def hear_head(self, head: dict[str, Any]) -> None:
        match self.session.heard_head(Head.model_validate(head), head.get("view")):
            case Ask():
                self.catch_up(self.session.request())
            case StartOver():
                self.catch_up(self.session.start_over())


def facts_of(kitchen: LoopbackKitchen, deed: tuple[Any, ...], n: int) -> Iterator[tuple[str, int]]:
    """Do a deed; the places of the facts it wrote."""
    before = len(kitchen._streams["s1/kds"])
    match deed:
        case ("place", dishes):
            kitchen.place({"items": [{"name": dish, "qty": "1"} for dish in dishes]})
        case ("cancel", order):
            kitchen.command("orders:cancel", {"order_id": f"s1-{order}"})
        case ("new epoch", _):
            kitchen.start_over(f"epoch-{n}")
            before = 0
        case (move, order, station):
            priority = {"priority": "rush"} if move == "kds:rush" else {}
            kitchen.command(move, {"ticket_id": f"s1-{order}.{station}", **priority})
    yield from ((kitchen.epoch, seq) for seq in range(before, len(kitchen._streams["s1/kds"])))


@pytest.mark.parametrize("station", [None, "grill"])
@given(deeds=st.lists(DEEDS, max_size=25), data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_screen_ends_with_the_journals_board(station: str | None, deeds: list[Any], data: st.DataObject) -> None:
    kitchen = LoopbackKitchen(clock=ManualClock(), page=2, max_events=3, max_behind=8)
    screen = Screen(kitchen, station)
    late: list[dict[str, Any]] = []
    for n, deed in enumerate(deeds):
        for _, at in list(facts_of(kitchen, deed, n)):
            kept = kitchen._streams["s1/kds"][at]
            if station is not None and station not in kept.prevs:
                continue
            wire = kept.wire | ({} if station is None else {"prev": kept.prevs[station]})
            fate = data.draw(FATES)
            late += [wire] if fate in ("late", "twice") else []
            if fate in ("deliver", "twice"):
                screen.hear(wire)
    for wire in data.draw(st.permutations(late)):
        screen.hear(wire)
    screen.hear_head(kitchen._head("s1/kds", station))

    board, truth = screen.replica.board, kitchen.kitchen.board
    wanted = {key: one for key, one in truth.tickets.items() if station is None or station in one.stations}
    assert dict(board.tickets) == wanted
    assert {key: board.state(one) for key, one in board.tickets.items()} == {
        key: truth.state(one) for key, one in wanted.items()
    }
    assert len(set(screen.seqs)) == len(screen.seqs)
