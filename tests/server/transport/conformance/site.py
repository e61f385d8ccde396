"""A server under test as a client sees it: one path, plain HTTP and WebSockets that answer PINGs."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from aiohttp import web

from server.transport import TransportSettings
from server.transport.link import Link
from tests.patience import PATIENCE_S
from tests.server.transport.conformance.lag import Lag

PING_INTERVAL_MS = 300
PING_TIMEOUT_MS = 200
CONNECT_TIMEOUT_MS = 1_000

SETTINGS = TransportSettings(
    ping_interval_ms=PING_INTERVAL_MS,
    ping_timeout_ms=PING_TIMEOUT_MS,
    max_payload=1_000_000,
    join_deadline_ms=CONNECT_TIMEOUT_MS,
    binary=True,
)

Packet = str | bytes


class Speaker:
    """A WebSocket client. It answers PINGs and keeps quiet about them, unless a test wants to see them."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def send(self, *packets: Packet) -> None:
        for packet in packets:
            await (self._ws.send_str(packet) if isinstance(packet, str) else self._ws.send_bytes(packet))

    async def anything(self) -> Packet | None:
        """Return the next packet, a PING too and unanswered, None when the server has closed."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self._ws.receive()
        open_ = message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
        return message.data if open_ else None

    async def packet(self) -> Packet | None:
        """Return the next packet that is no PING, None when the server has closed."""
        while (packet := await self.anything()) == "2":
            await self.send("3")
        return packet

    async def packets(self, number: int) -> list[Packet | None]:
        return [await self.packet() for _ in range(number)]

    async def closed(self) -> int | None:
        """Wait for the close, a living client until then, and return its code."""
        while await self.packet() is not None:
            pass
        return self._ws.close_code

    async def closed_on_a_silent_client(self) -> int | None:
        """Wait for the close without answering anything, and return its code."""
        while await self.anything() is not None:
            pass
        return self._ws.close_code

    async def close(self) -> None:
        await self._ws.close()


class Site:
    """A server on a port. What it serves is up to the fixtures."""

    def __init__(self, stack: AsyncExitStack, path: str) -> None:
        self._stack = stack
        self._path = path
        self._url = ""
        self._http: aiohttp.ClientSession
        self._find: Any = None
        self.lag = Lag()

    async def open(self, app: web.Application, find: Any) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self._url, self._find = f"http://{host}:{port}{self._path}", find
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        measuring = asyncio.ensure_future(self.lag.measure())
        self._stack.callback(measuring.cancel)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def link(self, sid: str) -> Link:
        """Return the server's end, to know when a request has arrived and nothing else."""
        return self._find(sid)

    # --- HTTP

    async def ask(self, method: str, query: str, data: str | None = None) -> tuple[int, str]:
        async with (
            asyncio.timeout(PATIENCE_S),
            self._http.request(method, f"{self._url}?{query}", data=data) as answer,
        ):
            return answer.status, await answer.text()

    async def status(self, method: str, query: str) -> int:
        return (await self.ask(method, query))[0]

    async def poll(self, sid: str) -> tuple[int, str]:
        return await self.ask("GET", f"EIO=4&transport=polling&sid={sid}")

    async def post(self, sid: str, body: str) -> tuple[int, str]:
        return await self.ask("POST", f"EIO=4&transport=polling&sid={sid}", body)

    async def terms(self) -> dict[str, Any]:
        """Open a session by polling and return what its OPEN packet says."""
        status, opening = await self.ask("GET", "EIO=4&transport=polling")
        assert (status, opening[:1]) == (200, "0")
        return json.loads(opening[1:])

    async def session(self) -> str:
        return (await self.terms())["sid"]

    async def waiting_poll(self, sid: str) -> asyncio.Task[tuple[int, str]]:
        """Send a poll and return when it waits at the server."""
        poll = asyncio.ensure_future(self.poll(sid))
        async with asyncio.timeout(PATIENCE_S):
            while not self.link(sid).polling:  # noqa: ASYNC110 - nobody signals it
                await asyncio.sleep(0.001)
        return poll

    # --- WebSocket

    async def websocket(self, query: str = "EIO=4&transport=websocket") -> Speaker:
        """Open a WebSocket and read nothing. Raises: aiohttp.WSServerHandshakeError when it is refused."""
        ws = await self._http.ws_connect(f"{self._url}?{query}", max_msg_size=0)
        self._stack.push_async_callback(ws.close)
        return Speaker(ws)

    async def upgrade_of(self, sid: str) -> Speaker:
        return await self.websocket(f"EIO=4&transport=websocket&sid={sid}")

    async def refused(self, query: str) -> int:
        """Try to open a WebSocket and return the HTTP status it is refused with."""
        try:
            await self.websocket(query)
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status
        return 101

    async def speaker(self) -> Speaker:
        """Open a WebSocket and read its OPEN packet."""
        speaker = await self.websocket()
        opening = await speaker.packet()
        assert isinstance(opening, str)
        assert opening.startswith("0")
        return speaker

    async def joined(self) -> Speaker:
        """Open a WebSocket and join the main namespace, `auth` event included."""
        speaker = await self.speaker()
        await speaker.send("40")
        connected, auth = await speaker.packets(2)
        assert str(connected).startswith('40{"sid":"')
        assert auth == '42["auth",{}]'
        return speaker
