"""A gateway under attack: its log as an operator reads it, a neighbour who must notice nothing, and raw wires."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest

from server.telemetry.logs import set_up
from tests.patience import PATIENCE_S
from tests.server.desk import Desk, logs_as_they_were, until
from tests.server.transport.conftest import Raw, make  # noqa: F401 - a fixture

LINE = 300
"""Characters a line in the log may have, all in all."""


class Log:
    """What the gateway writes to stderr."""

    def __init__(self, written: io.StringIO) -> None:
        self._written = written
        self.secrets: set[str] = set()
        """What must never stand there."""

    @property
    def raw(self) -> list[str]:
        return self._written.getvalue().splitlines()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.raw]

    def check(self, since: int = 0) -> None:
        """Every line is short, printable, and holds no secret."""
        for line in self.raw[since:]:
            assert len(line) <= LINE, line
            assert line.isascii(), line
            assert line.isprintable(), line
            assert "exc" not in json.loads(line), line
            assert "Traceback" not in line, line
            assert not [secret for secret in self.secrets if secret in line], line


class Wire:
    """A bare TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """All that comes until the other side closes."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.reader.read()
        except ConnectionError:
            return b""

    async def head(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


class Target:
    """A gateway with a neighbour on it."""

    def __init__(self, desk: Desk, log: Log) -> None:
        self.desk = desk
        self.log = log
        self.socket_io = f"{desk.up.url}/socket.io/"

    # ── Ways in ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def token(self, role: str = "expo", **claims: Any) -> str:
        """A token for the other store, so that an attacker does not hear what the neighbour does."""
        token = self.desk.token(role, **{"stores": ["s2"]} | claims)
        self.log.secrets.add(token)
        return token

    async def ask(self, query: str, method: str = "GET", **options: Any) -> tuple[int, str]:
        """A request below the Socket.IO path; its status and body."""
        url = f"{self.socket_io}?EIO=4&{query}"
        async with asyncio.timeout(PATIENCE_S), self.desk.http.request(method, url, **options) as answer:
            return answer.status, await answer.text()

    async def polling(self) -> str:
        """The id of a new connection that polls."""
        _, opening = await self.ask("transport=polling")
        sid = json.loads(opening[1:])["sid"]
        self.log.secrets.add(sid)
        return sid

    async def joined_by_polling(self) -> str:
        sid = await self.polling()
        auth = json.dumps({"token": self.token()})
        assert await self.ask(f"transport=polling&sid={sid}", "POST", data=f"40/kds,{auth}") == (200, "ok")
        assert (await self.ask(f"transport=polling&sid={sid}"))[1].startswith("40/kds,")
        return sid

    async def raw(self, **options: Any) -> Raw:
        """A WebSocket whose OPEN was read."""
        ws = await self.desk.http.ws_connect(f"{self.socket_io}?EIO=4&transport=websocket", **options)
        self.desk.stack.push_async_callback(ws.close)
        raw = Raw(ws)
        self.log.secrets.add((await raw.json("0"))["sid"])
        return raw

    async def joined(self, namespace: str = "/kds", role: str = "expo", **claims: Any) -> Raw:
        """A WebSocket that has joined and been greeted."""
        raw = await self.raw()
        await raw.join(namespace, json.dumps({"token": self.token(role, **claims)}))
        assert (await raw.json(f"42{namespace},"))[0] == "session:ready"
        return raw

    async def wire(self, url: str | None = None) -> Wire:
        host, _, port = (url or self.desk.up.url).removeprefix("http://").rpartition(":")
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        self.desk.stack.push_async_callback(wire.close)
        return wire

    async def from_elsewhere(self) -> aiohttp.ClientSession:
        """A client on this machine with an address in another network."""
        connector = aiohttp.TCPConnector(local_addr=("127.0.77.1", 0))
        return await self.desk.stack.enter_async_context(aiohttp.ClientSession(connector=connector))

    # ── What an attack must not do ────────────────────────────────────────────────────────────────────────────────────

    async def state(self) -> Any:
        """All that is known of every kitchen: the heads of its streams, and its orders."""
        heads = {
            (*key, stream): (tail.head.epoch, tail.head.seq)
            for key, kitchen in self.desk.gateway.kitchens.items()
            for stream, tail in kitchen.tails.items()
        }
        return heads, (await self.desk.get("/v1/stores/s1/orders")).body

    @asynccontextmanager
    async def attacked(self, lines: int = 1) -> AsyncIterator[list[dict[str, Any]]]:
        """Around an attack: `lines` lines are written, nothing changes, and a neighbour goes on as before.

        The list holds the lines once the block is left.
        """
        neighbour = await self.desk.socket("/kds", "expo")
        self.log.secrets.add(neighbour.client.eio.sid)
        before, mark, seen = await self.state(), len(self.log.raw), []
        yield seen
        await until(lambda: len(self.log.raw) >= mark + lines)
        assert await self.state() == before
        heard = len(neighbour.of("kds:order_incoming"))
        await self.desk.place("Burger")
        await until(lambda: len(neighbour.of("kds:order_incoming")) >= heard + 2)  # grill's and expo's
        seen += self.log.lines[mark:]
        assert len(seen) == lines, seen
        self.log.check(mark)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """The log of this process, as the gateway writes it."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with logs_as_they_were():
        set_up("info")
        yield Log(written)


@pytest.fixture
async def aim(open_desk: Callable[..., Awaitable[Desk]], log: Log) -> Callable[..., Awaitable[Target]]:
    """Opens a gateway to attack, with the settings given."""

    async def opening(**transport: Any) -> Target:
        return Target(await open_desk(transport=transport), log)

    return opening


@pytest.fixture
async def target(aim: Callable[..., Awaitable[Target]]) -> Target:
    return await aim()
