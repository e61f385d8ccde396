"""One client's Engine.IO connection, whatever carries it: its queue, its pulse, its namespaces and its end."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from server.transport import frames
from server.transport.endings import Ending
from server.transport.flusher import Flusher, Writes
from server.transport.frames import Frame, ProtocolError
from server.transport.heartbeat import Heartbeat
from server.transport.outbox import Outbox
from server.transport.peers import Peer
from server.transport.rounds import Rounds
from server.transport.settings import TransportSettings
from server.transport.tasks import Tasks

if TYPE_CHECKING:
    from server.transport.packets import StrictPacket
    from server.transport.session import Session

_One = TypeVar("_One")


class Owner(Protocol):
    """What a link tells the server about itself."""

    settings: TransportSettings
    tasks: Tasks
    flusher: Flusher
    rounds: Rounds

    def message(self, link: "Link", data: str | bytes) -> None:
        """Take a Socket.IO packet or an attachment of one; never waits for handlers. Raises: ProtocolError."""
        ...

    def trouble(self, link: "Link", ending: Ending, detail: str = "") -> None:
        """Say the farewell that goes with `ending`, and close."""
        ...

    def ended(self, link: "Link", ending: Ending) -> None:
        """Let every namespace know; called once, when closing begins."""
        ...

    def forget(self, link: "Link") -> None:
        """Drop the last reference; called once, when the connection is gone."""
        ...


@dataclass(slots=True)
class Tally:
    """How much went over one link; packets are Engine.IO packets."""

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def came(self, frame: str | bytes) -> None:
        """Count one packet from the client."""
        self.packets_in += 1
        self.bytes_in += len(frame) if frame.isascii() or isinstance(frame, bytes) else len(frame.encode())

    def went(self, packets: int, size: int) -> None:
        """Count packets handed to the network, and their bytes."""
        self.packets_out += packets
        self.bytes_out += size


class Link:
    """An Engine.IO connection from handshake to end.

    `close` begins the end: namespaces leave at once, what is queued may still go out. `finish` is the end.
    """

    __slots__ = (
        "_abort_timer", "_gone", "_waited_for", "_wires", "asked", "close_code", "close_reason", "closing", "due",
        "heartbeat", "leaving", "left", "outbox", "owner", "patience", "peer", "pipe", "polling", "posting",
        "ready", "refused", "sessions", "sid", "since", "stalled_since", "stays_away", "tally", "transport",
        "unfinished", "upgrading",
    )  # fmt: skip

    def __init__(self, sid: str, peer: Peer, owner: Owner) -> None:
        settings = owner.settings
        self.sid = sid
        self.peer = peer
        self.owner = owner
        self.since = datetime.now(UTC)
        self.tally = Tally()
        self.outbox = Outbox(settings.outbox_bytes)
        self.heartbeat = Heartbeat(settings.ping_interval_ms, settings.ping_timeout_ms, self._ping, self._no_pong)
        self.sessions: dict[str, Session] = {}
        # Tuples, not sets: they hold next to nothing, and an empty set is as big as a link.
        self.leaving: tuple[Session, ...] = ()
        """Sockets that are out of reach but whose handlers are still busy."""
        self.asked: tuple[str, ...] = ()
        """Namespaces this client ever asked for; events for others are a protocol error."""
        self.refused: tuple[str, ...] = ()
        """Namespaces whose last CONNECT was refused."""
        self.patience: asyncio.TimerHandle | None = None
        """Closes the link unless it joins a namespace in time."""
        self.unfinished: StrictPacket | None = None
        """A packet whose attachments are still to come."""
        self.transport: Literal["polling", "websocket"] = "polling"
        self.polling = False
        self.posting = False
        self.upgrading = False
        self.closing = False
        self.left = False
        """Whether it is the client that closed."""
        self.stays_away = False
        """Whether it was told to stay away as it was closed."""
        self.close_code = 1000
        self.close_reason = ""
        self.pipe: Writes | None = None
        """The WebSocket that carries it; without one, what is queued waits for a poll."""
        self.ready = False
        """Whether its pipe may be written to at once: nothing is queued, and the network has room."""
        self.due = False
        """Whether the pipe will write before the loop turns again."""
        self.stalled_since: float | None = None
        """Since when the network takes nothing of what was written, by the monotonic clock."""
        self._wires: tuple[asyncio.Transport, ...] = ()
        self._abort_timer: asyncio.TimerHandle | None = None
        self._gone = False
        self._waited_for: asyncio.Event | None = None

    @property
    def joined(self) -> bool:
        """Whether it has joined a namespace."""
        return any(session.joined for session in self.sessions.values())

    def put(self, frame: Frame) -> bool:
        """Queue a frame for the client; False when the link is closing or the client turned out too slow."""
        if self.owner.rounds.under_way:
            self.owner.rounds.catch_up(self)
        return self.queue(frame)

    def queue(self, frame: Frame) -> bool:
        """Queue a frame behind what is queued, whatever broadcasts are under way; as `put` otherwise."""
        if self.closing:
            return False
        if not (self.outbox.put(frame) or self._makes_room(frame)):
            self.outbox.clear()
            self.owner.rounds.forget(self)
            self.owner.trouble(self, Ending.SLOW)
            return False
        self.ready = False
        if not self.due and self.pipe is not None:
            self.flush_soon()
        return True

    def _makes_room(self, frame: Frame) -> bool:
        """Queue a frame after all, where the network takes at once what this turn of the loop has brought so far."""
        if self.pipe is None or self.stalled_since is not None:
            return False
        self.pipe.flush()
        return self.outbox.put(frame)

    @property
    def queued_bytes(self) -> int:
        """What waits to go out, here or for the network to take it."""
        return self.outbox.size + (0 if self.pipe is None else self.pipe.unsent)

    def flush_soon(self) -> None:
        """Write what is queued before the loop turns again."""
        if self.pipe is not None and not self.due:
            self.due = True
            self.owner.flusher.add(self.pipe)

    def receive(self, frame: str | bytes) -> None:
        """Handle one packet of the client, bytes if binary; a closing link hears nothing. Raises: ProtocolError."""
        if self.closing:
            self._heard_while_closing(frame)
            return
        self.tally.came(frame)
        if isinstance(frame, bytes):
            self.owner.message(self, frame)
            return
        match frame[:1]:
            case "3":
                self.heartbeat.heard()
            case "4":
                self.owner.message(self, frame[1:])
            case "1" if frame == "1":
                self.close(Ending.CLIENT_LEFT)
            case _:
                raise ProtocolError("unknown engine packet")

    async def idle(self) -> None:
        """Wait until all it sent has its answer, and for the next turn of the loop at least."""
        await asyncio.sleep(0)
        for session in list(self.sessions.values()):
            await session.idle()

    def release_poll(self) -> None:
        """Let a waiting poll return, so that the client may upgrade."""
        if self.polling:
            self.put(frames.NOOP)

    def hold(self, wire: asyncio.Transport) -> None:
        """Remember a network transport that must not outlive the link."""
        self._wires += (wire,)

    def let_go(self, wire: asyncio.Transport) -> None:
        """Forget a network transport whose request is over."""
        self._wires = without(self._wires, wire)

    def close(self, ending: Ending, *, code: int = 1000, reason: str = "") -> None:
        """Begin the end; only the first call counts. `code` and `reason` reach WebSocket clients."""
        if self.closing:
            return
        self.closing, self.ready = True, False
        self.close_code, self.close_reason = code, reason
        self.left = ending is Ending.CLIENT_LEFT
        self.heartbeat.stop()
        self.outbox.close()
        self.flush_soon()
        self.owner.ended(self, ending)
        if self._nobody_listens(ending):
            self.finish()
            return
        timeout_s = self.owner.settings.close_timeout_ms / 1000
        self._abort_timer = self.owner.tasks.loop.call_later(timeout_s, self.abort)

    def abort(self) -> None:
        """Cut every wire and finish, whatever is still queued."""
        self.outbox.clear()
        for wire in self._wires:
            wire.abort()
        self.finish()

    def finish(self) -> None:
        """Be gone; calling it again changes nothing."""
        if self._gone:
            return
        self._gone = True
        if self._waited_for is not None:
            self._waited_for.set()
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        self.owner.forget(self)

    async def gone(self) -> None:
        """Wait until the connection has ended."""
        if not self._gone:
            self._waited_for = self._waited_for or asyncio.Event()
            await self._waited_for.wait()

    def _nobody_listens(self, ending: Ending) -> bool:
        """Whether nobody is there for last words, no poll waits for them, and none need be waited for."""
        if self.transport == "websocket":
            return all(wire.is_closing() for wire in self._wires)
        if self.polling or self.upgrading:
            return False
        return ending is Ending.NO_PONG or not (self.left or len(self.outbox))

    def _heard_while_closing(self, frame: str | bytes) -> None:
        if frame == "1" and self.transport == "polling":  # it closes too, and will not ask for more
            self.finish()

    def _ping(self) -> None:
        self.put(frames.PING)

    def _no_pong(self) -> None:
        # No ping reached a client that does not read: what is wrong with it is that it does not read.
        self.owner.trouble(self, Ending.NO_PONG if self.stalled_since is None else Ending.SLOW)


def without(some: tuple[_One, ...], one: _One) -> tuple[_One, ...]:
    """Return the others."""
    return tuple(other for other in some if other != one)
