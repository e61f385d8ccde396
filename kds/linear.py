"""The kitchen display in lines: for screen readers, terminals that only print, and pipes.

Nothing but text and newlines is written, and only behind what was written before. What happens is said when it
happens; a person answers with a line: the number of a card, a letter for what to do with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState
from heard.contract.kds import EXPO
from heard.contract.session import StoreSettings
from heard.kitchen.priority import age, heat, on_wall
from heard.kitchen.tickets import Ticket, TicketState
from heard.text import one_line
from heard.ui.badge import is_stale
from heard.ui.words import ENGLISH, Words, later
from kds.bars import hands_off, refusal_words
from kds.feed import Feed
from kds.glass import Glass
from kds.hands import Hands
from kds.keys import keymap
from kds.memory import MadeOf, made_of, same
from kds.settings import Settings
from kds.spoken import Spoken, read_out, spoken, waited
from kds.tallies import amount, open_dishes

AT_ONCE = 10
"""Cards read out in one breath; of more only their number is said, but every one with an alarm."""
NUMBERS = 99
"""Then they begin again, with those no card has."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person may type, and what it does to the card chosen."""

    letter: str
    does: str
    chosen: bool = True
    """Whether it is done to a card."""


LETTERS: tuple[Letter, ...] = (
    Letter("b", later("bump: done with the card")),
    Letter("s", later("start: I am on it")),
    Letter("v", later("void seen: what is off the order")),
    Letter("!", later("rush, and back to normal")),
    Letter("f", later("force: hand over although a station still has some")),
    Letter("u", later("undo the last thing done here"), chosen=False),
    Letter("r", later("recall the last card done"), chosen=False),
    Letter("l", later("list all cards"), chosen=False),
    Letter("a", later("all-day: how many of each dish are open"), chosen=False),
    Letter("h", later("help"), chosen=False),
    Letter("q", later("quit"), chosen=False),
)


@dataclass(slots=True)
class Known:
    """A card that was read out."""

    number: int
    said: Spoken
    made: MadeOf = ()
    """The tickets it was made from."""
    late: bool = False


