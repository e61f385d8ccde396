"""Orders: the canonical order, the commands of tills, the facts of `{store}/orders`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from heard.contract.base import (
    CURRENCY,
    LANGUAGE,
    LAST_DIGITS,
    Amount,
    Command,
    Fact,
    Instant,
    ItemId,
    Label,
    Name,
    OpaqueId,
    OrderId,
    Qty,
    StationId,
    Wire,
    Words,
)

MAX_ITEMS = 500
MAX_MODIFIERS = 100
MAX_MODIFIER_DEPTH = 4

Priority = Literal["normal", "rush", "vip"]
Service = Literal["dine_in", "pickup", "delivery", "curbside", "drive_thru", "catering", "unknown"]
Hold = Literal["none", "parked", "scheduled", "awaiting_release"]
ModifierAction = Literal["add", "no", "extra", "lite", "side", "sub", "choice", "pre"]
Unit = Literal["each", "kg", "g", "l"]
Names = Annotated[dict[Annotated[str, Field(pattern=LANGUAGE)], Name], Field(max_length=8)]
"""A kitchen name per language tag."""


class Status(StrEnum):
    """Where an order stands: held → received → in_progress → ready → completed, or cancelled."""

    HELD = "held"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Source(Wire):
    """Where an order came from, in that system's own ids."""

    system: Label = "api"
    account: OpaqueId | None = None
    store: OpaqueId | None = None
    channel: Label | None = None
    brand: Label | None = None


class Customer(Wire):
    """The minimum a kitchen needs to hand food to a person. `ref` is the source's opaque id."""

    ref: OpaqueId | None = None
    name: Name | None = None
    phone_last4: Annotated[str, Field(pattern=LAST_DIGITS)] | None = None
    pager: Label | None = None


class Note(Wire):
    """Words for the kitchen. `scope` is who they are for, `origin` who wrote them."""

    text: Words
    scope: Label | None = None
    origin: Label | None = None


class Allergy(Wire):
    """An allergen: a code of the EU's fourteen or free words, and whose it is."""

    code: Label | None = None
    text: Words | None = None
    seat: Label | None = None
    from_: Annotated[Label | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.code or self.text):
            raise ValueError("needs a code or a text")
        return self


class Modifier(Wire):
    """One choice on a dish: NO onions, EXTRA cheese, a SIDE of rice; choices may have choices of their own."""

    id: OpaqueId | None = None
    group: Label | None = None
    name: Name
    kitchen_name: Names | None = None
    qty: Qty | None = None
    action: ModifierAction = "choice"
    children: tuple[Modifier, ...] = ()

    def depth(self) -> int:
        """1 for a choice without choices."""
        return 1 + max((child.depth() for child in self.children), default=0)

    def count(self) -> int:
        """This choice and all below it."""
        return 1 + sum(child.count() for child in self.children)


class Course(Wire):
    """Starters, mains: `index` orders them, `fired_at` says when it was called."""

    index: Annotated[int, Field(ge=0, le=99)]
    name: Label | None = None
    fired_at: Instant | None = None


class Total(Wire):
    """What the bill says, for the dashboard; never shown on a station."""

    amount: Amount
    currency: Annotated[str, Field(pattern=CURRENCY)]


class Item(Wire):
    """One row of an order. Outsiders need only give `name` and `qty`; the gateway fills `item_id`."""

    item_id: ItemId | None = None
    external_item_id: OpaqueId | None = None
    parent_item_id: ItemId | None = None
    """The combo this row is part of."""
    sku: OpaqueId | None = None
    name: Name
    kitchen_name: Names | None = None
    variation: Label | None = None
    category: Label | None = None
    qty: Qty
    unit: Unit = "each"
    course: Annotated[int, Field(ge=0, le=99)] | None = None
    seat: Label | None = None
    station_hint: tuple[StationId, ...] = ()
    """Stations the source asks for; they come before every routing rule."""
    modifiers: tuple[Modifier, ...] = ()
    notes: Annotated[tuple[Note, ...], Field(max_length=20)] = ()
    allergies: Annotated[tuple[Allergy, ...], Field(max_length=20)] = ()
    change: Literal["new", "changed", "voided"] | None = None
    voided_qty: Qty | None = None
    prep_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    delay_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    voided: bool = False
    """Told by the gateway: this row was taken off the order."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.unit == "each" and self.qty != self.qty.to_integral_value():
            raise ValueError('a fraction needs a unit like "kg", not "each"')
        if sum(modifier.count() for modifier in self.modifiers) > MAX_MODIFIERS:
            raise ValueError(f"has more than {MAX_MODIFIERS} modifiers")
        if any(modifier.depth() > MAX_MODIFIER_DEPTH for modifier in self.modifiers):
            raise ValueError(f"has modifiers more than {MAX_MODIFIER_DEPTH} deep")
        return self


class OrderFields(Wire):
    """What a source may say of an order; every field optional, as in a change."""

    service: Service | None = None
    service_label: Label | None = None
    table: Label | None = None
    room: Label | None = None
    tab: Label | None = None
    covers: Annotated[int, Field(ge=0, le=9999)] | None = None
    server: Label | None = None
    terminal: Label | None = None
    customer: Customer | None = None
    fire_at: Instant | None = None
    promised_at: Instant | None = None
    asap: bool | None = None
    accept_by: Instant | None = None
    priority: Priority | None = None
    notes: Annotated[tuple[Note, ...], Field(max_length=50)] | None = None
    allergies: Annotated[tuple[Allergy, ...], Field(max_length=50)] | None = None
    courses: Annotated[tuple[Course, ...], Field(max_length=50)] | None = None
    total: Total | None = None
    paid: bool | None = None
    display_no: Annotated[Label, Field(max_length=8)] | None = None


class OrderIn(OrderFields):
    """An order as it comes in. Smallest: one item with a name and a quantity."""

    external_id: OpaqueId | None = None
    kind: Literal["full", "delta", "void"] = "full"
    source: Source = Source()
    source_revision: OpaqueId | None = None
    event_id: OpaqueId | None = None
    placed_at: Instant | None = None
    hold: Hold = "none"
    test: bool = False
    raw_ref: OpaqueId | None = None
    items: Annotated[tuple[Item, ...], Field(max_length=MAX_ITEMS)] = ()

    @model_validator(mode="after")
    def _has_items(self) -> Self:
        if not self.items and self.kind != "void":
            raise ValueError("items: an order needs at least one item")
        if self.hold == "scheduled" and self.fire_at is None:
            raise ValueError("fire_at: a scheduled order needs the time to fire it")
        if any(item.voided for item in self.items):
            raise ValueError('items: "voided" is told by the gateway; a source says change: "voided"')
        _one_of_each(self.items)
        return self


def _one_of_each(items: tuple[Item, ...]) -> None:
    ids = [item.item_id for item in items if item.item_id]
    if len(set(ids)) != len(ids):
        raise ValueError("items: two items have one item_id")


class Order(OrderFields):
    """The canonical order: what the gateway keeps and tells."""

    id: OrderId
    external_id: str | None = None
    source: Source = Source()
    source_revision: str | None = None
    revision: int = 1
    """Counts up with every change; the ETag of HTTP."""
    status: Status = Status.RECEIVED
    display_no: str = ""
    service_day: str = ""
    """The day the store counts it to, YYYY-MM-DD; it turns at the store's `day_starts`."""
    service: Service | None = "unknown"
    priority: Priority | None = "normal"
    hold: Hold = "none"
    test: bool = False
    partial: bool = False
    """Known only from a change to it: the source never told the whole."""
    placed_at: Instant
    raw_ref: str | None = None
    items: tuple[Item, ...]

    def live_items(self) -> tuple[Item, ...]:
        """The rows not voided."""
        return tuple(item for item in self.items if not item.voided)


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class PlaceOrder(Command):
    """Take this order in. A source's order we know already is an update."""

    name: ClassVar[str] = "orders:place"

    order: OrderIn


