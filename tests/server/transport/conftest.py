"""A real server on a real port, a handler that remembers, and raw clients that see every packet."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from server.loop import loop_factory
from server.transport import Admitted, Ending, Handler, Peer, SocketServer, TransportSettings, Unheard
from tests.patience import PATIENCE_S


async def until(condition: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Wait until the condition is true and return what it said."""
    async with asyncio.timeout(within_s):
        while not (found := condition()):  # noqa: ASYNC110 - conditions are plain state, nobody signals them
            await asyncio.sleep(0.002)
    return found


class Memory(Handler):
    """Lets everyone in, echoes, and writes every call down. Tests replace the `on_*` parts."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.peers: dict[str, Peer] = {}
        self.unanswered: list[tuple[str, Any]] = []
        self.on_admit: Callable[[str], Awaitable[Any]] | None = None
        self.on_joined: Callable[[str], Awaitable[None]] | None = None
        self.on_received: Callable[[str, str, Any], Awaitable[Any]] | None = None
        self.on_left: Callable[[str], Awaitable[None]] | None = None

    async def admit(self, sid, namespace, auth, peer):
        self.calls.append(("admit", sid, namespace, auth))
        self.peers[sid] = peer
        said = await self.on_admit(sid) if self.on_admit else None
        return said if isinstance(said, Admitted) else None

    async def joined(self, sid, namespace):
        self.calls.append(("joined", sid, namespace))
        if self.on_joined:
            await self.on_joined(sid)

    async def received(self, sid, namespace, event, args):
        self.calls.append(("received", sid, namespace, event, args))
        if self.on_received:
            return await self.on_received(sid, event, args)
        return {"echo": args}

    def unasked(self, sid, namespace, event, result):  # noqa: ARG002
        self.unanswered.append((event, result))

    async def left(self, sid, namespace, reason):
        self.calls.append(("left", sid, namespace, reason))
        if self.on_left:
            await self.on_left(sid)

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == kind]

    @property
    def sids(self) -> list[str]:
        return [sid for sid, *_ in self.of("joined")]

    @property
    def endings(self) -> list[Ending]:
        return [reason for *_, reason in self.of("left")]


class Raw:
    """A WebSocket client that shows every packet; it answers pings unless told otherwise."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, *, pong: bool = True) -> None:
        self.ws = ws
        self.pong = pong
        self.seen: list[str] = []

    async def send(self, *packets: str) -> None:
        for packet in packets:
            await self.ws.send_str(packet)

    async def packet(self) -> str | None:
        """Return the next packet that is not a ping, None when the server has closed."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.ws.receive()).type is aiohttp.WSMsgType.TEXT:
                self.seen.append(message.data)
                if message.data != "2":
                    return message.data
                if self.pong:
                    await self.ws.send_str("3")
        return None

    async def json(self, prefix: str) -> Any:
        packet = await self.packet()
        assert packet is not None
        assert packet.startswith(prefix), packet
        return json.loads(packet[len(prefix) :])

    async def join(self, namespace: str = "/kds", auth: str = "") -> str:
        await self.send(f"40{namespace},{auth}")
        return (await self.json(f"40{namespace},"))["sid"]

    async def end(self) -> int | None:
        """Wait for the close and return its code."""
        while await self.packet() is not None:
            pass
        return self.ws.close_code


class Stage:
    """One server with namespaces `/kds` and `/orders`, and everything a test opens against it."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.stack = stack
        self.kds, self.orders = Memory(), Memory()
        self.server: SocketServer
        self.runner: web.AppRunner
        self.http: aiohttp.ClientSession
        self.url = ""

    async def open(self, settings: TransportSettings, **options: Any) -> None:
        handlers = {"/kds": self.kds, "/orders": self.orders}
        self.server = SocketServer(handlers, settings, refuse, **options)
        app = web.Application()
        self.server.attach(app)
        self.runner = runner = web.AppRunner(app, shutdown_timeout=2)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.http = await self.stack.enter_async_context(aiohttp.ClientSession())

    async def raw(self, *, pong: bool = True, headers: dict[str, str] | None = None, **options: Any) -> Raw:
        raw = await self.bare("", headers=headers, pong=pong, **options)
        await raw.json("0")
        return raw

    async def bare(self, sid: str, *, pong: bool = True, **options: Any) -> Raw:
        """Open a WebSocket without reading anything from it."""
        query = f"?EIO=4&transport=websocket{sid and '&sid=' + sid}"
        ws = await self.http.ws_connect(f"{self.url}/socket.io/{query}", **options)
        self.stack.push_async_callback(ws.close)
        return Raw(ws, pong=pong)

    async def poll(self, sid: str = "", **options: Any) -> tuple[int, list[str]]:
        return await self.ask("GET", sid, **options)

    async def post(self, sid: str, *packets: str, **options: Any) -> tuple[int, list[str]]:
        return await self.ask("POST", sid, data=options.pop("data", "\x1e".join(packets)), **options)

    async def ask(self, method: str, sid: str = "", **options: Any) -> tuple[int, list[str]]:
        query = f"?EIO=4&transport=polling{sid and '&sid=' + sid}"
        async with (
            asyncio.timeout(PATIENCE_S),
            self.http.request(method, f"{self.url}/socket.io/{query}", **options) as answer,
        ):
            return answer.status, (await answer.text()).split("\x1e")

    async def handshake(self) -> str:
        """Open a polling connection and return its id."""
        status, (opening,) = await self.poll()
        assert status == 200
        return json.loads(opening[1:])["sid"]

    async def joined_by_polling(self) -> str:
        sid = await self.handshake()
        assert await self.post(sid, "40/kds,") == (200, ["ok"])
        _, (connected,) = await self.poll(sid)
        assert connected.startswith("40/kds,")
        return sid


def refuse(event: str, why: Unheard) -> dict[str, Any]:
    return {"ok": False, "code": "bad_request" if why is Unheard.RESERVED_NAME else "internal"}


def pytest_asyncio_loop_factories(config, item):
    """Every test here runs on both loops: a gateway takes the faster one where it is installed."""
    faster = loop_factory()
    return {"asyncio": asyncio.new_event_loop} | ({"uvloop": faster} if faster else {})


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Awaitable[Stage]]]:
    """Return a function that opens a stage; keyword arguments are settings or options of the server."""
    async with AsyncExitStack() as stack:

        async def build(*, farewell=None, turn_away=None, on_closed=None, **settings: Any) -> Stage:
            stage = Stage(stack)
            given = {"farewell": farewell, "turn_away": turn_away, "on_closed": on_closed}
            options = {name: value for name, value in given.items() if value is not None}
            await stage.open(replace(TransportSettings(), **settings), **options)
            return stage

        yield build


@pytest.fixture
async def stage(make: Callable[..., Awaitable[Stage]]) -> Stage:
    return await make()


@pytest.fixture
def eventually() -> Callable[..., Awaitable[Any]]:
    return until
