"""One look at a store's operations, printed: for scripts as JSON or CSV, for people as a plain table."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Generic, Literal, get_args

from console.columns import (
    Column,
    Row,
    audit_columns,
    closed_columns,
    connection_columns,
    error_columns,
    fitting,
    latency_columns,
    rate_columns,
)
from console.feed import Feed
from console.figures import ErrorRow, LatencyRow, RateRow, error_rows, latencies, rate_rows
from console.filters import Fault, read_filter
from console.picture import Picture
from console.troubles import Alert, Ranks, alerts
from heard.client.status import LinkState, LinkStatus
from heard.contract.base import Wire, instant_text
from heard.contract.ops import AuditLine, ClosedRow, ConnectionRow
from heard.errors import Exit
from heard.text import cells, clip, fold, one_line
from heard.ui.words import ENGLISH, Words

Show = Literal["connections", "closed", "errors", "rates", "latency", "audit", "all"]
SHOWN: tuple[str, ...] = get_args(Show)
PATIENCE_S = 10.0
"""How long to wait for a gateway that neither answers nor refuses."""
SAMPLE_PATIENCE_S = 3.0
"""How long to wait for a sample once the snapshot is there; after that it is told without."""
LEAST_MS = 900
"""How much time samples must cover together: the first one after a snapshot may be of a moment."""
MAX_CELL = 48
"""Cells of a column in a plain table that is not for a terminal."""


class CannotLook(Exception):
    """There is nothing to show, in a sentence, with the code to leave with."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.code = code


def look(feed: Feed, patience_s: float = PATIENCE_S, sample_s: float = SAMPLE_PATIENCE_S) -> Picture:
    """A picture with a snapshot and, if they come in time, samples of a second. The feed has been started.

    Raises:
        CannotLook: the gateway is away, or refuses us.
    """
    news = threading.Event()
    feed.on_change = news.set
    end = time.monotonic() + patience_s
    snapshot_by: float | None = None
    while True:
        news.clear()
        picture, status, now = feed.picture, feed.status, time.monotonic()
        if picture.begun and snapshot_by is None:
            snapshot_by = now
        if snapshot_by is not None and (_heard_ms(picture) >= LEAST_MS or now > snapshot_by + sample_s):
            return picture
        if status.state is LinkState.REFUSED:
            raise CannotLook(status.reason or "the gateway refuses this token", Exit.NOT_ALLOWED)
        if status.state is LinkState.OFFLINE and status.attempt:
            raise CannotLook(status.reason or "the gateway cannot be reached", Exit.UNREACHABLE)
        if snapshot_by is None and now > end:
            raise CannotLook(status.reason or f"the gateway said nothing for {patience_s:g} s", Exit.UNREACHABLE)
        news.wait(0.1)


def _heard_ms(picture: Picture) -> int:
    return sum(sample.interval_ms for sample in picture.recent)


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """One table: its rows as told, and its columns for people and for filters."""

    name: str
    columns: tuple[Column[Row], ...]
    rows: Sequence[Row]
    kind: type[Any]
    """What its rows are; their fields are the head line of a CSV."""

    @property
    def fields(self) -> list[str]:
        """The names of a row's fields."""
        return list(self.kind.model_fields) if issubclass(self.kind, Wire) else [one.name for one in fields(self.kind)]

    def filtered(self, text: str, now: datetime, words: Words = ENGLISH) -> Table[Row]:
        """The rows that match. Raises: CannotLook, with the place of the fault."""
        asked = read_filter(text, self.columns, words)
        if isinstance(asked, Fault):
            raise CannotLook(str(asked), Exit.USAGE)
        return replace(self, rows=asked.keep(self.rows, now))


def tables(picture: Picture, show: str, text: str, now: datetime, words: Words = ENGLISH) -> list[Table[Any]]:
    """The tables asked for; the filter is for the one asked for, with `all` for the connections.

    Raises:
        CannotLook: the filter cannot be read.
    """
    every: list[Table[Any]] = [
        Table("connections", connection_columns(words), _by_user(picture), ConnectionRow),
        Table("closed", closed_columns(words), picture.closed, ClosedRow),
        Table("errors", error_columns(words), error_rows(picture), ErrorRow),
        Table("rates", rate_columns(words), rate_rows(picture), RateRow),
        Table("latency", latency_columns(words), latencies(picture), LatencyRow),
        Table("audit", audit_columns(words), picture.audit, AuditLine),
    ]
    filtered = "connections" if show == "all" else show
    return [
        one.filtered(text, now, words) if one.name == filtered else one for one in every if show in ("all", one.name)
    ]


