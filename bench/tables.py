"""`python -m bench.tables ours|folded|stock CONNECTIONS [CHANGING]`: a console whose rows change once a second, in the
terminal it was started in; the console bench's child.

`ours` is told pictures that are there already: what it costs to show them. `folded` is told facts and folds them as the
console's feed does. `stock` is the same table as most would write it with Textual's DataTable.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from console.app import ConsoleApp
from console.columns import connection_columns
from console.feed import HowToLeave, OnAnswer
from console.picture import Picture, apply, begin
from heard.client.status import LinkState, LinkStatus
from heard.contract.ops import ConnectionRow, ConnectionsChanged, OpsSampled, OpsSnapshot

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOOKS = 8
"""Pictures that take turns."""
CHANGING = ("rtt_ms", "idle_s", "in_per_s", "out_per_s", "queue_bytes", "lag")


def row(number: int, dice: random.Random) -> ConnectionRow:
    """A connection; one in a hundred is in trouble."""
    return ConnectionRow(
        connection=f"c{number:08x}", subject=f"grill-{number}", role="kitchen", namespaces=("/kds",),
        stations=("grill",), device=f"tablet-{number}", client="heard-kds 0.1.0",
        address=f"10.0.{number >> 8}.{number & 255}", transport="websocket", since=BEGAN - timedelta(seconds=number),
        unsent=0, sound="on", key_ms_p99=4.2,
        **changes(dice),
    )  # fmt: skip


def changes(dice: random.Random) -> dict[str, Any]:
    """What is another in each sample."""
    return {
        "rtt_ms": round(dice.expovariate(1 / 20), 1), "idle_s": dice.choice((0, 5, 10, 30)),
        "in_per_s": round(dice.random() * 5, 1), "out_per_s": round(dice.random() * 50, 1),
        "queue_bytes": 700_000 if dice.random() < 0.01 else 0, "lag": dice.choice((0, 0, 0, 1, 2)),
    }  # fmt: skip


class Turning:
    """A feed whose picture is another one each second."""

    def __init__(self, step: Callable[[], Picture], first: Picture) -> None:
        self.on_change: Callable[[], None] | None = None
        self.store = "bench"
        self.picture = first
        self.status = LinkStatus(state=LinkState.LIVE, role="operator", subject="bench")
        self.may_act = True
        self._step = step

    def now(self) -> datetime:
        """The clock of the pictures."""
        return self.picture.at or BEGAN

    def turn(self) -> None:
        """The next picture."""
        self.picture = self._step()
        if self.on_change is not None:
            self.on_change()

    def retry(self) -> None:
        """Nothing to connect to."""

    def disconnect(
        self, connection: str, reason: str | None = None, code: HowToLeave = "forced", on_answer: OnAnswer | None = None
    ) -> None:
        """Nobody to throw off."""


def feed(kind: str, connections: int, changing: float) -> Turning:
    """Pictures that are there already, or folded from facts as they come."""
    dice = random.Random(1)
    rows = [row(number, dice) for number in range(connections)]
    first = begin(OpsSnapshot(server_time=BEGAN, connections=rows))
    facts = [_facts(rows, changing, dice) for _ in range(LOOKS)]
    if kind == "folded":
        turns = cycle(facts)
        turning = Turning(lambda: _folded(turning.picture, next(turns)), first)
        return turning
    pictures, now = [], first
    for fact in facts:
        now = _folded(now, fact)
        pictures.append(now)
    ready = cycle(pictures)
    return Turning(lambda: next(ready), first)


def _facts(rows: list[ConnectionRow], changing: float, dice: random.Random) -> ConnectionsChanged:
    some = rows if changing >= 1 else dice.sample(rows, max(1, int(len(rows) * changing)))
    return ConnectionsChanged(rows=[{"connection": one.connection} | changes(dice) for one in some])


def _folded(picture: Picture, fact: ConnectionsChanged) -> Picture:
    at = (picture.at or BEGAN) + timedelta(seconds=1)
    sample = OpsSampled(interval_ms=1_000, connections=len(picture.connections), events_out={"kds:bumped": 100})
    return apply(apply(picture, fact, at), sample, at)


class Ours(ConsoleApp):
    """The console on its table of connections."""

    def __init__(self, turning: Turning) -> None:
        super().__init__(turning)
        self._turning = turning

    def on_mount(self) -> None:
        """Turn once a second; Textual itself calls what the console does then."""
        self.action_page("connections")
        self.set_interval(1.0, self._turning.turn)


class Stock(App[None]):
    """The peer: every cell that changed is updated, then the table is sorted."""

    def __init__(self, turning: Turning) -> None:
        super().__init__()
        self._turning = turning
        self._columns = {column.id: column for column in connection_columns()}
        self._table: DataTable[str] = DataTable(cursor_type="row")

    def compose(self) -> ComposeResult:
        """The table."""
        yield self._table

    def on_mount(self) -> None:
        """Fill it, then turn once a second."""
        for column in self._columns.values():
            self._table.add_column(column.title, key=column.id)
        now = self._turning.now()
        for one in self._turning.picture.connections.values():
            self._table.add_row(*(column.show(one, now) for column in self._columns.values()), key=one.connection)
        self.set_interval(1.0, self._turn)

    def _turn(self) -> None:
        before = self._turning.picture.connections
        self._turning.turn()
        now, shown = self._turning.now(), ("rtt", "idle", "in", "out", "queue", "lag")
        for name, one in self._turning.picture.connections.items():
            for column in (self._columns[key] for key in shown if before.get(name) is not one):
                self._table.update_cell(name, column.id, column.show(one, now))
        self._table.sort("queue", reverse=True)


def main(kind: str, connections: str, changing: str = "1") -> None:
    """Run until told to end."""
    if kind == "stock":
        Stock(feed("ours", int(connections), float(changing))).run(mouse=False)
    else:
        Ours(feed(kind, int(connections), float(changing))).run(mouse=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
