"""Links over WebSocket: the upgrade, what is heard, and the way out."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic

from aiohttp import EofStream, WebSocketError, WSMessage, WSMsgType, web

from server.transport import frames
from server.transport.endings import Ending
from server.transport.frames import ProtocolError
from server.transport.inflow import Inflow, Socket
from server.transport.link import Link
from server.transport.settings import TransportSettings

_PROTOCOL_ERROR_CODE = 1002
_MOST_UNSENT = 65_536
"""Bytes the network may owe a client before frames wait in their shared form instead."""
_MAX_REASON = 123  # a control frame holds 125 bytes, two of them are the code


def carry(link: Link, request: web.Request, socket: Socket) -> None:
    """Carry a link over this WebSocket until either ends; the request that brought it ends here."""
    link.transport = "websocket"
    wire = socket.take_over(request)
    if wire is None:  # gone since the handshake
        link.close(Ending.TRANSPORT_CLOSED)
        link.finish()
        return
    pipe = Pipe(link, wire)
    link.pipe = pipe
    link.flush_soon()
    link.hold(wire)
    socket.inflow.listen(partial(_hear, link, pipe, socket.inflow), partial(_part, link, pipe, wire))


async def upgrade(link: Link, request: web.Request, socket: Socket) -> None:
    """Move a polling link here if the client probes as it should; otherwise it stays where it was."""
    link.upgrading = True
    try:
        with _Held(link, request):
            upgraded = await _probed(link, socket)
    finally:
        link.upgrading = False
    if upgraded:  # even when the link is closing: the client listens only here from now on
        link.release_poll()
        carry(link, request, socket)
    else:
        await turn_away(socket)


async def turn_away(socket: Socket) -> None:
    """Close a WebSocket that carries nothing."""
    await socket.close(code=_PROTOCOL_ERROR_CODE)


async def _probed(link: Link, socket: Socket) -> bool:
    try:
        async with asyncio.timeout(link.owner.settings.upgrade_deadline_ms / 1000):
            if (await socket.inflow.read()).data != frames.PROBE:
                return False
            await socket.send_str(frames.PROBED)
            link.release_poll()
            return bool((await socket.inflow.read()).data == frames.UPGRADE)
    except (TimeoutError, WebSocketError, EofStream, ConnectionError):  # late, not a frame, gone
        return False


def _hear(link: Link, pipe: Pipe, inflow: Inflow, message: WSMessage) -> None:
    kind = message.type
    if kind is WSMsgType.TEXT or (kind is WSMsgType.BINARY and link.owner.settings.binary):
        try:
            link.receive(message.data)
        except ProtocolError as error:
            link.owner.trouble(link, Ending.PROTOCOL_ERROR, str(error))
    elif kind is WSMsgType.BINARY:
        link.owner.trouble(link, Ending.PROTOCOL_ERROR, "binary is off")
    elif kind is WSMsgType.PING:
        pipe.pong(message.data)
    elif kind is WSMsgType.CLOSE:
        inflow.stop()


def _part(link: Link, pipe: Pipe, wire: asyncio.Transport, refused: BaseException | None) -> None:
    """End a link from whom nothing more is heard."""
    if isinstance(refused, WebSocketError):
        _refuse_frame(link, refused.code)
    else:
        link.outbox.clear()  # nobody listens any more
    link.close(Ending.TRANSPORT_CLOSED)
    pipe.flush()
    link.owner.flusher.forget(pipe)
    link.finish()
    link.let_go(wire)
    link.pipe = None
    _hang_up(wire, link.owner.settings)


def _refuse_frame(link: Link, code: int) -> None:
    """Close for a frame that was too large (1009), not UTF-8 (1007) or malformed (1002), with that code."""
    link.owner.trouble(link, Ending.PROTOCOL_ERROR, f"frame refused with {code}")
    link.close_code = code


class Pipe:
    """The way out of a WebSocket: whole frames straight to the network, the rest waits in the link's outbox."""

    __slots__ = ("_link", "_said_goodbye", "_unsent", "_wire")

    def __init__(self, link: Link, wire: asyncio.Transport) -> None:
        self._link = link
        self._wire = wire
        self._unsent = 0
        self._said_goodbye = False

    def write(self, data: bytes, packets: int, size: int) -> None:
        """Write so many packets of so many bytes. A broadcast is this, once for each member of the room."""
        link, wire = self._link, self._wire
        if wire.is_closing():  # it ends in a moment, and uvloop's would raise
            return
        wire.write(data)
        tally = link.tally
        tally.packets_out += packets
        tally.bytes_out += size
        unsent = wire.get_write_buffer_size()
        if unsent or link.outbox.in_flight:
            self._owes(unsent)

    def flush(self) -> None:
        """Write what is queued, as far as the network has room."""
        link = self._link
        link.due = False
        if self._wire.is_closing():
            link.outbox.clear()
        if link.stalled_since is not None:
            self._look(link.stalled_since)
        while len(link.outbox) and link.stalled_since is None:
            size = link.outbox.size
            batch = link.outbox.some(_MOST_UNSENT)
            data = batch[0].wire if len(batch) == 1 else b"".join([frame.wire for frame in batch])
            self.write(data, sum([len(frame.packets) for frame in batch]), size - link.outbox.size)
        if link.closing and not len(link.outbox) and not self._said_goodbye:
            self._say_goodbye()
        link.ready = not link.closing and link.stalled_since is None

    def pong(self, body: bytes) -> None:
        """Answer a ping of the WebSocket's own, unless too much is unsent: not each has to be (RFC 6455, 5.5.3)."""
        if self._link.stalled_since is None:
            self._control(WSMsgType.PONG, body)
            self._owes(self.unsent)

    @property
    def unsent(self) -> int:
        """Bytes that the network has not taken yet."""
        return 0 if self._wire.is_closing() else self._wire.get_write_buffer_size()

    def _control(self, opcode: WSMsgType, body: bytes) -> None:
        """Write a control frame (RFC 6455, 5.5)."""
        if not self._wire.is_closing():
            self._wire.write(bytes((0x80 | opcode, len(body))) + body)

    def _say_goodbye(self) -> None:
        self._said_goodbye = True
        # Not socket.close(): aiohttp cuts the wire without waiting for the client's close frame, and clients then
        # report 1006 instead of our code.
        link = self._link
        reason = link.close_reason.encode("ascii", "replace")[:_MAX_REASON]
        self._control(WSMsgType.CLOSE, link.close_code.to_bytes(2, "big") + reason)

    def _owes(self, unsent: int) -> None:
        """Note what the network has not taken yet; above a bound, nothing more is written until it has."""
        link = self._link
        link.outbox.in_flight = unsent
        if unsent > _MOST_UNSENT:
            self._unsent, link.stalled_since, link.ready = unsent, monotonic(), False
            link.owner.flusher.wait(self)

    def _look(self, since: float) -> None:
        """See whether the network has room again; a client that took nothing for too long is cut off."""
        link = self._link
        unsent = link.outbox.in_flight = self.unsent
        now = monotonic()
        if unsent <= _MOST_UNSENT // 2 or self._wire.is_closing():
            link.stalled_since = None
        elif unsent >= self._unsent and now - since > link.owner.settings.write_deadline_ms / 1000:
            link.owner.trouble(link, Ending.SLOW)
            link.abort()
        else:
            if unsent < self._unsent:
                self._unsent, link.stalled_since = unsent, now
            link.owner.flusher.wait(self)


def _hang_up(wire: asyncio.Transport, settings: TransportSettings) -> None:
    """Close the wire once what is written has gone out, or cut it when that takes too long."""
    if not wire.is_closing():
        wire.close()
        asyncio.get_running_loop().call_later(settings.close_timeout_ms / 1000, wire.abort)


class _Held:
    """Ties a request's network transport to a link, so that aborting the link cuts it."""

    def __init__(self, link: Link, request: web.Request) -> None:
        self._link = link
        self._wire = request.transport

    def __enter__(self) -> None:
        if self._wire is not None:
            self._link.hold(self._wire)

    def __exit__(self, *_: object) -> None:
        if self._wire is not None:
            self._link.let_go(self._wire)
