"""The conversation about the conversation: plain objects, not envelopes, heard in any namespace."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue

from heard.contract.base import Instant, Label, OrderId, Seq, StationId, StoreId, Wire
from heard.contract.kds import Gating

MAX_OFFSET = 4096
"""Characters of a `pid` or an offset, at most."""
MAX_RECOVERED_STREAMS = 16
"""Streams that a socket with `recovery` hears, at most: all of them stand in the offset of every event."""


class AuthClient(Wire):
    """What a client says of itself in its CONNECT."""

    name: Label | None = None
    version: Label | None = None
    device: Label | None = None


class PositionIn(Wire):
    """The last position a client has seen."""

    epoch: Annotated[str, Field(max_length=64)]
    seq: Seq


class Auth(Wire):
    """`auth` of a Socket.IO CONNECT."""

    token: Annotated[str, Field(max_length=4096)] | None = None
    store: StoreId | None = None
    """Which store, for tokens that reach several."""
    client: AuthClient = AuthClient()
    positions: Annotated[dict[str, PositionIn], Field(max_length=64)] | None = None
    recovery: bool = False
    """Socket.IO's connection state recovery: every event of this socket is followed by an offset, a string."""
    pid: Annotated[str, Field(max_length=MAX_OFFSET)] | None = None
    """Of a stock client that returns; it adds this by itself, and counts only with `recovery`."""
    offset: Annotated[str, Field(max_length=MAX_OFFSET)] | None = None
    """As `pid`: the last offset it was sent."""


class StoreSettings(Wire):
    """What a screen must know of its store."""

    display_name: str = ""
    stations: tuple[str, ...] = ()
    expo: bool = True
    gating: Gating = "always"
    heat_s: tuple[int, ...] = (300, 480, 720)
    """Ages at which a ticket turns warm, hot, late."""
    timezone: str = "UTC"
    day_starts: str = "04:00"


class StreamState(Wire):
    """Where a stream stands as a session begins. `recovered: false` means: ask for a snapshot."""

    epoch: str | None
    seq: int | None
    recovered: bool
    was_recovering: bool


class SessionReady(Wire):
    """The first thing said after CONNECT."""

    name: ClassVar[str] = "session:ready"

    subject: str
    role: str
    store: str | None
    stations: tuple[str, ...] = ()
    ttl_s: int
    degraded: bool = False
    streams: dict[str, StreamState] = Field(default_factory=dict)
    settings: StoreSettings | None = None
    server_time: Instant


class Subscribe(Wire):
    """`stream:subscribe`: hear a stream from a position on; the ack is a read."""

    name: ClassVar[str] = "stream:subscribe"

    stream: Annotated[str, Field(max_length=100)]
    epoch: Annotated[str, Field(max_length=64)] | None = None
    after: Seq | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = None
    station: StationId | None = None


class History(Wire):
    """`stream:history`: what happened to one order, in the streams this token hears; the ack is a `HistoryRead`."""

    name: ClassVar[str] = "stream:history"

    store: StoreId | None = None
    """For tokens that reach several."""
    order_id: OrderId
    cursor: Annotated[str, Field(max_length=64)] | None = None
    """Of the page before, when it said `more`."""


class Unsubscribe(Wire):
    """`stream:unsubscribe`."""

    name: ClassVar[str] = "stream:unsubscribe"

    stream: Annotated[str, Field(max_length=100)]


class Refresh(Wire):
    """`auth:refresh`: a new token for the whole connection."""

    name: ClassVar[str] = "auth:refresh"

    token: Annotated[str, Field(max_length=4096)]


class Report(Wire):
    """`session:report`: how a client fares by its own account, every few seconds; the newest counts."""

    name: ClassVar[str] = "session:report"

    positions: Annotated[dict[str, Seq], Field(max_length=16)] = Field(default_factory=dict)
    """Stream → the last seq taken in."""
    unsent: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    sound: Literal["on", "muted", "off"] | None = None
    key_ms_p99: Annotated[float, Field(ge=0, le=3_600_000, allow_inf_nan=False)] | None = None
    """From a key to the frame that answered it."""
    glass_ms_p99: Annotated[float, Field(ge=0, le=3_600_000, allow_inf_nan=False)] | None = None
    """From a fact's time to its frame."""
    screen: Label | None = None
    """Size, colours, terminal: `100x30 xterm-256color`."""


class Head(Wire):
    """The newest position of a silent stream."""

    epoch: str
    seq: int
    digest: str | None = None
    view: int | None = None
    """To the subscriber of a station's view: the seq of the last event in that view."""


class StreamHead(Wire):
    """`stream:head`: sent every 5 s for streams silent since the last one, so that a lost last event is noticed."""

    name: ClassVar[str] = "stream:head"

    heads: dict[str, Head]
    server_time: Instant


class LimitWarning(Wire):
    """`limit:warning`: one fifth is left."""

    name: ClassVar[str] = "limit:warning"

    class_: Annotated[str, Field(alias="class")]
    left: int
    limit: int
    resets_in_ms: int


class CommandRefused(Wire):
    """`command:refused`: for commands that asked for no ack. `command` is the command's name."""

    name: ClassVar[str] = "command:refused"

    command_id: str | None
    command: Annotated[str, Field(alias="name")]
    code: str
    message: str


class AuthExpiring(Wire):
    """`auth:expiring`: the token ends in `ttl_s`."""

    name: ClassVar[str] = "auth:expiring"

    ttl_s: int


class CommandIn(Wire):
    """A command over HTTP: its name, and its fields in `data`."""

    command_id: JsonValue = None
    name: Annotated[str, Field(max_length=64)]
    data: dict[str, Any] = Field(default_factory=dict)
    made_at: JsonValue = None
    seen_seq: JsonValue = None


MESSAGES: tuple[type[Wire], ...] = (SessionReady, StreamHead, LimitWarning, CommandRefused, AuthExpiring)
REQUESTS: tuple[type[Wire], ...] = (Subscribe, Unsubscribe, History, Refresh, Report)
REQUEST_BY_NAME: dict[str, type[Wire]] = {
    Subscribe.name: Subscribe,
    Unsubscribe.name: Unsubscribe,
    History.name: History,
    Refresh.name: Refresh,
    Report.name: Report,
}
