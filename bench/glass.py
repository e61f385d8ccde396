"""Order accepted durably → on glass: a gateway, station apps in processes of their own, orders at a steady rate."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from random import Random
from typing import Any

import aiohttp

from bench.house import STORE, House, Till, house, plain_environment
from bench.table import Row, Table, percentile, spread, within
from demo.stage import end

STATIONS = 20
ORDERS_A_SECOND = 20
LIVE_WITHIN_S = 60.0
ON_GLASS_WITHIN_S = 10.0
WARM_UP_S = 3.0
"""What comes earlier counts for being painted, not for how fast: twenty programs have just been started here."""
Worker = asyncio.subprocess.Process


def figures(*, full: bool) -> Table:
    """About 25 s; two minutes when `full`, which also puts each station into a process of its own."""
    seconds = 60.0 if full else 15.0
    table = Table(
        f"Order to glass: {STATIONS} stations, {ORDERS_A_SECOND} orders/s",
        f"{seconds:.0f} s, the first {WARM_UP_S:.0f} not timed; each order has two items at two random stations. From "
        "`at` in the event, the moment it was decided (the commit comes after it), to the frame with the ticket's "
        "header line, in headless station apps at 200x60 over real sockets; each ticket is bumped through the SDK 2 s "
        "later. Gateway, stations and till share the cores. No peer.",
    )
    for workers in (2, STATIONS):
        table.rows += asyncio.run(_run(workers, seconds))
    return table


async def _run(workers: int, seconds: float) -> list[Row]:
    async with house(STATIONS) as at, aiohttp.ClientSession() as http, _screens(at, workers) as screens:
        till, reader = Till(at, http), _Reader(at, http)
        await reader.begin()
        await _serve(till, at, seconds)
        # What was sent last has until here to be painted; every ticket is then on the glass or counted as missing.
        accepted = await reader.finish()
        seen = await _gather(screens)
        return _rows(workers, till, accepted, seen)


def _rows(workers: int, till: Till, accepted: dict[str, float], seen: dict[str, float]) -> list[Row]:
    began = min(accepted.values(), default=0.0) + WARM_UP_S
    waits = [(seen[one] - at) * 1000 for one, at in accepted.items() if one in seen and at >= began]
    name = "a process each" if workers == STATIONS else f"{STATIONS // workers} a process"
    missing = len(accepted.keys() - seen.keys())
    answers = till.accept_ms[int(WARM_UP_S * ORDERS_A_SECOND) :]
    return [
        Row(
            f"accepted → on glass, p50/p95/p99; stations {name}", spread(waits), "p50 ≤ 25, p99 ≤ 80 ms",
            within(waits, (50, 25), (99, 80)),
        ),
        Row(f"tickets not painted, of {len(accepted)}", str(missing), "0", missing == 0),
        Row(
            f"HTTP accept p50/p99 as the till sees it, {len(answers)} orders",
            f"{percentile(answers, 50):.1f} / {percentile(answers, 99):.1f} ms",
        ),
    ]  # fmt: skip


async def _serve(till: Till, at: House, seconds: float) -> None:
    """Orders at their times, whether or not the one before was answered."""
    loop, dice = asyncio.get_running_loop(), Random(7)
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for n in range(int(seconds * ORDERS_A_SECOND)):
            await asyncio.sleep(max(0.0, began + n / ORDERS_A_SECOND - loop.time()))
            lines = [(f"Dish {n}", station) for station in dice.sample(at.stations, 2)]
            group.create_task(till.send(*lines), name=f"order-{n}")


# ── The screens ───────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _screens(at: House, workers: int) -> AsyncIterator[list[Worker]]:
    processes: list[Worker] = []
    try:
        for n in range(workers):
            one = await _worker(at, at.stations[n::workers])
            processes.append(one)
        async with asyncio.timeout(LIVE_WITHIN_S):
            for process in processes:
                await _said(process, "live")
        yield processes
    finally:
        await asyncio.gather(*(end(process) for process in processes))


async def _worker(at: House, stations: tuple[str, ...]) -> Worker:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.screens",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=plain_environment(), limit=2**24,
    )  # fmt: skip
    assert process.stdin is not None
    told = {"url": at.url, "store": STORE, "tokens": {one: at.token("kitchen", one) for one in stations}}
    process.stdin.write(json.dumps(told).encode() + b"\n")
    return process


async def _said(process: Worker, word: str) -> str:
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if line.startswith(word):
            return line[len(word) :]
    raise RuntimeError("a process with station apps has ended early")


async def _gather(processes: list[Worker]) -> dict[str, float]:
    """Ticket → Unix time of its first frame, from all screens, once each has been told that this was all."""
    seen: dict[str, float] = {}
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"done\n")
    async with asyncio.timeout(LIVE_WITHIN_S):
        for process in processes:
            seen |= json.loads(await _said(process, "seen "))
    return seen


# ── What was accepted ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Reader:
    """The kitchen's stream over HTTP: which tickets there are, and when they were accepted."""

    def __init__(self, at: House, http: aiohttp.ClientSession) -> None:
        self._url = f"{at.url}/v1/streams/{STORE}/kds"
        self._headers = {"Authorization": f"Bearer {at.token('viewer')}"}
        self._http = http
        self._epoch, self._seq = "", 0

    async def begin(self) -> None:
        """Note where the stream stands."""
        page = await self._page({})
        self._epoch, self._seq = page["epoch"], page["head"]

    async def finish(self) -> dict[str, float]:
        """Ticket → Unix time of `at`, once every ticket was bumped, or for as long as that may take."""
        accepted: dict[str, float] = {}
        left: set[str] = set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ON_GLASS_WITHIN_S):
                while True:
                    page = await self._page({"epoch": self._epoch, "after": str(self._seq), "wait": "1"})
                    self._seq = page["seq"]
                    for event in page["events"]:
                        _take(event, accepted, left)
                    if not left and not page["more"]:
                        break
        return accepted

    async def _page(self, query: dict[str, str]) -> dict[str, Any]:
        async with self._http.get(self._url, headers=self._headers, params=query) as response:
            page: dict[str, Any] = await response.json()
        return page


def _take(event: dict[str, Any], accepted: dict[str, float], left: set[str]) -> None:
    if event["name"] == "kds:order_incoming":
        ticket = event["data"]["ticket_id"]
        accepted[ticket] = datetime.fromisoformat(event["at"]).timestamp()
        left.add(ticket)
    elif event["name"] == "kds:item_ready":
        left.discard(event["data"]["ticket_id"])
