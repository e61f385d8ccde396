"""The cards of one station as they were read out: their numbers, and what is new of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from heard.client.clock import Clock
from heard.contract.kds import Mark
from heard.contract.session import StoreSettings
from heard.kitchen.board import Board
from heard.kitchen.priority import age, heat, on_wall
from heard.kitchen.tickets import Ticket, TicketState
from heard.ui.words import Words
from kds.look import Look
from kds.memory import MadeOf, made_of, same
from kds.spoken.card import Spoken, spoken, waited

AT_ONCE = 10
"""Cards read out in one breath; of the others only how many they are, but every one with an alarm."""
SEVERAL = 3
"""As many that became late at once are told with their age; more, as at the start of a busy evening, are one line."""
NUMBERS = 99
"""Then they begin again, with those no card has."""


@dataclass(slots=True)
class Known:
    """A card that was read out."""

    number: int
    said: Spoken
    made: MadeOf = ()
    """The tickets it was made from."""
    late: bool = False
    items: dict[str, int] = field(default_factory=dict)
    """Item → its number on this card, which is never another item's."""

    def numbers(self) -> Mapping[str, str]:
        """Item → what to type for it."""
        return {item: f"{self.number}.{n}" for item, n in self.items.items()}


class CardNews:
    """One for each station that is looked at."""

    def __init__(self, station: str, clock: Clock, words: Words) -> None:
        self.station = station
        self.known: dict[str, Known] | None = None
        """Ticket id → what was said of it; None before the first board came."""
        self._clock, self._words = clock, words
        self._board = Board()
        self._last_number = 0
        self._seen: set[str] = set()
        """Cards that have been here: they come back instead of being new."""

    # ── Being asked ───────────────────────────────────────────────────────────────────────────────────────────────────

    def cards(self) -> Mapping[str, Known]:
        """Ticket id → what was said of it."""
        return self.known or {}

    def numbered(self, number: int) -> str | None:
        """The card with this number."""
        return next((ticket for ticket, one in self.cards().items() if one.number == number), None)

    def item(self, ticket_id: str, number: int) -> str | None:
        """The item of a card with this number, as long as it stands on it."""
        known = self.cards().get(ticket_id)
        shown = () if known is None else known.said.ids
        return next((item for item in shown if known is not None and known.items[item] == number), None)

    def paragraph(self, ticket: Ticket) -> str:
        """A card that was read out, once more."""
        known = self.cards()[ticket.ticket_id]
        said = known.said.said(known.numbers())
        return f"{known.number}: {said}. {waited(ticket, self._clock.now(), self._words)}."

    def item_paragraph(self, ticket: Ticket, item_id: str) -> str:
        """One item of a card that was read out."""
        known = self.cards()[ticket.ticket_id]
        return f"{known.numbers()[item_id]}: {known.said.label}: {known.said.item(item_id)}."

    # ── What is new ───────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, board: Board, store: StoreSettings, look: Look, heat_s: Sequence[int]) -> Iterator[str]:
        """What there is to say since the last look."""
        first, before, self._board = self.known is None, self.cards(), board
        cards = on_wall(board, self.station, store.gating)
        self.known = {}
        for ticket in cards:
            self.known[ticket.ticket_id] = self._learnt(ticket, before, look)
        if first:
            yield from self._greeting(cards, store)
        else:
            yield from self._gone(before)
            yield from self._come([one for one in cards if one.ticket_id not in before])
            for ticket in cards:
                if (known := before.get(ticket.ticket_id)) is not None:
                    yield from self._changed(ticket, known.said)
        yield from self._late(cards, heat_s)
        self._seen = {one for one in self._seen if one in board.tickets} | set(self.known)

    def _learnt(self, ticket: Ticket, before: Mapping[str, Known], look: Look) -> Known:
        known, made = before.get(ticket.ticket_id), made_of(self._board, ticket)
        if known is not None and same(known.made, made):
            return known
        said = spoken(self._board, ticket, look)
        if known is None:
            known = Known(self._next_number(before), said)
        items = dict(known.items)
        for item_id in said.ids:
            items.setdefault(item_id, max(items.values(), default=0) + 1)
        return Known(known.number, said, made, known.late, items)

    def forget_made(self) -> None:
        """Words are other ones now: every card is made anew."""
        for known in self.cards().values():
            known.made = ()

    def _next_number(self, before: Mapping[str, Known]) -> int:
        """The next one no card has: a number just let go is not another card's at once."""
        taken = {one.number for one in (*before.values(), *self.cards().values())}
        number = self._last_number
        for _ in range(max(NUMBERS, len(taken) + 1)):
            number = number % max(NUMBERS, len(taken) + 1) + 1
            if number not in taken:
                break
        self._last_number = number
        return number

    def _greeting(self, cards: Sequence[Ticket], store: StoreSettings) -> Iterator[str]:
        words = self._words
        yield words("Station {station}. Type a number to hear a card, h for help.", station=self.station)
        if store.stations and self.station not in store.stations:
            there = ", ".join(store.stations)
            yield words("This store has no station {station}; it has {stations}.", station=self.station, stations=there)
        yield words.many("{n} card is open.", "{n} cards are open.", len(cards))
        yield from self._some(cards, "")

    def _come(self, cards: Iterable[Ticket]) -> Iterator[str]:
        back: list[Ticket] = []
        new: list[Ticket] = []
        for ticket in cards:
            (back if ticket.ticket_id in self._seen or _is_recalled(ticket) else new).append(ticket)
        yield from self._some(back, self._words("Back:"))
        if len(new) > AT_ONCE:
            yield self._words.many("{n} new card.", "{n} new cards.", len(new))
        yield from self._some(new, self._words("New:"))

    def _some(self, cards: Sequence[Ticket], lead: str) -> Iterator[str]:
        """Read out the first ones, and every one that has an alarm."""
        known = self.cards()
        told = [one for n, one in enumerate(cards) if n < AT_ONCE or known[one.ticket_id].said.alarm or _is_void(one)]
        for ticket in told:
            yield f"{lead} {self.paragraph(ticket)}".lstrip()
        if len(told) < len(cards):
            yield self._words.many("And {n} more; l lists all.", "And {n} more; l lists all.", len(cards) - len(told))

    def _changed(self, ticket: Ticket, before: Spoken) -> Iterator[str]:
        known = self.cards()[ticket.ticket_id]
        if known.said == before:
            return
        if known.said.state is TicketState.READY and before.state is not TicketState.READY:
            yield f"{self._words('Ready:')} {self.paragraph(ticket)}"
        elif known.said.same_food(before):
            standing = known.said.standing(before, self._words("not begun")) or self._words("back in line")
            yield f"{known.number}: {known.said.label}: {standing}."
        else:
            yield f"{self._words('Changed:')} {self.paragraph(ticket)}"

    def _gone(self, before: Mapping[str, Known]) -> Iterator[str]:
        for ticket_id, known in before.items():
            if ticket_id not in self.cards():
                yield f"{self._where_to(ticket_id)} {known.number}: {known.said.label}."

    def _where_to(self, ticket_id: str) -> str:
        ticket, words = self._board.tickets.get(ticket_id), self._words
        if ticket is None or not any(line.live for line in ticket.lines):
            return words("Off:")
        state = self._board.state(ticket)
        if state is TicketState.HELD and not ticket.held_back:
            state = TicketState.DONE
        return {TicketState.DONE: words("Done:"), TicketState.HELD: words("Held:")}.get(state, words("Not yet:"))

    def _late(self, cards: Iterable[Ticket], levels: Sequence[int]) -> Iterator[str]:
        said = []
        for ticket in cards:
            known = self.cards()[ticket.ticket_id]
            late = heat(age(ticket, self._clock.now()), levels) >= len(levels) > 0
            if late and not known.late:
                said.append((ticket, f"{known.number}: {known.said.label}"))
            known.late = late
        if len(said) > SEVERAL:
            yield f"{self._words('LATE')}: {', '.join(name for _, name in said)}."
            return
        for ticket, name in said:
            yield f"{self._words('LATE')}: {name}, {waited(ticket, self._clock.now(), self._words)}."


def _is_recalled(ticket: Ticket) -> bool:
    return any(line.live and Mark.RECALLED in line.marks for line in ticket.lines)


def _is_void(ticket: Ticket) -> bool:
    return any(not line.live and not line.acked for line in ticket.lines)
