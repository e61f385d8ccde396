"""One event to a thousand clients: how many deliveries a second, and what one costs, beside Node and stock."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.contenders import EVENT_BYTES, NAMES, Kind
from bench.runs import CLIENTS, Wish, fanout, generator
from bench.table import Row, Table, median, times
from bench.versus import Found, Goal, Rounds, at_least, at_most, in_turn

KINDS: tuple[Kind, ...] = ("node", "stock", "heard", "durable")
OURS: tuple[Kind, ...] = ("heard", "durable")
STOCK: Kind = "stock"
BURST = 4
GENERATOR_BURST = 16


def figures(*, full: bool) -> Table:
    """About two minutes; eight when `full`."""
    rounds, seconds = (5, 5.0) if full else (3, 1.5)
    single, burst, peak = asyncio.run(_run(rounds, Wish(seconds=seconds, warm=1.0 if full else 0.5)))
    table = Table(
        f"Fan-out: {CLIENTS:,} clients, events of {EVENT_BYTES} bytes",
        "A cook's command over the socket (hold and fire of a ticket, in turn) and its event to every client of the "
        "store: roles, journal and metrics on. One outstanding: the next command goes when every client has the last "
        f"event. Bursts: {BURST} commands at once by {BURST} clients. Peers verify the same tokens and tell a room. "
        f"{rounds} rounds, contenders in turn, each a fresh process on a core of its own, the C generator on another; "
        f"medians, and of ratios the median of each round's (least to most). {single.lacking}",
    )
    table.rows += _rows("one outstanding", single, at_least(1.2), at_least(1.2))
    table.rows += [
        single.row(
            f"one outstanding, msg/s: {NAMES[kind]} beside stock", kind, _rate, _whole, at_least(5), against="stock"
        )
        for kind in OURS
    ]
    table.rows += _rows(f"bursts of {BURST}", burst, at_least(2.5), at_least(1.2))
    table.rows += [
        single.row(f"CPU per delivered message: {NAMES[kind]}", kind, _cpu, _us, at_most(0.8) if kind in OURS else None)
        for kind in (*OURS, STOCK)
    ]
    table.rows.append(_generator_row((single, burst), peak))
    return table


async def _run(rounds: int, wish: Wish) -> tuple[Rounds, Rounds, Found]:
    peak = await generator(CLIENTS, GENERATOR_BURST, wish.seconds)
    many = Wish(seconds=wish.seconds, warm=wish.warm, burst=BURST)
    return (
        await in_turn({kind: partial(fanout, kind, wish) for kind in KINDS}, rounds),
        await in_turn({kind: partial(fanout, kind, many) for kind in KINDS}, rounds),
        peak,
    )


def _rows(what: str, told: Rounds, goal: Goal, durable: Goal) -> list[Row]:
    goals: dict[Kind, Goal | None] = {"heard": goal, "durable": durable, "stock": None}
    return [told.row(f"{what}, msg/s: {NAMES[kind]}", kind, _rate, _whole, goals[kind]) for kind in goals]


def _generator_row(told: tuple[Rounds, ...], peak: Found) -> Row:
    """That it is not the generator that is measured."""
    rates = {median(one.values(who, _rate)): (one, who) for one in told for who in one.found}
    fastest = max(rates)
    one, who = rates[fastest]
    busy = median(one.values(who, lambda found: float(found["generator_busy"])))
    return Row(
        f"what the generator can read, msg/s; beside it the fastest above, in which {busy:.0%} of its core was used",
        _whole(peak["rate"]), "≥ 2x", peak["rate"] >= 2 * fastest, _whole(fastest), times(peak["rate"], fastest),
    )  # fmt: skip


def _rate(found: Found) -> float:
    return float(found["rate"])


def _cpu(found: Found) -> float:
    return float(found["cpu_us_per_message"])


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _us(value: float) -> str:
    return f"{value:.1f} µs"
