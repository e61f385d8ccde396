"""What operators see of a connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

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
        queued_bytes=link.queued_bytes,
        waiting=sum(session.waiting for session in sessions),
        packets_in=link.tally.packets_in,
        packets_out=link.tally.packets_out,
        bytes_in=link.tally.bytes_in,
        bytes_out=link.tally.bytes_out,
        rtt_ms=link.heartbeat.rtt_ms,
        closing=link.closing,
    )


class Gauge:
    """A connection's figures whenever one looks, and its last ones once it is gone: for those who look often."""

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def transport(self) -> str:
        """What carries it."""
        return self._link.transport

    @property
    def rtt_ms(self) -> float | None:
        """The last ping's round trip."""
        return self._link.heartbeat.rtt_ms

    @property
    def packets(self) -> tuple[int, int]:
        """Engine.IO packets that came and went."""
        return self._link.tally.packets_in, self._link.tally.packets_out

    @property
    def volume(self) -> tuple[int, int]:
        """Bytes that came and went."""
        return self._link.tally.bytes_in, self._link.tally.bytes_out

    @property
    def queued_bytes(self) -> int:
        """What waits to go out."""
        return self._link.queued_bytes

    @property
    def waiting_s(self) -> float:
        """How long the oldest packet has waited to go out, or has been on its way into the network; 0 when none."""
        oldest = self._link.stalled_since or self._link.outbox.since
        return 0.0 if oldest is None or self._link.closing else monotonic() - oldest

    @property
    def last_word(self) -> str:
        """The code it was told goodbye with; empty while it is open, or when it went without one."""
        return self._link.close_reason
