"""Recently done: the station's done tickets, newest first, each to be looked at or brought back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from heard.kitchen.board import Board
from heard.kitchen.tickets import Ticket
from heard.text import clip, one_line
from heard.ui.ages import age_text, clock_text
from heard.ui.deeds import Deed
from heard.ui.spans import Row, Span
from kds.bars import done_at
from kds.desk import Desk
from kds.recently import made, recently_done, took
from kds.screens.listing import LEAD, Entry, Listing, columns
from kds.screens.over import headline

LABEL, DONE, TOOK, BY = 8, 6, 7, 14
WIDE = 60
"""From here on there is room for who it was."""


class Recent(Listing):
    """Everything of this service day that can still be recalled."""

    opened_by: ClassVar[str] = "recent"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._made: list[Entry] = []
        self._who: dict[str, str] = {}
        """Who did the last of each, as far as this screen was there."""
        self._made_of: tuple[Board, str, int] | None = None

    def head(self, room: int) -> Sequence[Row]:
        """Whose, and what the columns are."""
        words = self.words
        parts = [(words("ticket"), "panel.dim", LABEL), (words("done"), "panel.dim", DONE),
                 (words("took"), "panel.dim", TOOK)]  # fmt: skip
        if room >= WIDE and self._who:
            parts.append((words("by"), "panel.dim", BY))
        parts.append((words("what"), "panel.dim", 0))
        return [
            headline(words("Recently done at {station}", station=self.desk.glass.station), room),
            (Span("    ", "panel.dim"), *columns(parts, room - 4)),
        ]

    def entries(self, room: int) -> Sequence[Entry]:
        """A line for each; they are the same ones until the board is another."""
        made_of = (self.desk.feed.board, self.desk.glass.station, room)
        if self._made_of is None or self._made_of[0] is not made_of[0] or self._made_of[1:] != made_of[1:]:
            self._made_of = made_of
            tickets = list(recently_done(*made_of[:2]))
            found = ((one.ticket_id, one_line(self.desk.feed.done_by(one.ticket_id) or "")) for one in tickets)
            self._who = {ticket_id: who for ticket_id, who in found if who}
            self._made = [Entry(ticket.ticket_id, partial(self._rows, ticket, room)) for ticket in tickets]
        return self._made

    def _rows(self, ticket: Ticket, room: int) -> Iterator[Row]:
        done = done_at(ticket)
        parts = [
            (one_line(ticket.label), "card.name", LABEL),
            (clock_text(done, self.desk.zone) if done else "", "panel.text", DONE),
            (age_text(lasted) if (lasted := took(ticket)) is not None else "", "panel.text", TOOK),
        ]
        if room >= WIDE - LEAD and self._who:
            parts.append((clip(self._who.get(ticket.ticket_id, "-"), BY - 2), "card.word", BY))
        yield columns([*parts, (made(ticket, self.desk.glass.look), "panel.text", 0)], room)

    def empty(self) -> str:
        """Nothing yet."""
        return self.words("Nothing was done here today.")

    def does(self) -> str:
        """Enter."""
        return self.words("recall")

    def more_keys(self) -> Sequence[Span]:
        """Looking at it."""
        return [self.key("detail", self.words("order"))]

    def act(self, entry: str) -> str | None:
        """Bring it back, and let the wall show it."""
        self.leave()
        return self.desk.hands.recall_ticket(entry)

    def deed(self, deed: Deed) -> None:
        """The recall key does what Enter does; the order can be looked at."""
        if deed.id in ("recall", "detail") and self.chosen is None and self._made:
            self.did(self.words("choose one first"))
            return
        if deed.id == "recall" and self.chosen is not None:
            self._bump()
        elif deed.id == "detail" and (ticket := self.desk.feed.board.tickets.get(self.chosen or "")):
            from kds.screens.detail import Detail

            self.station_app.push(Detail(self.desk, ticket.order_id))
        else:
            super().deed(deed)
