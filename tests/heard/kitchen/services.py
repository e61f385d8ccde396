"""Random services: a few people pressing every key at once, and what must hold after each of them.

A step is a tuple of small numbers, read against whatever is up by then, so that shrinking a failing service keeps it a
service. `WITNESSES` are the invariants; each is told what a command met and what it left.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from heard.contract import kds, orders
from heard.contract.base import Command
from heard.contract.kds import EXPO, Mark
from heard.contract.orders import Status
from heard.errors import HeardError
from heard.kitchen.board import Board, open_prep
from heard.kitchen.priority import on_wall
from heard.kitchen.routing import House
from heard.kitchen.rules import Kitchen, Moment, Outcome, apply_to_board, decide, due
from heard.kitchen.tallies import all_day
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Line, Ticket
from tests.heard.kitchen.playbook import CAFE, HOUSE, Play


class Step(NamedTuple):
    """A verb, and four dice for whom and what it is about."""

    verb: str
    order: int
    station: int
    item: int
    how: int


VERBS = (
    *("place", "again", "update", "update", "cancel", "wait", "due", "repeat"),
    *("start", "start", "bump", "bump", "bump", "bump", "bump", "undo", "undo", "recall", "recall"),
    *("hold", "fire", "ack_void", "rush"),
)
STEPS = st.builds(
    Step, st.sampled_from(VERBS), st.integers(0, 3), st.integers(0, 3), st.integers(0, 7), st.integers(0, 11)
)
SERVICES = st.lists(STEPS, min_size=6, max_size=40)
HOUSES = st.sampled_from((HOUSE, HOUSE, CAFE))

MENU = ("Burger", "Fries", "Combo", "Salad", "Water", "Mystery", "Steak", "Burger")
CHANGES: tuple[dict[str, Any], ...] = (
    {"qty": "2"}, {"qty": "0"}, {"qty": "3"}, {"course": 2}, {"seat": "4"}, {"notes": [{"text": "well done"}]},
    {"modifiers": [{"name": "fried egg"}]}, {"station_hint": ["grill"]}, {"station_hint": ["fry"]}, {"modifiers": []},
    {"allergies": [{"code": "milk"}]}, {"station_hint": []},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """What a command met and left. `outcome` is None where it was refused."""

    command: Command
    before: Kitchen
    after: Kitchen
    outcome: Outcome | None
    moment: Moment

    @property
    def facts(self) -> tuple[Any, ...]:
        return self.outcome.facts if self.outcome else ()

    @property
    def bumped(self) -> tuple[Line, ...]:
        """The lines of the ticket that was bumped, as they stand after it."""
        ticket = self.after.board.tickets.get(getattr(self.command, "ticket_id", ""))
        return ticket.lines if ticket else ()

    @property
    def named(self) -> Ticket | None:
        """The ticket a cook's command is about, as it was."""
        return self.before.board.tickets.get(getattr(self.command, "ticket_id", ""))


class Service(Play):
    """A play that runs steps, and calls every witness after each."""

    def __init__(self, house: House = HOUSE) -> None:
        super().__init__(house)
        self.last: Command | None = None
        self.witnesses: tuple[Callable[[Event], None], ...] = WITNESSES

    def run(self, steps: list[Step]) -> Service:
        self.place("Burger", "Fries", "Combo")
        for step in steps:
            with suppress(HeardError):
                self.take(step)
        return self

    def do(self, command: Command) -> Outcome:
        before, outcome = self.kitchen, None
        self.last = command
        try:
            outcome = super().do(command)
        finally:
            moment = Moment(self.now, self.house, lambda: "id-none")
            for witness in self.witnesses:
                witness(Event(command, before, self.kitchen, outcome, moment))
        return outcome

    def take(self, step: Step) -> None:
        known = list(self.kitchen.book.orders)
        self.order_id = known[step.order % len(known)] if known else ""
        match step.verb:
            case "place":
                self._place(step)
            case "again":
                rows = [{"name": dish, "qty": str(1 + step.how % 2)} for dish in MENU[: 1 + step.item % 4]]
                self.place(
                    *rows, external_id="W-7", source_revision=str(step.how), kind=("full", "delta")[step.order % 2]
                )
            case "update":
                self._update(step)
            case "cancel":
                if step.how < 4:
                    self.cancel()
            case "wait":
                self.wait(minutes=(1, 7, 30, 1600)[step.how % 4 if step.item == 0 else 0])
            case "due":
                self.fire_what_is_due()
                assert due(self.board, self.now) == []
            case "repeat":
                if isinstance(self.last, kds.TicketCommand):
                    self.do(self.last)
            case verb:
                self._cook(verb, step)

    def _place(self, step: Step) -> None:
        dishes = [MENU[(step.item + n) % len(MENU)] for n in range(1 + step.how % 3)]
        more: dict[str, Any] = {}
        if step.how > 8:
            more = {"hold": "scheduled", "fire_at": self.now.isoformat()} if step.order % 2 else {"hold": "parked"}
        if step.station == 3:
            more["allergies"] = [{"code": "nuts"}]
        self.place(*dishes, **more)

    def _update(self, step: Step) -> None:
        if step.item == 7:
            self.update({"name": MENU[step.how % len(MENU)], "qty": "1"})
        elif step.item == 6:
            top = {"table": str(step.how)} if step.how % 2 else {"allergies": [{"code": f"a{step.how}"}]}
            self.update(**top)
        else:
            rows = self.order.items
            self.update({"item_id": rows[step.item % len(rows)].item_id, **CHANGES[step.how]})

    def _cook(self, verb: str, step: Step) -> None:
        tickets = self.board.of_order(self.order_id)
        if not tickets:
            return
        ticket = tickets[step.station % len(tickets)]
        more: dict[str, Any] = {}
        if step.item < 4 and verb not in ("rush", "undo"):
            more["item_ids"] = [ticket.lines[step.item % len(ticket.lines)].item_id]
        if verb == "bump":
            more |= {"force": step.how > 7} | ({"seen_seq": max(0, self.board.seq - 3)} if step.how % 4 == 0 else {})
        if verb == "rush":
            more["priority"] = ("normal", "rush", "vip")[step.how % 3]
        if verb == "recall":
            more["restart_fire_clock"] = step.how == 0
        self.say(f"kds:{verb}", ticket_id=ticket.ticket_id, **more)


