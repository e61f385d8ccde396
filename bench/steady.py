"""Twenty events a second to a thousand clients: how long one is on its way, and how long others wait meanwhile."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.contenders import NAMES, Kind
from bench.runs import CLIENTS, Wish, steady
from bench.table import Row, Table
from bench.versus import Goal, Pick, Rounds, at_most, in_turn

SHOWN: tuple[Kind, ...] = ("heard", "durable", "stock")


def figures(*, full: bool) -> Table:
    """About a minute; five when `full`."""
    rounds, seconds = (5, 10.0) if full else (3, 3.0)
    told = asyncio.run(_run(rounds, seconds))
    table = Table(
        f"Delivery: 20 events a second to {CLIENTS:,} clients, {seconds:.0f} s",
        "From the moment a command was due to be sent to its event at each client, all deliveries taken together; and "
        "how long one client of another store waits for answers to what it asks 97 times a second at odd moments: "
        "where Heard is durable that is a command with its commit, elsewhere a plain question. "
        f"{rounds} rounds in turn, medians; the ratio is the median of each round's. {told.lacking}",
    )
    for kind in SHOWN:
        table.rows += [
            _row(told, f"delivery, p{percent}: {NAMES[kind]}", kind, _at("delivery_ms", percent), goal)
            for percent, goal in ((50, None), (95, None), (99, at_most(0.9)))
        ]
    for kind in SHOWN:
        table.rows += [
            _row(told, f"answer meanwhile, p{percent}: {NAMES[kind]}", kind, _at("ack_ms", percent), goal)
            for percent, goal in ((50, None), (99, at_most(0.8)))
        ]
    return table


async def _run(rounds: int, seconds: float) -> Rounds:
    asks: dict[Kind, str] = {"node": "plain", "stock": "plain", "heard": "plain", "durable": "command"}
    return await in_turn(
        {kind: partial(steady, kind, Wish(seconds=seconds, ask=ask)) for kind, ask in asks.items()}, rounds
    )


def _row(told: Rounds, figure: str, kind: Kind, pick: Pick, goal: Goal | None) -> Row:
    return told.row(figure, kind, pick, lambda ms: f"{ms:.1f} ms", goal if kind != "stock" else None)


def _at(figure: str, percent: int) -> Pick:
    return lambda found: float(found[figure][f"p{percent}"])
