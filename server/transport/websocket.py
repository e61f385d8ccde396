"""Links over WebSocket: the upgrade, the read loop that never waits for handlers, and the writing."""

import asyncio
from time import monotonic

from aiohttp import WebSocketError, WSMsgType, web

from server.transport import frames
from server.transport.endings import Ending
from server.transport.frames import ProtocolError
from server.transport.link import Link
from server.transport.settings import TransportSettings

_PROTOCOL_ERROR_CODE = 1002
_MOST_UNSENT = 65_536
"""Bytes the network may owe a client before frames wait in their shared form instead."""
_MAX_REASON = 123  # a control frame holds 125 bytes, two of them are the code


async def accept(request: web.Request, settings: TransportSettings) -> web.WebSocketResponse:
    """Complete the WebSocket handshake. Raises: web.HTTPBadRequest for a request that is none."""
    socket = web.WebSocketResponse(
        compress=settings.deflate,
        max_msg_size=settings.max_payload + 1,  # aiohttp refuses from this size on
        timeout=settings.close_timeout_ms / 1000,
        autoclose=False,  # the writer answers a close frame, so that there is never a second one
    )
    await socket.prepare(request)
    return socket


async def carry(link: Link, request: web.Request, socket: web.WebSocketResponse) -> None:
    """Carry a link over this WebSocket until either ends."""
    link.transport = "websocket"
    wire = request.transport
    if wire is None:  # gone since the handshake
        link.close(Ending.TRANSPORT_CLOSED)
        link.finish()
        return
    pipe = Pipe(link, wire)
    link.pipe = pipe
    link.flush_soon()
    with _Held(link, request):
        try:
            await _read(link, socket)
        finally:
            link.outbox.clear()  # nobody listens any more
            link.close(Ending.TRANSPORT_CLOSED)
            pipe.flush()
            link.owner.flusher.forget(pipe)
            link.finish()
            _hang_up(wire, link.owner.settings)


async def upgrade(link: Link, request: web.Request, socket: web.WebSocketResponse) -> None:
    """Move a polling link here if the client probes as it should; otherwise it stays where it was."""
    link.upgrading = True
    try:
        with _Held(link, request):
            upgraded = await _probed(link, socket)
    finally:
        link.upgrading = False
    if upgraded:  # even when the link is closing: the client listens only here from now on
        link.release_poll()
        await carry(link, request, socket)
    else:
        await socket.close(code=_PROTOCOL_ERROR_CODE)


async def _probed(link: Link, socket: web.WebSocketResponse) -> bool:
    try:
        async with asyncio.timeout(link.owner.settings.upgrade_deadline_ms / 1000):
            if await socket.receive_str() != frames.PROBE:
                return False
            await socket.send_str(frames.PROBED)
            link.release_poll()
            return await socket.receive_str() == frames.UPGRADE
    except (TimeoutError, TypeError, ConnectionError):  # late, not a text frame, gone
        return False


async def _read(link: Link, socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            _note(link, message.data)
            return
        try:
            await link.receive(_text(message.type, message.data))
        except ProtocolError as error:
            link.owner.trouble(link, Ending.PROTOCOL_ERROR, str(error))


def _text(kind: WSMsgType, data: object) -> str:
    if kind is WSMsgType.TEXT and isinstance(data, str):
        return data
    raise ProtocolError("binary is off")


def _note(link: Link, error: object) -> None:
    """Take note of a frame aiohttp has already closed for: too large (1009), not UTF-8 (1007), malformed (1002)."""
    if isinstance(error, WebSocketError):
        link.owner.trouble(link, Ending.PROTOCOL_ERROR, f"frame refused with {error.code}")


class Pipe:
    """The way out of a WebSocket: whole frames straight to the network, the rest waits in the link's outbox."""

    def __init__(self, link: Link, wire: asyncio.Transport) -> None:
        self._link = link
        self._wire = wire
        self._unsent = 0
        self._said_goodbye = False

    def flush(self) -> bool:
        """Write what is queued as far as the network has room; False when it has none."""
        link, wire = self._link, self._wire
        link.due = False
        if wire.is_closing():
            link.outbox.clear()
            return True
        if link.stalled_since is not None and not self._moves(link.stalled_since):
            return wire.is_closing()
        while link.outbox.size:
            batch = link.outbox.some(_MOST_UNSENT)
            wire.write(batch[0].wire if len(batch) == 1 else b"".join([frame.wire for frame in batch]))
            link.tally.went(len(batch), sum([frame.size for frame in batch]))
            unsent = link.outbox.in_flight = wire.get_write_buffer_size()
            if unsent > _MOST_UNSENT:
                self._unsent, link.stalled_since = unsent, monotonic()
                return False
        if link.closing and not self._said_goodbye:
            self._said_goodbye = True
            # Not socket.close(): while another task reads, aiohttp cuts the wire without waiting for the client's
            # close frame, and clients then report 1006 instead of our code.
            wire.write(_close_frame(link))
        return True

    def _moves(self, since: float) -> bool:
        """Whether the network has room again; a client that took nothing for too long is cut off."""
        link = self._link
        unsent = link.outbox.in_flight = self._wire.get_write_buffer_size()
        if unsent <= _MOST_UNSENT // 2:
            link.stalled_since = None
            return True
        now = monotonic()
        if unsent < self._unsent:
            self._unsent, link.stalled_since = unsent, now
        elif now - since > link.owner.settings.write_deadline_ms / 1000:
            link.owner.trouble(link, Ending.SLOW)
            link.abort()
        return False


def _close_frame(link: Link) -> bytes:
    """Encode the close frame with the link's code and reason (RFC 6455, 5.5.1)."""
    body = link.close_code.to_bytes(2, "big") + link.close_reason.encode("ascii", "replace")[:_MAX_REASON]
    return bytes((0x80 | WSMsgType.CLOSE, len(body))) + body


def _hang_up(wire: asyncio.Transport, settings: TransportSettings) -> None:
    """Close the wire once what is written has gone out, or cut it when that takes too long."""
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