# ── The witnesses ─────────────────────────────────────────────────────────────────────────────────────────────────────


def bump_is_idempotent(seen: Event) -> None:
    if not isinstance(seen.command, kds.Bump) or not seen.outcome:
        return
    if any(isinstance(fact, kds.ItemReopened) for fact in seen.facts):
        return  # work on words that had changed is asked for again
    again = decide(seen.after, seen.command, seen.moment)
    unmeant = seen.outcome.result == "superseded" or any(_came_later(line, seen) for line in seen.bumped)
    assert (again.result, again.after) == ("superseded" if unmeant else "already", seen.after)


def a_bump_means_what_was_on_the_card(seen: Event) -> None:
    """What came later neither becomes ready nor leaves, nor closes an order with it."""
    command = seen.command
    if not isinstance(command, kds.Bump) or command.item_ids is not None or seen.named is None:
        return
    for line in seen.named.own_lines:
        now = _line(seen.after.board, seen.named.ticket_id, line.item_id)
        if now is not None and _came_later(line, seen) and line.live:
            assert (now.state, now.handed_over) == (line.state, line.handed_over)


def _came_later(line: Any, seen: Event) -> bool:
    read = getattr(seen.command, "seen_seq", None)
    open_ = line.live and line.state not in (HELD, READY) and not line.handed_over
    return open_ and read is not None and seen.command.item_ids is None and line.came_seq > read


def only_expo_closes(seen: Event) -> None:
    board = seen.after.board
    for fact in seen.facts:
        if isinstance(fact, kds.OrderComplete) and EXPO in fact.stations:
            assert fact.station == EXPO
            assert isinstance(seen.command, kds.Bump)
            assert seen.command.ticket_id == fact.ticket_id
            assert not open_prep(board.of_order(fact.order_id)), "closed over open prep"
    for order_id, stations in board.orders.items():
        tickets = board.of_order(order_id)
        assert len({ticket.closed for ticket in tickets}) == 1
        if EXPO not in stations:
            live = [line for ticket in tickets for line in ticket.lines if line.live]
            assert tickets[0].closed is (bool(live) and all(line.state is READY for line in live))
        elif tickets[0].closed:
            assert all(line.handed_over for line in tickets[-1].lines if line.live)


def closed_only_by_bump_left_only_by_undo_or_recall(seen: Event) -> None:
    for order_id in seen.before.board.orders:
        was = seen.before.board.status(order_id)
        now = seen.after.board.status(order_id) if order_id in seen.after.board.orders else was
        if was is Status.COMPLETED and now is not was:
            assert isinstance(seen.command, kds.Undo | kds.Recall)
        if was is Status.CANCELLED:
            assert now is was


def the_kitchen_never_voids(seen: Event) -> None:
    if seen.command.name.startswith("orders:"):
        return
    for ticket in seen.before.board.tickets.values():
        for line in ticket.lines:
            now = _line(seen.after.board, ticket.ticket_id, line.item_id)
            assert now is not None
            assert (line.state is VOIDED) is (now.state is VOIDED), f"{line.item.name}: {line.state} → {now.state}"


