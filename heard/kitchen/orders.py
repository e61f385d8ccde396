"""Orders: the book of a store, and what placing, changing and cancelling come to.

The book is the fold of the orders stream. Tills decide on it and on the board together; a station never needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from immutables import Map
from pydantic import ValidationError

from heard.contract import kds, orders
from heard.contract.base import Fact, bad_request
from heard.contract.kds import EXPO, Mark, TicketCard, TicketHeader, TicketItem
from heard.contract.orders import (
    MAX_ITEMS,
    Item,
    ItemChange,
    Order,
    OrderChanges,
    OrderFields,
    OrderIn,
    Source,
    Status,
)
from heard.errors import BadRequest, Conflict, InvalidTransition, NotFound
from heard.kitchen.board import Board, ticket_id
from heard.kitchen.moves import ALREADY, Decision, applied, tell
from heard.kitchen.routing import House, route
from heard.kitchen.tickets import Ticket

SourceKey = tuple[str, str, str]
_ALLERGY_WORDS = re.compile(r"\b(allerg\w*|anaphyla\w*|coeliac|celiac|intoleran\w*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Book:
    """The orders of a store: those of this service day, and older ones that are still open."""

    orders: Map[str, Order] = Map()
    by_source: Map[SourceKey, str] = Map()
    day: str = ""
    count: int = 0
    """The highest number given out this service day."""
    seq: int = 0

    def order(self, order_id: str) -> Order:
        """An order by id.

        Raises:
            NotFound: none such.
        """
        found = self.orders.get(order_id)
        if found is None:
            raise NotFound(f"there is no order {order_id[:64]}")
        return found

    def known(self, source: Source, external_id: str | None) -> Order | None:
        """The order a source means by its own id."""
        key = source_key(source, external_id)
        found = self.by_source.get(key) if key else None
        return self.orders.get(found) if found else None


def source_key(source: Source, external_id: str | None) -> SourceKey | None:
    """What makes a source's order one: system, account, its id there."""
    return (source.system, source.account or "", external_id) if external_id else None


def note_down(book: Book, fact: Fact, seq: int) -> Book:
    """The book after a fact of the orders stream."""
    book = replace(book, seq=seq)
    match fact:
        case orders.OrderCreated(order=order):
            return _numbered(_with(_new_day(book, order.service_day), order), order)
        case orders.OrderUpdated(order=order):
            return _with(book, order)
        case orders.OrderStatusChanged(order_id=order_id, to=to) if order_id in book.orders:
            return _with(book, book.orders[order_id].model_copy(update={"status": to}))
        case _:
            return book


def _with(book: Book, order: Order) -> Book:
    key = source_key(order.source, order.external_id)
    by_source = book.by_source.set(key, order.id) if key else book.by_source
    return replace(book, orders=book.orders.set(order.id, order), by_source=by_source)


def _numbered(book: Book, order: Order) -> Book:
    return replace(book, count=book.count + 1) if order.display_no == str(book.count + 1) else book


def _new_day(book: Book, day: str) -> Book:
    if day <= book.day:
        return book
    over = (Status.COMPLETED, Status.CANCELLED)
    kept = {one: order for one, order in book.orders.items() if order.status not in over}
    by_source = {key: one for key, one in book.by_source.items() if one in kept}
    return replace(book, orders=Map(kept), by_source=Map(by_source), day=day, count=0)


# ── Placing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Till:
    """What a decision about orders needs beside the order: the state, the store, the moment, fresh ids."""

    board: Board
    book: Book
    house: House
    now: datetime
    new_id: Callable[[], str]


