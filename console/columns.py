"""The console's tables as data: what each column is called, says, sorts by, warns of, and gives way to when narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from console.figures import ErrorRow, LatencyRow, RateRow
from heard.contract.ops import AuditLine, ClosedRow, ConnectionRow
from heard.text import one_line
from heard.ui.words import ENGLISH, Words

Row = TypeVar("Row")
Value = str | float | None
"""What a cell is worth to a filter and to sorting: text, a number (times in s, except where the title says ms), or
nothing."""
Level = Literal["", "warn", "bad"]
"""How a cell is painted, beside what it says."""
Kind = Literal["text", "number", "ms", "bytes", "age", "moment"]

GAP = 1
"""Cells between two columns."""
MAX_CELL = 200
"""Characters of a cell that are looked at: nobody reads more, and a filter must not."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table. `id` is also its name in filters and stays the same in every language."""

    id: str
    title: str
    width: int
    read: Callable[[Row, datetime], Value]
    """The value of a row at a moment."""
    kind: Kind = "text"
    rank: int = 0
    """Columns with a lower one stay longer when the terminal is narrow."""
    grow: int = 0
    """How many cells more it takes where there is room."""
    ease: tuple[int, int] | None = None
    """Cells more that it takes before columns of a higher rank come beside it: that rank, and how many."""
    warn: float | None = None
    """A number from which on it is a warning."""
    bad: float | None = None
    """A number from which on something is wrong."""
    bad_words: tuple[str, ...] = ()
    """Words that mean that something is wrong."""
    warn_words: tuple[str, ...] = ()
    apart: bool = False
    """Whether it stands behind a figure, to which its words must not read on."""
    top: Callable[[Row], float] | None = None
    """The number that means "at least this much": nothing above it is measured."""

    @property
    def right(self) -> bool:
        """Whether it is set to the right, as numbers are."""
        return self.kind not in ("text", "moment")

    @property
    def lead(self) -> str:
        """What stands before its words: room for their sign, which would touch the figure of the column before."""
        return " " if self.apart or self.warn_words or self.bad_words else ""

    def value(self, row: Row, now: datetime) -> Value:
        """What the cell is worth: safe and short, whatever a client called itself."""
        value = self.read(row, now)
        if not isinstance(value, str) or (len(value) <= MAX_CELL and value.isascii() and value.isprintable()):
            return value  # nearly always: thousands of cells are read for each picture
        return one_line(value, limit=MAX_CELL)

    def show(self, row: Row, now: datetime) -> str:
        """What the cell says, on one line and safe to paint; not cut to any width."""
        value = self.value(row, now)
        beyond = self.top is not None and isinstance(value, int | float) and value >= self.top(row)
        return ">" * beyond + shown(value, self.kind)

    def signed(self, text: str, level: Level) -> str:
        """A cell's words with their sign, where a place is kept for it."""
        return f"{'!' if level else self.lead}{text}" if self.lead else text

    def sort_key(self, row: Row, now: datetime) -> tuple[int, float, str]:
        """Numbers by size, then words by letter, then what says nothing."""
        value = self.value(row, now)
        if value is None or value == "":
            return 2, 0.0, ""
        return (1, 0.0, value.casefold()) if isinstance(value, str) else (0, value, "")

    def level(self, row: Row, now: datetime) -> Level:
        """Whether the cell is a warning, or bad."""
        return self.level_of(self.value(row, now))

    def level_of(self, value: Value) -> Level:
        """The same of a value that is known."""
        if isinstance(value, str):
            return "bad" if value in self.bad_words else "warn" if value in self.warn_words else ""
        if value is None:
            return ""
        if self.bad is not None and value >= self.bad:
            return "bad"
        return "warn" if self.warn is not None and value >= self.warn else ""


