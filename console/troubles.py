"""What is wrong: how each connection fares, and what an operator must be told first, in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from console.columns import Column, connection_columns, ms_text, shown
from console.figures import quantile
from console.missing import Gone, Missing
from console.picture import Picture
from console.samples import Point, together
from heard.client.status import LinkState, LinkStatus
from heard.contract.ops import ConnectionRow
from heard.text import one_line
from heard.ui.ages import short_age
from heard.ui.words import ENGLISH, Words, later

_FIGURES = {
    "rtt": "rtt_ms",
    "queue": "queue_bytes",
    "oldest": "oldest_ms",
    "lag": "lag",
    "unsent": "unsent",
    "key": "key_ms_p99",
}
"""Columns whose warnings are trouble → their fields; those of the others are history."""
_SILENT = ("off", "muted")
LATELY = 60
"""Samples that count as lately."""
SLOW_ANSWERS_MS = 250.0
SLOW_COMMIT_MS = 100.0
SLOW_LOOP_MS = 100.0
BUSY_CPU = 0.9
MANY_REFUSALS = 10
MANY_DROPS = 5
NAMED = 3
"""How many are named before the rest is counted."""
_ANY = datetime.min.replace(tzinfo=UTC)
"""For columns that do not count time: any moment will do."""
_KINDS = (
    ("queue", later("{n} client reads too slowly: {who}"), later("{n} clients read too slowly: {who}")),
    ("oldest", later("{n} client has waited for its news, in ms: {who}"),
     later("{n} clients have waited for their news, in ms: {who}")),
    ("unsent", later("{n} outbox holds commands not sent: {who}"),
     later("{n} outboxes hold commands not sent: {who}")),
    ("lag", later("{n} screen is stale, by events: {who}"), later("{n} screens are stale, by events: {who}")),
    ("rtt", later("{n} slow line, round trip in ms: {who}"), later("{n} slow lines, round trip in ms: {who}")),
    ("key", later("{n} screen answers keys slowly, p99 in ms: {who}"),
     later("{n} screens answer keys slowly, p99 in ms: {who}")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at: 1 a warning, 2 wrong."""

    level: int
    sentence: str


class Ranks:
    """The connections, those in trouble first. Thousands of rows change in a second: one pass finds the few."""

    def __init__(self, columns: Iterable[Column[ConnectionRow]]) -> None:
        limits = {column.id: column for column in columns}
        self._warn = {name: _or_never(limits[name].warn) for name in _FIGURES}
        self._bad = {name: _or_never(limits[name].bad) for name in _FIGURES}
        self._names: list[str] = []
        """Every connection's id, by name."""
        self._levels: dict[str, int] = {}
        self._of: Mapping[str, ConnectionRow] | None = None
        self.missing = Missing()
        """Those who should be among them."""
        self.rows: tuple[ConnectionRow, ...] = ()
        """In order."""
        self.troubled: tuple[ConnectionRow, ...] = ()
        """Those in trouble, the worst first."""

    def take(self, connections: Mapping[str, ConnectionRow]) -> None:
        """Other connections."""
        if connections is self._of:
            return
        self._of = connections
        rows = self._by_name(connections)
        found = self._suspects(rows)
        worst = sorted(found, key=self._severity)  # stable: by name among equals
        self._levels = {row.connection: self._level(row) for row in found}
        levels = self._levels
        self.troubled = tuple(worst)
        self.rows = (*worst, *[row for row in rows if row.connection not in levels]) if worst else tuple(rows)

    def level(self, row: ConnectionRow) -> int:
        """0, 1 (look at it) or 2 (something is wrong)."""
        return self._levels.get(row.connection, 0)

    def _by_name(self, connections: Mapping[str, ConnectionRow]) -> list[ConnectionRow]:
        """Sorted anew only when somebody came or went."""
        if len(connections) == len(self._names):
            with contextlib.suppress(KeyError):
                return [connections[name] for name in self._names]
        rows = sorted(connections.values(), key=lambda row: (row.subject, row.connection))
        self._names = [row.connection for row in rows]
        return rows

    def _suspects(self, rows: Iterable[ConnectionRow]) -> list[ConnectionRow]:
        warn = self._warn
        rtt, queue, oldest = warn["rtt"], warn["queue"], warn["oldest"]
        lag, unsent, key = warn["lag"], warn["unsent"], warn["key"]
        return [
            row
            for row in rows
            if (row.queue_bytes >= queue)
            or (row.lag or 0) >= lag
            or (row.unsent or 0) >= unsent
            or (row.rtt_ms or 0) >= rtt
            or (row.oldest_ms or 0) >= oldest
            or (row.key_ms_p99 or 0) >= key
            or row.sound in _SILENT
        ]

    def _severity(self, row: ConnectionRow) -> tuple[int, int]:
        wrong = (row.sound == "off") + self._over(row, self._bad)
        return -wrong, -self._over(row, self._warn)

    def _level(self, row: ConnectionRow) -> int:
        return 2 if self._severity(row)[0] else 1

    def _over(self, row: ConnectionRow, limits: Mapping[str, float]) -> int:
        return sum((getattr(row, field) or 0) >= limits[name] for name, field in _FIGURES.items())


def _or_never(limit: float | None) -> float:
    return inf if limit is None else limit


def alerts(
    picture: Picture, ranks: Ranks, status: LinkStatus, *, silent_s: float | None, words: Words = ENGLISH
) -> tuple[Alert, ...]:
    """What is wrong, the worst first. `silent_s`: how long no sample came, if that is too long."""
    told = [
        *_link(status, picture, words),
        *([Alert(2, words("no sample for {age}: these figures are old", age=short_age(silent_s)))] if silent_s else []),
        *_health(picture, words),
        *_gone(ranks.missing.of(picture), words),
        *_clients(ranks.troubled, words),
        *_gateway(picture.seconds[-LATELY:], picture, words),
    ]
    return tuple(sorted(told, key=lambda one: -one.level))


