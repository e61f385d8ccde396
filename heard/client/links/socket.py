"""A link over Socket.IO: one stock client object for one connection, its own reconnecting left off."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import ssl
from collections.abc import Sequence
from functools import partial
from socket import gaierror
from typing import Any

import aiohttp
import engineio.exceptions
import socketio
import socketio.exceptions

from heard.client.links.base import LinkDown, Listeners
from heard.contract import goodbyes
from heard.contract.registry import NAMESPACES
from heard.errors import HeardError
from heard.text import one_line

OPEN_S = 5.0
CLOSE_S = 1.0
MAX_REFUSAL = 4_096

# The stock client logs whole packets, tokens among them, and puts a handler on stderr, where a screen is painted.
_SILENT = logging.getLogger("heard.client.socketio")
_SILENT.setLevel(logging.CRITICAL + 1)


class SocketLink(Listeners):
    """One Socket.IO connection with the namespaces given. Requests go to the namespace of their prefix, else the first.

    Heartbeats are the gateway's to set; a cut is noticed one interval and one timeout after the last sign of life.
    """

    def __init__(self, url: str, *, namespaces: Sequence[str] = ("/kds",), transport: str = "websocket") -> None:
        super().__init__()
        self._url = url
        self._namespaces = tuple(namespaces)
        self._transport = transport
        self._joined: set[str] = set()
        self._http: aiohttp.ClientSession | None = None
        self._sio: Any = None
        self._open: asyncio.Future[None] | None = None
        self._asked: set[asyncio.Future[Any]] = set()
        self._over: LinkDown | None = None
        self._turned_away: str | None = None

    async def open(self, auth: dict[str, Any]) -> None:
        """Connect and join every namespace.

        Raises:
            LinkDown: nobody there, or not now. HeardError: refused, in the gateway's words.
        """
        self._open = asyncio.get_running_loop().create_future()
        # Ours, so that closing it is not left to the stock client; a cookie may keep us at one node of several.
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), trace_configs=[self._listening_to_refusals()]
        )
        self._sio = self._client(self._http)
        try:
            async with asyncio.timeout(OPEN_S):
                await self._sio.connect(
                    self._url, auth=auth, transports=[self._transport], namespaces=list(self._namespaces), wait=False
                )
                await self._joined_or_gone(self._open)
        except TimeoutError:
            await self.close()
            raise LinkDown(f"the gateway at {self._url} does not answer") from None
        except socketio.exceptions.ConnectionError as error:
            await self.close()
            raise self._not_open(error) from error
        except BaseException:
            await self.close()
            raise

    async def _joined_or_gone(self, joined: asyncio.Future[None]) -> None:
        """The stock client tells of a lost connection only once a namespace is joined: before that we watch it.

        Raises:
            LinkDown, HeardError: as `open`.
        """
        await asyncio.wait({joined, self._sio.eio.read_loop_task}, return_when=asyncio.FIRST_COMPLETED)
        if not joined.done():
            await self.close()
            raise LinkDown("the connection was lost while it was being made")
        joined.result()

    def _listening_to_refusals(self) -> aiohttp.TraceConfig:
        """aiohttp's error on a WebSocket that is refused tells the number only; the sentence is in the answer."""

        async def note(_: Any, __: Any, answered: aiohttp.TraceRequestEndParams) -> None:
            if answered.response.status >= 400:
                self._turned_away = await _sentence(answered.response)

        tracing = aiohttp.TraceConfig()
        tracing.on_request_end.append(note)
        return tracing

    def _client(self, http: aiohttp.ClientSession) -> Any:
        client = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, logger=_SILENT, engineio_logger=_SILENT, http_session=http
        )
        for namespace in self._namespaces:
            client.on("connect", partial(self._connected, namespace), namespace=namespace)
            client.on("connect_error", self._refused, namespace=namespace)
            client.on("disconnect", self._disconnected, namespace=namespace)
            client.on("*", self._heard, namespace=namespace)
        return client

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:
        """Emit with an ack.

        Raises:
            LinkDown: the link ended first, or nothing came in time: then this link is given up.
        """
        if self._over is not None:
            raise self._over
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.add(ack)
        try:
            async with asyncio.timeout(timeout_s):
                # In a tuple, or the stock client would make several arguments of data that is one.
                await self._sio.emit(event, (data,), namespace=self._namespace(event), callback=partial(_acked, ack))
                return await ack
        except TimeoutError:
            # An answer that comes later would be taken for nobody's: better a new link and the same ids again.
            down = LinkDown(f"{event} had no answer within {timeout_s:g} s")
            self._end(down)
            raise down from None
        except socketio.exceptions.SocketIOError as error:
            raise LinkDown(f"the link is gone: {error}") from error
        finally:
            self._asked.discard(ack)

    def _namespace(self, event: str) -> str:
        wanted = NAMESPACES.get(event.partition(":")[0])
        return wanted if wanted in self._namespaces else self._namespaces[0]

    async def close(self) -> None:
        """Hang up, in a second or so at most."""
        self._end(LinkDown("closed by this side"))
        if self._sio is None:
            return
        sio, self._sio = self._sio, None
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._take_leave(sio)
                await sio.disconnect()
        except (TimeoutError, OSError, aiohttp.ClientError, engineio.exceptions.EngineIOError) as error:
            _SILENT.debug("hung up hard: %s", error)
        finally:
            await self._tidy(sio)

    async def _take_leave(self, sio: Any) -> None:
        """Say that we go: the stock client closes the WebSocket before its own DISCONNECT is written, which reads like
        a broken connection at the other end."""
        if sio.eio.state == "connected":
            for namespace in self._joined:
                await sio.eio.send(f"1{namespace},")
            await sio.eio.queue.join()

    async def _tidy(self, sio: Any) -> None:
        """The stock client leaves its loops to time out, and after a silence its WebSocket open."""
        for loop in (sio.eio.read_loop_task, sio.eio.write_loop_task):
            if loop is not None and loop is not asyncio.current_task():
                loop.cancel()
        try:
            async with asyncio.timeout(CLOSE_S):
                if sio.eio.ws is not None:
                    await sio.eio.ws.close()
        except TimeoutError:
            _SILENT.debug("the other side does not hang up")
        finally:
            if self._http is not None:
                await self._http.close()

    # ── What the stock client tells ───────────────────────────────────────────────────────────────────────────────────

    def _connected(self, namespace: str) -> None:
        self._joined.add(namespace)
        if self._open and not self._open.done() and len(self._joined) == len(self._namespaces):
            self._open.set_result(None)

    def _refused(self, said: Any = None) -> None:
        if self._open is not None and not self._open.done():
            self._open.set_exception(_refusal(said))
            self._open.exception()  # looked at: a failed handshake is told here first and then raised

    def _heard(self, event: str, *args: Any) -> None:
        if self._over is None:
            self.on_event(event, args[0] if args else None)

    def _disconnected(self, *_: Any) -> None:
        socket = self._sio.eio.ws if self._sio is not None else None
        self._end(_by_close_code(socket.close_code if socket is not None else None))

    def _end(self, why: LinkDown) -> None:
        if self._over is not None:
            return
        self._over = why
        for ack in self._asked:
            if not ack.done():
                ack.set_exception(why)
        if self._open is not None and not self._open.done():
            self._open.set_exception(why)
            self._open.exception()  # looked at: `open` may have given up on it
        self.on_closed(why)

    def _not_open(self, error: BaseException) -> HeardError:
        """Why a handshake failed: the stock client hides the reason below its own exception."""
        below: BaseException | None = error
        while below is not None:
            if isinstance(below, aiohttp.WSServerHandshakeError):
                return _by_status(below, self._turned_away)
            if isinstance(below, OSError | aiohttp.ClientError):
                return self._nobody(_cause(below))
            below = below.__cause__ or below.__context__
        return self._nobody(str(error))

    def _nobody(self, cause: str) -> LinkDown:
        return LinkDown(f"no gateway answers at {self._url} ({cause}): is `heard serve` running there?")


