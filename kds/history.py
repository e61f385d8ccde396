"""What happened to an order, as lines: who did what when, told by the gateway, or what the board itself remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from heard.contract.envelope import Envelope
from heard.contract.kds import LineState
from heard.contract.orders import Status
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Line, Ticket
from heard.text import one_line
from heard.ui.words import Words, later

MAX_NAMES = 4
"""Items named one by one; of more the number is said."""

Kind = Literal["", "started", "done", "over", "void"]
"""What marks on a card tell of too."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that did."""

    at: datetime
    where: str
    """A station; empty for the order as a whole."""
    what: str
    by: str = ""
    kind: Kind = ""


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

_KINDS: Mapping[str, Kind] = {
    "kds:item_started": "started", "kds:item_ready": "done", "kds:item_handed_over": "over",
    "kds:order_complete": "over", "kds:item_voided": "void",
}  # fmt: skip
_KIND_OF: Mapping[LineState, Kind] = {STARTED: "started", READY: "done", VOIDED: "void"}
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
        what = one_line(_what(event.name, data, names, words))
        yield Happened(event.at, one_line(where), what, one_line(by), _KINDS.get(event.name, ""))


def at_once(happened: Iterable[Happened], words: Words) -> Iterator[Happened]:
    """The same at several stations in one second, by the same person, is one thing: the stations are in its words."""
    for _, run in groupby(happened, lambda one: (one.at.replace(microsecond=0), one.what, one.by, bool(one.where))):
        first, *others = run
        stations = dict.fromkeys(one.where for one in (first, *others))
        if len(stations) > 1:
            what = words("{what}: {stations}", what=first.what, stations=", ".join(stations))
            yield Happened(first.at, "", what, first.by, first.kind)
        else:
            yield from (first, *others)


def status_words(words: Words) -> Mapping[Status, str]:
    """Where an order stands, in words."""
    return {
        Status.HELD: words("held"),
        Status.RECEIVED: words("received"),
        Status.IN_PROGRESS: words("in progress"),
        Status.READY: words("ready"),
        Status.COMPLETED: words("completed"),
        Status.CANCELLED: words("cancelled"),
    }


def _what(name: str, data: Mapping[str, Any], names: Mapping[str, str], words: Words) -> str:
    said = words(_SAID[name]) if name in _SAID else name
    parts = [said]
    if name == "kds:priority_changed":
        parts.append(f"{data.get('was', '')} → {data.get('priority', '')}")
    elif name == "order:status_changed":
        known = {str(one): said for one, said in status_words(words).items()}
        parts.append(" → ".join(known.get(str(code := data.get(end, "")), str(code)) for end in ("from", "to")))
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
                found.append(Happened(line.since, ticket.station, what, kind=_KIND_OF.get(line.state, "")))
    return sorted(found, key=lambda one: one.at)


def _over(line: Line, ticket: Ticket, names: Mapping[str, str], words: Words) -> Happened:
    what = f"{words('handed over')} {names.get(line.item_id, '')}".strip()
    return Happened(line.since or ticket.came_at, ticket.station, what, kind="over")