def recall_keeps_age(seen: Event) -> None:
    for ticket in seen.before.board.tickets.values():
        now = seen.after.board.tickets.get(ticket.ticket_id)
        if now is None:
            continue
        assert (now.header.placed_at, now.came_at) == (ticket.header.placed_at, ticket.came_at)
        if not isinstance(seen.command, kds.Fire) and not getattr(seen.command, "restart_fire_clock", False):
            assert now.fired_at == ticket.fired_at


def held_items_never_show_at_prep(seen: Event) -> None:
    board = seen.after.board
    for ticket in board.tickets.values():
        for line in ticket.lines:
            assert not (line.state is HELD and line.shown)
    for station in set(seen.moment.house.stations) - {EXPO}:
        shown = on_wall(board, station)
        for ticket in shown:
            assert any(line.state is not HELD and not (line.state is VOIDED and line.acked) for line in ticket.lines)
        open_qty = sum(
            line.item.qty
            for ticket in board.at(station)
            for line in ticket.lines
            if line.live and line.state not in (HELD, READY)
        )
        assert sum(row.qty for row in all_day(board, station)) == open_qty


def nothing_is_hidden(seen: Event) -> None:
    board = seen.after.board
    for gating in ("always", "when_ready"):
        for station in seen.moment.house.stations:
            shown = {ticket.ticket_id for ticket in on_wall(board, station, gating)}
            for ticket in board.at(station):
                assert ticket.ticket_id in shown or not _must_show(board, ticket, gating), ticket.ticket_id


def _must_show(board: Board, ticket: Ticket, gating: str) -> bool:
    if any(line.state is VOIDED and not line.acked for line in ticket.lines):
        return True
    if not ticket.is_expo:
        return any(line.live and line.state not in (HELD, READY) for line in ticket.lines)
    lines = (line for one in board.of_order(ticket.order_id) if not one.is_expo for line in one.lines if line.live)
    waits = gating == "when_ready" and any(line.state in (QUEUED, STARTED) for line in lines)
    live = any(line.live for line in ticket.lines)
    return live and not ticket.closed and not waits and board.status(ticket.order_id) is not Status.HELD


def quantities_are_exact_and_no_row_is_lost_or_merged(seen: Event) -> None:
    board, book = seen.after.board, seen.after.book
    for order_id, order in book.orders.items():
        if order.status in (Status.CANCELLED, Status.COMPLETED):
            continue
        wanted = {item.item_id: item.qty for item in order.live_items()}
        tickets = board.of_order(order_id)
        lines = [line for ticket in tickets for line in ticket.lines if line.live]
        assert {line.item_id: line.item.qty for line in lines} == wanted
        assert all(type(line.item.qty) is Decimal for line in lines)
        for ticket in tickets:
            assert len({line.item_id for line in ticket.lines}) == len(ticket.lines)
            if ticket.is_expo:
                assert {line.item_id for line in ticket.lines if line.live} == set(wanted)
        for line in lines:
            at = {
                one.station
                for one in tickets
                for other in one.own_lines
                if other.live and other.item_id == line.item_id
            }
            assert at == (set(line.item.stations) or {EXPO}), f"{line.item.name} is made at {at}"


def book_and_board_agree(seen: Event) -> None:
    for order_id, order in seen.after.book.orders.items():
        assert order.status is seen.after.board.status(order_id)


def facts_come_in_their_order(seen: Event) -> None:
    names = [fact.name for fact in seen.facts]
    kinds = [name.partition(":")[0] for name in names]
    assert kinds == sorted(kinds), "kds before orders"
    keys = [(fact.name, getattr(fact, "ticket_id", fact.order_id)) for fact in seen.facts]
    assert len(set(keys)) == len(keys), "one event of a name per ticket and command"
    specific = [n for n, name in enumerate(names) if name in ("order:item_ready", "order:completed", "order:cancelled")]
    if specific and "order:status_changed" in names:
        assert names.index("order:status_changed") < specific[0]
    for fact in seen.facts:
        if isinstance(fact, orders.OrderStatusChanged):
            assert fact.from_ is seen.before.board.status(fact.order_id)
            assert fact.to is seen.after.board.status(fact.order_id)


def marks_are_made_and_stay(seen: Event) -> None:
    for fact in seen.facts:
        if isinstance(fact, kds.TicketRecalled):
            _all_marked(seen, fact, fact.item_ids, Mark.RECALLED)
        if isinstance(fact, kds.OrderChanged):
            _all_marked(seen, fact, [change.line.item_id for change in fact.changed], Mark.CHANGED)
            _all_marked(seen, fact, [item.item_id for item in fact.added], Mark.ADD_ON)
    if isinstance(seen.command, kds.Undo):
        return
    for ticket in seen.before.board.tickets.values():
        for line in ticket.lines:
            now = _line(seen.after.board, ticket.ticket_id, line.item_id)
            assert not line.live or now is None or set(line.marks) <= set(now.marks)