class ItemChange(Wire):
    """One row of an update: with `item_id` the fields given replace, `qty: "0"` voids; without, a row is added."""

    item_id: ItemId | None = None
    name: Name | None = None
    qty: Qty | None = None
    unit: Unit | None = None
    kitchen_name: Names | None = None
    variation: Label | None = None
    category: Label | None = None
    sku: OpaqueId | None = None
    external_item_id: OpaqueId | None = None
    parent_item_id: ItemId | None = None
    course: Annotated[int, Field(ge=0, le=99)] | None = None
    seat: Label | None = None
    station_hint: tuple[StationId, ...] | None = None
    modifiers: tuple[Modifier, ...] | None = None
    notes: Annotated[tuple[Note, ...], Field(max_length=20)] | None = None
    allergies: Annotated[tuple[Allergy, ...], Field(max_length=20)] | None = None
    prep_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None

    @model_validator(mode="after")
    def _new_rows_are_whole(self) -> Self:
        if self.item_id is None and (self.name is None or not self.qty):
            raise ValueError("a new item needs a name and a qty above 0; a change needs an item_id")
        return self


class OrderChanges(OrderFields):
    """Top-level fields given replace; `items` lists the changed rows only."""

    items: Annotated[tuple[ItemChange, ...], Field(max_length=MAX_ITEMS)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("changes nothing")
        return self


class UpdateOrder(Command):
    """Change an order that is up. `if_revision` refuses when somebody else was faster."""

    name: ClassVar[str] = "orders:update"

    order_id: OrderId
    changes: OrderChanges
    if_revision: int | None = None


class CancelOrder(Command):
    """Take an order back, from any state but completed."""

    name: ClassVar[str] = "orders:cancel"

    order_id: OrderId
    reason: Words | None = None


# ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PRIVATE = ("order.customer", "order.tab", "order.server")


class OrderFact(Fact):
    """What every fact of this stream has."""

    order_id: str


class OrderCreated(OrderFact):
    """An order was taken in; whole."""

    name: ClassVar[str] = "order:created"
    private: ClassVar[tuple[str, ...]] = _PRIVATE

    order: Order


class OrderUpdated(OrderFact):
    """An order was changed: as it is now, and which top-level fields are new."""

    name: ClassVar[str] = "order:updated"
    private: ClassVar[tuple[str, ...]] = _PRIVATE

    order: Order
    changed: tuple[str, ...] = ()


class OrderStatusChanged(OrderFact):
    """An order moved; comes before the specific fact."""

    name: ClassVar[str] = "order:status_changed"

    from_: Annotated[Status, Field(alias="from")]
    to: Status


class OrderItemReady(OrderFact):
    """These items are ready at every station they needed."""

    name: ClassVar[str] = "order:item_ready"

    item_ids: tuple[str, ...]


class OrderCompleted(OrderFact):
    """Handed over."""

    name: ClassVar[str] = "order:completed"


class OrderCancelled(OrderFact):
    """Taken back."""

    name: ClassVar[str] = "order:cancelled"

    reason: str | None = None


COMMANDS: tuple[type[Command], ...] = (PlaceOrder, UpdateOrder, CancelOrder)
FACTS: tuple[type[Fact], ...] = (
    OrderCreated,
    OrderUpdated,
    OrderStatusChanged,
    OrderItemReady,
    OrderCompleted,
    OrderCancelled,
)
