"""A ticket as lines of text: what a cook reads on a card, before any terminal is involved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from heard.contract.kds import Mark, TicketHeader
from heard.kitchen.board import Board
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.tickets import HELD, Line, Ticket, TicketState
from heard.text import cells, one_line
from heard.ui.ages import clock_text
from heard.ui.spans import Span, clipped, folded, packed, span
from kds.items import allergy_words, amount_of, items, name_of, note_rows
from kds.letters import big_width
from kds.look import Block, CardRow, Look, card_row, service_words
from kds.sizes import TextSize


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket in lines. Its first line, the header, has a clock in it and is made anew each second: see `header`."""

    ticket_id: str
    label: str
    words: tuple[str, ...]
    """For the header, what fits of it: service, place."""
    placed_at: datetime
    state: TicketState
    top: Block = ()
    alarm: Block = ()
    """Repeated wherever the card goes on."""
    blocks: tuple[Block, ...] = ()
    alarms: tuple[str, ...] = ()
    """Why it may never be out of sight: ALLERGY, VOID."""
    rows: tuple[CardRow, ...] = ()
    """Every line under the header."""
    repeated: Block = ()
    """In place of `alarm` on a card in several pieces: on each of them, voids too."""
    promised_at: datetime | None = None
    """Its first row tells of this, and counts down: see `promise`."""
    head: int = 1
    """Lines of its header."""
    size: TextSize = "normal"

    @property
    def height(self) -> int:
        """Lines it takes in one piece, its header among them."""
        return self.head + len(self.rows)


def card(board: Board, ticket: Ticket, look: Look) -> Card:
    """The card of a ticket as its station paints it: held lines only at expo, acknowledged voids nowhere."""
    lines = lines_of(ticket)
    state = board.state(ticket)
    words, spilled = _places(ticket.header, look)
    alarm = tuple(_allergies(ticket.header, lines, look))
    voids = tuple(_voids(lines, look))
    top = tuple(_top(ticket, state, spilled, look))
    blocks = _closed((*_order_notes(ticket.header, look), *items(board, ticket, lines, look)))
    return Card(
        ticket_id=ticket.ticket_id,
        label=one_line(ticket.label),
        words=words,
        placed_at=ticket.header.placed_at,
        state=state,
        top=top,
        alarm=alarm,
        blocks=blocks,
        alarms=(("ALLERGY",) if alarm else ()) + (("VOID",) if voids else ()),
        rows=(*top, *alarm, *(row for block in blocks for row in block)),
        repeated=(*alarm, *voids),
        promised_at=ticket.header.promised_at,
        head=look.measures.head,
        size=look.size,
    )


def lines_of(ticket: Ticket) -> list[Line]:
    """The lines of a ticket that its card shows."""
    return [line for line in ticket.lines if line.shown or (ticket.is_expo and line.state is HELD)]


def _closed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Without the empty line that sets the last one apart from nothing."""
    return (*blocks[:-1], blocks[-1][:-1]) if blocks and not blocks[-1][-1].row else blocks


# ── The header ────────────────────────────────────────────────────────────────────────────────────────────────────────

_REST = 16
"""What the header holds beside number and words: slot, spaces, and `12:34 LATE`."""
_BIG_REST = 26
"""The same beside a number and an age in big letters: slot, gaps, `12:34`."""


def _places(header: TicketHeader, look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Service, table and name: those that fit beside number and age, and those that need a line of their own."""
    place = [f"T{header.table}" if (header.table or "").isdigit() else header.table, header.room, header.tab]
    said = [one_line(word) for word in (_service(header, look), *place, header.customer_name) if word]
    if look.measures.head > 1:
        return _big_places(header, said, look)
    room = look.width - _REST - cells(f"#{one_line(header.display_no)}")
    fits: list[str] = []
    for word in said:
        if cells(" ".join((*fits, word))) > room:
            break
        fits.append(word)
    return tuple(fits), tuple(said[len(fits) :])


