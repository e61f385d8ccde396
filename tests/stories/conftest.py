"""Real gateways: `heard serve` as a process of its own, talked to over the network like anybody else would."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from heard.contract.audience import Role
from heard.ids import new_id
from server.auth import Tokens
from server.keys import load_keys
from tests.patience import PATIENCE_S
from tests.stories.processes import GatewayProcess, Till
from tests.stories.screens import Screens

HEARD = (sys.executable, "-m", "heard")


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until the condition is true and return what it said."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := condition()):  # noqa: ASYNC110 - conditions are plain state, nobody signals them
            await asyncio.sleep(0.005)
    return found


class Process:
    """One command, `heard` unless told otherwise: its lines on stdout and stderr, its end; stdin if it listens."""

    def __init__(
        self, *words: object, command: Sequence[str] = HEARD, cwd: Path | None = None, listens: bool = False
    ) -> None:
        stdin = subprocess.PIPE if listens else subprocess.DEVNULL
        self.child = subprocess.Popen(
            [*command, *map(str, words)], text=True, cwd=cwd, stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(pipe, lines), daemon=True)
            for pipe, lines in ((self.child.stdout, self.out), (self.child.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(pipe: Any, lines: list[str]) -> None:
        lines.extend(iter(pipe.readline, ""))

    def said(self, word: str) -> str:
        """What came after a word at the start of a line; empty as long as nothing did."""
        return next((line.split()[1] for line in self.out if line.startswith(f"{word} ")), "")

    def end(self) -> int:
        """Wait for its end; the exit code. Nothing may ever have left a traceback."""
        code = self.child.wait(PATIENCE_S)
        self._let_go()
        assert "Traceback" not in "".join(self.err), "".join(self.err)
        return code

    async def ended(self) -> int:
        return await asyncio.to_thread(self.end)

    def stop(self) -> None:
        """Make sure that nothing of it is left."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self.child.stdin is not None:
            with suppress(BrokenPipeError):
                self.child.stdin.close()
        for reader, pipe in zip(self._readers, (self.child.stdout, self.child.stderr), strict=True):
            reader.join(PATIENCE_S)
            pipe.close()


def heard(*words: object) -> tuple[int, str, str]:
    """Run a command to its end: exit code, stdout, stderr."""
    process = Process(*words)
    try:
        code = process.end()
    finally:
        process.stop()
    return code, "".join(process.out), "".join(process.err)


class Kitchen:
    """An installation with a gateway that may be killed and started again on the same port."""

    def __init__(self, data: Path, stack: AsyncExitStack) -> None:
        self.data = data
        self.process: Process
        self.http: aiohttp.ClientSession
        self.port = 0
        self.tokens: dict[tuple[str, ...], str] = {}
        self._stack = stack

    async def start(self, *options: object) -> "Kitchen":
        self.process = Process("serve", "--data", self.data, "--port", self.port, *options)
        self._stack.callback(self.process.stop)
        await until(lambda: self.process.said("ops") or self.process.child.poll() is not None)
        assert self.process.said("ready"), self.process.err
        self.port = int(self.url.rpartition(":")[2])
        self.http = aiohttp.ClientSession(base_url=self.url, connector=aiohttp.TCPConnector(limit=64))
        self._stack.push_async_callback(self.http.close)
        return self

    @property
    def url(self) -> str:
        return self.process.said("ready")

    async def kill(self) -> None:
        self.process.child.send_signal(signal.SIGKILL)
        assert await self.process.ended() == -signal.SIGKILL
        await self.http.close()

    def token(self, role: str, *stations: str) -> str:
        """A token for s1, made with the installation's own key."""
        if (role, *stations) not in self.tokens:
            maker = Tokens(load_keys(self.data / "keys.json"), {"demo"}, now=time.time, new_id=new_id)
            self.tokens[role, *stations] = maker.make(
                tenant="demo", subject=role, role=cast("Role", role), stores=["s1"], stations=stations, life_s=3600
            )
        return self.tokens[role, *stations]

    async def call(self, method: str, path: str, body: Any = None, *, role: str, key: str | None = None) -> Any:
        """Call over HTTP: (status, body)."""
        headers = {"Authorization": f"Bearer {self.token(role)}"} | ({"Idempotency-Key": key} if key else {})
        async with self.http.request(method, path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def place(self, *names: str, key: str | None = None, **fields: Any) -> Any:
        """Place an order of one each; the whole answer."""
        body = {"items": [{"name": name, "qty": "1"} for name in names]} | fields
        status, answer = await self.call("POST", "/v1/stores/s1/orders", body, role="pos", key=key)
        assert status == 201, answer
        return answer

    async def command(self, name: str, *, role: str = "expo", **data: Any) -> Any:
        """Send a command; its answer."""
        asked = {"command_id": new_id(), "name": name, "data": data}
        return (await self.call("POST", "/v1/stores/s1/commands", asked, role=role))[1]

    async def order(self, order_id: str) -> Any:
        return (await self.call("GET", f"/v1/stores/s1/orders/{order_id}", role="viewer"))[1]["order"]

    async def read(self, stream: str, **query: Any) -> Any:
        """One read of a stream."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        status, page = await self.call("GET", f"/v1/streams/{stream}?{text}", role="viewer")
        assert status == 200, page
        return page

    async def whole(self, stream: str) -> list[Any]:
        """A stream from its beginning: contiguous, of one epoch."""
        epoch, events, after = (await self.read(stream))["epoch"], [], 0
        while True:
            page = await self.read(stream, epoch=epoch, after=after)
            assert page["recovered"], page["head"]
            events += page["events"]
            after = page["seq"]
            if not page["more"]:
                break
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert {event["epoch"] for event in events} <= {epoch}
        return events


@pytest.fixture
async def closed_kitchen(tmp_path: Path) -> AsyncIterator[Kitchen]:
    """An installation whose gateway is not started yet."""
    (tmp_path / "data").mkdir(mode=0o700)
    async with AsyncExitStack() as stack:
        yield Kitchen(tmp_path / "data", stack)


@pytest.fixture
async def kitchen(closed_kitchen: Kitchen) -> Kitchen:
    """A running gateway on an installation of its own."""
    return await closed_kitchen.start()


@pytest.fixture
def run() -> Callable[..., tuple[int, str, str]]:
    """Run a `heard` command to its end."""
    return heard


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One for the stories of a file that share it: each begins with `till`."""
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


@pytest.fixture
def till(gateway: GatewayProcess) -> Till:
    """A kitchen with nothing to do."""
    return gateway.pos().clear()


@pytest.fixture
def start(gateway: GatewayProcess, tmp_path: Path) -> Iterator[Screens]:
    """Starts screens, each under a terminal of its own."""
    with Screens(gateway, tmp_path) as screens:
        yield screens
