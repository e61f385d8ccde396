"""A gateway in a process of its own, with stores as wide as asked for, thrown away afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from demo.stage import end
from heard.contract.audience import Role
from heard.ids import new_id
from server.auth import Tokens
from server.keys import KEY_FILE, load_keys
from server.starter import CONFIG_FILE

STORE = "s1"
READY_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """A running gateway."""

    url: str
    data: Path
    stations: tuple[str, ...]
    pid: int

    def token(self, role: Role, *stations: str, store: str = STORE, subject: str | None = None) -> str:
        """A token for one part."""
        maker = Tokens(load_keys(self.data / KEY_FILE), {"demo"}, now=time.time, new_id=new_id)
        return maker.make(
            tenant="demo", subject=subject or f"bench-{role}", role=role, stores=(store,), stations=stations,
            life_s=3600,
        )  # fmt: skip


def store_names(count: int) -> tuple[str, ...]:
    """What the stores of a gateway with so many are called, `STORE` first."""
    return tuple(f"{STORE[:-1]}{n}" for n in range(1, count + 1))


@contextlib.asynccontextmanager
async def house(
    stations: int, *, stores: int = 1, journal: str | None = None, words_before: Sequence[str] = ()
) -> AsyncIterator[House]:
    """A gateway whose stores have so many prep stations each and no expo, for as long as the block. `words_before` are
    a command that runs it.

    Raises:
        RuntimeError: it did not start; the text is its log.
    """
    names = tuple(f"p{n:02}" for n in range(1, stations + 1))
    with tempfile.TemporaryDirectory(prefix="heard-bench-", ignore_cleanup_errors=True) as made:
        data = Path(made)
        settings = ['log_level = "warning"'] + ([f'journal = "{journal}"'] if journal else [])
        for store in store_names(stores):
            settings += [
                "[[stores]]", f'id = "{store}"', 'tenant = "demo"', 'display_name = "Bench"',
                f"stations = {json.dumps(names)}", f'default_station = "{names[0]}"',
            ]  # fmt: skip
        (data / CONFIG_FILE).write_text("\n".join(settings) + "\n", encoding="utf-8")
        async with _gateway(data, words_before) as (url, pid):
            yield House(url, data, names, pid)


@contextlib.asynccontextmanager
async def _gateway(data: Path, words_before: Sequence[str]) -> AsyncIterator[tuple[str, int]]:
    log = data / "gateway.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *words_before, sys.executable, "-m", "heard", "serve", "--data", str(data), "--port", "0",
            stdout=asyncio.subprocess.PIPE, stderr=errors, stdin=asyncio.subprocess.DEVNULL, env=plain_environment(),
        )  # fmt: skip
    try:
        yield await _address(process, log), process.pid
    finally:
        await end(process)


def plain_environment() -> dict[str, str]:
    """Ours, without what is set for another installation; what was compiled is kept, as an installed program has it."""
    foreign = ("HEARD_", "TEXTUAL_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN_S):
        while line := (await process.stdout.readline()).decode():
            if line.startswith("ready "):
                return line.split()[1]
    words = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
    raise RuntimeError(f"the gateway did not start: {words}")


class Till:
    """Sends orders over HTTP and keeps how long each took to be accepted."""

    def __init__(self, at: House, http: aiohttp.ClientSession, store: str = STORE) -> None:
        self._url = f"{at.url}/v1/stores/{store}/orders"
        self._token = at.token("pos", store=store)
        self._http = http
        self.accept_ms: list[float] = []

    async def send(self, *items: tuple[str, str]) -> dict[str, Any]:
        """One order of (dish, station) lines; the order as accepted. Raises: RuntimeError when it was not."""
        body = {"items": [{"name": name, "qty": "1", "station_hint": [station]} for name, station in items]}
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": new_id()}
        began = time.perf_counter()
        async with self._http.post(self._url, json=body, headers=headers) as response:
            told: dict[str, Any] = await response.json()
        self.accept_ms.append((time.perf_counter() - began) * 1000)
        if not told.get("ok"):
            raise RuntimeError(f"an order was refused: {told}")
        order: dict[str, Any] = told["order"]
        return order
