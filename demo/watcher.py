"""Somebody who watches a station's screen: when each ticket was first on the glass, and which of its words were."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from demo.reading import Reading, missing, of_header, of_item, of_void
from heard.kitchen.tickets import HELD, Ticket
from kds.app import KdsApp


@dataclass(slots=True)
class Watcher:
    """Reads rendered lines only: what is not in them was not shown."""

    app: KdsApp
    first_seen: dict[str, float] = field(default_factory=dict)
    """Ticket id → Unix time in s of the frame that first had its header line."""
    read_of: defaultdict[str, set[Reading]] = field(default_factory=lambda: defaultdict(set))
    """Ticket id → what of it was read, each line as it stood then."""
    twice: set[str] = field(default_factory=set)
    _unread: dict[tuple[str, Reading], frozenset[str]] = field(default_factory=dict)
    _settled: dict[str, Ticket] = field(default_factory=dict)
    """Tickets of which nothing is left to read, as they stood then."""

    def painted(self, news: Mapping[str, float]) -> None:
        """New header lines were rendered, at these monotonic times."""
        skew = time.time() - time.monotonic()
        for ticket_id, at in news.items():
            self.first_seen.setdefault(ticket_id, at + skew)
        self.read()

    def read(self) -> None:
        """Tick off the words that are on the glass now, and look for what stands there twice."""
        for ticket_id in self.first_seen:
            ticket = self.app.feed.board.tickets.get(ticket_id)
            if ticket is not None and self._settled.get(ticket_id) is not ticket and self._reads(ticket):
                self._settled[ticket_id] = ticket
        self._look_for_doubles(self.app.shown())

    def _reads(self, ticket: Ticket) -> bool:
        """Whether all of it is read now."""
        # The card's own cells: that the same dish stands on another card proves nothing.
        lines, read = self.app.shown_of(ticket.ticket_id), self.read_of[ticket.ticket_id]
        wanted = list(readings(ticket))
        voids = sum(one.void for one in wanted)
        for one in wanted:
            if one not in read:
                left = missing(one, self._unread.get((ticket.ticket_id, one), one.words), lines, voids)
                self._unread[ticket.ticket_id, one] = left
                if not left:
                    del self._unread[ticket.ticket_id, one]
                    read.add(one)
        return all(one in read for one in wanted)

    def sees(self, ticket: Ticket) -> bool:
        """Whether everything that this card says has been read."""
        return ticket.ticket_id in self.first_seen and all(
            one in self.read_of[ticket.ticket_id] for one in readings(ticket)
        )

    @property
    def whole(self) -> set[str]:
        """The tickets of which everything has been read."""
        tickets = self.app.feed.board.tickets
        return {one for one in self.first_seen if one in tickets and self.sees(tickets[one])}

    def _look_for_doubles(self, lines: list[str]) -> None:
        """Two cards of one order on one wall; one that goes on in another column says so, and a ghost is no card."""
        labels = {ticket.label: ticket.ticket_id for ticket in self.app.feed.board.at(self.app.station)}
        heads = Counter(
            word for line in lines for word, after in pairwise([*line.replace("│", " ").split(), ""])
            if word in labels and after not in _NO_CARD
        )  # fmt: skip
        self.twice |= {labels[label] for label, count in heads.items() if count > 1}


_NO_CARD = frozenset({"CONTINUED", "BUMPED", "HELD", "GONE", "VOID"})
"""What stands after the number in the head of a part of a card, or of where a card was."""


def readings(ticket: Ticket) -> Iterator[Reading]:
    """What the card of a ticket says: held lines at the pass alone, what is off until that was acknowledged."""
    yield of_header(ticket.header)
    for line in ticket.lines:
        if not line.live:
            if not line.acked:
                yield of_void(line.item)
        elif ticket.is_expo or line.state is not HELD:
            yield of_item(line.item)
