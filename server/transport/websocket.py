"""Links over WebSocket: the upgrade, the read loop that never waits for handlers, and the writer."""

import asyncio
from time import monotonic

from aiohttp import WebSocketError, WSMsgType, web

from server.transport import frames
from server.transport.endings import Ending
from server.transport.link import Link
from server.transport.packets import ProtocolError
from server.transport.settings import TransportSettings

_PROTOCOL_ERROR_CODE = 1002
_BATCH = 64
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
    with _Held(link, request):
        writer = link.owner.tasks.start(_write(link, socket), f"write {link.sid}")
        try:
            await _read(link, socket)
        finally:
            link.outbox.clear()  # nobody listens any more
            link.close(Ending.TRANSPORT_CLOSED)
            await writer
            link.finish()
            _hang_up(request, link.owner.settings)


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


async def _write(link: Link, socket: web.WebSocketResponse) -> None:
    try:
        while batch := await link.outbox.take(_BATCH):
            await _send(link, socket, batch)
        # Not socket.close(): while another task reads, aiohttp cuts the wire without waiting for the client's close
        # frame, and clients then report 1006 instead of our code.
        await socket.send_frame(_close_frame(link), WSMsgType.CLOSE)
    except TimeoutError:
        link.owner.trouble(link, Ending.SLOW)
        link.abort()
    except ConnectionError:
        link.close(Ending.TRANSPORT_CLOSED)


async def _send(link: Link, socket: web.WebSocketResponse, batch: list[bytes]) -> None:
    link.sending_since = monotonic()
    async with asyncio.timeout(link.owner.settings.write_deadline_ms / 1000):
        for frame in batch:
            await socket.send_frame(frame, WSMsgType.TEXT)
    link.sending_since = None
    link.tally.went(batch)


def _close_frame(link: Link) -> bytes:
    return link.close_code.to_bytes(2, "big") + link.close_reason.encode("ascii", "replace")[:_MAX_REASON]


def _hang_up(request: web.Request, settings: TransportSettings) -> None:
    """Close the wire once what is written has gone out, or cut it when that takes too long."""
    wire = request.transport
    if wire is not None:
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