class Linear:
    """What to say, and what to do with what was typed; kept without any terminal."""

    def __init__(
        self, feed: Feed, station: str, settings: Settings | None = None, *, clock: Clock | None = None,
        words: Words = ENGLISH,
    ) -> None:  # fmt: skip
        self.feed, self.station, self.words = feed, station, words
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self._store = StoreSettings()
        self._look = read_out(UTC, self.settings.language, words)
        self._glass = Glass(station, self._look)
        self.hands = Hands(feed, self._glass, self.clock, keymap({"force": "f"}), words)
        self._known: dict[str, Known] | None = None
        """Ticket id → what was said of it; None before the first board came."""
        self._last_number = 0
        self._link: tuple[LinkState, bool] | None = None
        self._seen: set[str] = set()

    # ── What is new ───────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> list[str]:
        """What there is to say since the last look."""
        self._learn()
        news = (*self._link_news(), *self._card_news(), *self._refusals())
        return [said for one in news if (said := one_line(one))]

    def _learn(self) -> None:
        store = self.feed.status.settings
        if store is None or store == self._store:
            return
        self._store = store
        zone: tzinfo = UTC
        with contextlib.suppress(KeyError, ValueError, OSError):
            zone = ZoneInfo(store.timezone)
        self._look = read_out(zone, self.settings.language, self.words)
        for known in (self._known or {}).values():
            known.made = ()

    def _link_news(self) -> Iterator[str]:
        """What a person must know of the link: every try to come back is not."""
        status = self.feed.status
        before, self._link = self._link, (self._standing(), is_stale(status, self.clock.monotonic()))
        if before == self._link:
            return
        yield self._link_words()
        if status.live and (before is None or before[0] is not LinkState.LIVE):
            yield hands_off(status, self.station, self.words)

    def _standing(self) -> LinkState:
        state, before = self.feed.status.state, self._link[0] if self._link else LinkState.CONNECTING
        trying = state is LinkState.CATCHING_UP or (state is LinkState.CONNECTING and before is LinkState.OFFLINE)
        return before if trying else state

    def _link_words(self) -> str:
        status, words = self.feed.status, self.words
        if status.live:
            silent = is_stale(status, self.clock.monotonic())
            return words("Link: silent, do not believe what was said.") if silent else words("Link: live.")
        said = {
            LinkState.CONNECTING: words("Link: connecting."),
            LinkState.CATCHING_UP: words("Link: catching up."),
            LinkState.OFFLINE: words("Link: offline. What you do is kept and sent later."),
            LinkState.REFUSED: words("Link: the gateway refuses this station."),
        }[status.state]
        return f"{said} {status.reason or ''}".rstrip()

    def _card_news(self) -> Iterator[str]:
        if self._known is None and not self.feed.status.live and not self.feed.board.tickets:
            return  # nothing was ever heard: an empty kitchen and no kitchen are not the same
        cards = self._cards()
        first, known = self._known is None, self._known or {}
        self._known = {}
        for ticket in cards:
            before = known.get(ticket.ticket_id)
            number = before.number if before else self._next_number(known)
            made = made_of(self.feed.board, ticket)
            said = before.said if before and same(before.made, made) else self._said(ticket)
            self._known[ticket.ticket_id] = Known(number, said, made, before.late if before else False)
        if first:
            yield from self._greeting(cards)
        else:
            yield from self._gone(known)
            come = [one for one in cards if one.ticket_id not in known]
            yield from self._some([one for one in come if one.ticket_id in self._seen], self.words("Back:"))
            yield from self._come([one for one in come if one.ticket_id not in self._seen])
            for ticket in cards:
                if (before := known.get(ticket.ticket_id)) is not None:
                    yield from self._changed(ticket, before.said)
        yield from self._late(cards)
        self._seen = {one for one in self._seen if one in self.feed.board.tickets} | set(self._known)

    def _cards(self) -> list[Ticket]:
        return on_wall(self.feed.board, self.station, self._store.gating)

    def _said(self, ticket: Ticket) -> Spoken:
        return spoken(self.feed.board, ticket, self._look)

    def _next_number(self, known: dict[str, Known]) -> int:
        """The next one no card has: a number just let go is not another card's at once."""
        taken = {one.number for one in (*known.values(), *(self._known or {}).values())}
        number = self._last_number
        for _ in range(max(NUMBERS, len(taken) + 1)):
            number = number % max(NUMBERS, len(taken) + 1) + 1
            if number not in taken:
                break
        self._last_number = number
        return number

    def _greeting(self, cards: Sequence[Ticket]) -> Iterator[str]:
        words = self.words
        yield words("Station {station}. Type a number to hear a card, h for help.", station=self.station)
        if self._store.stations and self.station not in self._store.stations:
            there = ", ".join(self._store.stations)
            yield words("This store has no station {station}; it has {stations}.", station=self.station, stations=there)
        yield words.many("{n} card is open.", "{n} cards are open.", len(cards))
        yield from self._some(cards, "")

    def _come(self, cards: Sequence[Ticket]) -> Iterator[str]:
        if len(cards) > AT_ONCE:
            yield self.words.many("{n} new card.", "{n} new cards.", len(cards))
        yield from self._some(cards, self.words("New:"))

    def _some(self, cards: Sequence[Ticket], lead: str) -> Iterator[str]:
        """Read out the first ones, and every one that has an alarm."""
        told = [one for n, one in enumerate(cards) if n < AT_ONCE or self._of(one).said.alarm or _is_void(one)]
        for ticket in told:
            yield f"{lead} {self._paragraph(ticket)}".lstrip()
        if len(told) < len(cards):
            yield self.words.many("And {n} more; l lists all.", "And {n} more; l lists all.", len(cards) - len(told))

    def _of(self, ticket: Ticket) -> Known:
        return (self._known or {})[ticket.ticket_id]

    def _paragraph(self, ticket: Ticket) -> str:
        known = self._of(ticket)
        return f"{known.number}: {known.said.said()}. {waited(ticket, self.clock.now(), self.words)}."

    def _changed(self, ticket: Ticket, before: Spoken) -> Iterator[str]:
        known = self._of(ticket)
        if known.said == before:
            return
        if known.said.state is TicketState.READY and before.state is not TicketState.READY:
            yield f"{self.words('Ready:')} {self._paragraph(ticket)}"
        elif known.said.same_food(before):
            standing = known.said.standing(before) or self.words("back in line")
            yield f"{known.number}: {known.said.label}: {standing}."
        else:
            yield f"{self.words('Changed:')} {self._paragraph(ticket)}"

    def _gone(self, known: dict[str, Known]) -> Iterator[str]:
        for ticket_id, before in known.items():
            if ticket_id in (self._known or {}):
                continue
            ticket = self.feed.board.tickets.get(ticket_id)
            words = self.words("Off:")
            if ticket is not None and any(line.live for line in ticket.lines):
                state = self.feed.board.state(ticket)
                if state is TicketState.HELD and not ticket.held_back:
                    state = TicketState.DONE
                words = {TicketState.DONE: self.words("Done:"), TicketState.HELD: self.words("Held:")}.get(
                    state, self.words("Not yet:")
                )
            yield f"{words} {before.number}: {before.said.label}."
            if self._glass.focus == ticket_id:
                self._glass.focus = None

    def _late(self, cards: Sequence[Ticket]) -> Iterator[str]:
        levels = self.settings.heat_s or self._store.heat_s
        for ticket in cards:
            known = self._of(ticket)
            late = heat(age(ticket, self.clock.now()), levels) >= len(levels) > 0
            if late and not known.late:
                minutes = waited(ticket, self.clock.now(), self.words)
                yield f"{self.words('LATE')}: {known.number}: {known.said.label}, {minutes}."
            known.late = late

    def _refusals(self) -> Iterator[str]:
        for refusal in self.feed.refusals:
            yield f"{self.words('Refused:')} {refusal_words(refusal, self.feed.board, 0, self.words)}"
            self.feed.dismiss(refusal.command_id)

    # ── What was typed ────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, typed: str) -> list[str] | None:
        """What a line comes to; None: leave. `3`, `b`, `3 b` and `b 3` are understood, and an empty line."""
        asked = typed.strip().casefold().split()
        digits = [one for one in asked if one.isdecimal() and len(one) < 6]
        letters = [one[0] for one in asked if not one.isdecimal()]
        if len(digits) > 1 or len(letters) > 1 or len(asked) != len(digits) + len(letters):
            return [self.words("one number and one letter at a time; h helps")]
        if digits and not self._choose(int(digits[0])):
            return [self.words("no card has number {number}", number=int(digits[0]))]
        if letters == ["q"] and not self.settings.kiosk:
            return None
        said = self._done(letters[0]) if letters else self._heard(chosen=bool(digits))
        return [text for one in said if (text := one_line(one))]

    def _choose(self, number: int) -> bool:
        found = next((ticket for ticket, one in (self._known or {}).items() if one.number == number), None)
        if found is not None:
            self._glass.focus = found
        return found is not None

    def _heard(self, *, chosen: bool) -> Iterable[str]:
        ticket = self.feed.board.tickets.get(self._glass.focus or "")
        if chosen and ticket is not None:
            return [f"{self._paragraph(ticket)} {self._choices()}"]
        open_now = self.words.many("{n} card is open.", "{n} cards are open.", len(self._known or {}))
        unsent = self.feed.status.unsent
        waiting = self.words.many("{n} command is not sent yet.", "{n} commands are not sent yet.", unsent)
        return [" ".join((self._link_words(), open_now, *([waiting] if unsent else [])))]

    def _choices(self) -> str:
        return self.words("b bump, s start, v void seen, h help.")

    def _done(self, letter: str) -> Iterable[str]:
        letter = {"?": "h"}.get(letter, letter)
        known = next((one for one in LETTERS if one.letter == letter and not self._is_off(one)), None)
        if known is None or letter not in _DOES:
            return [self.words("{letter} is no letter here; h helps", letter=letter)]
        if known.chosen and letter != "f" and self._glass.focus is None:
            return [self.words("choose a card first: type its number")]
        return _DOES[letter](self)

    def _is_off(self, letter: Letter) -> bool:
        return letter.letter == "q" and self.settings.kiosk

    def bump(self) -> Iterable[str]:
        """Done with the card chosen. It is chosen no more: the next b must not be the next card's."""
        said = self.hands.bump_ticket(self._glass.focus or "")
        self._glass.focus = None
        return [said]

    def listing(self) -> Iterable[str]:
        """Every card, first to cook first."""
        cards = [one for one in self._cards() if one.ticket_id in (self._known or {})]
        nothing = self.words("Nothing to hand over.") if self.station == EXPO else self.words("Nothing to cook.")
        return [self._paragraph(one) for one in cards] or [nothing]

    def tallies(self) -> Iterable[str]:
        """How many of each dish are open."""
        rows = open_dishes(self.feed.board, self.station, self._look)
        said = [f"{amount(row)} {row.name}" for row in rows]
        return [f"{self.words('All-day:')} {', '.join(said) or self.words('nothing is open')}."]

    def help(self) -> Iterable[str]:
        """What can be typed."""
        yield self.words("A number: hear that card and choose it. Then a letter; or both at once, like 3 b.")
        yield self.words("Enter alone: how the link stands, how many cards are open.")
        for one in LETTERS:
            if not self._is_off(one):
                yield f"{one.letter}: {self.words(one.does)}"


def _is_void(ticket: Ticket) -> bool:
    return any(not line.live and not line.acked for line in ticket.lines)


_DOES: dict[str, Callable[[Linear], Iterable[str]]] = {
    "b": Linear.bump,
    "s": lambda one: [one.hands.start()],
    "v": lambda one: [one.hands.ack_void()],
    "!": lambda one: [one.hands.rush()],
    "f": lambda one: [one.hands.force()],
    "u": lambda one: [one.hands.undo()],
    "r": lambda one: [one.hands.recall()],
    "l": Linear.listing,
    "a": Linear.tallies,
    "h": Linear.help,
}
"""Every letter but q, which `answer` itself answers."""
