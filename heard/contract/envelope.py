"""How a fact travels: envelope, position, answer, read."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from heard.contract.base import Instant, Wire

MAX_READ_EVENTS = 300
MAX_READ_BYTES = 256 * 1024
MAX_BEHIND = 2_000
"""Further behind than this, a snapshot is cheaper than the events."""
MAX_PUSH_BYTES = 64 * 1024
"""Nothing larger is pushed unasked."""
MAX_BATCH = 64

KINDS = ("orders", "kds", "inventory", "bookings", "catalog")
"""Durable streams of a store."""
LIVE_KINDS = ("dashboard", "ops")
"""Streams where the latest wins: no position, no replay."""


class Position(NamedTuple):
    """A place in a stream. Positions of two epochs cannot be compared."""

    epoch: str
    seq: int


class Actor(Wire):
    """Who did it."""

    subject: str
    role: str | None = None
    station: str | None = None
    device: str | None = None


SYSTEM = Actor(subject="system")
"""The actor of facts that time brings."""


class Envelope(Wire):
    """One fact with its place in its stream. `prev`, in a station's view only: the seq of the view's event before."""

    id: str
    v: int
    store: str
    stream: str
    epoch: str | None
    seq: int | None
    at: Instant
    name: str
    data: dict[str, Any]
    cause: str | None = None
    actor: Actor
    trace: str | None = None
    prev: int | None = None

    def as_wire(self) -> dict[str, Any]:
        """All fields, `cause` even when null; `trace` and `prev` only when there."""
        wire = self.model_dump(mode="json", exclude={"trace", "prev", "actor"})
        wire["actor"] = self.actor.as_wire()
        extra = {"trace": self.trace, "prev": self.prev}
        return wire | {key: value for key, value in extra.items() if value is not None}


class EventRef(Wire):
    """Where an answered command's fact stands."""

    stream: str
    epoch: str
    seq: int
    name: str


class Answer(Wire):
    """What every command gets, once and for ever.

    `applied`: facts were written. `already`: it was so. `superseded`: a newer fact made it moot.
    """

    ok: bool
    result: Literal["applied", "already", "superseded"] | None = None
    events: tuple[EventRef, ...] | None = None
    order: dict[str, Any] | None = None
    code: str | None = None
    message: str | None = None
    temporary: bool | None = None
    retry_after_ms: int | None = None
    fields: dict[str, str] | None = None
    replayed: bool | None = None


class Read(Wire):
    """What a stream holds after a position: events or a snapshot, never part of either called a whole.

    `seq` is the position after this answer, `head` the newest there is, `more` says ask again (with `cursor` if given).
    """

    stream: str
    epoch: str
    seq: int
    head: int
    recovered: bool
    was_recovering: bool
    more: bool = False
    events: list[dict[str, Any]] | None = None
    snapshot: dict[str, Any] | None = None
    cursor: str | None = None


class HistoryRead(Wire):
    """What happened to one order, in the durable streams that the asker hears; each stream's events in its order.

    `more` → ask again with `cursor`. A page holds no more than one of `Read`.
    """

    order_id: str
    events: list[dict[str, Any]]
    more: bool = False
    cursor: str | None = None


class LiveRead(Wire):
    """What subscribing to a live stream acks: how it is now, without a place, for the latest wins.

    `more` → ask again with `cursor` for the next page; facts are heard from the first page on.
    """

    stream: str
    epoch: None = None
    seq: None = None
    head: None = None
    recovered: Literal[False] = False
    was_recovering: Literal[False] = False
    more: bool = False
    snapshot: dict[str, Any]
    cursor: str | None = None


class KdsSnapshot(Wire):
    """A page of the kds stream's snapshot: some of the tickets, and the same rest on every page of one position.

    `stacks` maps a station to its done tickets, the last one last; `views` to the seq of its view's last event.
    """

    v: int = 1
    seq: int
    day: str
    tickets: list[dict[str, Any]] = Field(default_factory=list)
    stock: dict[str, Any] = Field(default_factory=dict)
    stacks: dict[str, list[str]] = Field(default_factory=dict)
    views: dict[str, int] = Field(default_factory=dict)


class OrdersSnapshot(Wire):
    """A page of the orders stream's snapshot: some of the service day's orders, and older ones still open."""

    v: int = 1
    day: str
    orders: list[dict[str, Any]] = Field(default_factory=list)


def store_stream(store: str, kind: str) -> str:
    """`s1/kds`."""
    return f"{store}/{kind}"


def user_stream(subject: str) -> str:
    """The stream of facts addressed to one person."""
    return f"user/{subject}"


def is_live(stream: str) -> bool:
    """Whether the latest wins in a stream, so that nobody has a place in it."""
    return stream.partition("/")[2] in LIVE_KINDS and not stream.startswith("user/")


def split_private(data: dict[str, Any], paths: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Take personal data out of a fact: what stays, and what was taken, keyed by dotted path; None if nothing was."""
    taken: dict[str, Any] = {}
    for path in paths:
        *above, leaf = path.split(".")
        data = _without(data, above, leaf, taken, path)
    return data, taken or None


def join_private(data: dict[str, Any], taken: dict[str, Any] | None) -> dict[str, Any]:
    """Put back what `split_private` took; erased facts simply stay without."""
    for path, value in (taken or {}).items():
        *above, leaf = path.split(".")
        data = _with(data, above, leaf, value)
    return data


def _without(data: dict[str, Any], above: list[str], leaf: str, taken: dict[str, Any], path: str) -> dict[str, Any]:
    if above:
        inner = data.get(above[0])
        return data | {above[0]: _without(inner, above[1:], leaf, taken, path)} if isinstance(inner, dict) else data
    if leaf in data:
        taken[path] = data[leaf]
        return {key: value for key, value in data.items() if key != leaf}
    return data


def _with(data: dict[str, Any], above: list[str], leaf: str, value: Any) -> dict[str, Any]:
    if above:
        return data | {above[0]: _with(data.get(above[0], {}), above[1:], leaf, value)}
    return data | {leaf: value}
