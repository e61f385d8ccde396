"""Everything about one row: a connection with its own short history, or any other row with every column of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from console.columns import Column, bytes_text, closed_columns, connection_columns, ms_text, number_text
from console.screens.blocks import Block, beside, rooms, title
from console.view import View
from console.watching import Watched
from console.widgets.strip_chart import Strip, chart, plot_width
from heard.contract.ops import ClosedRow, ConnectionRow
from heard.text import one_line
from heard.ui.ages import short_age
from heard.ui.spans import Row, Span, folded

LEAD = 14
LEAST_CHART = 5
_SIGNS = {"": "   ", "warn": " ! ", "bad": "!! "}


def connection(view: View, name: str, watched: Watched | None, room: int, height: int) -> Block:
    """A connection as it is now; how it ended if it has."""
    row = view.picture.connections.get(name)
    if row is None:
        return gone(view, name, room)
    words = view.words
    facts = every(connection_columns(words), row, view.now, room if room < 100 else room // 2)
    head = title(words("CONNECTION OF {user}", user=named(row)), room)
    since = _moment(row.since)
    told = [words("connected at {time}", time=since)] if since else []
    told += [words("watched for {age}", age=short_age(len(watched.rtt_ms)))] if watched else []
    note: Block = [(Span(" " + ", ".join(told), "ops.dim"),)]
    if room >= 100:
        wide = rooms(room, 2)
        return [head, *note, (), *beside([facts, charts(view, watched, wide[1], min(height - 4, 36))], wide)]
    upper = [head, *note, *in_two(facts, room)]
    left = height - len(upper) - 1
    return [*upper, (), *histories(view, watched, room, left)]


def histories(view: View, watched: Watched | None, room: int, height: int) -> Block:
    """Its own figures since the console watches it, beside each other; none where there is no room for them."""
    if height < LEAST_CHART:
        return []
    widths = rooms(room, 3)
    strips = _strips(view, watched, plot_width(min(widths)))
    return beside([chart(one, wide, height, fine=view.fine) for one, wide in zip(strips, widths, strict=True)], widths)


def in_two(facts: Block, room: int) -> Block:
    """Facts in two columns where each is short; one that is long keeps a line of its own."""
    widths = rooms(room, 2)
    half = -(-len(facts) // 2)
    return beside([facts[:half], facts[half:]], widths)


def charts(view: View, watched: Watched | None, room: int, height: int) -> Block:
    """Its own figures since the console watches it."""
    strips = _strips(view, watched, plot_width(room))
    each = max(5, min(12, (height - 2) // len(strips)))
    rows: Block = []
    for one in strips:
        rows += [*chart(one, room, each - 1, fine=view.fine), ()]
    return rows


def _strips(view: View, watched: Watched | None, width: int) -> list[Strip]:
    words = view.words
    seen = watched or Watched()
    since = "-" + short_age(width)

    def strip(
        name: str, values: Sequence[float | None], unit: Callable[[float], str], least: float, role: str
    ) -> Strip:
        return Strip(name, list(values)[-width:], unit, since, words("now"), role=role, least=least)

    return [
        strip(words("round trip, ms"), seen.rtt_ms, ms_text, 50, "ops.chart"),
        strip(words("queue, bytes"), seen.queue_bytes, bytes_text, 10_000, "ops.chart2"),
        strip(words("events behind"), seen.lag, number_text, 5, "ops.chart2"),
    ]


def gone(view: View, name: str, room: int) -> Block:
    """A connection that is no more."""
    words = view.words
    row = next((one for one in view.picture.closed if one.connection == name), None)
    if row is None:
        return [title(words("CONNECTION"), room), (Span(" " + words("This connection has left."), "ops.warn"),)]
    return closed(view, row, room)


def closed(view: View, row: ClosedRow, room: int) -> Block:
    """One that ended."""
    words = view.words
    lines: Block = [title(words("CONNECTION OF {user}, ENDED", user=named(row)), room)]
    why = row.sentence or row.code
    lines += folded(why, "ops.text", room - 1, first=(Span(f" {_safe(row.code)}  ", "ops.warn"),))
    if row.by:
        lines.append((Span(" " + words("thrown off by {who}", who=_safe(row.by)), "ops.bad"),))
    at = _moment(row.until)
    lines.append((Span(" " + words("at {time}", time=at), "ops.dim"),))
    return [*lines, (), *every(closed_columns(words), row, view.now, room)]


def every(columns: Sequence[Column[Any]], row: Any, now: datetime, room: int) -> Block:
    """Every column of a row, a line each or more."""
    lines: Block = []
    for column in columns:
        level = column.level(row, now)
        role = f"ops.{level}" if level else "ops.text"
        first: Row = (Span(f"{_SIGNS[level]}{column.title:<{LEAD}}", role if level else "ops.dim"),)
        lines += folded(column.show(row, now), role, room - 1, first=first)
    return lines


def plain(view: View, heading: str, columns: Sequence[Column[Any]], row: Any, room: int) -> Block:
    """Any other row."""
    return [title(heading, room), (), *every(columns, row, view.now, room)]


def named(row: ConnectionRow | ClosedRow) -> str:
    """Whose connection it is."""
    return _safe(row.subject) or row.connection


def _safe(text: str) -> str:
    return one_line(text, limit=60)


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
