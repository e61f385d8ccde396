"""What is read out when it is asked for: all-day, what was done, an order whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from itertools import islice

from heard.kitchen.board import Board
from heard.kitchen.tickets import Ticket
from heard.text import one_line
from heard.ui.ages import clock_text
from heard.ui.words import Words
from kds.bars import done_at
from kds.dishes import alarm, details, dish, remark
from kds.feed import Feed
from kds.items import amount_of
from kds.look import Look
from kds.recently import made, recently_done, took
from kds.spoken.card import ENDLESS, minutes, read, stands
from kds.tallies import open_dishes

AT_ONCE = 10
"""Cards of the list of those that are done, in one breath."""


def tallies(board: Board, station: str, look: Look, *, with_choices: bool) -> str:
    """How many of each dish are open."""
    rows = open_dishes(board, station, look, with_choices=with_choices)
    said = [f"{amount_of(row)} {row.name}" + (f" ({', '.join(row.choices)})" if row.choices else "") for row in rows]
    return f"{look.words('All-day:')} {', '.join(said) or look.words('nothing is open')}."


def order(board: Board, ticket: Ticket, look: Look) -> Iterator[str]:
    """An order whole: every item at every station."""
    words = look.words
    yield words("Order {label}:", label=ticket.label)
    for one in ticket.header.allergies:
        yield ", ".join(read(row) for row in alarm(one, ENDLESS, words))
    for note in ticket.header.notes:
        yield ", ".join(read(row) for row in remark(note.text, ENDLESS))
    told: set[str] = set()
    for mine in sorted(board.of_order(ticket.order_id), key=lambda one: not one.is_expo):
        for line in mine.lines:
            if line.item_id in told:
                continue
            told.add(line.item_id)
            said = [f"{amount_of(line.item)} {dish(line.item, look)}"]
            said += [read(row) for row in details(line.item, ENDLESS, look)]
            said += [stands(board, mine, line, words) if line.live else words("VOID")]
            yield f"{', '.join(part for part in said if part)}."


class DoneList:
    """What was done at a station, as it was last read out: a number stays the same card's until it is read anew."""

    def __init__(self, feed: Feed, words: Words) -> None:
        self._feed, self._words = feed, words
        self._numbers: dict[int, str] = {}

    def numbered(self, number: int) -> Ticket | None:
        """The card that was read out with this number."""
        return self._feed.board.tickets.get(self._numbers.get(number, ""))

    def forget(self) -> None:
        """Another station is looked at."""
        self._numbers = {}

    def read(self, station: str, look: Look, zone: tzinfo, *, on: bool) -> Iterator[str]:
        """The newest ones; where it goes `on`, those before the ones that were read."""
        words = self._words
        before = self._numbers if on else {}
        found = [one for one in recently_done(self._feed.board, station) if one.ticket_id not in before.values()]
        if not found and not before:
            yield words("Nothing was done here today.")
            return
        self._numbers = dict(before)
        for ticket in islice(found, AT_ONCE):
            number = len(self._numbers) + 1
            self._numbers[number] = ticket.ticket_id
            yield f"d{number}: {self._said(ticket, look, zone)}"
        if (left := len(found) - AT_ONCE) > 0:
            yield words.many("And {n} more; d goes on.", "And {n} more; d goes on.", left)
        else:
            yield words("That is all; d1 r brings the first one back.")

    def _said(self, ticket: Ticket, look: Look, zone: tzinfo) -> str:
        words = self._words
        done, lasted = done_at(ticket), took(ticket)
        at = "" if done is None else words("done {time}", time=clock_text(done, zone))
        after = "" if lasted is None else words("after {age}", age=minutes(lasted, words))
        who = one_line(self._feed.done_by(ticket.ticket_id) or "")
        head = ", ".join(part for part in (ticket.label, at, after, who) if part)
        return f"{head}: {made(ticket, look)}."
