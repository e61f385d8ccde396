"""What comes over a WebSocket, handed on as aiohttp's parser finds it: no task wakes for each message."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast

from aiohttp import EofStream, WSMessage, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.http_websocket import WebSocketWriter

from server.transport.settings import TransportSettings

AT_ONCE: Final = 32
"""Messages of one client that are heard in a row: a chunk of thousands must not keep everybody else waiting."""

SLICE: Final = 4_096
"""Bytes that are parsed in a row: a chunk is up to 256 KiB, which may be tens of thousands of messages."""

log = logging.getLogger(__name__)


class Inflow(WebSocketDataQueue):
    """The parser's other end. Until somebody listens, messages are kept for `read`."""

    __slots__ = (
        "_asyncio", "_end_told", "_hear", "_kept", "_news", "_over", "_paused", "_why", "_wire", "left", "more",
    )  # fmt: skip

    # What the parser asks about aiohttp's own queue, which is not made: each would be a kilobyte that nobody uses.
    _size = _limit = 0

    def __init__(self, wire: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._wire = wire
        self._asyncio = loop
        self._kept: deque[WSMessage] | None = None
        self._hear: Callable[[WSMessage], None] | None = None
        self._end_told: Callable[[BaseException | None], None] | None = None
        self.left = AT_ONCE
        """How many more messages of this chunk may be heard at once."""
        self.more: Callable[[], None] | None = None
        """Parses what is left of a chunk."""
        self._paused = False
        self._over = False
        self._why: BaseException | None = None
        self._news: asyncio.Future[None] | None = None

    # The parser calls these three from C, where an exception would be lost.

    def feed_data(self, data: Any, size: int) -> None:  # noqa: ARG002 - the parser's call
        """Take a message from the parser."""
        if self._over:
            return
        if self._hear is None or self._kept or not self.left:
            self._keep(data)
        else:
            self.left -= 1
            self._tell(data)

    def feed_eof(self) -> None:
        """Learn from the protocol that the client is gone."""
        self._end(None)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002
        """Learn from the parser what was wrong with a frame."""
        self._end(exc)

    async def read(self) -> WSMessage:
        """Return the next message while nobody listens. Raises: EofStream, WebSocketError and what else ended it."""
        if not self._kept and not self._over:
            await self._wait()
        if self._kept:
            return self._kept.popleft()
        raise self._why or EofStream

    @property
    def full(self) -> bool:
        """Whether messages wait to be heard, so that no more should be parsed."""
        return self._kept is not None and len(self._kept) >= (AT_ONCE if self._hear is None else 1)

    def listen(self, hear: Callable[[WSMessage], None], ended: Callable[[BaseException | None], None]) -> None:
        """Hand every message to `hear`, from those kept on, and after the last one what was wrong, or None, to `ended`.

        No task waits for either: a connection at rest is a few objects.
        """
        self._hear, self._end_told = hear, ended
        if self._kept:
            self._pause()
            self._go_on()
        else:
            self._wake()

    def stop(self) -> None:
        """Hear nothing more."""
        self._kept = None
        self._end(None)

    def _tell(self, message: WSMessage) -> None:
        assert self._hear is not None  # noqa: S101 - what is told has somebody who listens
        try:
            self._hear(message)
        except Exception:
            log.exception("a message could not be heard")
            self.stop()

    def _keep(self, message: WSMessage) -> None:
        if self._kept is None:
            self._kept = deque()
        self._kept.append(message)
        if self.full and not self._paused:
            self._pause()
            if self._hear is not None:
                self._asyncio.call_soon(self._go_on)
        self._wake()

    def _go_on(self) -> None:
        for _ in range(AT_ONCE):
            if not self._kept:
                break
            self._tell(self._kept.popleft())
        if not self._kept and self.more is not None:
            self.left = AT_ONCE
            self.more()
        if self._kept:
            self._asyncio.call_soon(self._go_on)
        else:
            self._resume()

    def _pause(self) -> None:
        self._paused = True
        if not self._wire.is_closing():
            self._wire.pause_reading()

    def _resume(self) -> None:
        self._kept = None
        if self._paused:
            self._paused = False
            if not self._wire.is_closing():
                self._wire.resume_reading()
        self._wake()

    def _end(self, why: BaseException | None) -> None:
        if not self._over:
            self._over, self._why = True, why
            self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        if self._over and not self._kept and self._end_told is not None:
            self._asyncio.call_soon(self._end_told, self._why)
            self._end_told = self._hear = self.more = None  # they know it too: nothing is left to the collector

    async def _wait(self) -> None:
        self._news = self._asyncio.create_future()
        try:
            await self._news
        finally:
            self._news = None


class Chunks(asyncio.Protocol):
    """What the network says, chunk by chunk: aiohttp hands it on as to a parser, until it is taken over from there."""

    __slots__ = ("_inflow", "_left_off", "_lost", "_parser", "ours")

    def __init__(self, parser: WebSocketReader, inflow: Inflow) -> None:
        self._parser = parser
        self._inflow = inflow
        self._left_off = b""
        self._lost = False
        self.ours = False
        """Whether the network speaks to it without aiohttp."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Parse a chunk, or keep it for when what came before it has been heard."""
        if self._left_off:
            self._left_off += data
        else:
            self._inflow.left = AT_ONCE
            self._parse(data)
        return False, b""

    def feed_eof(self) -> None:
        """Hear from aiohttp that it has no more."""
        if not self.ours:
            self._end()

    def data_received(self, data: bytes) -> None:
        """Hear a chunk from the network."""
        self.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's call
        """Hear from the network that the client is gone."""
        self._end()

    def _parse(self, data: bytes) -> None:
        at = 0
        while at < len(data) and not self._inflow.full:
            self._parser.feed_data(data if len(data) <= SLICE else data[at : at + SLICE])
            at += SLICE
        self._left_off = data[at:]
        self._inflow.more = self._go_on if self._left_off else None

    def _go_on(self) -> None:
        self._parse(self._left_off)
        if self._lost and not self._left_off:
            self._inflow.feed_eof()

    def _end(self) -> None:
        self._lost = True
        if not self._left_off:
            self._inflow.feed_eof()


class Socket(web.WebSocketResponse):
    """aiohttp's WebSocket with our end of the parser."""

    inflow: Inflow
    _chunks: Chunks

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        wire = request.transport
        if wire is None:
            raise ConnectionResetError("gone during the handshake")
        self._ws_protocol = protocol
        self._writer = writer
        self._reader = self.inflow = Inflow(wire, asyncio.get_running_loop())
        self._parser = WebSocketReader(self.inflow, self._max_msg_size, compress=bool(self._compress), decode_text=True)
        self._chunks = Chunks(self._parser, self.inflow)
        request.protocol.set_parser(cast("WebSocketReader", self._chunks))
        request.protocol.keep_alive(False)

    def take_over(self, request: web.Request) -> asyncio.Transport | None:
        """Take the network from aiohttp, for whom the request is over with that; None when the client is gone.

        Nothing of the request is kept for the life of the connection: no headers, no task, no chain of handlers.
        """
        wire, protocol = request.transport, request.protocol
        if wire is None:
            return None
        self._chunks.ours = True
        wire.set_protocol(self._chunks)
        protocol.transport = None  # it would close it
        protocol.connection_lost(None)
        return wire

    async def write_eof(self) -> None:  # type: ignore[override]  # as aiohttp overrides it
        """End the answer, unless what was taken over goes on."""
        if not self._chunks.ours:
            await super().write_eof()


async def accept(request: web.Request, settings: TransportSettings) -> Socket:
    """Complete the WebSocket handshake. Raises: web.HTTPBadRequest for a request that is none."""
    socket = Socket(
        compress=settings.deflate,
        max_msg_size=settings.max_payload + 1,  # aiohttp refuses from this size on
        timeout=settings.close_timeout_ms / 1000,
        autoclose=False,
    )
    await socket.prepare(request)
    return socket
