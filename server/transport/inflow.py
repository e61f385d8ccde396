"""What comes over a WebSocket, handed on as aiohttp's parser finds it: no task wakes for each message."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, cast

from aiohttp import EofStream, WSMessage, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.http_websocket import WebSocketWriter, WSMessageTextBytes

from server.transport.settings import TransportSettings

AT_ONCE: Final = 32
"""Messages of one client that are heard in a row: a chunk of thousands must not keep everybody else waiting."""

log = logging.getLogger(__name__)


class Inflow(WebSocketDataQueue):
    """The parser's other end. Until somebody listens, messages are kept for `read`."""

    def __init__(self, request: web.BaseRequest, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(request.protocol, 0, loop=loop)
        self._request = request
        self._asyncio = loop
        self._kept: deque[WSMessage] = deque()
        self._hear: Callable[[WSMessage], None] | None = None
        self.left = AT_ONCE
        """How many more messages of this chunk may be heard at once."""
        self._paused = False
        self._over = False
        self._why: BaseException | None = None
        self._news: asyncio.Future[None] | None = None

    # The parser calls these three from C, where an exception would be lost.

    def feed_data(self, data: WSMessage | WSMessageTextBytes, size: int) -> None:  # noqa: ARG002 - the parser's call
        """Take a message from the parser."""
        message = cast("WSMessage", data)  # it was asked to decode text
        if self._over:
            return
        if self._hear is None or self._kept or not self.left:
            self._keep(message)
        else:
            self.left -= 1
            self._tell(message)

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

    async def listen(self, hear: Callable[[WSMessage], None]) -> BaseException | None:
        """Hand every message to `hear`, from those kept on, until the end; return what was wrong, if something was."""
        self._hear = hear
        self._paused = bool(self._kept)
        if self._paused:
            self._request.protocol.pause_reading()
            self._go_on()
        while self._kept or not self._over:
            await self._wait()
        return self._why

    def stop(self) -> None:
        """Hear nothing more."""
        self._kept.clear()
        self._end(None)

    def _tell(self, message: WSMessage) -> None:
        assert self._hear is not None  # noqa: S101 - what is told has somebody who listens
        try:
            self._hear(message)
        except Exception:
            log.exception("a message could not be heard")
            self.stop()

    def _keep(self, message: WSMessage) -> None:
        self._kept.append(message)
        if self._hear is None:
            self._wake()
        elif not self._paused:
            self._paused = True
            self._request.protocol.pause_reading()
            self._asyncio.call_soon(self._go_on)

    def _go_on(self) -> None:
        for _ in range(AT_ONCE):
            if not self._kept:
                break
            self._tell(self._kept.popleft())
        if self._kept:
            self._asyncio.call_soon(self._go_on)
        else:
            self._resume()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._request.protocol.resume_reading()
        if self._over:
            self._wake()

    def _end(self, why: BaseException | None) -> None:
        if not self._over:
            self._over, self._why = True, why
            self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _wait(self) -> None:
        self._news = self._asyncio.create_future()
        try:
            await self._news
        finally:
            self._news = None


class Chunks:
    """What the protocol takes for the parser: it tells the inflow where a chunk from the network begins."""

    __slots__ = ("_inflow", "_parser")

    def __init__(self, parser: WebSocketReader, inflow: Inflow) -> None:
        self._parser = parser
        self._inflow = inflow

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Parse a chunk."""
        self._inflow.left = AT_ONCE
        return self._parser.feed_data(data)

    def feed_eof(self) -> None:
        """Pass it on."""
        self._parser.feed_eof()


class Socket(web.WebSocketResponse):
    """aiohttp's WebSocket with our end of the parser."""

    inflow: Inflow

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        self._ws_protocol = protocol
        self._writer = writer
        self._reader = self.inflow = Inflow(request, asyncio.get_running_loop())
        self._parser = WebSocketReader(self.inflow, self._max_msg_size, compress=bool(self._compress), decode_text=True)
        request.protocol.set_parser(cast("WebSocketReader", Chunks(self._parser, self.inflow)))
        request.protocol.keep_alive(False)


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
