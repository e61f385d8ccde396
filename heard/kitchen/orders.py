"""What placing, changing and cancelling an order come to: decided on the book and the board together."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from heard.contract import kds, orders
from heard.contract.base import Fact, bad_request
from heard.contract.orders import MAX_ITEMS, Item, ItemChange, Order, OrderChanges, OrderFields, OrderIn, Status
from heard.errors import BadRequest, Conflict, InvalidTransition, NotFound
from heard.kitchen.book import Till
from heard.kitchen.dealing import dealt, ticket_changes, tickets_of
from heard.kitchen.merging import delta, difference, is_old
from heard.kitchen.moves import ALREADY, Decision, applied, tell


def place(till: Till, command: orders.PlaceOrder) -> Decision:
    """A new order; or, for one its source told before, what is different now."""
    incoming = command.order
    known = till.book.known(incoming.source, incoming.external_id)
    if incoming.kind == "void":
        return _void(till, incoming, known)
    if known is None:
        return _create(till, incoming)
    if is_old(incoming.source_revision, known.source_revision):
        return ALREADY
    if incoming.kind == "delta":
        return _change(till, known, delta(known, incoming), source_revision=incoming.source_revision)
    changes = difference(known, incoming)
    if _changed_order(till, known, changes) == known:
        return ALREADY
    return _change(till, known, changes, source_revision=incoming.source_revision, partial=False)


def _void(till: Till, incoming: OrderIn, known: Order | None) -> Decision:
    if known is None:
        raise NotFound(f"there is no order {incoming.external_id or ''} of {incoming.source.system} to void")
    return cancel(till, orders.CancelOrder(command_id="voided-by-source", order_id=known.id))


def _create(till: Till, incoming: OrderIn) -> Decision:
    order = _canonical(till, incoming)
    facts: list[Fact] = list(tickets_of(till, order, order.items, dealt(till, order, order.items)))
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
    facts = list(ticket_changes(till, order, after))
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
