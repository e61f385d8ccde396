"""The console with 1,000, 2,000 and 5,000 connections at 200x60: what a second costs, against Textual's DataTable."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.pane import COLUMNS, LINES, pane
from bench.table import Row, Table, times

START_WITHIN_S = 60.0
SETTLE_S = 3.0
FEW = 2
SIZES = (1_000, 2_000, 5_000)


def figures(*, full: bool) -> Table:
    """About two minutes; five when `full`."""
    seconds = 30.0 if full else 8.0
    table = Table(
        f"The console's connections at {COLUMNS}x{LINES}",
        "The console in a pseudo-terminal, told another picture each second in which every row has changed; CPU of all "
        f"threads as the kernel counts it over {seconds:.0f} s, per second. The table's tick is that less what the "
        "same console costs with two connections: its clock, its bars. Folded: with the work of the feed that makes "
        "the picture from facts. Peer: bench/tables.py, a DataTable whose changed cells are updated and which is then "
        "sorted.",
    )
    base, their_base = _ms("ours", FEW, seconds), _ms("stock", FEW, seconds)
    table.rows.append(Row("two connections: all of it", f"{base:.1f} ms", peer=f"{their_base:.1f} ms"))
    for size in SIZES:
        ours, theirs = _ms("ours", size, seconds) - base, _ms("stock", size, seconds) - their_base
        limit = 10.0 if size <= 2_000 else 100.0
        table.rows.append(
            Row(f"{size:,} connections: a tick of the table", f"{ours:.1f} ms", f"≤ {limit:.0f} ms", ours <= limit,
                f"{theirs:.1f} ms", times(ours, theirs))
        )  # fmt: skip
    for changing in (0.1, 1.0):
        spent = _ms("folded", SIZES[-1], seconds, changing)
        name = f"{SIZES[-1]:,} connections, {changing:.0%} of the rows changing, folded, all of it: share of a core"
        table.rows.append(Row(name, f"{spent / 10:.1f} %", "≤ 10 %", spent <= 100))
    return table


def _ms(kind: str, connections: int, seconds: float, changing: float = 1.0) -> float:
    """CPU per second, in ms."""
    with (
        TemporaryDirectory(prefix="heard-bench-") as home,
        pane(["-m", "bench.tables", kind, str(connections), str(changing)], Path(home)) as running,
    ):
        running.until_shown(["grill-"], START_WITHIN_S)
        running.count_for(SETTLE_S)
        before = running.cpu_s()
        running.count_for(seconds)
        return (running.cpu_s() - before) * 1000 / seconds
