"""The console in lines: for screen readers, terminals that only print, and pipes.

A paragraph tells how the store stands, every minute and whenever Enter is pressed; what is asked for is typed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from console.bars import STALE_S
from console.columns import (
    Column,
    closed_columns,
    connection_columns,
    error_columns,
    number_text,
)
from console.feed import Feed
from console.figures import error_rows, latency_of_all
from console.filters import Fault, read_filter
from console.throwing import LEAST_REASON, MAX_REASON, says_too_little
from console.troubles import Ranks, alerts, stands
from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState
from heard.contract.ops import ConnectionRow
from heard.errors import HeardError
from heard.text import one_line
from heard.ui.conversation import converse
from heard.ui.words import ENGLISH, Words, later

EVERY_S = 60.0
"""A status by itself this often."""
AT_ONCE = 50
"""Connections read out; of more only how many there are."""
NEWEST = 20
"""Of those who left, and of refusals."""
CALM = ("user", "role", "station", "device", "since", "rtt")
"""Columns told of every connection; of the others only what is wrong."""

HELP: tuple[tuple[str, str], ...] = (
    ("list [filter]", later("connections, the worst first; a filter like role:kitchen rtt>100")),
    ("show N", later("everything about one of them")),
    ("disconnect N reason", later("throw it off; the reason is told there, and you are asked again")),
    ("errors", later("what was refused")),
    ("closed", later("who left, and why")),
    ("status", later("how the store stands; Enter does the same")),
    ("help", later("this")),
    ("quit", later("leave")),
)


class Linear:
    """What to say, and what to do with what was typed; kept without any terminal."""

    def __init__(
        self, feed: Feed, *, clock: Clock | None = None, words: Words = ENGLISH, every_s: float = EVERY_S
    ) -> None:
        self.feed, self.words, self.every_s = feed, words, every_s
        self.clock = clock or SystemClock()
        self._columns = connection_columns(words)
        self._ranks = Ranks(self._columns)
        self._numbers: dict[int, str] = {}
        """Number → connection, as they were last listed; a number never becomes another connection's."""
        self._last_number = 0
        self._asked: tuple[str, str] | None = None
        """The connection and the reason of a disconnect that waits for a yes."""
        self._answers: deque[str] = deque()
        self._told_at: float | None = None
        self._link: LinkState | None = None
        self._sampled: tuple[object, float] = (None, 0.0)

    # ── What is new ───────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> list[str]:
        """The link when it changes, answers when they come, a status from time to time."""
        mono, said = self.clock.monotonic(), []
        if self.feed.picture.sample is not self._sampled[0]:
            self._sampled = (self.feed.picture.sample, mono)
        while self._answers:
            said.append(self._answers.popleft())
        state = self._standing()
        if state is not self._link:
            self._link = state
            self._told_at = mono
            said.append(self.status())
        elif self._told_at is not None and mono - self._told_at >= self.every_s:
            self._told_at = mono
            said.append(self.status())
        return said

    def _standing(self) -> LinkState:
        """Every try to come back is not worth a line."""
        state = stands(self.feed.status)
        trying = state is LinkState.CATCHING_UP or (state is LinkState.CONNECTING and self._link is LinkState.OFFLINE)
        return (self._link or LinkState.CONNECTING) if trying else state

    def status(self) -> str:
        """How the store stands, in one paragraph, what is wrong first."""
        picture, words = self.feed.picture, self.words
        self._ranks.take(picture.connections)
        troubles = alerts(picture, self._ranks, self.feed.status, silent_s=self._silent(), words=words)
        parts = [f"{one_line(self.feed.store)}: {self._link_words()}"]
        parts += ["! " * (one.level > 1) + one.sentence for one in troubles]
        if picture.at is None:
            return ". ".join(parts) + "."  # of a store that was never seen there is nothing more to tell
        parts += [] if troubles else [words("nothing is wrong")]
        parts.append(words.many("{n} connection", "{n} connections", len(picture.connections)))
        parts += self._rates()
        return ". ".join(part for part in parts if part) + "."

    def _silent(self) -> float | None:
        silent = self.clock.monotonic() - self._sampled[1]
        return silent if self._sampled[0] is not None and silent > STALE_S and self.feed.status.live else None

    def _link_words(self) -> str:
        status, words = self.feed.status, self.words
        if status.live:
            return words("live")
        said = {
            LinkState.CONNECTING: words("connecting"),
            LinkState.CATCHING_UP: words("catching up"),
            LinkState.REFUSED: words("the gateway refuses this console"),
        }.get(stands(status), words("offline"))
        return f"{said}, {one_line(status.reason)}" if status.reason and status.state is LinkState.REFUSED else said

    def _rates(self) -> Iterator[str]:
        points = self.feed.picture.seconds[-1:]
        for point in points:
            yield self.words(
                "{came} in and {went} out a second, {errors} refused",
                came=number_text(point.in_per_s), went=number_text(point.out_per_s),
                errors=number_text(point.errors_per_s),
            )  # fmt: skip
        answers = latency_of_all(self.feed.picture, 60)
        if answers is not None and answers.p99 is not None:
            yield self.words("answers p99 {ms} ms", ms=number_text(answers.p99))

    # ── What was typed ────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, typed: str) -> list[str] | None:
        """What a line comes to; None: leave. While a disconnect waits for its yes, anything else means no."""
        asked, self._asked = self._asked, None
        if asked is not None:
            return self._decided(asked, typed)
        verb, _, rest = typed.strip().partition(" ")
        if not verb:
            return self._status_now()
        found = [name for name in _DOES if name.startswith(verb.casefold())]
        if len(found) != 1 and verb.casefold() not in _DOES:
            known = ", ".join(_DOES)
            return [
                self.words("there is no command {name}; there are {names}", name=one_line(verb, limit=40), names=known)
            ]
        name = verb.casefold() if verb.casefold() in _DOES else found[0]
        rest = rest.strip()
        if rest and name not in _ABOUT:
            return [self.words("{name} takes no word and no number; help tells what can be typed", name=name)]
        if name == "quit":
            return None
        return [one_line(said) for said in _DOES[name](self, rest)]

    def _status_now(self, _: str = "") -> list[str]:
        self._told_at = self.clock.monotonic()
        return [self.status()]

    def listing(self, text: str) -> Iterable[str]:
        """The connections that match, numbered, the worst first."""
        wanted = read_filter(text, self._columns, self.words)
        if isinstance(wanted, Fault):
            return [self.words("filter, at character {n}: {why}", n=wanted.at + 1, why=wanted.sentence)]
        self._ranks.take(self.feed.picture.connections)
        rows = wanted.keep(self._ranks.rows, self.feed.now())
        said = [self._row(row) for row in rows[:AT_ONCE]]
        if len(rows) > AT_ONCE:
            said.append(self.words("and {n} more", n=len(rows) - AT_ONCE))
        return said or [self.words("No connection matches.") if text else self.words("Nobody is connected.")]

    def _row(self, row: ConnectionRow) -> str:
        now = self.feed.now()
        wrong = {column.id for column in self._columns if column.level(row, now)}
        told = [
            _cell(one, row, now, alarm=one.id in wrong) for one in self._columns if one.id in wrong or one.id in CALM
        ]
        return f"{self._number(row.connection)}: {', '.join(one for one in told if one)}"

    def _number(self, connection: str) -> int:
        known = next((number for number, one in self._numbers.items() if one == connection), None)
        if known is not None:
            return known
        here = self.feed.picture.connections
        self._numbers = {number: one for number, one in self._numbers.items() if one in here}
        self._last_number += 1
        self._numbers[self._last_number] = connection
        return self._last_number

    def show(self, text: str) -> Iterable[str]:
        """Every column of one connection."""
        row = self._chosen(text)
        if isinstance(row, str):
            return [row]
        now = self.feed.now()
        cells = [_cell(one, row, now, alarm=bool(one.level(row, now))) for one in self._columns]
        return [f"{text}: {', '.join(cell for cell in cells if cell)}"]

    def _chosen(self, text: str) -> ConnectionRow | str:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
        connection = self._numbers.get(number)
        if connection is None:
            return self.words("no connection has number {number}; list numbers them", number=one_line(text, limit=20))
        return self.feed.picture.connections.get(connection) or self.words("it has left meanwhile")

    def disconnect(self, text: str) -> Iterable[str]:
        """Ask before throwing one off."""
        number, _, reason = text.partition(" ")
        reason = one_line(reason, limit=MAX_REASON)
        row = self._chosen(number)
        if isinstance(row, str):
            return [row]
        if not self.feed.may_act:
            return [self.words("READ ONLY: role {role} looks and does not act", role=self.feed.status.role or "?")]
        if not self.feed.status.live:
            return [self.words("nothing can be done now: there is no link to the gateway")]
        if says_too_little(reason):
            return [self.words("A reason first, in at least {n} letters.", n=LEAST_REASON)]
        self._asked = (row.connection, reason)
        ask = self.words("Type {yes}, then Enter, to throw it off; anything else leaves it be.", yes=self.words("yes"))
        return [f"{self._row(row)}. {self.words('reason')}: {reason}. {ask}"]

    def _decided(self, asked: tuple[str, str], typed: str) -> list[str]:
        connection, reason = asked
        if typed.strip().casefold() not in ("yes", self.words("yes").casefold()):
            return [self.words("nothing was done")]
        row = self.feed.picture.connections.get(connection)
        if row is None:
            return [self.words("it has left meanwhile")]
        who = one_line(row.subject)
        self.feed.disconnect(connection, reason, on_answer=lambda no: self._answered(who, no))
        return list(self._drained())

    def _drained(self) -> Iterator[str]:
        while self._answers:
            yield self._answers.popleft()

    def _answered(self, who: str, no: HeardError | None) -> None:
        """From the feed's thread."""
        said = (
            self.words("thrown off: {who}", who=who)
            if no is None
            else self.words("refused: {who}", who=f"{who}: {no.message}")
        )
        self._answers.append(one_line(said))
        if self.feed.on_change is not None:
            self.feed.on_change()

    def errors(self, _: str) -> Iterable[str]:
        """What was refused, by kind."""
        rows = error_rows(self.feed.picture)
        return self._table(rows, error_columns(self.words)) or [
            self.words("Nothing was refused since the gateway started.")
        ]

    def closed(self, _: str) -> Iterable[str]:
        """Who left, the newest first."""
        return self._table(self.feed.picture.closed, closed_columns(self.words)) or [
            self.words("No connection has ended yet.")
        ]

    def _table(self, rows: Sequence[Any], columns: Sequence[Column[Any]]) -> list[str]:
        now = self.feed.now()
        said = [
            ", ".join(cell for one in columns if (cell := _cell(one, row, now, alarm=False))) for row in rows[:NEWEST]
        ]
        return said + ([self.words("and {n} more", n=len(rows) - NEWEST)] if len(rows) > NEWEST else [])

    def help(self, _: str) -> Iterable[str]:
        """What can be typed."""
        return [f"{typed}: {self.words(does)}" for typed, does in HELP]


def _cell(column: Column[Any], row: Any, now: Any, *, alarm: bool) -> str:
    said = column.show(row, now)
    if said in ("", "-"):
        return ""
    return f"{'! ' if alarm else ''}{column.title} {said}"


_DOES: dict[str, Callable[[Linear, str], Iterable[str]]] = {
    "list": Linear.listing,
    "show": Linear.show,
    "disconnect": Linear.disconnect,
    "errors": Linear.errors,
    "closed": Linear.closed,
    "status": Linear._status_now,  # noqa: SLF001 - its own
    "help": Linear.help,
    "quit": Linear.help,
}
"""`quit` is answered by `answer` itself."""
_ABOUT = frozenset({"list", "show", "disconnect"})
"""Those that take words; behind the others they mean nothing, and what means nothing is not done."""


def run(feed: Feed, words: Words = ENGLISH, first: Sequence[str] = ()) -> int:
    """The conversation, until it is left; the exit code."""
    return converse(Linear(feed, words=words), feed, first)
