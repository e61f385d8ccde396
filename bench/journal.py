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


def main(short: bool = True) -> None:
    """Print the table; about 10 s, or a minute when not `short`."""
    rounds, seconds = (3, 0.8) if short else (7, 2.0)
    print(f"durable appends, one fact of {len(json.dumps(DATA))} bytes each, medians of {rounds} interleaved rounds")
    print(f"{'waiting':>7}  {'':<10} {'appends/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'ratio':>7}")
    for waiting in WAITING:
        pairs = [(measure(peer, waiting, seconds), measure(ours, waiting, seconds)) for _ in range(rounds)]
        ratio = statistics.median(own.rate / other.rate for other, own in pairs)
        _print_row(waiting, "aiosqlite", [other for other, _ in pairs], "1.00")
        _print_row(waiting, "journal", [own for _, own in pairs], f"{ratio:.2f}")


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


def _print_row(waiting: int, name: str, runs: list[Measure], ratio: str) -> None:
    rate, p50, p99 = (statistics.median(getattr(run, field) for run in runs) for field in ("rate", "p50", "p99"))
    print(f"{waiting:>7}  {name:<10} {rate:>10,.0f} {p50:>8.3f} {p99:>8.3f} {ratio:>7}")


if __name__ == "__main__":
    main()
