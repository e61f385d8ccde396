"""A table's rows, order, cursor and marks: everything but the painting. The cursor stays on a row by its identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic

from console.columns import GAP, Column, Row, fitting, sort_rows

GUTTER = 4
"""Cursor, mark, and the sign of trouble, in front of each row."""
_EARLY = datetime.min.replace(tzinfo=UTC)


class Table(Generic[Row]):
    """What is in the table, in which order, and where the cursor is: everything but the painting.

    `identity` is what the cursor and the marks stay on; `trouble` is 0, 1 (look at it) or 2 (something is wrong).
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        identity: Callable[[Row], str],
        trouble: Callable[[Row], int] = lambda _: 0,
    ) -> None:
        self.columns = tuple(columns)
        self.identity = identity
        self.trouble = trouble
        self.now = _EARLY
        """The moment ages are counted to."""
        self.rows: Sequence[Row] = ()
        """All of them, in the order shown."""
        self.cursor: str | None = None
        self.marked: set[str] = set()
        self.sort: str | None = None
        """A column's id; None: as given."""
        self.down = False
        """Whether the largest comes first."""
        self.wanted: frozenset[str] | None = None
        """The ids of the columns a person chose; None: those that fit."""
        self.top = 0
        self.height = 0
        """How many rows are in sight."""
        self.lost = False
        """Whether the row under the cursor has gone, and another one stands there."""
        self._places: dict[str, int] | None = None
        self._given: Sequence[Row] = ()
        self._fitted: tuple[object, tuple[tuple[Column[Row], int], ...]] = (None, ())

    # ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, rows: Sequence[Row], now: datetime) -> None:
        """Other rows, in the order they have without a sort."""
        before, place = self.rows, self.place
        self.now, self._given = now, rows
        self._put_in_order()
        self._keep_cursor(before, place)

    def sort_by(self, column: str | None, *, down: bool | None = None) -> None:
        """Another order; the cursor stays on its row, the view goes back to the top."""
        found = self.column(column)
        self.sort = None if found is None else column
        self.down = (found is not None and found.right) if down is None else down
        self._put_in_order()
        self.top = 0
        self.follow()

    def column(self, name: str | None) -> Column[Row] | None:
        """The column of this id."""
        return next((column for column in self.columns if column.id == name), None)

    def _put_in_order(self) -> None:
        column = self.column(self.sort)
        if column is not None:
            self.rows = sort_rows(self._given, column, self.now, backwards=self.down)
        else:
            self.rows = self._given[::-1] if self.down else self._given
        self._places = None

    # ── Cursor ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def place(self) -> int | None:
        """Where the cursor's row is."""
        return None if self.cursor is None else self._placed().get(self.cursor)

    @property
    def current(self) -> Row | None:
        """The cursor's row."""
        place = self.place
        return None if place is None else self.rows[place]

    def row(self, name: str) -> Row | None:
        """The row of this identity."""
        place = self._placed().get(name)
        return None if place is None else self.rows[place]

    def move(self, step: int) -> None:
        """So many rows on; from nowhere to the first one in sight."""
        place = self.place
        self._go(self.top if place is None else place + step)

    def pick(self, line: int) -> None:
        """The row on this line of those in sight."""
        if 0 <= line < self.height and self.top + line < len(self.rows):
            self._go(self.top + line)

    def page(self, step: int) -> None:
        """So many pages on."""
        place = self.place
        height = max(1, self.height - 1)
        self._go(self.top if place is None and step < 0 else (place or self.top) + step * height)

    def end(self, *, last: bool) -> None:
        """The first row or the last."""
        self._go(len(self.rows) - 1 if last else 0)

    def let_go(self) -> None:
        """The cursor on nothing, the view at the top: what comes first is seen first."""
        self.cursor, self.top, self.lost = None, 0, False

    def scroll(self, step: int) -> None:
        """Look elsewhere; the cursor stays in sight."""
        self.top += step
        self._clamp()
        place = self.place
        if place is not None and self.height:
            self._go(min(max(place, self.top), self.top + self.height - 1))

    def toggle(self) -> None:
        """Mark the cursor's row, or unmark it, and go on to the next."""
        if self.cursor is not None:
            self.marked ^= {self.cursor}
            self.move(1)

    def follow(self) -> None:
        """Bring the cursor's row into sight."""
        place = self.place
        if place is not None and self.height:
            self.top = min(max(self.top, place - self.height + 1), place)
        self._clamp()

    def resize(self, height: int) -> None:
        """Another number of rows in sight."""
        self.height = max(0, height)
        self.follow()

    def _go(self, place: int) -> None:
        if self.rows:
            self.cursor = self.identity(self.rows[max(0, min(place, len(self.rows) - 1))])
            self.lost = False
            self.follow()

    def _keep_cursor(self, before: Sequence[Row], place: int | None) -> None:
        """The cursor on its row, on the same line if the view has left the top; on a neighbour if the row has gone."""
        if place is not None:
            line = place - self.top
            if self.place is None:
                self.cursor = self._neighbour(before, place)
                self.lost = True
            now = self.place
            if now is not None and self.top > 0:
                self.top = now - max(0, min(line, self.height - 1))
        self.follow()

    def _neighbour(self, before: Sequence[Row], place: int) -> str | None:
        places = self._placed()
        after = (self.identity(row) for row in [*before[place:], *reversed(before[:place])])
        return next((name for name in after if name in places), None)

    def _clamp(self) -> None:
        self.top = max(0, min(self.top, len(self.rows) - self.height))

    def _placed(self) -> dict[str, int]:
        if self._places is None:
            identity = self.identity
            self._places = {identity(row): place for place, row in enumerate(self.rows)}
        return self._places

    # ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def fitting(self, room: int) -> tuple[tuple[Column[Row], int], ...]:
        """Of the columns that are wanted those that fit whole, each with its width, and the one that is sorted by."""
        asked = (room, self.sort, self.wanted)
        if self._fitted[0] != asked:
            known = [one for one in self.columns if self.wanted is None or one.id in (*self.wanted, self.sort)]
            first = [replace(one, rank=-1) if one.id == self.sort else one for one in known]
            self._fitted = (asked, fitting(first, max(1, room - GUTTER - GAP)))
        return self._fitted[1]

    def beside(self, step: int) -> str | None:
        """What comes next to sort by: every column in turn, in sight or not, then none."""
        names = [None, *(column.id for column in self.columns)]
        return names[(names.index(self.sort) + step) % len(names)]