def _big_places(header: TicketHeader, said: list[str], look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two lines between number and age: the service beside the number in small, the place under it."""
    number = one_line(header.display_no)
    room = look.width - _BIG_REST - (big_width(number, look.letters) or 0)
    beside = said[:1] if said and cells(f"#{number} {said[0]}") <= room else []
    under: list[str] = []
    for word in said[len(beside) :]:
        if cells(" ".join((*under, word))) > room:
            break
        under.append(word)
    return (" ".join(beside), " ".join(under)), tuple(said[len(beside) + len(under) :])


def _service(header: TicketHeader, look: Look) -> str:
    """Its icon and its word; a label of the till's own in the word's place."""
    word = header.service_label or service_words(look.words).get(header.service, header.service.upper())
    icon = look.glyphs.get(header.service, "")
    return f"{icon} {word}".strip() if word else ""


def _top(ticket: Ticket, state: TicketState, spilled: tuple[str, ...], look: Look) -> Iterator[CardRow]:
    header, say = ticket.header, look.words
    if header.promised_at is not None:
        yield card_row((Span(say("for {time}", time=clock_text(header.promised_at, look.zone)), "card.word"),), look)
    recalled = any(Mark.RECALLED in line.marks for line in ticket.lines if line.live)
    begun = state is TicketState.STARTED and not ticket.is_expo
    held = ticket.is_expo and header.fire_at is not None and any(line.state is HELD for line in ticket.lines)
    covers, server = header.covers, one_line(header.server or "")
    priority = {"rush": f" {say('RUSH')} ", "vip": f" {say('VIP')} "}.get(header.priority, "")
    words = [
        Span(priority, f"card.{header.priority}"),
        Span(f" {say('TEST')} " if header.test else "", "card.mark"),
        Span(say("READY") if state is TicketState.READY else "", "card.ready"),
        Span(say("STARTED") if begun else "", "card.started"),
        Span(f" {say('RECALLED')} " if recalled else "", "card.mark"),
        *(Span(word, "card.word") for word in spilled),
        Span(_fires(header, look) if held else "", "card.word"),
        Span(say.many("{n} cover", "{n} covers", covers) if covers else "", "card.sub"),
        Span(say("server {name}", name=server) if server else "", "card.sub"),
        Span("" if header.paid is None else say("PAID") if header.paid else say("NOT PAID"), "card.sub"),
        span(header.source or "", "card.sub"),
    ]
    for row in packed(words, look.width - look.measures.margin, role="card.text"):
        yield card_row(row, look)


def _fires(header: TicketHeader, look: Look) -> str:
    return look.words("fires {time}", time=clock_text(header.fire_at, look.zone)) if header.fire_at else ""


def promise(promised_at: datetime, now: datetime, look: Look) -> CardRow:
    """When a card is promised for, and how long that is from now: the one row of a body that has a clock in it."""
    time = clock_text(promised_at, look.zone)
    seconds = (promised_at - now).total_seconds()
    minutes = math.ceil(seconds / 60) if seconds > 0 else math.floor(-seconds / 60)
    if seconds > 0:
        said = look.words("for {time}, in {age}", time=time, age=_minutes(minutes, look))
        return card_row((Span(said, "card.due" if minutes <= SOON_MIN else "card.word"),), look)
    if minutes == 0:
        return card_row((Span(look.words("for {time}, now", time=time), "card.due"),), look)
    said = look.words("for {time}, {age} LATE", time=time, age=_minutes(minutes, look))
    return card_row((Span(f" {said} ", "card.overdue"),), look, fill="card.text")


SOON_MIN = 5
"""A promise this near (min) is said louder."""


def _minutes(minutes: int, look: Look) -> str:
    return look.words("{n} min", n=minutes) if minutes < 100 else f"{minutes // 60}h{minutes % 60:02d}"


# ── Allergies and notes ───────────────────────────────────────────────────────────────────────────────────────────────


def _allergies(header: TicketHeader, lines: Iterable[Line], look: Look) -> Iterator[CardRow]:
    """One alarm for the whole card: what the order says, what its items say, and notes that speak of one."""
    said = [allergy_words(one, look.words) for one in header.allergies]
    said += [note.text for note in header.notes if speaks_of_allergy(note.text)]
    for line in lines:
        said += [allergy_words(one, look.words) for one in line.item.allergies]
        said += [note.text for note in line.item.notes if speaks_of_allergy(note.text)]
    seen: dict[str, str] = {}
    for text in said:
        words = _without_word(one_line(text))
        seen.setdefault(words.casefold(), words)
    for text in seen.values():
        first = (Span(f"! {look.words('ALLERGY')} ", "card.allergy"),)
        for row in folded(text, "card.allergy", look.width - look.measures.margin, first=first, indent=2):
            yield card_row(row, look, fill="card.allergy")


def _voids(lines: Iterable[Line], look: Look) -> Iterator[CardRow]:
    """What is off the order, for pieces of a card on which the line itself may not stand."""
    for line in lines:
        if not line.live:
            first = (Span(f" {look.words('VOID')} ", "card.mark"), Span(" ", "card.text"))
            text = f"{amount_of(line.item)} {name_of(line.item, look)}"
            yield card_row(clipped((*first, span(text, "card.void")), look.width - look.measures.margin), look)


def _without_word(text: str) -> str:
    """`nuts` of `allergy: nuts`: the word stands before it anyway."""
    head, colon, rest = text.partition(":")
    return rest.strip() if colon and rest.strip() and head.strip().casefold() in ("allergy", "allergies") else text


def _order_notes(header: TicketHeader, look: Look) -> Iterator[Block]:
    for note in header.notes:
        yield tuple(card_row(row, look) for row in note_rows(note, look.width - look.measures.margin, 0))
