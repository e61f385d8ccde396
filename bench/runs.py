"""One run of one row against one fresh server: what each row of the transport's tables is made of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from bench.contenders import NAMESPACE, Contender, Kind, Scene, contender, server_cpu_s, server_rss
from bench.generator import SERVER_CORE, load, measure

Found = dict[str, Any]
"""What the generator said, and what was seen of the server."""

CLIENTS = 1_000
ASKING = 100
MANY = 5_000
IN_FLIGHT = 100
STALL_CLIENTS, STALLED, STALL_RATE, STALL_BYTES = 100, 10, 150, 1_450
WHILE_STALLED_S = 30.0
FILL_S = 6.0
SETTLE_S = 3.0
QUIET_S = 0.5
QUIET_SHARE = 0.05
"""A server that takes less of its core than this has cleaned up; heartbeats of nobody cost nothing."""
CLEAN_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run shall be. `clients`: None is as many as the row is about. `ask`: plain, command, nothing-new."""

    clients: int | None = None
    seconds: float = 3.0
    warm: float = 1.0
    burst: int = 1
    senders: int = 4
    ask: str = "plain"

    def asked(self, of: Contender) -> tuple[str, ...]:
        """What its clients ask."""
        return {"plain": of.ask, "command": of.command, "nothing-new": of.nothing_new}[self.ask]


async def fanout(kind: Kind, wish: Wish) -> Found:
    """Broadcasts, each after all clients have the last."""
    scene = Scene(wish.clients or CLIENTS, tickets=wish.burst)
    async with contender(kind, scene) as it:
        return await measure(
            "fanout", **it.generator(scene), burst=wish.burst, senders=min(wish.burst, wish.senders, scene.clients),
            seconds=wish.seconds, warm=wish.warm,
        )  # fmt: skip


async def steady(kind: Kind, wish: Wish) -> Found:
    """Twenty broadcasts a second, and one client more who asks something meanwhile."""
    scene = Scene(wish.clients or CLIENTS, tickets=1, acker=True)
    async with contender(kind, scene) as it:
        return await measure(
            "steady", **it.generator(scene, wish.asked(it)), rate=20, seconds=wish.seconds, warm=wish.warm
        )


async def acks(kind: Kind, wish: Wish) -> Found:
    """Clients that each have one question outstanding, each in a store of its own."""
    scene = Scene(wish.clients or ASKING, apart=True)
    async with contender(kind, scene) as it:
        return await measure("acks", **it.generator(scene, wish.asked(it)), seconds=wish.seconds, warm=wish.warm)


async def connects(kind: Kind, wish: Wish) -> Found:
    """Everybody comes, is there for a while, and is gone at once."""
    scene = Scene(wish.clients or MANY, tickets=0)
    async with contender(kind, scene) as it:
        empty = server_rss(it.pid)
        async with load("connect", **it.generator(scene), inflight=IN_FLIGHT) as crowd:
            found = await crowd.said()
            found["connect_cpu_us"] = found["server_cpu_s"] / scene.clients * 1e6
            await asyncio.sleep(SETTLE_S)
            found["rss_per_client"] = (server_rss(it.pid) - empty) / scene.clients
            before = server_cpu_s(it.pid)
            await crowd.drop()
            found["clean_up_cpu_s"] = await _cpu_until_quiet(it.pid) - before
        return found


async def _cpu_until_quiet(pid: int) -> float:
    """The server's CPU once it does nothing more."""
    until = time.monotonic() + CLEAN_WITHIN_S
    spent = server_cpu_s(pid)
    while time.monotonic() < until:
        await asyncio.sleep(QUIET_S)
        spent, before = server_cpu_s(pid), spent
        if spent - before < QUIET_S * QUIET_SHARE:
            return spent
    raise RuntimeError("the server was busy for a minute after its clients were gone")


async def stalled(kind: Kind, wish: Wish) -> Found:
    """A tenth of the clients reads nothing any more while broadcasts go on: each misses over 6 MB, of which the kernel
    keeps four."""
    scene = Scene(wish.clients or STALL_CLIENTS, tickets=2, event_bytes=STALL_BYTES)
    async with contender(kind, scene) as it:
        if "tickets" in it.files:
            await _fill(it)
        return await measure(
            "steady", **it.generator(scene), rate=STALL_RATE, stalled=scene.clients * STALLED // STALL_CLIENTS,
            seconds=wish.seconds, warm=wish.warm, **{"while-stalled": WHILE_STALLED_S},
        )  # fmt: skip


async def _fill(it: Contender) -> None:
    """Fill what is kept in memory for a while, like the newest events of a stream: it must not look like growth."""
    other = it.files["tickets"].with_name("bench-filler")
    other.write_text(it.files["tickets"].read_text(encoding="utf-8").splitlines()[-1] + "\n", encoding="utf-8")
    options = it.generator(Scene(1), it.command) | {"tickets": other}
    await measure("acks", **options, seconds=FILL_S)


async def generator(clients: int, burst: int, seconds: float) -> Found:
    """What the generator reads of a peer in C that only writes."""
    common: Found = {"ns": NAMESPACE, "clients": clients}
    async with load("sink", core=SERVER_CORE, **common) as peer:
        port = (await peer.said())["port"]
        return await measure(
            "fanout", **common, port=port, event=f'42{NAMESPACE},["event",',
            trigger=[f'42{NAMESPACE},["trigger",{{}}]'], burst=burst, seconds=seconds,
        )  # fmt: skip


ROWS: Mapping[str, Callable[[Kind, Wish], Coroutine[Any, Any, Found]]] = {
    "fanout": fanout, "steady": steady, "acks": acks, "connects": connects, "stalled": stalled,
}  # fmt: skip
