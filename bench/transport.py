"""The transport alone, and with a journal, beside Node: what of the product's time it is that the transport takes."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.contenders import NAMES, Kind
from bench.runs import CLIENTS, Wish, fanout
from bench.table import Table
from bench.versus import Found, Rounds, in_turn

KINDS: tuple[Kind, ...] = ("node", "bare", "written", "heard", "durable")
BURST = 4


def figures(*, full: bool) -> Table:
    """About two minutes; eight when `full`."""
    rounds, seconds = (5, 5.0) if full else (3, 1.5)
    one, many = asyncio.run(_run(rounds, seconds))
    table = Table(
        f"Where the time goes: fan-out to {CLIENTS:,} clients without a kitchen",
        "bench/bare.py: the transport with a handler that tells everybody, without tokens, rules, metrics; with the "
        "journal the event is on disk before it goes out. "
        f"{rounds} rounds in turn, medians; the ratio is the median of each round's. {one.lacking}",
    )
    for kind in KINDS[1:]:
        table.rows += [
            one.row(f"one outstanding, msg/s: {NAMES[kind]}", kind, partial(_value, "rate"), "{:,.0f}".format),
            many.row(f"bursts of {BURST}, msg/s: {NAMES[kind]}", kind, partial(_value, "rate"), "{:,.0f}".format),
            one.row(f"CPU per message: {NAMES[kind]}", kind, partial(_value, "cpu_us_per_message"), "{:.1f} µs".format),
        ]
    return table


async def _run(rounds: int, seconds: float) -> tuple[Rounds, Rounds]:
    wishes = [Wish(seconds=seconds, burst=burst) for burst in (1, BURST)]
    one, many = [await in_turn({kind: partial(fanout, kind, wish) for kind in KINDS}, rounds) for wish in wishes]
    return one, many


def _value(name: str, found: Found) -> float:
    return float(found[name])
