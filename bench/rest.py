"""A station with 200 tickets that nobody touches: CPU, memory, bytes to the terminal; and how long its start took."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.house import House
from bench.keys import START_WITHIN_S, TICKETS, kitchen, station, stock
from bench.pane import COLUMNS, LINES, Pane
from bench.table import Row, Table, median, times

SETTLE_S = 4.0


@dataclass(frozen=True, slots=True)
class Rest:
    """One station at rest."""

    start_s: float
    start_cpu_s: float
    cpu_percent: float
    rss_mb: float
    bytes_s: float


def figures(*, full: bool) -> Table:
    """About 60 s; two minutes when `full`."""
    seconds, starts = (30.0, 7) if full else (15.0, 3)
    table = Table(
        f"A station at rest: {TICKETS} tickets with running clocks, {COLUMNS}x{LINES}",
        f"`heard kds` at a real gateway in a pseudo-terminal, {seconds:.0f} s after {SETTLE_S:.0f} s of settling. "
        f"Start: from starting Python to the first ticket painted, median of {starts}, modules compiled as in an "
        "installation; its peer once. CPU of all threads as the kernel counts it. Peer: bench/stock.py, without any "
        "link.",
    )
    ours = asyncio.run(_ours(seconds, starts))
    began = time.monotonic()
    with stock(TICKETS) as running:
        theirs = _rest(running, [time.monotonic() - began], [running.cpu_s()], seconds)
    table.rows += _rows(ours, theirs)
    return table


def _rows(ours: Rest, theirs: Rest) -> list[Row]:
    def row(name: str, form: str, goal: str, limit: float, pick: str) -> Row:
        mine, other = getattr(ours, pick), getattr(theirs, pick)
        return Row(name, form.format(mine), goal, mine <= limit, form.format(other), times(mine, other))

    started = row("start → painted board", "{:.2f} s", "≤ 0.6 s", 0.6, "start_s")
    return [
        row("CPU at rest", "{:.2f} %", "≤ 1 %", 1.0, "cpu_percent"),
        row("resident memory", "{:.0f} MB", "≤ 60 MB", 60, "rss_mb"),
        row("to the terminal", "{:,.0f} B/s", "≤ 5 kB/s", 5_000, "bytes_s"),
        started,
        Row("CPU until then", f"{ours.start_cpu_s:.2f} s", peer=f"{theirs.start_cpu_s:.2f} s",
            ratio=times(ours.start_cpu_s, theirs.start_cpu_s)),
    ]  # fmt: skip


async def _ours(seconds: float, starts: int) -> Rest:
    async with kitchen(TICKETS) as (at, label):
        return await asyncio.to_thread(_in_panes, at, label, seconds, starts)


def _in_panes(at: House, label: str, seconds: float, starts: int) -> Rest:
    """Started some times; the last one stays for a while."""
    took: list[float] = []
    spent: list[float] = []
    for _ in range(starts - 1):
        with station(at) as running:
            took.append(running.until_shown([label], START_WITHIN_S))
            spent.append(running.cpu_s())
    with station(at) as running:
        took.append(running.until_shown([label], START_WITHIN_S))
        spent.append(running.cpu_s())
        return _rest(running, took, spent, seconds)


def _rest(running: Pane, took: list[float], spent: list[float], seconds: float) -> Rest:
    running.count_for(SETTLE_S)
    before, began = running.cpu_s(), time.monotonic()
    painted = running.count_for(seconds)
    lasted = time.monotonic() - began
    percent = (running.cpu_s() - before) / lasted * 100
    return Rest(median(took), median(spent), percent, running.rss_mb(), painted / lasted)