def _by_user(picture: Picture) -> list[ConnectionRow]:
    return sorted(picture.connections.values(), key=lambda row: (row.subject, row.connection))


def troubles(picture: Picture, words: Words = ENGLISH) -> tuple[Alert, ...]:
    """What is wrong, the worst first: the overview's sentences."""
    ranks = Ranks(connection_columns(words))
    ranks.take(picture.connections)
    return alerts(picture, ranks, LinkStatus(state=LinkState.LIVE), silent_s=None, words=words)


def check(show: str, text: str, words: Words = ENGLISH) -> None:
    """Whether this could be shown, before anybody is asked. Raises: CannotLook."""
    tables(Picture(), show, text, _LONG_AGO, words)


_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")

# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_json(picture: Picture, store: str, shown: Iterable[Table[Any]], now: datetime) -> str:
    """One object: `v`, `store`, `at`, `sample`, what is wrong, and a list for each table. Fields are named as the
    gateway names them; all are always there, null where nothing is known."""
    whole: dict[str, Any] = {
        "v": 1,
        "store": store,
        "at": instant_text(picture.at or now),
        "sample": picture.sample.model_dump(mode="json") if picture.sample else None,
        "troubles": [asdict(one) for one in troubles(picture)],
    }
    return json.dumps(whole | {table.name: [_fields(row) for row in table.rows] for table in shown}, allow_nan=False)


def _fields(row: Any) -> dict[str, Any]:
    if isinstance(row, Wire):
        return row.model_dump(mode="json")
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    return round(value, 3) if isinstance(value, float) else value


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

_FORMULA = tuple("=+-@\t\r\0＝＋－＠")  # noqa: RUF001 - full-width ones start a formula as well


def as_csv(table: Table[Any]) -> str:
    """A table with a head line, the fields of `as_json`. A text that a spreadsheet would take for a formula gets a `'`
    before it, and none holds what steers a terminal."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.fields)
    for row in table.rows:
        told = _fields(row)
        writer.writerow([cell(told[name]) for name in table.fields])
    return out.getvalue()


def cell(value: Any) -> str:
    """What one cell of a CSV says."""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    text = "" if value is None else str(value)
    clean = one_line(text)
    return f"'{clean}" if text.lstrip(" \n").startswith(_FORMULA) or clean.startswith(_FORMULA) else clean


# ── For people ────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_text(shown: Sequence[Table[Any]], now: datetime, width: int | None, wrong: Sequence[Alert] = ()) -> str:
    """What is wrong, then aligned tables; with a width, only what fits into it."""
    said = [f"{'!' * one.level} {one.sentence}" for one in wrong]
    parts = ["\n".join(line for one in said for line in (fold(one, width) if width else [one]))] if said else []
    for table in shown:
        title = [f"{table.name} ({len(table.rows)})"] if len(shown) > 1 else []
        parts.append("\n".join((*title, *_lines(table, now, width))))
    return "\n\n".join(parts)


def _lines(table: Table[Any], now: datetime, width: int | None) -> Iterable[str]:
    said = {column.id: [column.show(row, now) for row in table.rows] for column in table.columns}
    placed = fitting(table.columns, width) if width else [(one, _natural(one, said[one.id])) for one in table.columns]
    yield _line([(column.title, room, column.right) for column, room in placed])
    for n in range(len(table.rows)):
        yield _line([(said[column.id][n], room, column.right) for column, room in placed])


def _natural(column: Column[Any], said: Sequence[str]) -> int:
    return min(MAX_CELL, max(cells(text) for text in (column.title, *said)))


def _line(parts: Iterable[tuple[str, int, bool]]) -> str:
    return " ".join(_set(clip(text, room), room, right=right) for text, room, right in parts).rstrip()


def _set(text: str, room: int, *, right: bool) -> str:
    space = " " * (room - cells(text))
    return space + text if right else text + space
