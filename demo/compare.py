"""The demo's proof: what guests sent, what the journal holds and what the screens showed, held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from demo.incidents import Meant, rows_of
from demo.reading import Reading, of_header, of_item, of_void
from heard.contract.kds import EXPO, TicketHeader, TicketItem
from heard.kitchen.board import Board

CROSSED = timedelta(seconds=2)
"""A void this shortly before expo handed the order over crossed the bump on its way: there was no time to show it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evening came to. `lost` and `duplicates` count orders and tickets; anything but 0 is a defect."""

    orders: int
    tickets: int
    bumps: int
    completed: int
    recalled: int
    lost: int
    duplicates: int
    order_to_glass_ms: Mapping[str, float | None]
    key_to_frame_ms: Mapping[str, float | None]
    changed: int = 0
    """Changes of orders that were up."""
    added: int = 0
    """Items added to orders that were up."""
    voided: int = 0
    """Items taken off."""
    cancelled: int = 0
    resent: int = 0
    """Orders that were sent again under the same key."""
    drops: int = 0
    """How often the flaky screen lost its connection."""

    @property
    def sound(self) -> bool:
        """Nothing was lost and nothing came twice."""
        return self.lost == 0 and self.duplicates == 0


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99 by nearest rank; None where nothing was measured."""
    ranked = sorted(values)

    def at(share: float) -> float | None:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else None

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99)}


# ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def lost(
    sent: Collection[str], orders: Iterable[Mapping[str, Any]], kds: Iterable[Mapping[str, Any]], shown: Collection[str]
) -> list[str]:
    """What was acknowledged to a guest and is not in the journal, and what is in the journal and was on no screen.

    `orders` and `kds` are envelopes; `shown` holds the ids of tickets whose every word was rendered.
    """
    created = set(created_orders(orders))
    return [
        *(f"order {one} was acknowledged and is not in the journal" for one in sent if one not in created),
        *(f"ticket {one} was never shown whole" for one in tickets(kds) if one not in shown),
    ]


def doubled(sent: Collection[str], orders: Iterable[Mapping[str, Any]], twice: Collection[str]) -> list[str]:
    """What is in the journal and no guest sent, what is in it twice, and what stood twice on one screen."""
    created = created_orders(orders)
    return [
        *(f"order {one} is in the journal and no guest sent it" for one in created if one not in sent),
        *(f"order {one} is in the journal {count} times" for one, count in Counter(created).items() if count > 1),
        *(f"ticket {one} stood twice on one screen" for one in twice),
    ]


def mistaken(meant: Mapping[str, Meant], orders: Iterable[Mapping[str, Any]]) -> list[str]:
    """Orders that the journal holds otherwise than their guests meant them after all changes."""
    held: dict[str, dict[str, tuple[Any, ...]]] = {}
    for event in orders:
        if event["name"] in ("order:created", "order:updated"):
            held[event["data"]["order_id"]] = rows_of(event["data"]["order"])
        elif event["name"] == "order:cancelled":
            held[event["data"]["order_id"]] = {}
    return [
        f"order {one} is not in the journal as its guest meant it"
        for one, order in meant.items()
        if one in held and held[one] != order.words()
    ]


