"""The tickets of an order: dealt to stations when it comes in, changed one by one when it changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from heard.contract import kds, orders
from heard.contract.base import Fact
from heard.contract.kds import EXPO, Mark, TicketCard, TicketHeader, TicketItem
from heard.contract.orders import Item, Order, Status
from heard.kitchen.board import ticket_id
from heard.kitchen.book import Till
from heard.kitchen.moves import tell
from heard.kitchen.routing import route
from heard.kitchen.tickets import Ticket

_ALLERGY_WORDS = re.compile(r"\b(allerg\w*|anaphyla\w*|coeliac|celiac|intoleran\w*)", re.IGNORECASE)

Dealt = dict[str, TicketItem]
"""Item id → the item as stations paint it, dealt to its stations."""


def dealt(till: Till, order: Order, items: Iterable[Item], *marks: Mark) -> Dealt:
    """Each item with the stations that make it. Raises: BadRequest."""
    found = {}
    for item in items:
        way = route(item, order, till.house)
        shown = {name: getattr(item, name) for name in TicketItem.model_fields if name in Item.model_fields}
        shown |= {"stations": way.stations, "held": order.status is Status.HELD, "marks": (*way.marks, *marks)}
        found[str(item.item_id)] = TicketItem.model_validate(shown)
    return found


def _stations(till: Till, dealt: Iterable[TicketItem]) -> tuple[str, ...]:
    """The stations an order stands at, in the store's own order, expo last."""
    named = {station for item in dealt for station in item.stations}
    prep = [station for station in till.house.stations if station in named and station != EXPO]
    return (*prep, EXPO) if till.house.has_expo else tuple(prep)


def _header(order: Order) -> TicketHeader:
    shown = {name: getattr(order, name) for name in TicketHeader.model_fields if name in Order.model_fields}
    shown |= {
        "source": order.source.channel or (order.source.system if order.source.system != "api" else None),
        "customer_name": order.customer.name if order.customer else None,
        "notes": order.notes or (),
        "allergies": _all_allergies(order),
    }
    return TicketHeader.model_validate(shown)


def _all_allergies(order: Order) -> tuple[orders.Allergy, ...]:
    """What was said to be an allergy, and notes that speak of one: the text scan marks, it removes nothing."""
    scanned = (note.text for note in order.notes or () if speaks_of_allergy(note.text))
    return (*(order.allergies or ()), *(orders.Allergy(text=text) for text in scanned))


def speaks_of_allergy(text: str) -> bool:
    """Whether a note is about an allergy, as far as its words tell."""
    return _ALLERGY_WORDS.search(text) is not None


def tickets_of(till: Till, order: Order, items: Iterable[Item], dealt: Dealt) -> Iterable[kds.OrderIncoming]:
    """A new order's tickets: one per station, and expo's of everything."""
    stations = _stations(till, dealt.values())
    for station in stations:
        mine = [
            dealt[str(item.item_id)]
            for item in items
            if station == EXPO or station in dealt[str(item.item_id)].stations
        ]
        yield _card(order, station, stations, mine)


def _card(order: Order, station: str, stations: tuple[str, ...], items: list[TicketItem]) -> kds.OrderIncoming:
    return kds.OrderIncoming(
        order_id=order.id,
        ticket_id=ticket_id(order.id, station),
        station=station,
        stations=stations,
        item_ids=tuple(item.item_id for item in items),
        ticket=TicketCard.model_validate({**_shallow(_header(order)), "items": tuple(items)}),
    )


def _shallow(header: TicketHeader) -> dict[str, Any]:
    return {name: getattr(header, name) for name in TicketHeader.model_fields}


def ticket_changes(till: Till, before: Order, after: Order) -> Iterable[Fact]:
    """One `kds:order_changed` per ticket touched, one `kds:order_incoming` per station that is new to the order."""
    was, now = dealt(till, before, before.live_items()), dealt(till, after, after.live_items())
    now = {one: item if one in was else _as_added(item) for one, item in now.items()}
    tickets = {ticket.station: ticket for ticket in till.board.of_order(before.id)}
    was, now = _where_it_stands(tickets.values(), was, now)
    stations = _all_stations(till, tickets, now)
    header = _header(after) if _header(after) != _header(before) else None
    alarm = _all_allergies(before) != _all_allergies(after)
    for ticket in tickets.values():
        change = _changed_ticket(ticket, was, now, header=header, alarm=alarm)
        if change is not None:
            yield change.model_copy(update={"stations": stations})
    for station in stations:
        if station not in tickets:
            mine = [_as_added(item) for item in now.values() if station == EXPO or station in item.stations]
            yield _card(after, station, stations, mine)


def _where_it_stands(tickets: Iterable[Ticket], was: Dealt, now: Dealt) -> tuple[Dealt, Dealt]:
    """An item dealt alike before and after stays where it was put, whatever menu and rules say by now."""
    put = {line.item_id: line.item.stations for ticket in tickets for line in ticket.lines if line.live}
    stay = {one for one in put if one in was and one in now and was[one].stations == now[one].stations}
    kept = {one: {"stations": put[one]} for one in stay}
    return (
        {one: item.model_copy(update=kept.get(one, {})) for one, item in was.items()},
        {one: item.model_copy(update=kept.get(one, {})) for one, item in now.items()},
    )


def _all_stations(till: Till, tickets: dict[str, Ticket], now: Dealt) -> tuple[str, ...]:
    named = {*tickets, *_stations(till, now.values())}
    ordered = [station for station in till.house.stations if station in named and station != EXPO]
    gone = [station for station in tickets if station not in till.house.stations]
    return (*gone, *ordered, *((EXPO,) if EXPO in named and EXPO not in gone else ()))


def _as_added(item: TicketItem) -> TicketItem:
    return item.model_copy(update={"marks": tuple(sorted({*item.marks, Mark.ADD_ON}))})


def _changed_ticket(
    ticket: Ticket, was: Dealt, now: Dealt, *, header: TicketHeader | None, alarm: bool
) -> kds.OrderChanged | None:
    here = {line.item_id: line for line in ticket.lines if line.live}
    wanted = {one: item for one, item in now.items() if ticket.is_expo or ticket.station in item.stations}
    added = [_as_added(item) for one, item in wanted.items() if one not in here]
    voided = [one for one in here if one not in wanted]
    changed = [
        kds.LineChange(line=now[one], before=was.get(one, now[one]), cooking=alarm or _matters(was.get(one), now[one]))
        for one in here
        if one in wanted and (alarm or was.get(one) != now[one])
    ]
    if not (added or voided or changed or header):
        return None
    touched = [*(item.item_id for item in added), *(change.line.item_id for change in changed), *voided]
    more = {"added": added, "changed": changed, "voided": voided, "ticket": header}
    return tell(kds.OrderChanged, ticket, touched, **more)


_COOKING = ("name", "kitchen_name", "variation", "qty", "unit", "modifiers", "notes", "allergies")


def _matters(before: TicketItem | None, after: TicketItem) -> bool:
    """Whether a cook has to do something else: not when only its course or seat changed."""
    return before is None or any(getattr(before, name) != getattr(after, name) for name in _COOKING)
