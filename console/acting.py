"""Throwing connections off: whom it is about, the question, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from console.messages import Answered
from console.prompting import Prompting
from console.screens.disconnect import Decision, DisconnectDialog
from console.throwing import Throwing
from heard.contract.ops import ConnectionRow
from heard.errors import HeardError
from heard.text import one_line


class Acting(Prompting, inherit_bindings=False):
    """The keys of those who may act."""

    _throwing: Throwing | None = None
    """The newest decision that was carried out. The next one waits for its last answer: `AT_ONCE` counts them all,
    and Esc can mean one only."""

    def action_step_back(self) -> None:
        """Those whose turn has not come yet are left be, before anything else is stepped out of."""
        if not self.prompt.kind and self._throwing and self._throwing.waits:
            self._throwing.stop()
            self.say(self._throwing.outcome())
        else:
            super().action_step_back()

    def action_mark(self) -> None:
        """The row under the cursor."""
        if self.here == "connections" and self._may_act():
            self.connections.mark()

    def action_mark_all(self) -> None:
        """Every row shown."""
        if self.here == "connections" and self._may_act():
            self.connections.mark_all()

    def action_disconnect(self) -> None:
        """Ask for a reason, then for a word, then throw off: those marked, or the row under the cursor."""
        if not self._may_act():
            return
        if not self.feed.status.live:
            self.say(self.words("nothing can be done now: there is no link to the gateway"))
            return
        if under_way := self.progress():
            self.say(under_way)
            return
        rows = self._meant()
        if rows:
            still = self._connected
            self.push_screen(DisconnectDialog(rows, still, self.look, self.words), partial(self._decided, rows))

    def _meant(self) -> list[ConnectionRow]:
        """Whom a disconnect is about; a sentence if it is nobody."""
        now = self._connected()
        if self.here == "detail" and self.opened[0] == "connections":
            names = [self.opened[1]]
        elif self.here != "connections":
            self.say(self.words("choose a connection first: 2"))
            return []
        elif self.connections.table.marked:
            names = sorted(self.connections.table.marked)
        else:
            row = self.connections.chosen()
            if row is None:
                self.say_choose(self.connections)
                return []
            names = [row.connection]
        meant = [now[name] for name in names if name in now]
        if not meant:
            self.say(self.words("it has left meanwhile"))
        return meant

    def _connected(self) -> Mapping[str, ConnectionRow]:
        return self.feed.picture.connections

    def _may_act(self) -> bool:
        if not self.feed.may_act:
            role = one_line(self.feed.status.role or "?", limit=20)
            self.say(self.words("READ ONLY: role {role} looks and does not act", role=role))
        return self.feed.may_act

    def _decided(self, rows: list[ConnectionRow], decision: Decision | None) -> None:
        if decision is None:
            self.say(self.words("nothing was done"))
            return
        names = {row.connection: one_line(row.subject, limit=40) or row.connection for row in rows}
        asked = {one: names[one] for one in decision.connections}
        self._throwing = Throwing(asked, decision.reason, decision.code, self.words)
        self._throw(self._throwing)

    def progress(self) -> str:
        """How far a decision is that is not carried out yet."""
        return self._throwing.outcome() if self._throwing and self._throwing.goes_on else ""

    def _throw(self, throwing: Throwing) -> None:
        few = throwing.next_few(self._connected())
        self.say(throwing.outcome())
        for one in few:
            self.feed.disconnect(one, throwing.reason, throwing.code, partial(self._answer, throwing, one))

    def _answer(self, throwing: Throwing, connection: str, error: HeardError | None) -> None:
        """Called from the feed's thread."""
        self.post_message(Answered(throwing, connection, error))

    def on_answered(self, answered: Answered) -> None:
        """Say what it came to, all that were asked for in one sentence, and go on. Who was refused stays marked."""
        answered.throwing.note(answered.connection, answered.error)
        if answered.error is None:
            self.connections.table.marked.discard(answered.connection)
        self._throw(answered.throwing)
        self.look_again()
