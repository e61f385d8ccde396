"""Key → painted, in a real pseudo-terminal: the station program at a gateway, beside the board in stock Textual."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bench.house import House, Till, house
from bench.pane import COLUMNS, LINES, Pane, pane
from bench.table import Row, Table, median, spread, times, within

TICKETS = 200
START_WITHIN_S = 60.0
BETWEEN_S = 0.25
"""A bump key is dead for 200 ms after it was pressed."""
DOWN, ENTER = b"\x1b[B", b"\r"


@dataclass(slots=True)
class Keys:
    """What pressing came to."""

    focus_ms: list[float] = field(default_factory=list)
    bump_ms: list[float] = field(default_factory=list)
    focus_cpu_ms: list[float] = field(default_factory=list)
    bump_cpu_ms: list[float] = field(default_factory=list)
    """In all threads, from the key to the first bytes."""
    cpu_ms: list[float] = field(default_factory=list)
    """A focus and a bump with all that followed them, up to silence."""


def figures(*, full: bool) -> Table:
    """About 70 s; four minutes when `full`."""
    bumps = 150 if full else 40
    table = Table(
        f"Key to frame: {TICKETS} open tickets, {COLUMNS}x{LINES}, {bumps} focus and {bumps} bump keys each",
        "From writing a key into the pseudo-terminal to the first bytes painted after it. `heard kds` with its own "
        "frame rate (TEXTUAL_FPS 240), its outbox on disk and a real gateway, which takes the bumps, all on these "
        "cores; peer: a Static per card in stock Textual at the same frame rate, without any gateway (bench/stock.py).",
    )
    ours = asyncio.run(_ours(bumps))
    with stock(TICKETS + bumps) as running:
        theirs = _press(running, max(10, bumps // 4))
    table.rows += [*_rows(ours, theirs), *_counted(bumps)]
    return table


def _counted(bumps: int) -> list[Row]:
    """What the program itself counts, another run of it: no thread's rest before the key, nothing after the frame."""
    with TemporaryDirectory(prefix="heard-bench-") as home:
        file = Path(home) / "spent.json"
        with pane(["-m", "bench.strokes", str(TICKETS + bumps), str(file)], Path(home)) as running:
            running.until_shown(["#1 "], START_WITHIN_S)
            _press(running, bumps)
        spent = json.loads(file.read_text(encoding="utf-8"))
    return [
        Row(f"CPU from {name} key to frame, counted inside, p50/p95/p99", spread(spent[key]), "p50 ≤ 5, p99 ≤ 10 ms",
            within(spent[key], (50, 5), (99, 10)))
        for name, key in (("bump", "enter"), ("focus", "down"))
    ]  # fmt: skip


def _rows(ours: Keys, theirs: Keys) -> list[Row]:
    def row(name: str, mine: list[float], other: list[float], *limits: tuple[int, float]) -> Row:
        goal = ", ".join(f"p{percent} ≤ {limit:g}" for percent, limit in limits)
        ratio = times(median(mine), median(other))
        return Row(name, spread(mine), f"{goal} ms", within(mine, *limits), spread(other), ratio)

    return [
        row("bump key → first bytes, p50/p95/p99; on a quiet machine p99 ≤ 10", ours.bump_ms, theirs.bump_ms, (99, 25)),
        row("focus key → first bytes, p50/p95/p99", ours.focus_ms, theirs.focus_ms, (99, 25)),
        Row(
            "CPU of all threads from bump key to first bytes read, p50/p95/p99", spread(ours.bump_cpu_ms),
            peer=spread(theirs.bump_cpu_ms), ratio=times(median(ours.bump_cpu_ms), median(theirs.bump_cpu_ms)),
        ),
        Row(
            "the same of a focus key", spread(ours.focus_cpu_ms),
            peer=spread(theirs.focus_cpu_ms), ratio=times(median(ours.focus_cpu_ms), median(theirs.focus_cpu_ms)),
        ),
        Row(
            "CPU per focus and bump with all that follows: disk, link, echo", spread(ours.cpu_ms),
            peer=spread(theirs.cpu_ms), ratio=times(median(ours.cpu_ms), median(theirs.cpu_ms)),
        ),
    ]  # fmt: skip


async def _ours(bumps: int) -> Keys:
    async with kitchen(TICKETS + bumps) as (at, label):
        return await asyncio.to_thread(_in_a_pane, at, label, bumps)


def _in_a_pane(at: House, label: str, bumps: int) -> Keys:
    with station(at) as running:
        running.until_shown([label], START_WITHIN_S)
        return _press(running, bumps)


def _press(running: Pane, bumps: int) -> Keys:
    """Focus, bump, again and again; the silence before each key keeps clocks out of the figures."""
    keys = Keys()
    running.count_for(1.5)
    for _ in range(bumps):
        before = running.cpu_s()
        for key, took, spent in (
            (DOWN, keys.focus_ms, keys.focus_cpu_ms),
            (ENTER, keys.bump_ms, keys.bump_cpu_ms),
        ):
            first_bytes, cpu = running.press(key)
            took.append(first_bytes)
            spent.append(cpu)
        until = time.monotonic() + BETWEEN_S
        running.until_quiet()
        keys.cpu_ms.append((running.cpu_s() - before) * 1000)
        running.count_for(max(0.0, until - time.monotonic()))
    return keys


# ── The programs ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def kitchen(tickets: int) -> AsyncIterator[tuple[House, str]]:
    """A gateway with so many open tickets at its one station, and what the first one is called on a card."""
    async with house(1) as at, aiohttp.ClientSession() as http:
        till = Till(at, http)
        orders = [await till.send((f"Dish {n}", at.stations[0])) for n in range(tickets)]
        yield at, f"#{orders[0]['display_no']}"


@contextlib.contextmanager
def station(at: House) -> Iterator[Pane]:
    """`heard kds` at that gateway."""
    token = at.data / "station.jwt"
    token.write_text(at.token("kitchen", at.stations[0]), encoding="utf-8")
    arguments = ["-m", "heard", "kds", "--server", at.url, "--token", str(token), "--station", at.stations[0]]
    with pane(arguments, at.data) as running:
        yield running


@contextlib.contextmanager
def stock(tickets: int) -> Iterator[Pane]:
    """The peer, painted."""
    with (
        TemporaryDirectory(prefix="heard-bench-") as home,
        pane(["-m", "bench.stock", str(tickets)], Path(home), {"TEXTUAL_FPS": "240"}) as running,
    ):
        running.until_shown(["#1 "], START_WITHIN_S)
        yield running
