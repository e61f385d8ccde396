"""Five thousand clients: how fast they are let in, what one at rest costs, and what it costs when all go."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.contenders import NAMES, Kind
from bench.runs import IN_FLIGHT, MANY, Wish, connects
from bench.table import Table
from bench.versus import Found, Goal, Rounds, at_least, at_most, in_turn

KINDS: tuple[Kind, ...] = ("node", "stock", "heard", "durable")


def figures(*, full: bool) -> Table:
    """About a minute and a half; four when `full`."""
    rounds = 5 if full else 3
    told = asyncio.run(_run(rounds))
    table = Table(
        f"{MANY:,} clients come, are there, and are gone",
        f"Each with a token of its own in its CONNECT, {IN_FLIGHT} on their way at a time; from TCP's connect to the "
        "CONNECT's answer, for Heard to session:ready. Memory: what the process grew by, three seconds later, per "
        "client. Gone: all connections reset at once; CPU until the server is quiet. "
        f"{rounds} rounds in turn, medians; the ratio is the median of each round's. {told.lacking}",
    )
    rows: list[tuple[str, str, str, Goal | None]] = [
        ("connects/s", "rate", "{:,.0f}", at_least(1.5)),
        ("CPU of a connect", "connect_cpu_us", "{:,.0f} µs", None),
        ("connect, p99", "p99", "{:.0f} ms", at_most(0.7)),
        ("memory of an idle connection", "rss_per_client", "{:,.0f} B", at_most(1.5)),
        (f"CPU to clean up after {MANY:,}", "clean_up_cpu_s", "{:.2f} s", at_most(1.0)),
    ]
    for figure, name, form, goal in rows:
        for kind in KINDS[1:]:
            table.rows.append(
                told.row(
                    f"{figure}: {NAMES[kind]}", kind, partial(_value, name), form.format,
                    goal if kind != "stock" else None,
                )
            )  # fmt: skip
    return table


async def _run(rounds: int) -> Rounds:
    return await in_turn({kind: partial(connects, kind, Wish()) for kind in KINDS}, rounds)


def _value(name: str, found: Found) -> float:
    return float(found["ready_ms"]["p99"] if name == "p99" else found[name])
