"""What the gateway refused after it was done here: each stays until a person has put it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from heard.client.outbox import Refusal
from heard.ui.ages import clock_text
from heard.ui.deeds import Deed, first_key
from heard.ui.spans import Row, Span, folded
from kds.bars import refusal_words
from kds.screens.listing import Entry, Listing
from kds.screens.over import headline

SURE_S = 3.0
"""How long putting all of them away waits for the second press."""


class Refusals(Listing):
    """Oldest first, each with what was asked for, when, and why not."""

    opened_by: ClassVar[str] = "refusals"
    _sure_of: tuple[frozenset[str], float] = (frozenset(), float("-inf"))
    """What the second press puts away, and until when."""

    def head(self, room: int) -> Sequence[Row]:
        """How many."""
        said = self.words.many("{n} refused by the gateway", "{n} refused by the gateway", len(self.desk.feed.refusals))
        return [headline(said, room)]

    def entries(self, room: int) -> Sequence[Entry]:
        """Each with its words whole."""
        return [Entry(one.command_id, partial(self._rows, one, room)) for one in self.desk.feed.refusals]

    def _rows(self, refusal: Refusal, room: int) -> Sequence[Row]:
        first = (Span(f"{self._time(refusal.at)}  {self._asked(refusal.name)}  ", "panel.dim"),)
        return folded(refusal_words(refusal, self.desk.feed.board, 0, self.words), "panel.text", room, first=first)

    def _time(self, at: str) -> str:
        return clock_text(datetime.fromisoformat(at), self.desk.zone)

    def _asked(self, name: str) -> str:
        words = self.words
        said = {
            "kds:bump": words("bump"), "kds:start": words("start"), "kds:undo": words("undo"),
            "kds:recall": words("recall"), "kds:hold": words("hold"), "kds:fire": words("fire"),
            "kds:rush": words("rush"), "kds:ack_void": words("void seen"),
        }  # fmt: skip
        return said.get(name, name)

    def empty(self) -> str:
        """All is well."""
        return self.words("Nothing was refused.")

    def does(self) -> str:
        """Enter."""
        return self.words("put away")

    def more_keys(self) -> Sequence[Span]:
        """All at once."""
        return [self.key("void", self.words("all of them"))]

    def act(self, entry: str) -> str | None:
        """Seen."""
        self.desk.feed.dismiss(entry)
        self._step(1)
        return ""

    def deed(self, deed: Deed) -> None:
        """All of them: twice within some seconds, so that nobody does it by mistake."""
        if deed.id != "void":
            super().deed(deed)
            return
        mono, waiting = self.desk.clock.monotonic(), [one.command_id for one in self.desk.feed.refusals]
        fingers = self.desk.hands.fingers
        if not waiting or fingers.dead("void", mono):
            return
        fingers.bumped("void", mono)
        (sure, until), self._sure_of = self._sure_of, (frozenset(waiting), mono + SURE_S)
        if mono >= until:
            key = first_key(self.desk.deeds, "void")
            n = len(waiting)
            self.did(self.words.many("{key} again puts {n} away", "{key} again puts all {n} away", n, key=key))
            return
        for command_id in sure:  # what came in between nobody has read
            self.desk.feed.dismiss(command_id)
        self._sure_of = (frozenset(), float("-inf"))
        self.did("")