def place(till: Till, command: orders.PlaceOrder) -> Decision:
    """A new order; or, for one its source told before, what is different now."""
    incoming = command.order
    known = till.book.known(incoming.source, incoming.external_id)
    if incoming.kind == "void":
        return _void(till, incoming, known)
    if known is None:
        return _create(till, incoming)
    if _is_old(incoming.source_revision, known.source_revision):
        return ALREADY
    if incoming.kind == "delta":
        return _change(till, known, _delta(known, incoming), source_revision=incoming.source_revision)
    changes = _difference(known, incoming)
    if _changed_order(till, known, changes) == known:
        return ALREADY
    return _change(till, known, changes, source_revision=incoming.source_revision, partial=False)


def _void(till: Till, incoming: OrderIn, known: Order | None) -> Decision:
    if known is None:
        raise NotFound(f"there is no order {incoming.external_id or ''} of {incoming.source.system} to void")
    return cancel(till, orders.CancelOrder(command_id="voided-by-source", order_id=known.id))


def _create(till: Till, incoming: OrderIn) -> Decision:
    order = _canonical(till, incoming)
    facts: list[Fact] = list(_incoming(till, order, order.items, _dealt(till, order, order.items)))
    return applied([*facts, orders.OrderCreated(order_id=order.id, order=order)])


def _canonical(till: Till, incoming: OrderIn) -> Order:
    day = till.house.service_day(till.now)
    count = till.book.count if day == till.book.day else 0
    shared = incoming.model_fields_set & set(Order.model_fields)
    given = {name: value for name in shared if (value := getattr(incoming, name)) not in (None, "")}
    return Order.model_validate(
        {
            "display_no": str(count + 1),
            "placed_at": till.now,
            **given,
            "id": till.new_id(),
            "source": incoming.source,
            "partial": incoming.kind == "delta",
            "status": Status.RECEIVED if incoming.hold == "none" else Status.HELD,
            "service_day": day,
            "items": tuple(_filled(till, item) for item in _wanted(incoming)),
        }
    )


def _wanted(incoming: OrderIn) -> list[Item]:
    """The rows to make; what a source had already voided when it first told us is none.

    Raises:
        BadRequest: a row with a quantity of 0, or nothing to make at all.
    """
    wanted = [(n, item) for n, item in enumerate(incoming.items) if item.change != "voided"]
    if bad := [f"order.items.{n}.qty" for n, item in wanted if not item.qty]:
        raise BadRequest(f"{bad[0]}: must be above 0", fields=dict.fromkeys(bad, "must be above 0"))
    if not wanted:
        raise BadRequest("order.items: every item is voided", fields={"order.items": "every item is voided"})
    return [item for _, item in wanted]


def _filled(till: Till, item: Item) -> Item:
    """What the gateway adds to a row: its id, and what the menu knows of the dish."""
    dish = till.house.dish(item)
    menu = (
        {"category": dish.category, "kitchen_name": dish.kitchen_name, "prep_seconds": dish.prep_seconds}
        if dish
        else {}
    )
    missing = {name: value for name, value in menu.items() if getattr(item, name) is None}
    return item.model_copy(update={**missing, "item_id": item.item_id or till.new_id()})


# ── Changing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def update(till: Till, command: orders.UpdateOrder) -> Decision:
    """What a till changed on an order that is up."""
    order = till.book.order(command.order_id)
    if command.if_revision is not None and command.if_revision != order.revision:
        raise Conflict(f"#{order.display_no} is at revision {order.revision}, not {command.if_revision}; read it again")
    return _change(till, order, command.changes)


def cancel(till: Till, command: orders.CancelOrder) -> Decision:
    """Off everywhere; what was on a card stays there, struck through, until acknowledged."""
    order = till.book.order(command.order_id)
    if order.status is Status.CANCELLED:
        return ALREADY
    if order.status is Status.COMPLETED:
        raise InvalidTransition(f"#{order.display_no} is already completed")
    facts: list[Fact] = [
        tell(kds.ItemVoided, ticket, [line.item_id for line in ticket.lines if line.live], reason=command.reason)
        for ticket in till.board.of_order(order.id)
        if any(line.live for line in ticket.lines)
    ]
    return applied([*facts, orders.OrderCancelled(order_id=order.id, reason=command.reason)])