def _all_marked(seen: Event, fact: kds.KdsFact, items: Any, mark: Mark) -> None:
    for item_id in items:
        line = _line(seen.after.board, fact.ticket_id, item_id)
        assert line is not None
        assert mark in line.marks


def undo_takes_back(seen: Event) -> None:
    command, ticket = seen.command, seen.named
    if not isinstance(command, kds.Start | kds.Bump | kds.Hold | kds.Rush) or not seen.facts or ticket is None:
        return
    if any(isinstance(fact, kds.ItemReopened) for fact in seen.facts):
        return
    if isinstance(command, kds.Hold) and ticket.is_expo:
        return  # what expo holds is undone where it is cooked
    moment = replace(seen.moment, house=House(store="nowhere"))
    undo = kds.Undo(command_id="command-undo", ticket_id=ticket.ticket_id)
    if ticket.header.service_day == seen.moment.house.service_day(seen.moment.now):
        moment = seen.moment
    elif seen.after.board.tickets[ticket.ticket_id].closed:
        return  # that day is over
    back = decide(seen.after, undo, moment).after
    assert _essence(back.board, ticket.order_id) == _essence(seen.before.board, ticket.order_id)


def _essence(board: Board, order_id: str) -> list[Any]:
    return [
        (one.closed, one.header, [(line.state, line.marks, line.handed_over, line.begun) for line in one.lines])
        for one in board.of_order(order_id)
    ]


def what_left_the_wall_can_be_recalled(seen: Event) -> None:
    """A card whose first course is bumped waits for the next one: until then it is as good as done."""
    board = seen.after.board
    for station in set(seen.moment.house.stations) - {EXPO}:
        up = {ticket.ticket_id for ticket in on_wall(board, station)}
        for ticket in board.at(station):
            made = any(line.state is READY for line in ticket.lines)
            there = ticket.ticket_id in board.stacks.get(station, ())
            assert there is (made and ticket.ticket_id not in up)


def the_top_of_a_stack_can_be_recalled(seen: Event) -> None:
    board = seen.after.board
    for station, stack in board.stacks.items():
        if stack:
            ticket = board.ticket(stack[-1])
            assert ticket.station == station
            assert ticket not in on_wall(board, station)
            recall = kds.Recall(command_id="command-recall", ticket_id=ticket.ticket_id)
            assert decide(seen.after, recall, Moment(seen.moment.now)).result == "applied"


def a_snapshot_is_the_board(seen: Event) -> None:
    board = seen.after.board
    assert board_of_snapshot(board) == board


def board_of_snapshot(board: Board) -> Board:
    """The board through a snapshot and JSON."""
    snapshot = {**board.snapshot_rest(), "tickets": board.snapshot_tickets()}
    return Board.from_snapshot(json.loads(json.dumps(snapshot)))


def a_station_predicts_what_the_gateway_decides(seen: Event) -> None:
    if not isinstance(seen.command, kds.TicketCommand) or not seen.outcome:
        return
    predicted = decide(Kitchen(seen.before.board), seen.command, Moment(seen.moment.now))
    assert (predicted.result, predicted.after.board) == (seen.outcome.result, seen.after.board)


def _line(board: Board, ticket_id: str, item_id: str) -> Any:
    ticket = board.tickets.get(ticket_id)
    return ticket.line(item_id) if ticket else None


WITNESSES: tuple[Callable[[Event], None], ...] = (
    bump_is_idempotent,
    a_bump_means_what_was_on_the_card,
    only_expo_closes,
    closed_only_by_bump_left_only_by_undo_or_recall,
    the_kitchen_never_voids,
    recall_keeps_age,
    held_items_never_show_at_prep,
    nothing_is_hidden,
    quantities_are_exact_and_no_row_is_lost_or_merged,
    book_and_board_agree,
    facts_come_in_their_order,
    marks_are_made_and_stay,
    undo_takes_back,
    what_left_the_wall_can_be_recalled,
    the_top_of_a_stack_can_be_recalled,
    a_snapshot_is_the_board,
    a_station_predicts_what_the_gateway_decides,
)


def kds_stream(play: Play) -> list[Any]:
    """What the kds stream of a play holds."""
    return [envelope for envelope in play.log if envelope.stream.endswith("/kds")]


def fold(envelopes: list[Any], board: Board | None = None) -> Board:
    """A board that heard these."""
    board = board or Board()
    for envelope in envelopes:
        board = apply_to_board(board, envelope)
    return board
