"""Somebody who watches a station's screen: when each ticket was first on the glass, and whether all its words were."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from heard.kitchen.tickets import Ticket
from heard.text import one_line
from kds.app import KdsApp


@dataclass(slots=True)
class Watcher:
    """Reads rendered lines only: what is not in them was not shown."""

    app: KdsApp
    first_seen: dict[str, float] = field(default_factory=dict)
    """Ticket id → Unix time in s of the frame that first had its header line."""
    whole: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    _unread: dict[str, set[str]] = field(default_factory=dict)

    def painted(self, news: Mapping[str, float]) -> None:
        """New header lines were rendered, at these monotonic times."""
        skew = time.time() - time.monotonic()
        for ticket_id, at in news.items():
            self.first_seen.setdefault(ticket_id, at + skew)
            ticket = self.app.feed.board.tickets.get(ticket_id)
            if ticket is not None and ticket_id not in self.whole:
                self._unread.setdefault(ticket_id, _words(ticket))
        self.read()

    def read(self) -> None:
        """Tick off the words that are on the glass now, and look for what stands there twice."""
        for ticket_id, unread in list(self._unread.items()):
            # The card's own cells: that the same dish stands on another card proves nothing.
            text = " ".join(self.app.shown_of(ticket_id))
            self._unread[ticket_id] = {word for word in unread if word not in text}
            if not self._unread[ticket_id]:
                del self._unread[ticket_id]
                self.whole.add(ticket_id)
        self._look_for_doubles(self.app.shown())

    def _look_for_doubles(self, lines: list[str]) -> None:
        """Two cards of one order on one wall; a continued card says so and does not count."""
        labels = {ticket.label: ticket.ticket_id for ticket in self.app.feed.board.at(self.app.station)}
        heads = Counter(
            word
            for line in lines
            if "CONTINUED" not in line
            for word in line.replace("│", " ").split()
            if word in labels
        )
        self.twice |= {labels[label] for label, count in heads.items() if count > 1}


def _words(ticket: Ticket) -> set[str]:
    """What must be read: the number, and every word of every item's name, choices and notes."""
    items = [line.item for line in ticket.lines]
    said = [item.name for item in items]
    said += [choice.name for item in items for choice in item.modifiers]
    said += [note.text for item in items for note in item.notes]
    return {ticket.label, *(word for text in said for word in one_line(text).split())}