def _change(till: Till, order: Order, changes: OrderChanges, **told: object) -> Decision:
    """`told` is what the source says of its own telling: its revision, and whether we know the whole now."""
    if order.status in (Status.COMPLETED, Status.CANCELLED):
        raise InvalidTransition(f"#{order.display_no} is already {order.status}")
    after = _changed_order(till, order, changes)
    if after == order:
        return ALREADY
    fields = sorted(
        name for name in Order.model_fields if name != "revision" and getattr(after, name) != getattr(order, name)
    )
    told = {name: value for name, value in told.items() if value is not None}
    after = after.model_copy(update={"revision": order.revision + 1, **told})
    facts = list(_ticket_changes(till, order, after))
    facts.append(orders.OrderUpdated(order_id=order.id, order=after, changed=tuple(fields)))
    if not after.live_items():
        facts.append(orders.OrderCancelled(order_id=order.id, reason="every item was voided"))
    return applied(facts)


def _changed_order(till: Till, order: Order, changes: OrderChanges) -> Order:
    top = {name: getattr(changes, name) for name in changes.model_fields_set if name in OrderFields.model_fields}
    # A field set to null, or to no words, goes back to what an order has without it.
    defaults = {"service": "unknown", "priority": "normal", "display_no": order.display_no}
    top = {name: defaults.get(name) if value in (None, "") else value for name, value in top.items()}
    items = list(order.items)
    for change in changes.items:
        place_of = next((n for n, item in enumerate(items) if item.item_id == change.item_id), None)
        if change.item_id is None:
            items.append(_filled(till, _as_item(change)))
        elif place_of is None:
            raise NotFound(f"there is no item {change.item_id} on #{order.display_no}")
        else:
            items[place_of] = _changed_item(items[place_of], change, order)
    if sum(not item.voided for item in items) > MAX_ITEMS:
        raise BadRequest(f"changes.items: an order holds at most {MAX_ITEMS} items")
    return order.model_copy(update={**top, "items": tuple(items)})


def _as_item(change: ItemChange) -> Item:
    return _item({name: getattr(change, name) for name in change.model_fields_set if name != "item_id"})


def _item(fields: dict[str, Any]) -> Item:
    """The row these fields make; a field set to null goes back to what a row has without it."""
    try:
        return Item.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as wrong:
        raise bad_request(wrong) from None


def _changed_item(item: Item, change: ItemChange, order: Order) -> Item:
    if item.voided:
        raise InvalidTransition(f"{item.name} on #{order.display_no} is voided; add it again instead")
    given = {name: getattr(change, name) for name in change.model_fields_set if name != "item_id"}
    if given.get("qty") is not None and not given["qty"]:
        return item.model_copy(update={"voided": True, "voided_qty": item.qty})
    if "name" in given and given["name"] is None:
        raise BadRequest("changes.items.name: a dish needs a name")
    if "qty" in given and given["qty"] is None:
        del given["qty"]
    return _item({name: getattr(item, name) for name in Item.model_fields} | given)


def _delta(known: Order, incoming: OrderIn) -> OrderChanges:
    """A delta's rows change the rows they name, by our item id or the source's own; the others are additions."""
    changes: list[dict[str, Any]] = []
    for item in incoming.items:
        pair = next((one for one in known.live_items() if _names(item, one)), None)
        if item.qty and item.change != "voided":
            changes.append(_as_change(item) | ({"item_id": pair.item_id} if pair else {}))
        elif pair:
            changes.append({"item_id": pair.item_id, "qty": 0})
    return _as_changes(incoming, changes)


def _names(item: Item, ours: Item) -> bool:
    if item.item_id:
        return item.item_id == ours.item_id
    return item.external_item_id is not None and item.external_item_id == ours.external_item_id


