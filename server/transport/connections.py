"""What operators see of a connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.transport.link import Link
from server.transport.peers import Peer


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection at one moment; `queued` is packets waiting to go out, packets are Engine.IO packets."""

    id: str
    sids: Mapping[str, str]
    """Joined sockets: namespace to sid."""
    peer: Peer
    transport: str
    since: datetime
    queued: int
    queued_bytes: int
    waiting: int
    """Events received and not yet handled."""
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    rtt_ms: float | None
    closing: bool


def look(link: Link) -> Connection:
    """Return the record of a link as it is now."""
    sessions = list(link.sessions.values())
    return Connection(
        id=link.sid,
        sids={session.namespace: session.sid for session in sessions if session.joined},
        peer=link.peer,
        transport=link.transport,
        since=link.since,
        queued=len(link.outbox),
        queued_bytes=link.outbox.size,
        waiting=sum(session.waiting for session in sessions),
        packets_in=link.tally.packets_in,
        packets_out=link.tally.packets_out,
        bytes_in=link.tally.bytes_in,
        bytes_out=link.tally.bytes_out,
        rtt_ms=link.heartbeat.rtt_ms,
        closing=link.closing,
    )
