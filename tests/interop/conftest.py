"""The bare transport on a port it keeps across restarts, and stock clients of every age to talk to it."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from heard.contract.goodbyes import SHUTDOWN, TABLE, Goodbye
from server import transport
from server.transport import Peer, Refused, SocketServer, TransportSettings, TurnedAway
from tests.interop.stock import VERSIONS, Puppet, installed
from tests.server.transport.conftest import Memory, refuse
from tests.stories.conftest import until

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
BURST = [["n", n] for n in range(100)]
HOSTILE = [
    [name, text]
    for name in ("n", "заказ:готов")
    for text in (
        "Käse, 芝士, جبن, ชีส, 🧀👩🏽‍🍳",
        "e\u0301" + "\u0300" * 500,
        "\x1b]0;title\x07\x1b[2J\x9b31m\x00\x7f",
        '\x1e42/kds,["n",1]\x1e41/kds,',
        "\u2028\u2029\ufeff\u202eabc",
        "[/red][@click=app.quit]</script>'; DROP TABLE orders; --{0.__class__}%s",
        {"__proto__": {"type": "Buffer"}, "_placeholder": 0, "num": 0, "": [[], {}, "", 0, -1, 1.5, None, True]},
    )
]
BYTES = [bytes(range(256)), b"", {"deep": [b"\x1e\x00", "text"]}]
REFUSAL = {"message": "Bad token: 令牌", "data": {"code": "invalid_token", "temporary": False}}
COME_BACK = [row for row in TABLE if row.reconnect]
STAY_AWAY = [row for row in TABLE if not row.reconnect]


async def refuse_all(_sid: str) -> None:
    """Refuse whoever asks to join."""
    raise Refused(REFUSAL["message"], REFUSAL["data"])


class Echo(Memory):
    """Sends every event back, and acknowledges it with what it said."""

    server: SocketServer

    async def received(self, sid, namespace, event, args):
        await super().received(sid, namespace, event, args)
        self.server.send(sid, namespace, event, *args)
        return args


class House:
    """A server with the namespaces `/kds`, `/orders` and `/others` that may stop and start again on its port."""

    def __init__(self) -> None:
        self.kds, self.orders, self.others = Echo(), Echo(), Echo()
        self.server: SocketServer
        self.full = False
        self._runner: web.AppRunner | None = None
        # Bound, never listening: the port stays ours while nobody answers on it.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._port.bind(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port.getsockname()[1]}"

    async def start(self, **settings: Any) -> None:
        handlers = {"/kds": self.kds, "/orders": self.orders, "/others": self.others}
        chosen = replace(TransportSettings(), **settings)
        self.server = SocketServer(handlers, chosen, refuse, turn_away=self._turn_away)
        for handler in handlers.values():
            handler.server = self.server
        app = web.Application()
        self.server.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        host, port = self._port.getsockname()
        await web.TCPSite(self._runner, host, port, reuse_port=True).start()

    async def stop(self) -> None:
        """Cut everybody and be gone."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def end(self) -> None:
        await self.stop()
        self._port.close()

    def send(self, event: str, *args: Any) -> None:
        """Send an event to the one who joined `/kds` last."""
        assert self.server.send(self.kds.sids[-1], "/kds", event, *args)

    async def goodbye(self, row: Goodbye, retry_after_ms: int | None = None) -> None:
        """Tell the one who joined `/kds` last a goodbye of the table, and wait until the connection is gone."""
        await self.server.goodbye(
            self.kds.sids[-1], row.as_wire(retry_after_ms), stay_away=not row.reconnect, ws_code=row.number
        )

    async def drain(self) -> None:
        """See everyone off, and let nobody in."""
        await self.server.drain(lambda: transport.Goodbye(SHUTDOWN.as_wire(20), ws_code=SHUTDOWN.number))

    async def carried_by(self, name: str) -> None:
        """Wait until that is the transport of every connection."""
        await until(lambda: {one.transport for one in self.server.connections()} == {name})

    async def others_come_back(self, puppet: Puppet, transports: list[str]) -> None:
        """Let time pass, as much as another client needs to be cut and to come back: who wanted to is back by then."""
        puppet.open("other", self, transports, namespace="/others")
        for number in (1, 2, 3):
            await puppet.saw("connect", number, "other")
            self.server.drop(self.others.sids[-1])
        await puppet.saw("connect", 4, "other")

    def _turn_away(self, _: Peer) -> TurnedAway | None:
        return TurnedAway(503, {"error": {"code": "unavailable"}}, retry_after_ms=1_000) if self.full else None


@pytest.fixture
async def house() -> AsyncIterator[House]:
    one = House()
    try:
        await one.start()
        yield one
    finally:
        await one.end()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the stock clients and the scripts that use them."""
    return installed(tmp_path_factory)


@pytest.fixture(scope="session")
def puppets(packages: Path) -> Iterator[Callable[[str], Puppet]]:
    """One process for each version, started when it is first asked for."""
    with ExitStack() as stack:
        started: dict[str, Puppet] = {}

        def start(version: str) -> Puppet:
            if version not in started or not started[version].alive:
                started[version] = stack.enter_context(Puppet(packages, version))
            return started[version]

        yield start


@pytest.fixture(params=VERSIONS)
async def puppet(request: pytest.FixtureRequest, puppets: Callable[[str], Puppet]) -> AsyncIterator[Puppet]:
    """A client of each version in turn; nothing it opened outlives the test."""
    one = puppets(request.param)
    await one.calm()
    yield one
    if one.alive:
        await one.calm()