def _difference(known: Order, incoming: OrderIn) -> OrderChanges:
    """What turns the order we have into the full one its source tells: rows paired one by one, never merged."""
    told = [item for item in incoming.items if item.qty and item.change != "voided"]
    pairs = _paired(known.live_items(), told)
    changes: list[dict[str, Any]] = []
    for n, item in enumerate(told):
        ours = pairs.get(n)
        if ours is None:
            changes.append(_as_change(item))
        elif given := _different(ours, item):
            changes.append({"item_id": ours.item_id, **given})
    kept = {ours.item_id for ours in pairs.values()}
    changes += [{"item_id": gone.item_id, "qty": 0} for gone in known.live_items() if gone.item_id not in kept]
    return _as_changes(incoming, changes)


def _paired(ours: Iterable[Item], told: list[Item]) -> dict[int, Item]:
    """Which row of ours each told row is: first those that say the same, so that of two alike only one changes."""
    left, pairs = list(ours), {}
    for same in (lambda one, item: _same_row(one, item) and not _different(one, item), _same_row):
        for n, item in enumerate(told):
            pair = next((one for one in left if same(one, item)), None) if n not in pairs else None
            if pair is not None:
                left.remove(pair)
                pairs[n] = pair
    return pairs


def _different(ours: Item, told: Item) -> dict[str, Any]:
    """What the source says of a row that we have otherwise; what the menu filled in is not taken away again."""
    given = {name: getattr(told, name) for name in _COMPARED if getattr(told, name) != getattr(ours, name)}
    menu = {name for name in ("kitchen_name", "category", "prep_seconds") if getattr(told, name) is None}
    return {name: value for name, value in given.items() if name not in menu}


def _as_changes(incoming: OrderIn, changes: list[dict[str, Any]]) -> OrderChanges:
    # Not validated as a whole: a full order can void as many rows as it adds, more than one update may list.
    return OrderChanges.model_construct(
        _fields_set={*_top(incoming), "items"},
        **_top(incoming),
        items=tuple(ItemChange.model_validate(c) for c in changes),
    )


_COMPARED = tuple(name for name in ItemChange.model_fields if name != "item_id" and name in Item.model_fields)


def _top(incoming: OrderIn) -> dict[str, Any]:
    return {name: getattr(incoming, name) for name in incoming.model_fields_set if name in OrderFields.model_fields}


def _as_change(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.model_fields_set if name in _COMPARED}


def _same_row(ours: Item, theirs: Item) -> bool:
    if ours.external_item_id or theirs.external_item_id:
        return ours.external_item_id == theirs.external_item_id
    return (ours.sku, ours.name) == (theirs.sku, theirs.name)


def _is_old(theirs: str | None, ours: str | None) -> bool:
    if theirs is None or ours is None:
        return False
    if theirs.isdecimal() and ours.isdecimal():
        return int(theirs) <= int(ours)
    return theirs <= ours


# ── Tickets of an order ───────────────────────────────────────────────────────────────────────────────────────────────

Dealt = dict[str, TicketItem]
"""Item id → the item as stations paint it, dealt to its stations."""


def _dealt(till: Till, order: Order, items: Iterable[Item], *marks: Mark) -> Dealt:
    dealt = {}
    for item in items:
        way = route(item, order, till.house)
        shown = {name: getattr(item, name) for name in TicketItem.model_fields if name in Item.model_fields}
        shown |= {"stations": way.stations, "held": order.status is Status.HELD, "marks": (*way.marks, *marks)}
        dealt[str(item.item_id)] = TicketItem.model_validate(shown)
    return dealt


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


def _incoming(till: Till, order: Order, items: Iterable[Item], dealt: Dealt) -> Iterable[kds.OrderIncoming]:
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


def _ticket_changes(till: Till, before: Order, after: Order) -> Iterable[Fact]:
    """One `kds:order_changed` per ticket touched, one `kds:order_incoming` per station that is new to the order."""
    was, now = _dealt(till, before, before.live_items()), _dealt(till, after, after.live_items())
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
