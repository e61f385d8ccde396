"""The top of a card as it is this second: number, service, age and heat; or a ghost with its undo counting down.

One line, or three with number and age in big letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from heard.kitchen.tickets import TicketState
from heard.text import cells
from heard.ui.ages import age_text, heat_mark, heat_name
from heard.ui.spans import Row, Span, apart
from kds.cards import Card
from kds.letters import Big, Style, big
from kds.look import Look

NOTHING: Big = ("", "", "")


class Cell(NamedTuple):
    """One column's part of one line: its edge, its text, what fills the rest."""

    edge: Span
    row: Row
    fill: str
    focused: bool = False


PLAIN = Span(" ", "edge.plain")


class Heat(NamedTuple):
    """How old a card is: seconds, the level that is, how many levels there are."""

    waited: int
    level: int
    levels: int


def header(shown: Card, number: int, heat: Heat, room: int, look: Look, *, first: bool, focused: bool) -> list[Cell]:
    """The lines above a piece of a card; `number` is what a cook presses for it."""
    role = head_role(shown, heat)
    words = shown.words if first else (look.words("CONTINUED"),)
    age = age_text(timedelta(seconds=heat.waited))
    mark = heat_mark(heat.level, heat.levels, look.words)
    if shown.head == 1:
        left = Span(" ".join((f"{number:>2} {shown.label}", *words)), role)
        rows = [apart((left,), (Span(f"{age} {mark}".rstrip() + " ", role),), room, role)]
    else:
        small = (f"{shown.label} {words[0]}", " ".join(words[1:]), mark)
        rows = _big_rows(number, shown, small, age, room, role, look.letters)
    return _cells(rows, role, look, focused=focused)


def ghost(shown: Card, number: int, word: str, undo_in_s: int | None, room: int, look: Look) -> list[Cell]:
    """What a card leaves: its number, where it went, and how long `u` brings it back."""
    role = "head.ghost"
    undo = "" if undo_in_s is None else look.words("u undo {n}s", n=undo_in_s)
    if shown.head == 1:
        left = Span(f"{number:>2} {shown.label} {word}", role)
        rows = [apart((left,), (Span(f"{undo} ", role),) if undo else (), room, role)]
    else:
        rows = _big_rows(number, shown, (f"{shown.label} {word}", "", undo), "", room, role, look.letters)
    return [Cell(PLAIN, row, role) for row in rows]


def _big_rows(
    number: int, shown: Card, small: Sequence[str], age: str, room: int, role: str, letters: Style
) -> list[Row]:
    """Slot, number, three lines in small, age; a number too long for big letters stands in small alone."""
    name, clock = _big(shown.label.removeprefix("#"), letters), _big(age, letters)
    if cells(name[0]) > room // 3:
        name = NOTHING
    rows = []
    for line in range(3):
        slot = f"{number:>2}" if line == 1 else "  "
        parts = [slot, name[line]] if name[0] else [slot]
        left = Span(" ".join(parts) + "  " + small[line], role)
        rows.append(apart((left,), (Span(f"{clock[line]} ", role),), room, role))
    return rows


@lru_cache(maxsize=1024)
def _big(text: str, letters: Style) -> Big:
    return big(text, letters) or NOTHING


def _cells(rows: Sequence[Row], role: str, look: Look, *, focused: bool) -> list[Cell]:
    if not focused:
        return [Cell(PLAIN, row, role) for row in rows]
    edges = (look.glyphs["focus"], *[look.glyphs["edge"]] * (len(rows) - 1))
    return [Cell(Span(mark, "edge.focus"), row, role, focused) for mark, row in zip(edges, rows, strict=True)]


def head_role(shown: Card, heat: Heat) -> str:
    """The colour of a header: what became of the card, else how old it is."""
    if shown.state is TicketState.VOIDED:
        return "head.void"
    if shown.state is TicketState.READY:
        return "head.ready"
    return f"head.{heat_name(heat.level, heat.levels)}"