def sort_rows(rows: Iterable[Row], column: Column[Row], now: datetime, *, backwards: bool = False) -> list[Row]:
    """Sorted by a column; rows that say nothing there are last, whichever way; equal ones keep their order."""
    keyed = [(column.sort_key(row, now), row) for row in rows]
    told = [pair for pair in keyed if pair[0][0] < 2]
    told.sort(key=lambda pair: pair[0], reverse=backwards)
    return [row for _, row in told] + [row for key, row in keyed if key[0] == 2]


def fitting(columns: Sequence[Column[Row]], width: int) -> tuple[tuple[Column[Row], int], ...]:
    """The columns that fit side by side into `width`, in their order, each with its width. By rank, as long as the
    next one fits whole; what is left over goes to those that grow. Narrower than the first one: that one, cut."""
    widths: dict[str, int] = {}
    used = -GAP
    for _, cells, column in sorted(_claims(columns), key=lambda one: one[0]):
        more = cells if column.id in widths else GAP + cells
        if used + more > width:
            break
        widths[column.id] = widths.get(column.id, 0) + cells
        used += more
    if not widths:
        first = min(columns, key=lambda one: one.rank)
        return ((first, max(1, width)),)
    return _grown([column for column in columns if column.id in widths], widths, width - used)


def _claims(columns: Iterable[Column[Row]]) -> Iterable[tuple[int, int, Column[Row]]]:
    """Rank, cells, and whose they are."""
    for column in columns:
        yield column.rank, column.width, column
        if column.ease is not None:
            yield *column.ease, column


def _grown(columns: Sequence[Column[Row]], widths: dict[str, int], spare: int) -> tuple[tuple[Column[Row], int], ...]:
    for column in sorted(columns, key=lambda one: one.rank):
        more = min(column.grow, spare)
        widths[column.id] += more
        spare -= more
    return tuple((column, widths[column.id]) for column in columns)


# ── What cells say ────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(value: Value, kind: Kind) -> str:
    """A value as people read it; nothing is `-`, so that an empty cell is never mistaken for a lost one."""
    if value is None or value == "":
        return "-"
    if isinstance(value, str):
        return value
    match kind:
        case "ms":
            return ms_text(value)
        case "bytes":
            return bytes_text(value)
        case "age":
            return age_text(value)
        case _:
            return number_text(value)


def number_text(value: float) -> str:
    """`0`, `0.3`, `12`, `1.2k`, `34k`, `5.6M`: three figures at most."""
    size = abs(value)
    if size < 0.05:
        return "0"
    if size < 9.95:
        return f"{value:.1f}".removesuffix(".0")
    if size < 999.5:
        return f"{value:.0f}"
    for unit, one in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if size < 9.95 * one:
            return f"{value / one:.1f}".removesuffix(".0") + unit
        if size < 999.5 * one:
            return f"{value / one:.0f}{unit}"
    return f"{value / 1e12:.0f}T"


def bytes_text(value: float) -> str:
    """As `number_text`, in thousands, with a B."""
    return f"{number_text(value)}B"


def ms_text(value: float) -> str:
    """`0.4`, `12`, `850` ms, from 10 s on `12s`."""
    return number_text(value) if value < 10_000 else age_text(value / 1_000)


