"""The board: what every station of a store has up, and where every order stands; a fold of the kds stream alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from immutables import Map
from pydantic import TypeAdapter

from heard.contract.kds import EXPO
from heard.contract.orders import Status
from heard.errors import NotFound
from heard.kitchen.evolve import evolve
from heard.kitchen.tickets import HELD, READY, STARTED, Line, Ticket, TicketState

_T = TypeVar("_T")
_TICKETS: TypeAdapter[tuple[Ticket, ...]] = TypeAdapter(tuple[Ticket, ...])


def ticket_id(order_id: str, station: str) -> str:
    """One ticket per order and station, for ever."""
    return f"{order_id}.{station}"


def station_of(ticket: str) -> str:
    """The station in a ticket's id."""
    return ticket.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Board:
    """All tickets that are open or can still be recalled. Values are shared, so a copy costs nothing."""

    tickets: Map[str, Ticket] = Map()
    orders: Map[str, tuple[str, ...]] = Map()
    """Order id → its stations."""
    stacks: Map[str, tuple[str, ...]] = Map()
    """Station → its done tickets, the last one last: what `recall last` takes from. Of one that waits for its next
    course what was called is done: it can be brought back too."""
    views: Map[str, int] = Map()
    """Station → seq of the last fact its view heard."""
    seq: int = 0
    day: str = ""
    """The service day of the newest order."""

    def ticket(self, wanted: str) -> Ticket:
        """A ticket by id.

        Raises:
            NotFound: none such, or not of this service day any more.
        """
        found = self.tickets.get(wanted)
        if found is None:
            raise NotFound(f"there is no ticket {wanted[:100]}")
        return found

    def of_order(self, order_id: str) -> tuple[Ticket, ...]:
        """The tickets of an order, in the order of its stations."""
        found = [self.tickets.get(ticket_id(order_id, station)) for station in self.orders.get(order_id, ())]
        return tuple([ticket for ticket in found if ticket is not None])

    def at(self, station: str) -> Iterator[Ticket]:
        """Every ticket of a station, done ones too."""
        return (ticket for ticket in self.tickets.values() if ticket.station == station)

    def state(self, ticket: Ticket) -> TicketState:
        """Where a ticket stands; expo's depends on its siblings."""
        return self._expo_state(ticket) if ticket.is_expo else ticket.prep_state()

    def _expo_state(self, ticket: Ticket) -> TicketState:
        live = [line for line in ticket.lines if line.live]
        if not live:
            return TicketState.DONE if all(line.acked for line in ticket.lines) else TicketState.VOIDED
        if ticket.closed:
            return TicketState.DONE
        order = self.of_order(ticket.order_id)
        if all(line.state is HELD for line in cooking_lines(order) if line.live):
            return TicketState.HELD
        return TicketState.WAITING if open_prep(order) else TicketState.READY

    def status(self, order_id: str) -> Status:
        """Where an order stands: a fold over its lines."""
        tickets = self.of_order(order_id)
        if any(ticket.closed for ticket in tickets):
            return Status.COMPLETED
        live = [line for line in cooking_lines(tickets) if line.live]
        if not live:
            return Status.CANCELLED
        if all(line.state is HELD for line in live):
            return Status.HELD
        prep = [line for ticket in tickets if not ticket.is_expo for line in ticket.lines if line.live]
        if all(line.state is READY for line in prep or live):
            return Status.READY
        return Status.IN_PROGRESS if any(line.begun for line in live) else Status.RECEIVED

    def item_lines(self, order_id: str, item_id: str) -> tuple[Line, ...]:
        """An item's lines at the stations that make it."""
        return tuple(line for line in cooking_lines(self.of_order(order_id)) if line.item_id == item_id)

    def ready_items(self, order_id: str) -> frozenset[str]:
        """The items that are ready at every station they need."""
        lines = cooking_lines(self.of_order(order_id))
        open_ones = {line.item_id for line in lines if line.live and line.state is not READY}
        return frozenset(line.item_id for line in lines if line.live) - open_ones

    def put(self, *tickets: Ticket) -> Board:
        """The board with these tickets of one order, and the recall stacks of its stations kept in step."""
        if not tickets:
            return self
        held = self.tickets
        for ticket in tickets:
            held = held.set(ticket.ticket_id, ticket)
        return evolve(self, tickets=held).stacked(tickets[0].order_id)

    def stacked(self, order_id: str) -> Board:
        """The recall stacks after a move, which can finish or re-open the cards of an order's other stations too,
        expo's above all: those that left last are on top, those that are up not in."""
        stacks = self.stacks
        for ticket in self.of_order(order_id):
            stack = stacks.get(ticket.station, ())
            done = self._to_recall(ticket)
            if done and ticket.ticket_id not in stack:
                stacks = stacks.set(ticket.station, (*stack, ticket.ticket_id))
            elif not done and ticket.ticket_id in stack:
                stacks = stacks.set(ticket.station, tuple(one for one in stack if one != ticket.ticket_id))
        return self if stacks is self.stacks else evolve(self, stacks=stacks)

    def _to_recall(self, ticket: Ticket) -> bool:
        """Whether it left the wall, and has something to bring back."""
        match self.state(ticket):
            case TicketState.DONE:
                return any(line.live for line in ticket.lines)
            case TicketState.HELD:
                return any(line.state is READY for line in ticket.own_lines)
            case _:
                return False

    def turned(self, day: str) -> Board:
        """A new service day: orders that were over before it can no longer be recalled and leave the board."""
        if day <= self.day:
            return self
        over = {order for order in self.orders if self._is_over(order)}
        gone = {ticket_id(order, station) for order in over for station in self.orders[order]}
        return evolve(
            self,
            day=day,
            tickets=_without(self.tickets, gone),
            orders=_without(self.orders, over),
            stacks=Map({at: tuple(one for one in stack if one not in gone) for at, stack in self.stacks.items()}),
        )

    def _is_over(self, order_id: str) -> bool:
        tickets = self.of_order(order_id)
        if len(tickets) < len(self.orders[order_id]):
            return False  # a view that came to the order late cannot know: what it drops could never be recalled
        return all(self.state(ticket) is TicketState.DONE for ticket in tickets)

    # ── Snapshots ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def snapshot_tickets(self) -> list[dict[str, Any]]:
        """Every ticket, JSON-ready, oldest first: the pages of a kds snapshot."""
        ordered = sorted(self.tickets.values(), key=lambda ticket: (ticket.came_at, ticket.ticket_id))
        told: list[dict[str, Any]] = _TICKETS.dump_python(tuple(ordered), mode="json", by_alias=True, exclude_none=True)
        return told

    def snapshot_rest(self) -> dict[str, Any]:
        """What a snapshot holds beside its tickets; the same on every page."""
        return {
            "v": 1,
            "seq": self.seq,
            "day": self.day,
            "stock": {},
            "stacks": {station: list(stack) for station, stack in self.stacks.items()},
            "views": dict(self.views),
        }

    @classmethod
    def from_snapshot(cls, snapshot: dict[str, Any]) -> Board:
        """The board a whole snapshot describes: equal to the one it was taken from."""
        tickets = _TICKETS.validate_python(snapshot["tickets"])
        return cls(
            tickets=Map({ticket.ticket_id: ticket for ticket in tickets}),
            orders=Map({ticket.order_id: ticket.stations for ticket in tickets}),
            stacks=Map({station: tuple(stack) for station, stack in snapshot.get("stacks", {}).items()}),
            views=Map(snapshot.get("views", {})),
            seq=int(snapshot.get("seq", 0)),
            day=str(snapshot.get("day", "")),
        )