def created_orders(orders: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of the orders a journal holds."""
    return [event["data"]["order_id"] for event in orders if event["name"] == "order:created"]


def completed_orders(orders: Iterable[Mapping[str, Any]]) -> set[str]:
    """The orders that were handed over; one that was recalled and handed over again is one."""
    return {event["data"]["order_id"] for event in orders if event["name"] == "order:completed"}


def different(there: Board, here: Board, station: str) -> list[str]:
    """The tickets of a station that two screens of it have otherwise: every line, mark, clock and deed of them."""
    first, second = ({one.ticket_id: one for one in board.at(station)} for board in (there, here))
    return sorted(one for one in {*first, *second} if first.get(one) != second.get(one))


# ── Tickets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def tickets(kds: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Ticket id → the envelope that brought it."""
    return {event["data"]["ticket_id"]: event for event in kds if event["name"] == "kds:order_incoming"}


def came(kds: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """Ticket id → since when its screen had something to show: what was held came when it was fired."""
    since: dict[str, datetime] = {}
    for event in kds:
        data = event["data"]
        items = data.get("ticket", {}).get("items", ())
        shows = event["name"] == "kds:order_incoming" and not (items and all(item.get("held") for item in items))
        if shows or event["name"] == "kds:item_fired":
            since.setdefault(data["ticket_id"], datetime.fromisoformat(event["at"]))
    return since


def shown_whole(kds: Iterable[Mapping[str, Any]], read: Mapping[str, Collection[Reading]]) -> set[str]:
    """The tickets of which everything was read that the journal says had to be: each line as it stood last."""
    return {one for one, wanted in due(kds).items() if all(reading in read.get(one, ()) for reading in wanted)}


def due(kds: Iterable[Mapping[str, Any]]) -> dict[str, set[Reading]]:
    """Ticket id → what a screen must have shown of it. A fold of its own, so that it does not share the kitchen's."""
    pile = _Pile()
    for event in kds:
        if (take := _TAKES.get(event["name"])) is not None:
            take(pile, event)
    return {one: set(card.readings()) for one, card in pile.cards.items()}


@dataclass(slots=True)
class _Line:
    """One line of a ticket, as the journal has it so far."""

    item: TicketItem
    held: bool
    void_at: datetime | None = None
    never_shown: bool = False


@dataclass(slots=True)
class _Card:
    """One ticket, as the journal has it so far."""

    station: str
    header: TicketHeader
    lines: dict[str, _Line] = field(default_factory=dict)

    def readings(self) -> Iterable[Reading]:
        lines = [line for line in self.lines.values() if self._shows(line)]
        if lines:
            yield of_header(self.header)
        for line in lines:
            yield of_item(line.item) if line.void_at is None else of_void(line.item)

    def _shows(self, line: _Line) -> bool:
        if line.void_at is not None:
            return not line.never_shown
        return self.station == EXPO or not line.held


@dataclass(slots=True)
class _Pile:
    """All tickets so far."""

    cards: dict[str, _Card] = field(default_factory=dict)

    def incoming(self, event: Mapping[str, Any]) -> None:
        data, card = event["data"], event["data"].get("ticket")
        if card is not None:
            self.cards[data["ticket_id"]] = made = _Card(data["station"], TicketHeader.model_validate(card))
            self._put(made, card["items"])

    def changed(self, event: Mapping[str, Any]) -> None:
        data, card = event["data"], self.cards.get(event["data"]["ticket_id"])
        if card is None:
            return
        if data.get("ticket") and any(line.void_at is None for line in card.lines.values()):
            # A card of which nothing is left does not come back for what concerns the rest of its order.
            card.header = TicketHeader.model_validate(data["ticket"])
        for change in data.get("changed", ()):
            line = card.lines[change["line"]["item_id"]]
            line.item = TicketItem.model_validate(change["line"])
        self._put(card, data.get("added", ()))
        self._void(event, card, data.get("voided", ()))

    def _put(self, card: _Card, items: Iterable[Mapping[str, Any]]) -> None:
        for raw in items:
            item = TicketItem.model_validate(raw)
            card.lines[item.item_id] = _Line(item, item.held)

    def voided(self, event: Mapping[str, Any]) -> None:
        if (card := self.cards.get(event["data"]["ticket_id"])) is not None:
            self._void(event, card, event["data"]["item_ids"])

    def _void(self, event: Mapping[str, Any], card: _Card, item_ids: Iterable[str]) -> None:
        """What prep never saw, because it was held, nobody needs to be told is off: neither there nor at the pass."""
        order = event["data"]["order_id"]
        for one in item_ids:
            made = [
                other.lines[one]
                for ticket, other in self.cards.items()
                if ticket.startswith(f"{order}.") and other.station != EXPO and one in other.lines
            ]
            line = card.lines[one]
            asked = made if card.station == EXPO and made else [line]
            line.never_shown = all(other.held or other.never_shown for other in asked)
            line.void_at = datetime.fromisoformat(event["at"])

    def held(self, event: Mapping[str, Any]) -> None:
        self._hold(event, held=True)

    def fired(self, event: Mapping[str, Any]) -> None:
        self._hold(event, held=False)

    def _hold(self, event: Mapping[str, Any], *, held: bool) -> None:
        card = self.cards.get(event["data"]["ticket_id"])
        for one in event["data"]["item_ids"] if card else ():
            if card is not None and one in card.lines:
                card.lines[one].held = held

    def complete(self, event: Mapping[str, Any]) -> None:
        card, at = self.cards.get(event["data"]["ticket_id"]), datetime.fromisoformat(event["at"])
        for line in card.lines.values() if card else ():
            line.never_shown |= line.void_at is not None and at - line.void_at < CROSSED


_TAKES = {
    "kds:order_incoming": _Pile.incoming,
    "kds:order_changed": _Pile.changed,
    "kds:item_voided": _Pile.voided,
    "kds:item_held": _Pile.held,
    "kds:item_fired": _Pile.fired,
    "kds:order_complete": _Pile.complete,
}
"""What each fact means for what must be shown; the others move lines and leave their words as they are."""
