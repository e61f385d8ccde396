"""One order whole: every item at every station, what is said of it, and who did what when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Literal

from textual.message import Message

from heard.contract import kds
from heard.contract.envelope import Envelope
from heard.contract.kds import LineState
from heard.contract.orders import Status
from heard.errors import HeardError
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Line, Ticket
from heard.text import cells, clip, one_line
from heard.ui.ages import age_text, clock_text
from heard.ui.deeds import Deed
from heard.ui.spans import Row, Span, folded, span, width
from heard.ui.words import Words
from kds.desk import Desk
from kds.dishes import alarm, details, dish, remark
from kds.history import Happened, Kind, at_once, remembered, status_words, told
from kds.items import amount_of
from kds.look import mark_words, service_words
from kds.screens.listing import Entry, Listing, columns
from kds.screens.over import headline

AGAIN_S = 1.0
"""The history is asked for again at most this often."""
INDENT = 5
"""Columns before what is said of an item: its mark and how many."""
APART = 3
TIME, WHERE, WHAT, WHO = 10, 12, 24, 22
"""Columns of the history: the time, at most for a station, at least for what happened, at most for who."""
_STATE_ROLES: Mapping[LineState, str] = {
    HELD: "card.held", QUEUED: "panel.text", STARTED: "card.started", READY: "card.ready", VOIDED: "card.mark",
}  # fmt: skip
_STATUS_ROLES: Mapping[Status, str] = {
    Status.HELD: "card.held", Status.RECEIVED: "card.word", Status.IN_PROGRESS: "card.started",
    Status.READY: "card.ready", Status.COMPLETED: "card.done", Status.CANCELLED: "card.no",
}  # fmt: skip
_MARK_ROLES = {
    "": "card.held", "none": "card.word", "some": "card.word", "started": "card.started", "done": "card.ready",
    "over": "card.done", "void": "card.void",
}  # fmt: skip
_ON_ITEM: Mapping[str, type[kds.TicketCommand]] = {
    "start": kds.Start, "recall": kds.Recall, "void": kds.AckVoid,
}  # fmt: skip
"""Deed → what it asks for one item."""


class HistoryCame(Message, bubble=False):
    """An answer of the gateway: events, or why there are none."""

    def __init__(self, answer: Sequence[Envelope] | HeardError) -> None:
        super().__init__()
        self.answer = answer


class Detail(Listing):
    """An item is bumped, started, recalled or acknowledged alone, at the station this screen looks at."""

    opened_by: ClassVar[str] = "detail"

    def __init__(self, desk: Desk, order_id: str) -> None:
        super().__init__(desk)
        self.order_id = order_id
        self._tickets: tuple[Ticket, ...] = ()
        self._happened: Sequence[Happened] = ()
        """As the gateway told it."""
        self._told_at: datetime | None = None
        self._why: str | None = desk.words("asking the gateway")
        """Why there is no history, or no newer one; None once it came."""
        self._asked_at = float("-inf")
        self._asked_seq = -1

    # ── The history ───────────────────────────────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        """Ask for it."""
        self.look_again()

    def look_again(self) -> None:
        """As the board has it now; what happened since is asked for."""
        self._take(self.desk.feed.board.of_order(self.order_id))
        self._ask()
        self.rewrite()

    def tick(self) -> None:
        """A question that had to wait is asked."""
        super().tick()
        self._ask()

    def _take(self, tickets: tuple[Ticket, ...]) -> None:
        """An order that left the board (a new day) stays as it was last seen."""
        self._tickets = tickets or self._tickets

    def _ask(self) -> None:
        mono = self.desk.clock.monotonic()
        seq = max((ticket.seq for ticket in self._tickets), default=0)
        if seq == self._asked_seq or mono - self._asked_at < AGAIN_S:
            return
        self._asked_at, self._asked_seq = mono, seq
        self.desk.feed.history(self.order_id, self._answered)

    def _answered(self, answer: Sequence[Envelope] | HeardError) -> None:
        """In the SDK's thread."""
        self.post_message(HistoryCame(answer))

    def on_history_came(self, message: HistoryCame) -> None:
        """Show it, or say why not."""
        if isinstance(message.answer, HeardError):
            self._why = message.answer.message
            self._asked_seq = -1 if message.answer.temporary else self._asked_seq
        else:
            self._happened = list(told(message.answer, self._names(), self.words))
            self._told_at, self._why = self.desk.clock.now(), None
        self.rewrite()

    # ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def head(self, room: int) -> Sequence[Row]:
        """Which order."""
        ticket = self._mine or next(iter(self._tickets), None)
        if ticket is None:
            return [headline(self.words("This order is no longer on the board"), room)]
        header = ticket.header
        said = [ticket.label, header.service_label or service_words(self.words).get(header.service, "")]
        said += [self.words("table {table}", table=header.table)] if header.table else []
        return [headline("  ".join(one_line(word) for word in said if word), room)]

    @property
    def _mine(self) -> Ticket | None:
        """The ticket of the station this screen looks at."""
        return next((one for one in self._tickets if one.station == self.desk.glass.station), None)

    def entries(self, room: int) -> Sequence[Entry]:
        """What is said of the whole, the items, the history."""
        return [*self._about(room), *self._items(room), *self._history(room)]

    def _about(self, room: int) -> Iterator[Entry]:
        if not self._tickets:
            return
        header = self._tickets[0].header
        yield Entry("about", lambda: self._top(self._tickets[0], room), can_choose=False)
        for n, allergy in enumerate(header.allergies):
            yield Entry(f"allergy.{n}", partial(alarm, allergy, room, self.words), can_choose=False)
        for n, note in enumerate(header.notes):
            yield Entry(f"note.{n}", partial(remark, note.text, room), can_choose=False)

    def _top(self, ticket: Ticket, room: int) -> Iterator[Row]:
        for said in (self._standing(ticket), self._people(ticket)):
            yield from _abreast(([span(text, role)] for text, role in said if text), room)

    def _standing(self, ticket: Ticket) -> Iterator[tuple[str, str]]:
        """How the order stands, and its times, each with its role."""
        header, words, zone, board = ticket.header, self.words, self.desk.zone, self.desk.feed.board
        if board.of_order(self.order_id):
            status = board.status(self.order_id)
            yield status_words(words)[status], _STATUS_ROLES[status]
        yield (words("RUSH") if header.priority == "rush" else ""), "card.rush"
        yield (words("VIP") if header.priority == "vip" else ""), "card.vip"
        age = age_text(self.desk.clock.now() - header.placed_at)
        placed = clock_text(header.placed_at, zone, seconds=True)
        yield words("placed {time}, {age} ago", time=placed, age=age), "panel.text"
        if header.promised_at:
            yield words("promised {time}", time=clock_text(header.promised_at, zone)), "panel.text"
        if header.fire_at:
            yield words("fires {time}", time=clock_text(header.fire_at, zone)), "panel.text"

    def _people(self, ticket: Ticket) -> Iterator[tuple[str, str]]:
        """Who is served by whom, from where, and whether it is paid."""
        header, words = ticket.header, self.words
        yield (words("server {name}", name=header.server) if header.server else ""), "panel.text"
        yield (words("customer {name}", name=header.customer_name) if header.customer_name else ""), "panel.text"
        yield (words.many("{n} cover", "{n} covers", header.covers) if header.covers else ""), "panel.text"
        yield from ((one or "", "panel.text") for one in (header.room, header.tab, header.source))
        if header.paid is not None:
            yield (words("PAID"), "panel.text") if header.paid else (words("NOT PAID"), "card.no")

    def _items(self, room: int) -> Iterator[Entry]:
        """Every item once, in the order of the pass's card or as the stations have them, under it who has it."""
        lines: dict[str, list[tuple[Ticket, Line]]] = {}
        for ticket in sorted(self._tickets, key=lambda one: not one.is_expo):
            for line in ticket.lines:
                lines.setdefault(line.item_id, []).append((ticket, line))
        mine = self._mine
        for item_id, places in lines.items():
            here = mine is not None and mine.line(item_id) is not None
            yield Entry(item_id, partial(self._item, places, room), can_choose=here)

    def _item(self, places: Sequence[tuple[Ticket, Line]], room: int) -> Iterator[Row]:
        line = places[0][1]
        mark, role = self._mark(places)
        lead = (self._glyph(mark), Span(f"{amount_of(line.item)} ", "card.qty" if role == "card.name" else role))
        yield from folded(dish(line.item, self.desk.glass.look), role, room, first=lead)
        for row in details(line.item, room - INDENT, self.desk.glass.look):
            yield (Span(" " * INDENT, "panel.text"), *row)
        said = [self._at(ticket, one) for ticket, one in places if not _watched(ticket, one)]
        said += [self._pass(one) for ticket, one in places if _watched(ticket, one)]
        for row in _abreast(said, room - INDENT):
            yield (Span(" " * INDENT, "panel.text"), *row)

    def _mark(self, places: Sequence[tuple[Ticket, Line]]) -> tuple[Kind | Literal["none", "some"], str]:
        """How the item stands at all stations together, and the role of its name."""
        if not places[0][1].live:
            return "void", "card.void"
        if any(line.handed_over for _, line in places):
            return "over", "card.done"
        states = [line.state for ticket, line in places if line.live and not _watched(ticket, line)]
        if states and all(state is HELD for state in states):
            return "", "card.held"
        if states and all(state is READY for state in states):
            return "done", "card.name"
        if READY in states:
            return "some", "card.name"
        return ("started" if STARTED in states else "none"), "card.name"

    def _glyph(self, mark: Kind | Literal["none", "some"]) -> Span:
        """A mark as it stands on a card, three cells wide."""
        glyphs = {**self.desk.look.glyphs, "void": "x", "": ""}
        return Span(f"{glyphs[mark]:<2} ", _MARK_ROLES[mark])

    def _at(self, ticket: Ticket, line: Line) -> Row:
        """A station, how the item stands there, since when, by whom, and its marks."""
        words = self.words
        state = {HELD: words("held"), QUEUED: words("to do"), STARTED: words("STARTED"), READY: words("DONE"),
                 VOIDED: words("VOID, seen") if line.acked else f" {words('VOID')} "}[line.state]  # fmt: skip
        role = "card.held" if line.acked and not line.live else _STATE_ROLES[line.state]
        station = f"{one_line(ticket.station)}:" + ("" if role == "card.mark" else " ")
        said = [Span(station, "panel.text"), Span(state, role)]
        if line.since and line.state is not QUEUED:
            said.append(Span(f" {clock_text(line.since, self.desk.zone)}", "panel.dim"))
        if line.state is READY and (by := one_line(self.desk.feed.done_by(ticket.ticket_id) or "")):
            said.append(Span(f" {by}", "card.word"))
        for mark in line.marks:
            said += [Span(" ", "panel.text"), Span(f" {mark_words(words)[mark]} ", "card.mark")]
        if line.handed_over:
            said.append(Span(f" {words('HANDED OVER')}", "card.done"))
        return tuple(said)

    def _pass(self, line: Line) -> Row:
        if line.handed_over:
            return (Span(self.words("expo: handed over"), "card.done"),)
        return (Span(self.words("expo: not handed over"), "panel.dim"),)

    def _history(self, room: int) -> Iterator[Entry]:
        said = f"{self.words('History')} "
        rule = Span(self.desk.look.glyphs["rule"] * (room - cells(said) - 1), "panel.line")
        yield Entry("history", lambda: [(), (Span(said, "panel.qty"), rule)], can_choose=False)
        if self._why is not None:
            yield Entry("history.why", partial(folded, self._excuse(self._why), "panel.dim", room), can_choose=False)
        known = self._happened or remembered(self._tickets, self._names(), self.words)
        found = list(at_once(known, self.words))
        where = min(WHERE, max((cells(one.where) for one in found), default=0)) + 2
        what = max((cells(one.what) for one in found), default=0)
        for n, one in enumerate(found):
            yield Entry(f"history.{n}", partial(self._line, one, where, what, room), can_choose=False)

    def _excuse(self, why: str) -> str:
        why = why.rstrip(".")
        if self._told_at is None:
            return self.words("No history: {why}. What this station knows:", why=why)
        return self.words("As of {time}: {why}.", time=clock_text(self._told_at, self.desk.zone, seconds=True), why=why)

    def _names(self) -> dict[str, str]:
        look = self.desk.glass.look
        return {line.item_id: dish(line.item, look) for one in self._tickets for line in one.lines}

    def _line(self, one: Happened, where: int, what: int, room: int) -> Sequence[Row]:
        """When, where, what, and in a column of its own who; where that has no room, at the end of what."""
        at = clock_text(one.at, self.desk.zone, seconds=True)
        said = [(at, "panel.dim", TIME), (clip(one.where, where - 2), "panel.text", where)]
        first = (*columns(said, TIME + where), self._glyph(one.kind))
        begins = width(first) + min(what, max(WHAT, room - width(first) - WHO)) + 2
        rows = folded(one.what, "panel.text", min(room, begins - 2), first=first)
        by = Span(clip(one.by, max(0, room - begins)), "card.word")
        if room - begins >= min(cells(one.by), WHO - 2):
            return [(*rows[0], Span(" " * (begins - width(rows[0])), "panel.text"), by), *rows[1:]]
        return [*rows, *folded(one.by, "card.word", room, first=(Span(" " * width(first), "panel.text"),))]

    def empty(self) -> str:
        """Nothing at all is known of it."""
        return self.words("Nothing is known of this order.")

    def does(self) -> str:
        """Enter."""
        return self.words("item done")

    def more_keys(self) -> Sequence[Span]:
        """What else can be done to one item."""
        words = self.words
        return [
            self.key("start", words("start")),
            self.key("recall", words("recall")),
            self.key("void", words("void seen")),
        ]

    # ── Single items ──────────────────────────────────────────────────────────────────────────────────────────────────

    def act(self, entry: str) -> str | None:
        """Done with this one; where it is void: seen."""
        ticket = self._mine
        line = ticket.line(entry) if ticket is not None else None
        if ticket is None or line is None:
            return self.words("{station} does not make this", station=self.desk.glass.station)
        kind = kds.Bump if line.live else kds.AckVoid
        return self._on_item(kind, ticket, line)

    def deed(self, deed: Deed) -> None:
        """Done with the chosen one, start, recall, acknowledge it; insist at expo."""
        if deed.id == "item":
            self._bump()
        elif deed.id in _ON_ITEM or deed.id == "force":
            self.did(self._asked(deed.id))
        else:
            super().deed(deed)

    def _asked(self, deed: str) -> str:
        ticket = self._mine
        line = ticket.line(self.chosen) if ticket is not None and self.chosen is not None else None
        if ticket is None or line is None:
            return self.words("choose an item first")
        if deed != "force":
            return self._on_item(_ON_ITEM[deed], ticket, line)
        if not self.desk.hands.insists_on(ticket.ticket_id, line.item_id):
            return self.words("nothing to force: bump first, and read what it says")
        return self.desk.hands.force()

    def _on_item(self, kind: type[kds.TicketCommand], ticket: Ticket, line: Line) -> str:
        refused = self.desk.hands.on_item(kind, ticket.ticket_id, line.item_id)
        self._take(self.desk.feed.board.of_order(self.order_id))
        return refused or _did(kind, dish(line.item, self.desk.glass.look), self.words)


def _watched(ticket: Ticket, line: Line) -> bool:
    """On expo's card, but made by others."""
    return ticket.is_expo and bool(line.item.stations)


def _abreast(said: Iterable[Sequence[Span]], room: int) -> Iterator[Row]:
    """Short things of several words side by side, on as many lines as they need."""
    row: Row = ()
    for one in said:
        if row and width(row) + APART + width(one) > room:
            yield row
            row = ()
        row = (*row, Span(" " * APART, "panel.text"), *one) if row else tuple(one)
        if width(row) > room:
            yield from folded("".join(part.text for part in row), "panel.text", room)
            row = ()
    if row:
        yield row


def _did(kind: type[kds.TicketCommand], name: str, words: Words) -> str:
    said = {kds.Start: words("started"), kds.Recall: words("recalled"), kds.AckVoid: words("void seen")}
    return f"{name}: {said.get(kind, words('done'))}"