def _acked(ack: asyncio.Future[Any], *args: Any) -> None:
    if not ack.done():
        ack.set_result(args[0] if args else None)


def _refusal(said: Any) -> HeardError:
    """A CONNECT_ERROR: `{message, data: {code, temporary}}`."""
    if isinstance(said, dict):
        about = said.get("data")
        return HeardError.from_wire({"message": said.get("message")} | (about if isinstance(about, dict) else {}))
    return LinkDown(str(said or "the gateway refused the connection"))


def _by_close_code(number: int | None) -> LinkDown:
    """What a closed WebSocket says; the number of a goodbye counts when its last words were lost."""
    row = goodbyes.of_number(number)
    if row is None:
        return LinkDown("the connection to the gateway was lost")
    return LinkDown(row.sentence, goodbye=goodbyes.SessionGoodbye.model_validate(row.as_wire()))


async def _sentence(answer: aiohttp.ClientResponse) -> str | None:
    """What a gateway says of a refusal; None where it is something else that refuses, a proxy perhaps."""
    body = b""
    try:
        while len(body) < MAX_REFUSAL and (part := await answer.content.read(MAX_REFUSAL - len(body))):
            body += part
        said = json.loads(body)["error"]["message"]
    except (aiohttp.ClientError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return one_line(said, limit=200) if isinstance(said, str) and said else None


def _by_status(error: aiohttp.WSServerHandshakeError, said: str | None) -> LinkDown:
    wait = str(error.headers.get("Retry-After", "")) if error.headers else ""
    return LinkDown(
        f"the gateway says: {said} ({error.status})"
        if said
        else f"the gateway does not take connections now ({error.status})",
        retry_after_ms=int(wait) * 1000 if wait.isdecimal() else None,
    )


def _cause(error: BaseException) -> str:
    """In the system's words: the libraries' own are an address in brackets."""
    error = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    # Names that are not found and broken certificates number their errors by themselves.
    if isinstance(error, OSError) and not isinstance(error, gaierror | ssl.SSLError):
        number = error.errno or 0
        if number in errno.errorcode:
            return os.strerror(number).lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
