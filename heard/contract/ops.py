"""Operations: who is connected, how the gateway fares, and the commands of operators.

`{store}/ops` is live: nothing in it has a place in a journal, the latest wins. Whoever subscribes gets a snapshot, page
by page, and from its first page on every fact. A row is told whole once and after that only where it changed.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from heard.contract.base import Command, Fact, Instant, Wire, Words

BUCKETS_MS: tuple[float, ...] = (0.5, 1, 2, 3, 5, 7.5, 10, 15, 25, 50, 75, 100, 250, 500, 1_000, 2_500)
"""Upper bounds of the latency histograms; one more bucket counts what took longer."""
SAMPLE_S = 1.0
MAX_CLOSED = 10_000
"""Connections remembered after they ended."""
MAX_AUDIT = 1_000


class ConnectionRow(Wire):
    """One connection as operators see it. In `connections:changed` only `connection` and what changed is given."""

    connection: str
    subject: str = ""
    role: str = ""
    namespaces: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    device: str | None = None
    client: str | None = None
    """Name and version as the client gives them."""
    address: str = ""
    transport: str = ""
    since: Instant | None = None
    rtt_ms: float | None = None
    idle_s: int | None = None
    """Since its last event; heartbeats do not count. Told in steps, not each second."""
    in_per_s: float = 0.0
    out_per_s: float = 0.0
    """Packets, heartbeats included, over the last samples; told when it moved by one, or by a quarter."""
    queue_bytes: int = 0
    oldest_ms: int | None = None
    """How long the oldest undelivered packet has waited."""
    lag: int | None = None
    """How many events of its station stream it had not seen when it last reported; None: it does not report."""
    unsent: int | None = None
    """Commands in its outbox, as it says."""
    sound: str | None = None
    """`on`, `muted` or `off`, as it says."""
    key_ms_p99: float | None = None
    """From a key to its frame, as it says."""
    glass_ms_p99: float | None = None
    """From a fact to its frame, as it says."""
    screen: str | None = None
    """Size and terminal, as it says."""
    refusals: int = 0
    """Commands refused since it came."""
    last_error: str | None = None
    """Code of the last refusal."""


class ClosedRow(Wire):
    """A connection that ended: who it was, why, and by whose hand."""

    connection: str
    subject: str
    role: str
    stations: tuple[str, ...] = ()
    device: str | None = None
    client: str | None = None
    address: str
    transport: str
    since: Instant
    until: Instant
    code: str
    """A goodbye's code, or the transport's own word."""
    sentence: str
    """The same for a person."""
    by: str | None = None
    """The operator who closed it."""
    bytes_in: int = 0
    bytes_out: int = 0


class AuditLine(Wire):
    """Something an operator did, or tried to."""

    at: Instant
    action: str
    by: str
    role: str
    target: str
    """A connection's id."""
    subject: str | None = None
    """Whose it was."""
    reason: str | None = None
    code: str
    """What it came to: `applied`, `replayed` for a repetition, or an error's code."""


class Latency(Wire):
    """Times counted by bucket, for `BUCKETS_MS`; differences since the sample before."""

    counts: tuple[int, ...]
    sum_ms: float = 0.0


class OpsSampled(Fact):
    """How a store's traffic and the gateway's process fared over the last `interval_ms`."""

    name: ClassVar[str] = "ops:sampled"

    interval_ms: int
    connections: int = 0
    by_namespace: dict[str, int] = Field(default_factory=dict)
    by_transport: dict[str, int] = Field(default_factory=dict)
    by_role: dict[str, int] = Field(default_factory=dict)
    opened: int = 0
    closed: int = 0
    events_in: dict[str, int] = Field(default_factory=dict)
    """Commands and requests that arrived, by name."""
    events_out: dict[str, int] = Field(default_factory=dict)
    """Events handed to sockets, by name, each recipient counted."""
    bytes_in: int = 0
    bytes_out: int = 0
    errors: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Refusals: code → command → how many."""
    latency: dict[str, Latency] = Field(default_factory=dict)
    """From a command's arrival to its answer, by command."""
    heads: dict[str, int] = Field(default_factory=dict)
    """Durable stream → newest seq."""
    commit_ms: float = 0.0
    """How long the journal's last commit took."""
    journal_queue: int = 0
    loop_stall_ms: float = 0.0
    """The longest time the event loop was late in this interval."""
    cpu: float = 0.0
    """Share of one core."""
    rss_bytes: int = 0
    uptime_s: int = 0
    version: str = ""
    health: dict[str, str] = Field(default_factory=dict)
    """Dependency → `ok`, or what is wrong with it in a sentence."""


class ConnectionsChanged(Fact):
    """Rows that are new or look different: new ones whole, the others only where they changed; `null` clears."""

    name: ClassVar[str] = "connections:changed"

    rows: list[dict[str, Any]] = Field(default_factory=list)


class ConnectionOpened(Fact):
    """Somebody joined a namespace."""

    name: ClassVar[str] = "connection:opened"

    connection: str
    subject: str
    role: str
    namespace: str
    address: str
    transport: str
    client: str | None = None
    device: str | None = None
    since: Instant


class ConnectionClosed(Fact):
    """Somebody left a namespace; `code` is a goodbye's, or the transport's own word.

    `row` comes once a connection, with the last of its namespaces.
    """

    name: ClassVar[str] = "connection:closed"

    connection: str
    subject: str
    namespace: str
    code: str
    row: ClosedRow | None = None


class OpsActed(Fact):
    """An operator did something, or was refused."""

    name: ClassVar[str] = "ops:acted"

    line: AuditLine


class OpsSnapshot(Wire):
    """A page of the ops stream's snapshot. Lists go on from page to page; the rest is on the first one.

    Connections come first, oldest first, then audit lines and closed ones, newest first.
    """

    v: int = 1
    server_time: Instant
    buckets_ms: tuple[float, ...] = BUCKETS_MS
    connections: list[ConnectionRow] = Field(default_factory=list)
    closed: list[ClosedRow] = Field(default_factory=list)
    """The newest first."""
    audit: list[AuditLine] = Field(default_factory=list)
    sample: OpsSampled | None = None
    """The newest one."""
    totals: OpsSampled | None = None
    """The same figures from the gateway's start to the last sample; `interval_ms` says how long that is. With the
    samples that follow, nothing is counted twice."""


class Disconnect(Command):
    """Throw a connection off. `reason` is told to whoever stands there."""

    name: ClassVar[str] = "ops:disconnect"

    connection: Annotated[str, Field(max_length=64)]
    reason: Words | None = None
    code: Literal["forced", "moved"] = "forced"
    """The goodbye: `forced` stays away until a person acts, `moved` comes back at once."""


COMMANDS: tuple[type[Command], ...] = (Disconnect,)
FACTS: tuple[type[Fact], ...] = (OpsSampled, ConnectionsChanged, ConnectionOpened, ConnectionClosed, OpsActed)
