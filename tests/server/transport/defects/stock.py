"""The stage on the stock library, set up as its documentation says: python-socketio's AsyncServer on aiohttp."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import aiohttp
import socketio
from aiohttp import web
from engineio import packet
from engineio.async_socket import AsyncSocket

from server.transport import Peer, Refused
from tests.server.transport.conftest import Memory
from tests.server.transport.defects.stage import Stage

MS = {"ping_interval_ms": "ping_interval", "ping_timeout_ms": "ping_timeout"}
"""Our settings in milliseconds, the library's in seconds."""
SAME = {"max_payload": "max_http_buffer_size", "transports": "transports"}
USUAL = {"ping_interval_ms": 2_500, "ping_timeout_ms": 2_000, "max_payload": 65_536}
"""As ours by default, so that nobody is compared with a 25 s heartbeat."""
# Our other settings (deadlines, bounds, trusted proxies) have no counterpart: there is nothing to be set.


class StockStage(Stage):
    """The same application with the library's decorators."""

    sio: Any
    """The library's server."""
    runner: web.AppRunner
    _stopped = False

    async def begin(
        self, *, in_order: bool = False, redis: str | None = None, channel: str = "", **settings: Any
    ) -> StockStage:
        """Start; `redis` and `channel` make it one of several servers."""
        given = USUAL | settings
        options = {name: given[ours] / 1000 for ours, name in MS.items()}
        options |= {name: given[ours] for ours, name in SAME.items() if ours in given}
        if redis is not None:
            options["client_manager"] = socketio.AsyncRedisManager(redis, channel=channel)
        # `async_handlers=False` is what the documentation offers to those who need one client's events in order.
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp", namespaces=["/kds", "/orders"], async_handlers=not in_order, **options
        )
        for namespace, memory in (("/kds", self.kds), ("/orders", self.orders)):
            self.sio.on("connect", partial(self._connect, memory, namespace), namespace=namespace)
            self.sio.on("*", partial(self._heard, memory, namespace), namespace=namespace)
            self.sio.on("disconnect", partial(self._left, memory, namespace), namespace=namespace)
        app = web.Application()
        self.sio.attach(app)
        await self._serve(app)
        return self

    async def _serve(self, app: web.Application) -> None:
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        self.stack.push_async_callback(self._end)
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.http = await self.stack.enter_async_context(aiohttp.ClientSession())

    async def _end(self) -> None:
        self.runner._shutdown_timeout = 0.1  # the test is over; `stop` has had the default
        if not self._stopped:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.sio.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await self.runner.cleanup()

    async def ask(self, method: str, sid: str = "", **options: Any) -> tuple[int, list[str]]:
        status, packets = await super().ask(method, sid, **options)
        return status, ["ok"] if packets == ["OK"] else packets  # the conformance tests' business, not these

    # ── The application ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _connect(self, memory: Memory, namespace: str, sid: str, environ: Any, auth: Any) -> None:
        peer = Peer(
            id=sid,
            address=environ["REMOTE_ADDR"],
            transport="",
            user_agent=environ.get("HTTP_USER_AGENT"),
            authorization=environ.get("HTTP_AUTHORIZATION"),
        )
        try:
            await memory.admit(sid, namespace, auth, peer)
        except Refused as refused:
            raise socketio.exceptions.ConnectionRefusedError(refused.message, refused.data) from None
        await memory.joined(sid, namespace)

    async def _heard(self, memory: Memory, namespace: str, event: str, sid: str, *args: Any) -> Any:
        return await memory.received(sid, namespace, event, list(args))

    async def _left(self, memory: Memory, namespace: str, sid: str, reason: Any) -> None:
        await memory.left(sid, namespace, reason)

    # ── What it asks of its server ────────────────────────────────────────────────────────────────────────────────────

    async def broadcast(self, event: str, *args: Any) -> None:
        await self.sio.emit(event, args, namespace="/kds")

    async def send(self, sid: str, event: str, *args: Any) -> None:
        await self.sio.emit(event, args, to=sid, namespace="/kds")

    async def goodbye(self, sid: str) -> None:
        await self.sio.disconnect(sid, namespace="/kds")

    async def hang_up(self, sid: str) -> None:
        # The only way there is to end the connection below: the Engine.IO server's own method.
        await self.sio.eio.disconnect(self.sio.manager.eio_sid_from_sid(sid, "/kds"))

    async def stop(self) -> None:
        self._stopped = True
        await self.sio.shutdown()
        await self.runner.cleanup()

    def members(self) -> list[str]:
        return [sid for sid, _ in self.sio.manager.get_participants("/kds", None)]

    def connections(self) -> int:
        return sum(not one.closed for one in self.sio.eio.sockets.values())

    def records(self) -> Any:
        return self.sio

    async def question(self, sid: str, event: str, within_s: float) -> None:
        with suppress(socketio.exceptions.TimeoutError):
            await self.sio.call(event, to=sid, namespace="/kds", timeout=within_s)
            return
        raise TimeoutError

    def questions(self) -> int:
        return sum(callable(one) for waiting in self.sio.manager.callbacks.values() for one in waiting.values())

    def queue(self) -> StockQueue:
        return StockQueue(self.sio.eio)


class StockQueue:
    """The queue of an Engine.IO socket."""

    def __init__(self, eio: Any) -> None:
        self._socket = AsyncSocket(eio, "by itself")

    def put(self, text: str) -> None:
        self._socket.queue.put_nowait(packet.Packet(packet.MESSAGE, text))

    async def take(self) -> Any:
        return await self._socket.poll()

    def waiting(self) -> int:
        return self._socket.queue.qsize()
