"""A hundred clients that each wait for an answer: how many a second, plain and durable."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from bench.contenders import Kind
from bench.runs import ASKING, Wish, acks
from bench.table import Table
from bench.versus import Found, Goal, Rounds, at_least, in_turn

ASKED: Mapping[str, tuple[Kind, str, str, Goal | None]] = {
    "node": ("node", "plain", "", None),
    "stock": ("stock", "plain", "a plain question: stock python-socketio", None),
    "heard": ("heard", "plain", "a plain question (session:report): Heard, journal in memory", at_least(1.2)),
    "command": ("durable", "command", "a command with its fact and event: Heard, durable", at_least(0.8)),
    "nothing new": ("durable", "nothing-new", "a command that changes nothing, its answer kept: Heard, durable", None),
    "written": ("written", "plain", "a plain question, written before it is answered: transport and journal", None),
    "bare": ("bare", "plain", "a plain question: transport alone", None),
}
"""What is measured: of whom, what is asked, what the row says, beside Node's plain answers."""
SHORT = ("node", "stock", "heard", "command", "written")


def figures(*, full: bool) -> Table:
    """About a minute; four when `full`."""
    rounds, seconds = (5, 5.0) if full else (3, 1.5)
    told = asyncio.run(_run(ASKED if full else SHORT, rounds, seconds))
    table = Table(
        f"Answers: {ASKING} clients, each with one question outstanding",
        "Each in a store of its own, so that the event a command brings goes to nobody else. A durable answer comes "
        "after its commit (SQLite, FULL). Beside all of them: Node's plain acknowledgements. "
        f"{rounds} rounds in turn, medians; the ratio is the median of each round's. {told.lacking}",
    )
    for name, (_, _, figure, goal) in ASKED.items():
        if figure and name in told.found:
            table.rows.append(told.row(f"answers/s, {figure}", name, _rate, lambda rate: f"{rate:,.0f}", goal))
    for name in ("heard", "command"):
        table.rows.append(told.row(f"CPU of {ASKED[name][2]}", name, _cpu, lambda us: f"{us:.0f} µs"))
    for name in ("heard", "command", "stock"):
        table.rows.append(told.row(f"p99, {ASKED[name][2]}", name, _p99, lambda ms: f"{ms:.1f} ms"))
    return table


async def _run(names: Iterable[str], rounds: int, seconds: float) -> Rounds:
    contenders = {}
    for name in names:
        kind, ask, _, _ = ASKED[name]
        contenders[name] = partial(acks, kind, Wish(seconds=seconds, warm=0.5, ask=ask))
    return await in_turn(contenders, rounds)


def _rate(found: Found) -> float:
    return float(found["rate"])


def _cpu(found: Found) -> float:
    return float(found["cpu_us_per_ack"])


def _p99(found: Found) -> float:
    return float(found["ack_ms"]["p99"])
