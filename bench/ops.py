"""What it costs a gateway to be watched: 1,000 clients connected, with one console and with none."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.house import STORE, House, house
from bench.table import Row, Table, median, times

CLIENTS = 1_000
AT_ONCE = 50
STATIONS = 20
SETTLE_S = 4.0
REPORT_S = 5.0
GOAL = 0.01
"""Share of a core that sampling may take."""


@dataclass(slots=True)
class Watching:
    """What a console was sent while it was measured."""

    bytes_heard: int = 0
    samples: int = 0
    stall_ms: float = 0.0
    rows: int = 0

    def forget(self) -> None:
        """Count from here."""
        self.bytes_heard = self.samples = self.rows = 0
        self.stall_ms = 0.0


@dataclass(slots=True)
class Round:
    """Shares of a core, and what the console heard."""

    alone: float
    watched: float
    heard: Watching = field(default_factory=Watching)

    @property
    def cost(self) -> float:
        """What watching added."""
        return self.watched - self.alone


def figures(*, full: bool) -> Table:
    """About 90 s; four minutes when `full`."""
    rounds, seconds = (5, 20.0) if full else (3, 10.0)
    took, first = asyncio.run(_run(rounds, seconds))
    table = Table(
        f"Being watched: {CLIENTS:,} connected stations, one console",
        f"Raw WebSockets in one process, at rest: heartbeats, and a report every {REPORT_S:.0f} s each. {rounds} "
        f"rounds of {seconds:.0f} s without and {seconds:.0f} s with a console, in turn; medians. CPU of all threads "
        "of the gateway as the kernel counts it. The peer is the same gateway without a console.",
    )
    alone, watched = median([one.alone for one in took]), median([one.watched for one in took])
    cost = median([one.cost for one in took])
    stall = max(one.heard.stall_ms for one in took)
    told = median([one.heard.bytes_heard for one in took]) / seconds
    rows = median([one.heard.rows for one in took]) / seconds
    table.rows += [
        Row("gateway's share of a core", f"{watched:.2%}", peer=f"{alone:.2%}", ratio=times(watched, alone)),
        Row("what watching adds", f"{cost:.2%}", f"≤ {GOAL:.0%}", cost <= GOAL),
        Row("to the console, per second", f"{told:,.0f} B, {rows:.1f} rows"),
        Row("first picture, all pages", f"{first * 1000:.0f} ms"),
        Row("worst loop stall while watched", f"{stall:.0f} ms"),
    ]
    return table


async def _run(rounds: int, seconds: float) -> tuple[list[Round], float]:
    timeout = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        house(STATIONS) as at,
        aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
        _connected(at, http),
    ):
        await asyncio.sleep(SETTLE_S)
        took, pictures = [], []
        for _ in range(rounds):
            alone = await _share(at, seconds)
            heard = Watching()
            async with _console(at, http, heard) as picture_s:
                pictures.append(picture_s)
                await asyncio.sleep(SETTLE_S)
                heard.forget()
                took.append(Round(alone, await _share(at, seconds), heard))
            await asyncio.sleep(1.0)
        return took, median(pictures)


async def _share(at: House, seconds: float) -> float:
    """The gateway's share of a core over so long."""
    spent, began = _cpu_s(at.pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (_cpu_s(at.pid) - spent) / (time.monotonic() - began)


def _cpu_s(pid: int) -> float:
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


# ── Clients ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _connected(at: House, http: aiohttp.ClientSession) -> AsyncIterator[None]:
    """A thousand stations, each in a task of its own."""
    token = at.token("kitchen", *at.stations)
    gate = asyncio.Semaphore(AT_ONCE)
    joined = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_station(at, http, token, gate, joined, n)) for n in range(CLIENTS)]
    try:
        for _ in range(CLIENTS):
            await joined.acquire()
            for task in tasks:
                if task.done():
                    task.result()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _station(
    at: House, http: aiohttp.ClientSession, token: str, gate: asyncio.Semaphore, joined: asyncio.Semaphore, number: int
) -> None:
    async with gate:
        socket = await _joined(at, http, "/kds", token, f"station-{number}")
        joined.release()
    report = '42/kds,["session:report",' + json.dumps({"positions": {f"{STORE}/kds": 0}, "unsent": 0}) + "]"
    due = time.monotonic() + REPORT_S * (number / CLIENTS)
    try:
        async for message in socket:
            if message.data == "2":
                await socket.send_str("3")
                if time.monotonic() >= due:
                    due += REPORT_S
                    await socket.send_str(report)
    finally:
        await socket.close()


async def _joined(
    at: House, http: aiohttp.ClientSession, namespace: str, token: str, device: str
) -> aiohttp.ClientWebSocketResponse:
    socket = await http.ws_connect(f"{at.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
    auth = {"token": token, "client": {"name": "bench", "version": "1", "device": device}}
    await socket.receive_str()
    await socket.send_str(f"40{namespace},{json.dumps(auth)}")
    said = await socket.receive_str()
    if not said.startswith(f"40{namespace},"):
        raise RuntimeError(f"not let in: {said[:200]}")
    return socket


@contextlib.asynccontextmanager
async def _console(at: House, http: aiohttp.ClientSession, heard: Watching) -> AsyncIterator[float]:
    """Somebody who watches; how long the first picture took, in s."""
    began = time.monotonic()
    socket = await _joined(at, http, "/ops", at.token("operator"), "console")
    cursor: str | None = None
    more = True
    while more:
        page = await _asked(socket, {"stream": f"{STORE}/ops"} | ({"cursor": cursor} if cursor else {}))
        more, cursor = page["more"], page.get("cursor")
    took = time.monotonic() - began
    listener = asyncio.create_task(_listen(socket, heard), name="bench console")
    try:
        yield took
    finally:
        listener.cancel()
        await asyncio.wait({listener})
        await socket.close()


async def _asked(socket: aiohttp.ClientWebSocketResponse, fields: dict[str, Any]) -> Any:
    await socket.send_str(f'42/ops,1["stream:subscribe",{json.dumps(fields)}]')
    while not (said := await socket.receive_str()).startswith("43/ops,1"):
        if said == "2":
            await socket.send_str("3")
    return json.loads(said.removeprefix("43/ops,1"))[0]


async def _listen(socket: aiohttp.ClientWebSocketResponse, heard: Watching) -> None:
    async for message in socket:
        if message.data == "2":
            await socket.send_str("3")
        elif isinstance(message.data, str):
            heard.bytes_heard += len(message.data)
            _count(heard, message.data)


def _count(heard: Watching, said: str) -> None:
    if not said.startswith("42/ops,"):
        return
    name, payload = json.loads(said.removeprefix("42/ops,"))
    if name == "ops:sampled":
        heard.samples += 1
        heard.stall_ms = max(heard.stall_ms, payload["data"]["loop_stall_ms"])
    elif name == "connections:changed":
        heard.rows += len(payload["data"]["rows"])