def cooking_lines(tickets: Iterable[Ticket]) -> list[Line]:
    """The lines somebody makes: prep's, and expo's own."""
    return [line for ticket in tickets for line in ticket.own_lines]


def open_prep(tickets: Iterable[Ticket]) -> dict[str, int]:
    """Prep station → how many lines it still has to make."""
    left = {
        ticket.station: sum(line.live and line.state is not READY for line in ticket.lines)
        for ticket in tickets
        if not ticket.is_expo
    }
    return {station: count for station, count in left.items() if count}


def is_cooking(tickets: Iterable[Ticket]) -> bool:
    """Whether prep has something of an order left to make now; what is on hold is not made now."""
    prep = (line for ticket in tickets if not ticket.is_expo for line in ticket.lines)
    return any(line.live and line.state not in (READY, HELD) for line in prep)


def in_work(line: Line) -> bool:
    """Somebody is on it or has been."""
    return line.state in (STARTED, READY)


def expo_of(tickets: Iterable[Ticket]) -> Ticket | None:
    """The pass's card among an order's tickets."""
    return next((ticket for ticket in tickets if ticket.station == EXPO), None)


def _without(held: Map[str, _T], gone: set[str]) -> Map[str, _T]:
    changing = held.mutate()
    for key in gone:
        changing.pop(key, None)
    return changing.finish()