def age_text(seconds: float) -> str:
    """`3s`, `4m`, `2h`, `5d`."""
    whole = max(0, int(seconds))
    for unit, one, below in (("s", 1, 100), ("m", 60, 6_000), ("h", 3_600, 360_000)):
        if whole < below:
            return f"{whole // one}{unit}"
    return f"{whole // 86_400}d"


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _time(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")


def _joined(words: Sequence[str]) -> str:
    return " ".join(words)


# ── The tables ────────────────────────────────────────────────────────────────────────────────────────────────────────


def connection_columns(words: Words = ENGLISH) -> tuple[Column[ConnectionRow], ...]:
    """Connections. 80 columns hold the first nine ranks."""
    return (
        Column("user", words("user"), 12, lambda row, _: row.subject, rank=0, grow=20),
        Column("role", words("role"), 8, lambda row, _: row.role, rank=1),
        Column("station", words("station"), 8, lambda row, _: _joined(row.stations), rank=2, grow=12),
        Column("device", words("device"), 10, lambda row, _: row.device, rank=10, grow=10),
        Column("client", words("client"), 16, lambda row, _: row.client, rank=13, grow=10),
        Column("address", words("address"), 15, lambda row, _: row.address, rank=11, grow=24),
        Column("transport", words("via"), 9, lambda row, _: row.transport, rank=15),
        Column("since", words("since"), 5, lambda row, now: _age(row.since, now), "age", rank=14),
        Column("rtt", words("rtt"), 5, lambda row, _: row.rtt_ms, "ms", rank=3, warn=150, bad=500),
        Column("idle", words("idle"), 5, lambda row, _: row.idle_s, "age", rank=9),
        Column("in", words("in/s"), 5, lambda row, _: row.in_per_s, "number", rank=16),
        Column("out", words("out/s"), 5, lambda row, _: row.out_per_s, "number", rank=17),
        Column("queue", words("queue"), 6, lambda row, _: row.queue_bytes, "bytes", rank=5, warn=64_000, bad=512_000),
        Column("oldest", words("oldest"), 6, lambda row, _: row.oldest_ms, "ms", rank=12, warn=1_000, bad=5_000),
        Column("lag", words("lag"), 5, lambda row, _: row.lag, "number", rank=4, warn=10, bad=100),
        Column("unsent", words("unsent"), 6, lambda row, _: row.unsent, "number", rank=6, warn=1, bad=50),
        Column("sound", words("sound"), 6, lambda row, _: row.sound, rank=8, warn_words=("muted",), bad_words=("off",)),
        Column("key", words("key p99"), 7, lambda row, _: row.key_ms_p99, "ms", rank=18, warn=50, bad=250),
        Column("glass", words("glass p99"), 9, lambda row, _: row.glass_ms_p99, "ms", rank=20),
        Column("refusals", words("refused"), 7, lambda row, _: row.refusals, "number", rank=19, warn=1),
        Column("error", words("last error"), 11, lambda row, _: row.last_error, rank=7, grow=8, apart=True),
        Column("screen", words("screen"), 14, lambda row, _: row.screen, rank=21, grow=10),
        Column("namespaces", words("namespaces"), 12, lambda row, _: _joined(row.namespaces), rank=22, grow=12),
        Column("id", words("id"), 12, lambda row, _: row.connection, rank=23, grow=12),
    )


def closed_columns(words: Words = ENGLISH) -> tuple[Column[ClosedRow], ...]:
    """Connections that ended."""
    return (
        Column("ended", words("ended"), 5, lambda row, now: _age(row.until, now), "age", rank=0),
        Column("user", words("user"), 13, lambda row, _: row.subject, rank=1, grow=3, apart=True),
        Column("role", words("role"), 8, lambda row, _: row.role, rank=6),
        Column("station", words("station"), 8, lambda row, _: _joined(row.stations), rank=4, grow=8),
        Column(
            "code",
            words("code"),
            14,
            lambda row, _: row.code,
            rank=2,
            grow=4,
            warn_words=_WARN_ENDS,
            bad_words=_BAD_ENDS,
        ),
        Column("why", words("why"), 14, lambda row, _: _why(row), rank=3, grow=44, ease=(8, 16)),
        Column("by", words("by"), 10, lambda row, _: row.by, rank=5, grow=7, ease=(9, 3)),
        Column("lasted", words("lasted"), 6, lambda row, _: _age(row.since, row.until), "age", rank=7),
        Column("address", words("address"), 16, lambda row, _: row.address, rank=10, grow=24, apart=True),
        Column("in", words("came"), 6, lambda row, _: row.bytes_in, "bytes", rank=11),
        Column("out", words("went"), 6, lambda row, _: row.bytes_out, "bytes", rank=12),
        Column("device", words("device"), 11, lambda row, _: row.device, rank=13, grow=10, apart=True),
        Column("client", words("client"), 16, lambda row, _: row.client, rank=14, grow=10),
        Column("transport", words("via"), 9, lambda row, _: row.transport, rank=15),
        Column("at", words("at (UTC)"), 8, lambda row, _: _time(row.until), "moment", rank=16),
        Column("id", words("id"), 12, lambda row, _: row.connection, rank=17, grow=12),
    )


def _why(row: ClosedRow) -> str:
    """The sentence; of one that was thrown off the reason alone, for code and name stand beside it."""
    reason = row.sentence.partition(": ")[2]
    return reason if row.by and reason else row.sentence


_WARN_ENDS = ("dropped", "failed", "limit", "no_pong", "not_joined", "slow", "token_expired", "too_many_requests")
_BAD_ENDS = ("banned", "bad_token", "no_access", "protocol_error")


def audit_columns(words: Words = ENGLISH) -> tuple[Column[AuditLine], ...]:
    """What operators did."""
    return (
        Column("ago", words("ago"), 5, lambda row, now: _age(row.at, now), "age", rank=0),
        Column("by", words("by"), 13, lambda row, _: row.by, rank=1, grow=12, apart=True),
        Column("action", words("action"), 14, lambda row, _: row.action, rank=2, grow=4),
        Column("whose", words("whose"), 10, lambda row, _: row.subject, rank=3, grow=12),
        Column("code", words("outcome"), 10, lambda row, _: row.code, rank=4, grow=8, bad_words=_REFUSED),
        Column("reason", words("reason"), 14, lambda row, _: row.reason, rank=5, grow=60),
        Column("role", words("role"), 8, lambda row, _: row.role, rank=6),
        Column("at", words("at (UTC)"), 8, lambda row, _: _time(row.at), "moment", rank=7),
        Column("target", words("connection"), 12, lambda row, _: row.target, rank=8, grow=12),
    )


_REFUSED = ("forbidden", "not_found", "bad_request", "invalid_token")


def error_columns(words: Words = ENGLISH) -> tuple[Column[ErrorRow], ...]:
    """Refusals by kind."""
    return (
        Column("code", words("code"), 18, lambda row, _: row.code, rank=0, grow=6),
        Column("command", words("command"), 16, lambda row, _: row.command, rank=1, grow=16),
        Column("lately", words("last minute"), 11, lambda row, _: row.lately, "number", rank=2, warn=1, bad=60),
        Column("rate", words("per s"), 6, lambda row, _: row.per_s, "number", rank=4),
        Column("ever", words("ever"), 6, lambda row, _: row.ever, "number", rank=3),
        Column("last", words("last"), 5, lambda row, now: _age(row.last, now), "age", rank=5),
    )


def latency_columns(words: Words = ENGLISH) -> tuple[Column[LatencyRow], ...]:
    """Times of commands, in ms."""
    return (
        Column("command", words("command"), 16, lambda row, _: row.command, rank=0, grow=16),
        Column("count", words("count"), 6, lambda row, _: row.count, "number", rank=1),
        Column("p50", words("p50 ms"), 6, lambda row, _: row.p50, "ms", rank=2, top=_top),
        Column("p95", words("p95 ms"), 6, lambda row, _: row.p95, "ms", rank=4, top=_top),
        Column("p99", words("p99 ms"), 6, lambda row, _: row.p99, "ms", rank=3, warn=50, bad=250, top=_top),
        Column("mean", words("mean ms"), 7, lambda row, _: row.mean, "ms", rank=5),
    )


def _top(row: LatencyRow) -> float:
    return row.top


def rate_columns(words: Words = ENGLISH) -> tuple[Column[RateRow], ...]:
    """Events by name."""
    return (
        Column("event", words("event"), 18, lambda row, _: row.event, rank=0, grow=16),
        Column("in", words("in/s"), 6, lambda row, _: row.in_per_s, "number", rank=1),
        Column("out", words("out/s"), 6, lambda row, _: row.out_per_s, "number", rank=2),
        Column("in_ever", words("in ever"), 7, lambda row, _: row.in_ever, "number", rank=3),
        Column("out_ever", words("out ever"), 8, lambda row, _: row.out_ever, "number", rank=4),
    )
