"""A stock Socket.IO server that speaks like a gateway, on a kitchen in memory: what links are tried against."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from heard.client.links.base import LinkDown
from heard.client.links.loopback import LoopbackKitchen
from heard.contract.goodbyes import Goodbye


class _Socket:
    """What the kitchen takes for a link."""

    def __init__(self, stand_in: StandIn, sid: str, namespace: str) -> None:
        self.hears: dict[str, str | None] = {}
        self.stand_in = stand_in
        self.sid, self.namespace = sid, namespace

    def tell(self, name: str, payload: Any) -> None:
        self.stand_in.outgoing.put_nowait((name, payload, self.sid, self.namespace))

    def end(self, _: LinkDown) -> None:
        self.stand_in.kitchen.forget(self)  # type: ignore[arg-type]


class StandIn:
    """The server. `auths` is what clients said of themselves, `silent` makes it swallow requests."""

    def __init__(self, kitchen: LoopbackKitchen) -> None:
        self.kitchen = kitchen
        self.auths: list[Any] = []
        self.refusal: dict[str, Any] | None = None
        self.draining = False
        self.refused_with = ""
        self.mute = False
        self.silent = False
        self.requests: list[tuple[str, str, Any]] = []
        self.outgoing: asyncio.Queue[tuple[str, Any, str, str]] = asyncio.Queue()
        self.sockets: dict[tuple[str, str], _Socket] = {}
        self.sio = socketio.AsyncServer(async_mode="aiohttp", ping_interval=0.3, ping_timeout=0.2)
        for namespace in ("/kds", "/orders"):
            self.sio.on("connect", partial(self._connect, namespace), namespace=namespace)
            self.sio.on("disconnect", partial(self._disconnect, namespace), namespace=namespace)
            self.sio.on("*", partial(self._event, namespace), namespace=namespace)
        self.app = web.Application(middlewares=[self._door])
        self.sio.attach(self.app)
        self.url = ""

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.draining:
            return web.Response(status=503, headers={"Retry-After": "7"}, text=self.refused_with)
        return await handler(request)

    async def _connect(self, namespace: str, sid: str, _: Any, auth: Any = None) -> None:
        self.auths.append(auth)
        if self.refusal is not None:
            raise Refused(self.refusal["message"], {k: v for k, v in self.refusal.items() if k != "message"})
        socket = self.sockets[sid, namespace] = _Socket(self, sid, namespace)
        ready = self.kitchen.admit(socket)  # type: ignore[arg-type]
        if not self.mute:
            socket.tell("session:ready", ready.as_wire())

    async def _disconnect(self, namespace: str, sid: str, _: Any = None) -> None:
        socket = self.sockets.pop((sid, namespace), None)
        if socket is not None:
            self.kitchen.forget(socket)  # type: ignore[arg-type]

    async def _event(self, namespace: str, event: str, sid: str, data: Any) -> Any:
        self.requests.append((namespace, event, data))
        if self.silent:
            await asyncio.sleep(3_600)
        reply = self.kitchen.asked(self.sockets[sid, namespace], event, data)  # type: ignore[arg-type]
        await self.outgoing.join()
        return reply

    async def emit_all(self) -> None:
        while True:
            name, payload, sid, namespace = await self.outgoing.get()
            await self.sio.emit(name, payload, to=sid, namespace=namespace)
            self.outgoing.task_done()

    async def say_goodbye(self, row: Goodbye) -> None:
        for socket in list(self.sockets.values()):
            socket.tell("session:goodbye", row.as_wire())
        await self.outgoing.join()
        for sid, namespace in list(self.sockets):
            if not row.reconnect:
                await self.sio.disconnect(sid, namespace=namespace)

    async def cut(self) -> None:
        """Close every transport without a word."""
        for engine in list(self.sio.eio.sockets.values()):
            await engine.close(wait=False, abort=True)


@asynccontextmanager
async def stand_in(kitchen: LoopbackKitchen) -> AsyncIterator[StandIn]:
    """A running one, on a port of its own."""
    server = StandIn(kitchen)
    runner = web.AppRunner(server.app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    teller = asyncio.create_task(server.emit_all(), name="stand-in")
    try:
        yield server
    finally:
        teller.cancel()
        await server.cut()
        await server.sio.shutdown()
        await runner.cleanup()
