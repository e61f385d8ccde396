"""What happened to an order, as lines: who did what when, told by the gateway, or what the board itself remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heard.contract.envelope import Envelope
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Line, Ticket
from heard.text import one_line
from heard.ui.words import Words, later

MAX_NAMES = 4
"""Items named one by one; of more the number is said."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that did."""

    at: datetime
    where: str
    """A station; empty for the order as a whole."""
    what: str
    by: str = ""


_SAID: Mapping[str, str] = {
    "kds:order_incoming": later("came in"),
    "kds:order_changed": later("changed"),
    "kds:item_voided": later("off the order"),
    "kds:item_started": later("started"),
    "kds:item_ready": later("done"),
    "kds:item_handed_over": later("handed over"),
    "kds:order_complete": later("order complete"),
    "kds:item_reopened": later("taken back"),
    "kds:order_reopened": later("order open again"),
    "kds:ticket_recalled": later("recalled"),
    "kds:item_held": later("held"),
    "kds:item_fired": later("fired"),
    "kds:priority_changed": later("priority"),
    "kds:void_acknowledged": later("void seen"),
    "order:created": later("placed"),
    "order:updated": later("updated"),
    "order:status_changed": later("status"),
    "order:item_ready": later("ready everywhere"),
    "order:completed": later("completed"),
    "order:cancelled": later("cancelled"),
}
"""Event → what it means to a cook."""

_STATES = {
    HELD: later("held"), QUEUED: later("to do"), STARTED: later("started"), READY: later("done"), VOIDED: later("void"),
}  # fmt: skip


def told(events: Iterable[Envelope], names: Mapping[str, str], words: Words) -> Iterator[Happened]:
    """The gateway's events, oldest first. `names`: item id → dish. An event of a newer gateway keeps its own name."""
    for event in events:
        data = event.data
        station = data.get("station")
        where = station if isinstance(station, str) and event.name.startswith("kds:") else ""
        by = f"{event.actor.subject}" + (f" ({event.actor.device})" if event.actor.device else "")
        yield Happened(event.at, one_line(where), one_line(_what(event.name, data, names, words)), one_line(by))


def _what(name: str, data: Mapping[str, Any], names: Mapping[str, str], words: Words) -> str:
    said = words(_SAID[name]) if name in _SAID else name
    parts = [said]
    if name == "kds:priority_changed":
        parts.append(f"{data.get('was', '')} → {data.get('priority', '')}")
    elif name == "order:status_changed":
        parts.append(f"{data.get('from', '')} → {data.get('to', '')}")
    elif name != "kds:order_incoming" and (items := _items(data.get("item_ids"), names, words)):
        parts.append(items)
    if isinstance(reason := data.get("reason"), str) and reason:
        parts.append(f"({reason})")
    if data.get("forced") is True:
        parts.append(words("(by expo, over open prep)"))
    return " ".join(parts)


def _items(ids: Any, names: Mapping[str, str], words: Words) -> str:
    if not isinstance(ids, list | tuple) or not ids:
        return ""
    if len(ids) > MAX_NAMES:
        return words.many("{n} item", "{n} items", len(ids))
    return ", ".join(names.get(str(one), str(one)) for one in ids)


def remembered(tickets: Sequence[Ticket], names: Mapping[str, str], words: Words) -> list[Happened]:
    """What a board knows without asking: when each ticket came and was fired, and since when each item is as it is."""
    found: list[Happened] = []
    for ticket in tickets:
        found.append(Happened(ticket.came_at, ticket.station, words("came in")))
        if ticket.fired_at > ticket.came_at:
            found.append(Happened(ticket.fired_at, ticket.station, words("fired")))
        over = [line for line in ticket.lines if line.handed_over and line.since is not None]
        found += [_over(line, ticket, names, words) for line in over]
        for line in (one for one in ticket.own_lines if not one.handed_over):
            if line.since is not None and (line.state is not QUEUED or line.since > ticket.came_at):
                what = f"{words(_STATES[line.state])} {names.get(line.item_id, '')}".strip()
                found.append(Happened(line.since, ticket.station, what))
    return sorted(found, key=lambda one: one.at)


def _over(line: Line, ticket: Ticket, names: Mapping[str, str], words: Words) -> Happened:
    what = f"{words('handed over')} {names.get(line.item_id, '')}".strip()
    return Happened(line.since or ticket.came_at, ticket.station, what)
