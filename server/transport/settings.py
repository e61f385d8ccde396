"""How the Socket.IO transport behaves: limits, deadlines and heartbeat, each with its unit in its name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    """Everything about the transport that an operator may choose."""

    path: str = "/socket.io/"
    """Where the server listens on the application it is attached to."""

    transports: tuple[str, ...] = ("polling", "websocket")
    """Transports a client may use; an upgrade is offered when both are allowed."""

    origins: tuple[str, ...] = ()
    """Browser origins that may connect, matched exactly. A request without Origin is a native client and passes."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed, such as `10.0.0.0/8`."""

    ping_interval_ms: int = 2_500
    """Time from a pong (or the handshake) to the next ping."""

    ping_timeout_ms: int = 2_000
    """How long a pong may take before the client counts as gone."""

    max_payload: int = 65_536
    """Largest WebSocket message and polling body that is read, in bytes."""

    stranger_packets: int = 16
    """Most Engine.IO packets in one polling body from a client that has joined nothing yet."""

    payload_packets: int = 2_048
    """The same for one that has: stock clients put all they have to say into one body, and one body only is read."""

    binary: bool = False
    """Whether events and acks may hold bytes, both ways. Without it whatever is binary is a protocol error."""

    deflate: bool = False
    """Whether to negotiate permessage-deflate, which costs over 100 KiB a connection."""

    join_deadline_ms: int = 5_000
    """How long a connection may stay without having joined a namespace."""

    greet_deadline_ms: int = 30_000
    """How long a socket may wait to be let in and greeted before its connection is ended, which may then come back."""

    refused_close_ms: int = 1_000
    """How long a connection lives on after a refused CONNECT when it has joined no namespace."""

    upgrade_deadline_ms: int = 5_000
    """How long an upgrade from polling to WebSocket may take; the polling connection outlives a failed one."""

    body_deadline_ms: int = 7_500
    """How long a polling body may take to arrive."""

    strikes: int = 10
    """Events of wrong content within `strikes_within_ms` that end a connection."""

    strikes_within_ms: int = 60_000
    """How long a strike counts, and a refused CONNECT."""

    refused_connects: int = 10
    """CONNECTs of one connection that may be refused within `strikes_within_ms`; one more ends it."""

    max_connections: int = 10_000
    """Connections that may be open at once; handshakes beyond it are refused for now."""

    inbox_events: int = 128
    """Events of one socket that may wait for their turn; a stock client may well send 100 at once."""

    outbox_bytes: int = 1_048_576
    """Bytes that may wait for one client before it counts as slow."""

    write_deadline_ms: int = 3_000
    """How long a WebSocket write may stall before the client counts as slow."""

    close_timeout_ms: int = 1_000
    """How long a closing connection gets to fetch its last words before it is aborted."""

    leave_grace_ms: int = 5_000
    """How long the events a socket had already sent may keep its handler busy after it left."""
