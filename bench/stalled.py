"""Ten of a hundred clients read nothing any more: what it costs the server, and the others."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.contenders import NAMES, Kind
from bench.runs import STALL_BYTES, STALL_CLIENTS, STALL_RATE, STALLED, Wish, stalled
from bench.table import Row, Table, median
from bench.versus import Found, Rounds, in_turn, ratio_text

KINDS: tuple[Kind, ...] = ("node", "stock", "durable")
"""A journal in memory grows by itself."""
MOST_MB = 5.0
UNCHANGED = 1.25
"""A p99 that is at most so many times what it was is called the same."""
CALM_S = 8.0


def figures(*, full: bool) -> Table:
    """About two minutes and a half; seven when `full`."""
    rounds = 3 if full else 1
    told = asyncio.run(_run(rounds))
    table = Table(
        f"{STALLED} of {STALL_CLIENTS} clients stop reading",
        f"{STALL_RATE} events of {STALL_BYTES:,} bytes a second to all; more than the kernel keeps for a client. "
        "Growth: the most resident memory while they stall, less what it was before. Others: p99 from the command to "
        f"its event while they stall, beside p99 in the {CALM_S:.0f} s before. {rounds} rounds in turn, medians. "
        f"{told.lacking}",
    )
    for kind in KINDS[1:]:
        grown = told.row(f"growth: {NAMES[kind]}", kind, _growth, lambda mb: f"{mb:.1f} MB")
        reached = median(told.values(kind, _growth)) <= MOST_MB if kind != "stock" else None
        goal = f"≤ {MOST_MB:.0f} MB" if kind != "stock" else ""
        table.rows.append(Row(grown.figure, grown.measured, goal, reached, grown.peer))
    for kind in KINDS:
        if kind in told.found:
            table.rows.append(_others(told, kind))
    return table


def _others(told: Rounds, kind: Kind) -> Row:
    calm, stuck = (
        told.values(kind, lambda found: _p99(found, "")),
        told.values(kind, lambda found: _p99(found, "stalled_")),
    )
    ratio = [late / before for late, before in zip(stuck, calm, strict=True)]
    ours = kind == "durable"
    return Row(
        f"others' p99: {NAMES[kind]}; beside it before", f"{median(stuck):.1f} ms", "unchanged" if ours else "",
        median(ratio) <= UNCHANGED if ours else None, f"{median(calm):.1f} ms", ratio_text(ratio),
    )  # fmt: skip


async def _run(rounds: int) -> Rounds:
    return await in_turn({kind: partial(stalled, kind, Wish(seconds=CALM_S)) for kind in KINDS}, rounds)


def _growth(found: Found) -> float:
    return float(found["growth_mb"])


def _p99(found: Found, when: str) -> float:
    return float(found[f"{when}delivery_ms"]["p99"])
