"""One evening in a small kitchen, run through the real rules: where every example in the reference comes from."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from heard.contract.base import Command, Fact
from heard.contract.envelope import Actor, Answer, Envelope, EventRef, store_stream
from heard.contract.ops import (
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionsChanged,
    Disconnect,
    Latency,
    OpsActed,
    OpsSampled,
)
from heard.contract.registry import kind_of, read_command
from heard.ids import uuid7
from heard.kitchen.board import station_of
from heard.kitchen.routing import House
from heard.kitchen.rules import Kitchen, Moment, decide
from server.starter import MENU

STORE = "s1"
EPOCH = "8Yb2kQ"
OPENING = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
_ROLES = {"orders": "pos", "ops": "operator"}


@dataclass(frozen=True)
class Said:
    """A command as it was sent, and its answer."""

    fields: dict[str, Any]
    answer: dict[str, Any]


@dataclass
class Evening:
    """A kitchen whose clock and dice are the same in every run; `facts` and `commands` keep the first of each name."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    commands: dict[str, Said] = field(default_factory=dict)
    _kitchen: Kitchen = field(default_factory=Kitchen)
    _house: House = field(default_factory=lambda: House(store=STORE, **tomllib.loads(MENU)))
    _now: datetime = OPENING
    _heads: Counter[str] = field(default_factory=Counter)
    _ids: int = 0

    def say(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """Send a command and keep what it came to; the data of its facts by name."""
        self._now += timedelta(seconds=7)
        sent = {"command_id": self.new_id()} | fields
        command = read_command(name, sent)
        outcome = decide(self._kitchen, command, Moment(self._now, self._house, self.new_id))
        refs = tuple(self._told(fact, command) for fact in outcome.facts)
        self._kitchen = outcome.after
        answer = Answer(ok=True, result=outcome.result, events=refs)
        self.commands.setdefault(name, Said(sent, answer.as_wire()))
        return {fact.name: fact.as_wire() for fact in outcome.facts}

    def _told(self, fact: Fact, command: Command) -> EventRef:
        kind = kind_of(fact)
        self._heads[kind] += 1
        seq = self._heads[kind]
        self.facts.setdefault(fact.name, self._envelope(fact, seq, command).as_wire())
        return EventRef(stream=store_stream(STORE, kind), epoch=EPOCH, seq=seq, name=fact.name)

    def _envelope(self, fact: Fact, seq: int, command: Command) -> Envelope:
        kind = kind_of(fact)
        return Envelope(
            id=self.new_id(), v=fact.v, store=STORE, stream=store_stream(STORE, kind), epoch=EPOCH, seq=seq,
            at=self._now, name=fact.name, data=fact.as_wire(), cause=command.command_id, actor=_actor(command),
        )  # fmt: skip

    def new_id(self) -> str:
        """The next id; the same in every run."""
        self._ids += 1
        dice = sha256(str(self._ids).encode()).digest()
        return uuid7(int(self._now.timestamp() * 1000), lambda count: dice[:count])


def _actor(command: Command) -> Actor:
    ticket = getattr(command, "ticket_id", None)
    if ticket is None:
        role = _ROLES[command.name.partition(":")[0]]
        return Actor(subject=f"{role}-1", role=role)
    station = station_of(ticket)
    return Actor(subject=f"{station}-1", role="expo" if station == "expo" else "kitchen", station=station)


@cache
def evening() -> Evening:
    """Every fact and every command at least once."""
    night = Evening()
    _first_order(night)
    _second_order(night)
    _operators(night)
    return night


_ORDER = {
    "source": {"system": "till"},
    "external_id": "T-1041",
    "service": "dine_in",
    "table": "7",
    "customer": {"name": "Ana"},
    "allergies": [{"code": "sesame", "seat": "1"}],
    "items": [
        {"name": "Burger", "qty": "1", "seat": "1", "modifiers": [{"name": "onion", "action": "no"}]},
        {"name": "Fries", "qty": "1"},
        {"name": "Salad", "qty": "1"},
    ],
}


def _first_order(night: Evening) -> None:
    order = night.say("orders:place", order=_ORDER)["order:created"]["order"]
    grill, fry, cold, expo = (f"{order['id']}.{at}" for at in ("grill", "fry", "cold", "expo"))
    burger, fries, salad = (item["item_id"] for item in order["items"])
    night.say("kds:start", ticket_id=grill)
    night.say("kds:bump", ticket_id=fry, made_at="2026-11-20T18:00:20.000Z", seen_seq=5)
    night.say("kds:undo", ticket_id=fry)
    rows = [{"item_id": burger, "qty": "2"}, {"item_id": salad, "qty": "0"}]
    night.say("orders:update", order_id=order["id"], changes={"table": "12", "items": rows})
    night.say("kds:ack_void", ticket_id=cold, item_ids=[salad])
    night.say("kds:rush", ticket_id=expo, priority="rush")
    _bump_all(night, grill, fry)
    night.say("kds:recall", ticket_id=grill, reason="came back cold")
    _bump_all(night, grill)
    night.say("kds:bump", ticket_id=expo, item_ids=[fries])
    _bump_all(night, expo)
    night.say("kds:undo", ticket_id=expo)


def _bump_all(night: Evening, *tickets: str) -> None:
    for ticket in tickets:
        night.say("kds:bump", ticket_id=ticket)


def _second_order(night: Evening) -> None:
    order = night.say("orders:place", order={"items": [{"name": "Burger", "qty": "1"}]})["order:created"]["order"]
    night.say("kds:hold", ticket_id=f"{order['id']}.grill")
    night.say("kds:fire", ticket_id=f"{order['id']}.grill")
    night.say("orders:cancel", order_id=order["id"], reason="guest left")


# ── Connections: facts and a command that are not the kitchen's ───────────────────────────────────────────────────────

_CONNECTION = "7577b44d02de"
_THROWN_OFF = OPENING + timedelta(minutes=4)
_CONNECTIONS: tuple[Fact, ...] = (
    ConnectionOpened(
        connection=_CONNECTION, subject="grill-1", role="kitchen", namespace="/kds", address="192.0.2.7",
        transport="websocket", client="heard-kds 0.1.0", device="grill-tablet", since=OPENING,
    ),
    OpsSampled(
        interval_ms=1001, connections=5, by_namespace={"/kds": 4, "/ops": 1}, by_transport={"websocket": 5},
        by_role={"kitchen": 3, "expo": 1, "operator": 1}, events_in={"kds:bump": 1}, events_out={"kds:item_ready": 5},
        bytes_in=212, bytes_out=3105, latency={"kds:bump": Latency(counts=(0, 0, 1, *(0,) * 14), sum_ms=1.8)},
        heads={"s1/kds": 41, "s1/orders": 17}, commit_ms=0.9, loop_stall_ms=0.6, cpu=0.011, rss_bytes=68_198_400,
        uptime_s=3_605, version="0.1.0", health={"journal": "ok", "disk": "ok", "gateway": "ok"},
    ),
    ConnectionsChanged(rows=[{"connection": _CONNECTION, "idle_s": 60, "lag": 2, "last_error": None}]),
    OpsActed(
        line=AuditLine(
            at=_THROWN_OFF, action="ops:disconnect", by="operator-1", role="operator", target=_CONNECTION,
            subject="grill-1", reason="wrong tablet", code="applied",
        )
    ),
    ConnectionClosed(
        connection=_CONNECTION, subject="grill-1", namespace="/kds", code="forced",
        row=ClosedRow(
            connection=_CONNECTION, subject="grill-1", role="kitchen", stations=("grill",), device="grill-tablet",
            client="heard-kds 0.1.0", address="192.0.2.7", transport="websocket", since=OPENING, until=_THROWN_OFF,
            code="forced", sentence="An operator closed it: wrong tablet", by="operator-1", bytes_in=4_411,
            bytes_out=58_020,
        ),
    ),
)  # fmt: skip


def _operators(night: Evening) -> None:
    for fact in _CONNECTIONS:
        told = Envelope(
            id=night.new_id(), v=fact.v, store=STORE, stream=store_stream(STORE, kind_of(fact)), epoch=None, seq=None,
            at=OPENING, name=fact.name, data=fact.as_wire(), actor=Actor(subject="grill-1", role="kitchen"),
        )  # fmt: skip
        night.facts[fact.name] = told.as_wire()
    asked = {"command_id": night.new_id(), "connection": _CONNECTION, "reason": "wrong tablet"}
    read_command(Disconnect.name, asked)
    answer = Answer(ok=True, result="applied", events=())
    night.commands[Disconnect.name] = Said(asked, answer.as_wire())


def missing(names: Iterable[str], shown: Iterable[str]) -> list[str]:
    """What the evening never showed."""
    return sorted(set(names) - set(shown))
