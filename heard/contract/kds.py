"""The kitchen: tickets as they are painted, the commands of cooks and expo, the facts of `{store}/kds`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from heard.contract.base import Command, CommandId, Fact, Instant, ItemId, Qty, TicketId, Wire, Words
from heard.contract.orders import Allergy, Modifier, Names, Note, Priority, Service, Unit

EXPO = "expo"
"""The station where tickets come together, in every store that has one."""


class LineState(StrEnum):
    """One item at one station."""

    HELD = "held"
    QUEUED = "queued"
    STARTED = "started"
    READY = "ready"
    VOIDED = "voided"


class Mark(StrEnum):
    """What a cook must notice beside the item; shown as a word."""

    CHANGED = "CHANGED"
    RECALLED = "RECALLED"
    ADD_ON = "ADD-ON"
    UNROUTED = "UNROUTED"


class TicketItem(Wire):
    """An item as a station paints it. `stations` are the prep stations it was dealt to; none: expo's own."""

    item_id: str
    parent_item_id: str | None = None
    name: str
    kitchen_name: Names | None = None
    variation: str | None = None
    qty: Qty
    unit: Unit = "each"
    modifiers: tuple[Modifier, ...] = ()
    notes: tuple[Note, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    course: int | None = None
    seat: str | None = None
    prep_seconds: int | None = None
    stations: tuple[str, ...] = ()
    held: bool = False
    marks: tuple[Mark, ...] = ()


class TicketHeader(Wire):
    """The top of a card: everything painted that is not an item."""

    display_no: str
    service: Service = "unknown"
    service_label: str | None = None
    table: str | None = None
    room: str | None = None
    tab: str | None = None
    covers: int | None = None
    server: str | None = None
    source: str | None = None
    customer_name: str | None = None
    placed_at: Instant
    fire_at: Instant | None = None
    promised_at: Instant | None = None
    accept_by: Instant | None = None
    priority: Priority = "normal"
    notes: tuple[Note, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    service_day: str = ""
    paid: bool | None = None
    test: bool = False


class TicketCard(TicketHeader):
    """A station's part of an order, with all that is painted."""

    items: tuple[TicketItem, ...]


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


MAX_SEEN_WITH = 100
"""The most commands a bump says it stood on."""


class TicketCommand(Command):
    """Something a person does to a ticket; to all of it unless `item_ids` names some."""

    ticket_id: TicketId
    item_ids: Annotated[tuple[ItemId, ...], Field(min_length=1, max_length=500)] | None = None
    reason: Words | None = None


class Start(TicketCommand):
    """I am on it."""

    name: ClassVar[str] = "kds:start"


class Bump(TicketCommand):
    """My part is done. At expo: handed over; `force` closes with prep still open.

    Of a whole ticket, what came on the card after `seen_seq` is not meant, unless a command of `seen_with` brought it.
    """

    name: ClassVar[str] = "kds:bump"

    force: bool = False
    seen_with: Annotated[tuple[CommandId, ...], Field(max_length=MAX_SEEN_WITH)] = ()
    """Commands of the same screen that it showed as done before the gateway had told them."""


class Undo(TicketCommand):
    """Take back my last start, bump, hold or rush on this ticket."""

    name: ClassVar[str] = "kds:undo"


class Recall(TicketCommand):
    """Bring a done ticket or item back; its age stays."""

    name: ClassVar[str] = "kds:recall"

    restart_fire_clock: bool = False


class Hold(TicketCommand):
    """Not yet."""

    name: ClassVar[str] = "kds:hold"


class Fire(TicketCommand):
    """Start cooking now."""

    name: ClassVar[str] = "kds:fire"


class AckVoid(TicketCommand):
    """Seen: this is off the order."""

    name: ClassVar[str] = "kds:ack_void"


class Rush(Command):
    """Put an order before the others, or back in line."""

    name: ClassVar[str] = "kds:rush"

    ticket_id: TicketId
    priority: Priority


# ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PRIVATE = ("ticket.customer_name", "ticket.tab", "ticket.server")


class KdsFact(Fact):
    """What every fact of this stream has. `stations` are all of the order's: a station's view holds whole orders."""

    order_id: str
    ticket_id: str
    station: str
    stations: tuple[str, ...]
    item_ids: tuple[str, ...] = ()
    reason: str | None = None
    made_at: Instant | None = None
    """When the person acted, by the clock of the screen: for reports, never for ordering."""
    skewed: bool | None = None
    """That clock was more than two minutes from the gateway's, or the act waited that long to be told."""


class OrderIncoming(KdsFact):
    """A station has a new ticket."""

    name: ClassVar[str] = "kds:order_incoming"
    private: ClassVar[tuple[str, ...]] = _PRIVATE

    ticket: TicketCard


class LineChange(Wire):
    """An item as it is now and as it was. `cooking` is false when only a mark is due (course, seat)."""

    line: TicketItem
    before: TicketItem
    cooking: bool = True


class OrderChanged(KdsFact):
    """What an update did to one ticket: items added, changed, voided; `ticket` when the top of the card changed."""

    name: ClassVar[str] = "kds:order_changed"
    private: ClassVar[tuple[str, ...]] = _PRIVATE

    added: tuple[TicketItem, ...] = ()
    changed: tuple[LineChange, ...] = ()
    voided: tuple[str, ...] = ()
    ticket: TicketHeader | None = None


class ItemVoided(KdsFact):
    """Off the order; stays on the card, struck through, until acknowledged."""

    name: ClassVar[str] = "kds:item_voided"


class ItemStarted(KdsFact):
    """A cook is on it."""

    name: ClassVar[str] = "kds:item_started"


class ItemReady(KdsFact):
    """A station's part is done. `forced` when expo closed over it."""

    name: ClassVar[str] = "kds:item_ready"

    forced: bool = False


class ItemHandedOver(KdsFact):
    """Some of an order left the pass."""

    name: ClassVar[str] = "kds:item_handed_over"


class OrderComplete(KdsFact):
    """The order left the kitchen."""

    name: ClassVar[str] = "kds:order_complete"


class LineWas(Wire):
    """What a line goes back to."""

    item_id: str
    state: LineState
    begun: bool = False
    handed_over: bool = False
    marks: tuple[Mark, ...] | None = None
    """The marks it has from now on; None leaves them."""


class ItemReopened(KdsFact):
    """Lines are back in an earlier state: an undo, or work done on words that had changed meanwhile."""

    name: ClassVar[str] = "kds:item_reopened"

    lines: tuple[LineWas, ...]
    undo: bool = True


class OrderReopened(KdsFact):
    """A close was taken back."""

    name: ClassVar[str] = "kds:order_reopened"

    lines: tuple[LineWas, ...] = ()


class TicketRecalled(KdsFact):
    """A ticket is back on the wall, with its age."""

    name: ClassVar[str] = "kds:ticket_recalled"

    restart_fire_clock: bool = False


class ItemHeld(KdsFact):
    """Not yet."""

    name: ClassVar[str] = "kds:item_held"


class ItemFired(KdsFact):
    """Start cooking now."""

    name: ClassVar[str] = "kds:item_fired"


class PriorityChanged(KdsFact):
    """An order goes before others, or back in line; for all its tickets."""

    name: ClassVar[str] = "kds:priority_changed"

    priority: Priority
    was: Priority
    undo: bool = False


class VoidAcknowledged(KdsFact):
    """A cook has seen the void."""

    name: ClassVar[str] = "kds:void_acknowledged"


Gating = Literal["always", "when_ready"]

COMMANDS: tuple[type[Command], ...] = (Start, Bump, Undo, Recall, Hold, Fire, AckVoid, Rush)
FACTS: tuple[type[Fact], ...] = (
    OrderIncoming,
    OrderChanged,
    ItemVoided,
    ItemStarted,
    ItemReady,
    ItemHandedOver,
    OrderComplete,
    ItemReopened,
    OrderReopened,
    TicketRecalled,
    ItemHeld,
    ItemFired,
    PriorityChanged,
    VoidAcknowledged,
)
