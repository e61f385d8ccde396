"""A screen of numbered entries: a digit chooses, the same digit again or the bump key does it, as on the wall."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from heard.ui.deeds import Deed
from heard.ui.spans import Row, Span, clipped, width
from kds.desk import Desk
from kds.hands import TENS
from kds.screens.over import Over

MOST_NUMBERS = 19
"""What two presses can name: 1 to 9, and 10 to 19 after a zero."""
LEAD = 4
"""Columns before an entry: its mark and its number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Some rows that belong together, made when they come into sight; those to choose from have a number."""

    id: str
    make: Callable[[], Iterable[Row]]
    can_choose: bool = True


class Listing(Over):
    """Entries from the first shown one on; the numbers are those of the entries in sight, and stay at their entries
    only as long as these stay in sight: a number pressed twice means the same entry twice, or nothing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.chosen: str | None = None
        """The entry that keys are about."""
        self._first: str | None = None
        """The first entry in sight; None: the very first."""
        self._shown: list[tuple[Entry, list[Row]]] = []
        self._all: Sequence[Entry] = ()

    # ── What a subclass says ──────────────────────────────────────────────────────────────────────────────────────────

    def head(self, room: int) -> Sequence[Row]:
        """What stands above the entries, title first."""
        raise NotImplementedError

    def entries(self, room: int) -> Sequence[Entry]:
        """All of them, in order; each row has `LEAD` columns less than `room`."""
        raise NotImplementedError

    def empty(self) -> str:
        """What to say when there are none."""
        raise NotImplementedError

    def act(self, entry: str) -> str | None:
        """Do what the same number twice, or the bump key, does; a sentence, None for nothing."""
        raise NotImplementedError

    # ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, room: int, height: int) -> Sequence[Row]:
        """The head, the entries in sight, and how many are before and after them."""
        self._all = self.entries(room - LEAD)
        rows = list(self.head(room))
        if not self._all:
            return [*rows, (), (Span(f" {self.empty()}", "panel.dim"),)]
        start = self._start()
        if start:
            rows.append((Span(f"    {self.words.many('{n} before', '{n} before', start)} ↑", "panel.dim"),))
        self._shown = self._fitting(self._all[start:], height - len(rows) - 1)
        self._first = self._all[start].id if start else None
        numbers = self._numbers()
        for entry, made in self._shown:
            rows += self._with_lead(entry, made, numbers.get(entry.id))
        rows = rows[: height - 1] if len(rows) > height else rows
        if left := len(self._all) - start - len(self._shown):
            rows.append((Span(f"    {self.words.many('{n} more', '{n} more', left)} ↓", "panel.dim"),))
        return rows

    def _start(self) -> int:
        ids = [entry.id for entry in self._all]
        return ids.index(self._first) if self._first in ids else 0

    def _fitting(self, entries: Iterable[Entry], room: int) -> list[tuple[Entry, list[Row]]]:
        """As many as have room; at least one."""
        shown: list[tuple[Entry, list[Row]]] = []
        used = 0
        for entry in entries:
            made = list(entry.make())
            used += len(made)
            if shown and used > room:
                break
            shown.append((entry, made))
        return shown

    def _numbers(self) -> dict[str, int]:
        choosable = [entry.id for entry, _ in self._shown if entry.can_choose]
        return {entry: number for number, entry in enumerate(choosable[:MOST_NUMBERS], 1)}

    def _with_lead(self, entry: Entry, rows: Sequence[Row], number: int | None) -> list[Row]:
        mark = self.desk.look.glyphs["focus"] if entry.id == self.chosen else " "
        said = "" if number is None else str(number)
        lead = (Span(mark, "panel.qty"), Span(f"{said:>2} ", "panel.qty"))
        blank = (Span(" " * LEAD, "panel.text"),)
        return [(*(lead if n == 0 else blank), *row) for n, row in enumerate(rows)]

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def deed(self, deed: Deed) -> None:
        """Choose, do, or read on."""
        name, _, number = deed.id.partition(".")
        match name:
            case "slot" if number == "tens":
                self._tens()
            case "slot":
                self._number(int(number))
            case "bump":
                self._bump()
            case "focus" if number in ("up", "down"):
                self._step(1 if number == "down" else -1)
            case "page":
                self._turn({"next": 1, "back": -1}.get(number, 0))

    def _number(self, number: int) -> None:
        fingers, mono = self.desk.hands.fingers, self.desk.clock.monotonic()
        if fingers.tens and number < TENS:
            number += TENS
        fingers.tens = False
        if fingers.dead(f"slot.{number}", mono):
            return
        numbers = {at: entry for entry, at in self._numbers().items()}
        meaning = fingers.press(number, numbers.get(number), mono)
        if meaning == "nothing":
            return
        self.chosen = numbers[number]
        if meaning == "bump":
            fingers.bumped(f"slot.{number}", mono)
            self._do()
        else:
            self.rewrite()

    def _tens(self) -> None:
        fingers = self.desk.hands.fingers
        fingers.tens = not fingers.tens
        if not fingers.tens:
            self._number(TENS)

    def _bump(self) -> None:
        fingers, mono = self.desk.hands.fingers, self.desk.clock.monotonic()
        if fingers.dead("bump", mono):
            return
        fingers.bumped("bump", mono)
        fingers.forget()
        if self.chosen is None:
            self._step(1)
        else:
            self._do()

    def _do(self) -> None:
        """What there is to do with the chosen entry, if it is still there."""
        if self.chosen in {entry.id for entry in self._all if entry.can_choose}:
            self.did(self.act(self.chosen or ""))

    def _step(self, step: int) -> None:
        """The next entry that can be chosen, or a line further where there is none."""
        ids = [entry.id for entry in self._all if entry.can_choose]
        at = ids.index(self.chosen) + step if self.chosen in ids else 0 if step > 0 else len(ids) - 1
        if 0 <= at < len(ids):
            self.chosen = ids[at]
            self._show(self.chosen)
        else:
            self._shift(step)
        self.rewrite()

    def _show(self, wanted: str) -> None:
        ids = [entry.id for entry in self._all]
        shown = [entry.id for entry, _ in self._shown]
        if wanted not in shown and wanted in ids:
            down = not shown or ids.index(wanted) > ids.index(shown[0])
            back = max(0, len(shown) - 1) if down else 0
            self._first = ids[max(0, ids.index(wanted) - back)]

    def _shift(self, by: int) -> None:
        at = max(0, min(self._start() + by, len(self._all) - 1))
        if self._all and not (by > 0 and self._start() + len(self._shown) >= len(self._all)):
            self._first = self._all[at].id

    def _turn(self, step: int) -> None:
        """Another page; 0 is the first."""
        self.desk.hands.fingers.forget()
        if step == 0:
            self._first = None
        else:
            self._shift(step * max(1, len(self._shown)))
        self.rewrite()

    def keys(self) -> Sequence[Span]:
        """Numbers, pages, the way out."""
        return [
            Span(f" 1-9 {self.words('choose')} ", "bar.key"),
            self.key("bump", self.does()),
            *self.more_keys(),
            self.key("page.next", self.words("page")),
            self.key("focus.none", self.words("close")),
        ]

    def does(self) -> str:
        """A word for what the bump key does here."""
        raise NotImplementedError

    def more_keys(self) -> Sequence[Span]:
        """Others, for the lower bar."""
        return ()


def columns(parts: Sequence[tuple[str, str, int]], room: int) -> Row:
    """Words in columns: text, role and width of each; the last takes what is left."""
    row: list[Span] = []
    for text, role, wide in parts:
        left = room - width(row)
        cut = clipped((Span(text, role),), max(0, min(wide, left) if wide else left))
        row += [*cut, Span(" " * max(0, min(wide, left) - width(cut)), role)] if wide else cut
    return tuple(row)
