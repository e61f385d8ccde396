"""Durable appends a second: the journal against aiosqlite, both with WAL and FULL sync, in turns in the same run."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiosqlite
from rich.console import Console

from bench.table import Row, Table
from server.journal import Batch, Entry, open_journal

WAITING = (1, 32)
DATA = {"order_id": "019a9c1e-7f2a-7c3e-9b1d-2f6a8c0e4d55", "station": "grill", "notes": "x" * 500}
AT = "2026-11-20T18:30:00.000Z"

Append = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One run: appends a second, and how long one takes (milliseconds)."""

    rate: float
    p50: float
    p99: float


def figures(*, full: bool) -> Table:
    """About 10 s, or a minute when `full`."""
    rounds, seconds = (7, 2.0) if full else (3, 0.8)
    table = Table(
        "Durable appends",
        f"One fact of {len(json.dumps(DATA))} bytes each, WAL and FULL sync on both sides; medians of {rounds} "
        "interleaved rounds, the ratio is the median of each round's. Peer: aiosqlite doing less: one row an append.",
    )
    for waiting in WAITING:
        pairs = [(measure(peer, waiting, seconds), measure(ours, waiting, seconds)) for _ in range(rounds)]
        table.rows += _rows(waiting, [own for _, own in pairs], [other for other, _ in pairs])
    return table


def main(short: bool = True) -> None:
    """Print the table."""
    figures(full=not short).show(Console())


def measure(run: Callable[[Path, int, float], Awaitable[Measure]], waiting: int, seconds: float) -> Measure:
    """One run in a fresh file and a fresh loop."""

    async def fresh() -> Measure:
        with tempfile.TemporaryDirectory(prefix="heard-bench-") as folder:
            return await run(Path(folder) / "bench.db", waiting, seconds)

    return asyncio.run(fresh())


async def ours(path: Path, waiting: int, seconds: float) -> Measure:
    """The journal: encodes the fact, numbers it, keeps the stream's head, answers after COMMIT."""
    journal = await open_journal(f"sqlite:///{path}")
    fact = Entry("s1/kds", "0" * 36, 1, "s1", AT, "kds:item_ready", DATA, None, "0" * 36, {"subject": "ann"})

    async def append() -> object:
        return await journal.append(Batch("demo", (fact,)))

    try:
        return await _drive(append, waiting, seconds)
    finally:
        await journal.close()


async def peer(path: Path, waiting: int, seconds: float) -> Measure:
    """aiosqlite doing less: one row of the same columns, a number from a counter, one transaction an append.

    The lock makes each append a transaction of its own; without it, tasks would commit each other's halves.
    """
    lock, seq, columns = (
        asyncio.Lock(),
        0,
        "tenant, stream, seq, id, v, store, at, name, data, cause, actor, trace, prevs",
    )
    async with aiosqlite.connect(path) as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.execute(f"CREATE TABLE events ({columns}, PRIMARY KEY (tenant, stream, seq))")
        actor, insert = json.dumps({"subject": "ann"}), f"INSERT INTO events VALUES ({', '.join('?' * 13)})"  # noqa: S608

        async def append() -> object:
            nonlocal seq
            data = json.dumps(DATA)
            async with lock:
                seq += 1
                row = (
                    "demo",
                    "s1/kds",
                    seq,
                    "0" * 36,
                    1,
                    "s1",
                    AT,
                    "kds:item_ready",
                    data,
                    "0" * 36,
                    actor,
                    None,
                    None,
                )
                await database.execute(insert, row)
                await database.commit()
            return None

        return await _drive(append, waiting, seconds)


async def _drive(append: Append, waiting: int, seconds: float) -> Measure:
    """So many tasks, each appending again as soon as it was answered."""
    times: list[float] = []
    await append()

    async def keep_appending(until: float) -> None:
        while (began := time.perf_counter()) < until:
            await append()
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(keep_appending(began + seconds) for _ in range(waiting)))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Measure(len(times) / took, cuts[49] * 1e3, cuts[98] * 1e3)


def _rows(waiting: int, own: list[Measure], other: list[Measure]) -> list[Row]:
    ratio = statistics.median(mine.rate / theirs.rate for mine, theirs in zip(own, other, strict=True))
    goal, reached = ("≥ 5x", ratio >= 5) if waiting > 1 else ("", None)
    rate, peer_rate = (statistics.median(run.rate for run in runs) for runs in (own, other))
    return [
        Row(f"appends/s, {waiting} waiting", f"{rate:,.0f}", goal, reached, f"{peer_rate:,.0f}", f"{ratio:.2f}x"),
        Row(f"p50 / p99 of one, {waiting} waiting", _times(own), *_lone(waiting, own), peer=_times(other)),
    ]


def _lone(waiting: int, own: list[Measure]) -> tuple[str, bool | None]:
    return ("p50 ≤ 0.5 ms", statistics.median(run.p50 for run in own) <= 0.5) if waiting == 1 else ("", None)


def _times(runs: list[Measure]) -> str:
    return " / ".join(f"{statistics.median(getattr(run, name) for run in runs):.2f}" for name in ("p50", "p99")) + " ms"


if __name__ == "__main__":
    main()