def stands(status: LinkStatus) -> LinkState:
    """Where the link stands; before its first try it is no more offline than the store is."""
    untried = status.state is LinkState.OFFLINE and not status.attempt and not status.reason and not status.last_heard
    return LinkState.CONNECTING if untried else status.state


def _link(status: LinkStatus, picture: Picture, words: Words) -> list[Alert]:
    if status.live or status.state is LinkState.CATCHING_UP:
        return []
    reason, seen = one_line(status.reason or "", limit=200), picture.at is not None
    if stands(status) is LinkState.CONNECTING and not seen:
        return []  # nothing is wrong yet with what was only just begun
    sentence = words("no link to the gateway; what is shown is how it was") if seen else words("no link to the gateway")
    return [Alert(2, f"{sentence}: {reason}" if reason else sentence)]


def _health(picture: Picture, words: Words) -> list[Alert]:
    health = picture.sample.health if picture.sample else {}
    return [
        Alert(2, words("{name}: {fault}", name=one_line(name, limit=60), fault=one_line(fault, limit=200)))
        for name, fault in sorted(health.items())
        if fault != "ok"
    ]


def _gone(gone: Sequence[Gone], words: Words) -> list[Alert]:
    """A kitchen waits for whoever stands where nobody is now; elsewhere somebody stands in."""
    said, alone = [], [one for one in gone if one.deserted]
    if alone:
        places = _who([(place, "") for place in dict.fromkeys(place for one in alone for place in one.deserted)], words)
        who = _who([_departed(one, words) for one in alone], words)
        said.append(Alert(2, words("nobody at {places}; gone: {who}", places=places, who=who)))
    if others := [_departed(one, words) for one in gone if not one.deserted]:
        said.append(Alert(1, words("gone: {who}", who=_who(others, words))))
    return said


def _departed(one: Gone, words: Words) -> tuple[str, str]:
    places, code = (one_line(text, limit=40) for text in (" ".join(one.places), one.row.code))
    ago = words("{code} {age} ago", code=code, age=short_age(one.ago.total_seconds()))
    return _whose(one.row.subject, one.row.device), f"({places}) {ago}"


def _whose(subject: str, device: str | None) -> str:
    """Whose it is, and on which device where the name alone does not tell."""
    name, where = one_line(subject, limit=40), one_line(device or "", limit=40)
    return f"{name}/{where}" if where and where != name else name


def _clients(rows: Sequence[ConnectionRow], words: Words) -> list[Alert]:
    """One sentence for each kind of trouble, with the names of those that have it worst."""
    columns = {column.id: column for column in connection_columns()}
    said = []
    for name, one, more in _KINDS:
        column = columns[name]
        having = [one for one in _having(rows, column) if name != "oldest" or not one[1].queue_bytes]
        if having:
            who = _who([(row.subject, shown(value, column.kind)) for value, row in having], words)
            level = 2 if having[0][0] >= _or_never(column.bad) else 1
            said.append(Alert(level, words.many(one, more, len(having), who=who)))
    if off := [(row.subject, "") for row in rows if row.sound == "off"]:
        said.append(Alert(2, words("sound is off: {who}", who=_who(off, words))))
    return said


def _having(rows: Sequence[ConnectionRow], column: Column[ConnectionRow]) -> list[tuple[float, ConnectionRow]]:
    found = [(value, row) for row in rows if isinstance(value := column.read(row, _ANY), int | float)]
    return sorted((one for one in found if one[0] >= _or_never(column.warn)), key=lambda one: -one[0])


def _who(named: Sequence[tuple[str, str]], words: Words) -> str:
    first = ", ".join(f"{one_line(name, limit=40)} {amount}".rstrip() for name, amount in named[:NAMED])
    more = len(named) - NAMED
    return words("{who} and {n} more", who=first, n=more) if more > 0 else first


def _gateway(points: Sequence[Point], picture: Picture, words: Words) -> list[Alert]:
    """The process itself, and the last minute's refusals and drops."""
    if not points:
        return []
    said, newest = [], points[-1]
    refused = sum(point.errors for point in points)
    if refused >= MANY_REFUSALS:
        said.append(Alert(1, words.many("{n} refusal in the last minute", "{n} refusals in the last minute", refused)))
    dropped = sum(point.closed for point in points)
    if dropped >= MANY_DROPS:
        said.append(Alert(1, words.many("{n} left in the last minute", "{n} left in the last minute", dropped)))
    counts = together(point.counts for point in points)
    p99 = quantile(counts, 0.99, picture.buckets_ms)
    if p99 is not None and p99 >= SLOW_ANSWERS_MS:
        said.append(Alert(2, words("answers are slow: p99 {ms} ms in the last minute", ms=ms_text(p99))))
    if newest.commit_ms >= SLOW_COMMIT_MS:
        said.append(Alert(2, words("the journal commits slowly: {ms} ms", ms=ms_text(newest.commit_ms))))
    if newest.loop_stall_ms >= SLOW_LOOP_MS:
        said.append(Alert(1, words("the gateway's loop stood still for {ms} ms", ms=ms_text(newest.loop_stall_ms))))
    if newest.cpu >= BUSY_CPU:
        said.append(Alert(2, words("the gateway's core is {percent} % busy", percent=round(newest.cpu * 100))))
    return said
