"""One order whole: every item at every station, what is said of it, and who did what when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual.message import Message

from heard.contract import kds
from heard.contract.envelope import Envelope
from heard.contract.orders import Status
from heard.errors import HeardError
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Line, Ticket
from heard.text import one_line
from heard.ui.ages import age_text, clock_text
from heard.ui.spans import Row, Span, folded, packed, span
from heard.ui.words import Words
from kds.cards import mark_words, service_words
from kds.desk import Desk
from kds.hands import FORCE_S
from kds.history import Happened, remembered, told
from kds.keys import Deed
from kds.screens.dishes import allergy_text, amount, details, dish
from kds.screens.listing import Entry, Listing, columns
from kds.screens.over import headline

AGAIN_S = 1.0
"""The history is asked for again at most this often."""
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
        self._insist: tuple[str, float] | None = None

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
        return [headline(one_line("  ".join(word for word in said if word)), room)]

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
            text = f"! {self.words('ALLERGY')} {allergy_text(allergy, self.words)}"
            yield Entry(f"allergy.{n}", partial(folded, text, "panel.qty", room), can_choose=False)
        for n, note in enumerate(header.notes):
            yield Entry(f"note.{n}", partial(folded, f"* {note.text}", "panel.text", room), can_choose=False)

    def _top(self, ticket: Ticket, room: int) -> Iterator[Row]:
        for words in self._facts(ticket):
            yield from packed([span(one, "panel.text") for one in words], room, role="panel.text")

    def _facts(self, ticket: Ticket) -> Iterator[list[str]]:
        header, words, zone = ticket.header, self.words, self.desk.zone
        age = age_text(self.desk.clock.now() - header.placed_at)
        first = [words("placed {time}, {age} ago", time=clock_text(header.placed_at, zone, seconds=True), age=age)]
        if header.promised_at:
            first.append(words("promised {time}", time=clock_text(header.promised_at, zone)))
        if header.fire_at:
            first.append(words("fires {time}", time=clock_text(header.fire_at, zone)))
        board = self.desk.feed.board
        first.append(status_words(words)[board.status(self.order_id)] if board.of_order(self.order_id) else "")
        first.append({"rush": words("RUSH"), "vip": words("VIP")}.get(header.priority, ""))
        yield [f"{one} " for one in first if one]
        people = [
            words("server {name}", name=header.server) if header.server else "",
            words("customer {name}", name=header.customer_name) if header.customer_name else "",
            words.many("{n} cover", "{n} covers", header.covers) if header.covers else "",
            *(one or "" for one in (header.room, header.tab, header.source)),
            "" if header.paid is None else words("PAID") if header.paid else words("NOT PAID"),
        ]
        if any(people):
            yield [f"{one} " for one in people if one]

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
        lead = (Span(f"{amount(line.item)} ", "panel.qty"),)
        yield from folded(dish(line.item, self.desk.glass.look.language), "panel.text", room, first=lead)
        for row in details(line.item, room - 4, self.words):
            yield (Span("    ", "panel.text"), *row)
        said = [Span(f"{self._at(ticket, one)} ", "panel.dim") for ticket, one in places if not _watched(ticket, one)]
        said += [Span(f"{self._pass(one)} ", "panel.dim") for ticket, one in places if _watched(ticket, one)]
        for row in packed(said, room - 4, role="panel.dim"):
            yield (Span("    ", "panel.dim"), *row)

    def _at(self, ticket: Ticket, line: Line) -> str:
        """A station, how the item stands there, since when, and its marks."""
        words = self.words
        state = {HELD: words("held"), QUEUED: words("to do"), STARTED: words("STARTED"), READY: words("DONE"),
                 VOIDED: words("VOID, seen") if line.acked else words("VOID")}[line.state]  # fmt: skip
        since = clock_text(line.since, self.desk.zone) if line.since and line.state is not QUEUED else ""
        by = (self.desk.feed.done_by(ticket.ticket_id) or "") if line.state is READY else ""
        marks = [mark_words(words)[mark] for mark in line.marks]
        over = [words("HANDED OVER")] if line.handed_over else []
        return one_line(" ".join(word for word in (f"{ticket.station}:", state, since, by, *marks, *over) if word))

    def _pass(self, line: Line) -> str:
        return self.words("expo: handed over") if line.handed_over else self.words("expo: not handed over")

    def _history(self, room: int) -> Iterator[Entry]:
        said = self.words("History")
        yield Entry("history", lambda: [(), (Span(said, "panel.qty"),)], can_choose=False)
        if self._why is not None:
            yield Entry("history.why", partial(folded, self._excuse(self._why), "panel.dim", room), can_choose=False)
        found = self._happened or remembered(self._tickets, self._names(), self.words)
        for n, one in enumerate(found):
            yield Entry(f"history.{n}", partial(self._line, one, room), can_choose=False)

    def _excuse(self, why: str) -> str:
        why = why.rstrip(".")
        if self._told_at is None:
            return self.words("No history: {why}. What this station knows:", why=why)
        return self.words("As of {time}: {why}.", time=clock_text(self._told_at, self.desk.zone, seconds=True), why=why)

    def _names(self) -> dict[str, str]:
        language = self.desk.glass.look.language
        return {line.item_id: dish(line.item, language) for one in self._tickets for line in one.lines}

    def _line(self, one: Happened, room: int) -> Sequence[Row]:
        first = columns(
            [(clock_text(one.at, self.desk.zone, seconds=True), "panel.dim", 9), (one.where, "panel.dim", 8)], 17
        )
        return folded(f"{one.what}  {one.by}".rstrip(), "panel.text", room, first=first)

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
        self._insist = (entry, self.desk.clock.monotonic() + FORCE_S)
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
        insist, self._insist = self._insist, None
        if insist is None or insist[0] != line.item_id or self.desk.clock.monotonic() > insist[1]:
            return self.words("nothing to force: bump first, and read what it says")
        return self.desk.hands.on_item(kds.Bump, ticket.ticket_id, line.item_id, force=True)

    def _on_item(self, kind: type[kds.TicketCommand], ticket: Ticket, line: Line) -> str:
        refused = self.desk.hands.on_item(kind, ticket.ticket_id, line.item_id)
        self._take(self.desk.feed.board.of_order(self.order_id))
        return refused or _did(kind, dish(line.item, self.desk.glass.look.language), self.words)


def status_words(words: Words) -> Mapping[Status, str]:
    """Where an order stands, in words."""
    return {
        Status.HELD: words("held"),
        Status.RECEIVED: words("received"),
        Status.IN_PROGRESS: words("in progress"),
        Status.READY: words("ready"),
        Status.COMPLETED: words("completed"),
        Status.CANCELLED: words("cancelled"),
    }


def _watched(ticket: Ticket, line: Line) -> bool:
    """On expo's card, but made by others."""
    return ticket.is_expo and bool(line.item.stations)


def _did(kind: type[kds.TicketCommand], name: str, words: Words) -> str:
    said = {kds.Start: words("started"), kds.Recall: words("recalled"), kds.AckVoid: words("void seen")}
    return f"{name}: {said.get(kind, words('done'))}"
