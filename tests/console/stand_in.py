"""A gateway's ops half in memory: what a feed is tried against. Every method may be called from any thread."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from heard.client.links.base import LinkDown, Listeners
from heard.contract.base import Fact, instant_text
from heard.contract.ops import ConnectionRow, Latency, OpsSampled, OpsSnapshot
from heard.contract.session import SessionReady
from heard.errors import HeardError

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def row(connection: str = "c1", **more: Any) -> ConnectionRow:
    """A station's connection."""
    given = {"subject": "grill-1", "role": "kitchen", "stations": ("grill",), "namespaces": ("/kds",), "since": NOON}
    return ConnectionRow.model_validate(given | {"connection": connection} | more)


def sample(**more: Any) -> OpsSampled:
    """A second of traffic."""
    return OpsSampled.model_validate({"interval_ms": 1_000, "connections": 1} | more)


def bumps(*counts: int) -> dict[str, Latency]:
    """Times of one command."""
    return {"kds:bump": Latency(counts=counts)}


class OpsGateway:
    """Hands out a snapshot, tells facts, answers commands, and misbehaves when told to."""

    def __init__(self, *rows: ConnectionRow, role: str = "operator") -> None:
        self.role = role
        self.snapshot = OpsSnapshot(server_time=NOON, connections=list(rows), totals=sample())
        self.refusal: HeardError | None = None
        self.no_ops: HeardError | None = None
        self.answers: list[HeardError | None] = []
        self.asked: list[dict[str, Any]] = []
        self.links: list[OpsLink] = []
        self.soon: list[Fact] = []
        """Told right after a snapshot."""

    def link(self) -> OpsLink:
        """A new link: what a feed is given as `connect`."""
        return OpsLink(self)

    def tell(self, fact: Fact, when: datetime = NOON) -> None:
        """A fact, to everybody."""
        self.tell_raw(fact.name, fact.as_wire(), when)

    def tell_raw(self, name: str, data: dict[str, Any], when: datetime = NOON) -> None:
        """Something that may be no fact."""
        envelope = {
            "id": "e", "v": 1, "store": "s1", "stream": "s1/ops", "epoch": None, "seq": None, "at": instant_text(when),
            "name": name, "data": data, "actor": {"subject": "system"},
        }  # fmt: skip
        for link in list(self.links):
            link.post(lambda link=link: link.on_event(name, envelope))

    def cut(self) -> None:
        """Every link breaks."""
        for link in list(self.links):
            link.post(lambda link=link: link.on_closed(LinkDown("the line was cut")))


class OpsLink(Listeners):
    """One connection to it."""

    def __init__(self, gateway: OpsGateway) -> None:
        super().__init__()
        self._gateway = gateway
        self._loop: asyncio.AbstractEventLoop | None = None

    def post(self, what: Any) -> None:
        """Do it in the loop that this link lives in."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(what)

    async def open(self, auth: dict[str, Any]) -> None:  # noqa: ARG002 - as a link is asked
        """Let in, or not."""
        if self._gateway.refusal is not None:
            raise self._gateway.refusal
        self._loop = asyncio.get_running_loop()
        self._gateway.links.append(self)
        ready = SessionReady(subject="sam", role=self._gateway.role, store="s1", ttl_s=60, server_time=NOON)
        self.on_event(SessionReady.name, ready.as_wire())

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:  # noqa: ARG002 - as above
        """The snapshot, or an answer."""
        if event == "stream:subscribe":
            if self._gateway.no_ops is not None:
                return self._gateway.no_ops.as_answer()
            for fact in self._gateway.soon:
                self._gateway.tell(fact)
            return {"stream": "s1/ops", "more": False, "snapshot": self._gateway.snapshot.as_wire()}
        self._gateway.asked.append({"event": event} | data)
        refusal = self._gateway.answers.pop(0) if self._gateway.answers else None
        if isinstance(refusal, LinkDown):
            raise refusal
        return {"ok": True, "result": "applied", "events": []} if refusal is None else refusal.as_answer()

    async def close(self) -> None:
        """Gone."""
        if self in self._gateway.links:
            self._gateway.links.remove(self)
