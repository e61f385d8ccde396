"""All-day in the words of this kitchen: how many of each dish are open, as rows of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from heard.kitchen.board import Board
from heard.kitchen.tallies import Tally, all_day
from heard.text import cells
from heard.ui.spans import Row, Span, folded
from heard.ui.words import ENGLISH, Words
from kds.items import amount_of, choice_of, name_of
from kds.look import Look


def open_dishes(board: Board, station: str, look: Look, *, with_choices: bool = False) -> list[Tally]:
    """What is open at a station, each dish and choice named as on its cards."""
    choice = partial(choice_of, look=look) if with_choices else None
    return all_day(board, station, dish=partial(name_of, look=look), choice=choice)


def all_day_rows(tallies: Sequence[Tally], room: int, words: Words = ENGLISH) -> list[Row]:
    """The all-day panel."""
    rows: list[Row] = [(Span(f" {words('ALL DAY')}".ljust(room), "panel.title"),)]
    if not tallies:
        rows.append((Span(f" {words('nothing is open')}", "panel.dim"),))
    lead = max((cells(amount_of(one)) for one in tallies), default=1) + 1
    for one in tallies:
        first = (Span(amount_of(one).rjust(lead) + " ", "panel.qty"),)
        rows += folded(one.name, "panel.text", room - 1, first=first)
        for choice in one.choices:
            rows += folded(choice, "panel.dim", room - 1, first=(Span(" " * (lead + 2), "panel.dim"),))
    return rows
