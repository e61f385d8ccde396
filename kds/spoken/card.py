"""A card as a person reads it out: one paragraph, what can kill a guest first. Made of the lines the wall paints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from heard.kitchen.board import Board
from heard.kitchen.priority import age
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, Line, Ticket, TicketState
from heard.text import one_line
from heard.ui.spans import Row
from heard.ui.words import Words
from kds.cards import Card, card, lines_of
from kds.items import families, makers
from kds.look import Block, CardRow, Look

ENDLESS = 100_000
"""Columns: nothing is folded, nothing is cut."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a card, without numbers and its age; equal when there is nothing new to say of it."""

    label: str
    alarm: tuple[str, ...]
    place: tuple[str, ...]
    """How and where it is served."""
    top: tuple[str, ...]
    """How it stands: rush, ready, started, when it is promised."""
    notes: tuple[str, ...]
    items: tuple[str, ...]
    ids: tuple[str, ...]
    """Item for item, what it is called in commands."""
    marks: tuple[str, ...]
    """Item for item, how far it is: an empty text where there is nothing to say."""
    state: TicketState

    def said(self, numbers: Mapping[str, str]) -> str:
        """All of it; items of which there are several with their `numbers`, by id."""
        place = ", ".join((*self.place, *self.top))
        return ". ".join(part for part in (self.label, *self.alarm, place, *self.notes, *self._all(numbers)) if part)

    def item(self, item_id: str) -> str:
        """One of its items, and how far it is."""
        return next((said for one, said in zip(self.ids, self._all({}), strict=True) if one == item_id), "")

    def _all(self, numbers: Mapping[str, str]) -> Iterator[str]:
        several = len(self.items) > 1
        for item_id, item, mark in zip(self.ids, self.items, self.marks, strict=True):
            lead = f"{numbers[item_id]}: " if several and item_id in numbers else ""
            yield f"{lead}{item}, {mark}" if mark else f"{lead}{item}"

    def same_food(self, other: Spoken) -> bool:
        """Whether a cook would do the same for both."""
        mine, others = ((one.alarm, one.place, one.notes, one.items) for one in (self, other))
        return mine == others

    def standing(self, before: Spoken, unmarked: str) -> str:
        """How it stands now, as far as that is not how it stood before; an item without a mark is `unmarked`."""
        top = [word for word in self.top if word not in before.top]
        moved = (
            f"{item}, {mark or unmarked}"
            for item, mark, was in zip(self.items, self.marks, before.marks, strict=True)
            if mark != was and (len(self.items) > 1 or not top)  # the top says it of one dish already
        )
        return ". ".join(part for part in (", ".join(top), *moved) if part)


def read_out(zone: tzinfo, language: str | None, words: Words) -> Look:
    """How cards are made to be read out: in one long line, with words for marks."""
    glyphs = {"focus": "", "edge": "", "more": "", "less": "", "started": words("begun"), "done": words("done"),
              "none": "", "some": "", "over": "", "child": words("with")}  # fmt: skip
    return Look(width=ENDLESS, zone=zone, language=language, glyphs=glyphs, words=words, marked=False)


def spoken(board: Board, ticket: Ticket, look: Look) -> Spoken:
    """What there is to say of a ticket at its station."""
    made: Card = card(board, ticket, look)
    lines = [line for family in families(lines_of(ticket)) for line in family]
    notes, blocks = made.blocks[: -len(lines) or None], made.blocks[len(made.blocks) - len(lines) :]
    if ticket.is_expo:
        marks = tuple(stands(board, ticket, line, look.words) for line in lines)
    else:
        marks = tuple(", ".join(_marks(block)) for block in blocks)
    return Spoken(
        label=made.label,
        alarm=tuple(_lines(made.alarm)),
        place=made.words,
        top=tuple(_lines(made.top)),
        notes=tuple(", ".join(_lines(block)) for block in notes),
        items=tuple(", ".join(_lines(block)) for block in blocks),
        ids=tuple(line.item_id for line in lines),
        marks=marks,
        state=made.state,
    )


def stands(board: Board, ticket: Ticket, line: Line, words: Words) -> str:
    """How an item stands at each of its stations: `grill done, fry begun`."""
    if not line.live:
        return ""
    if line.handed_over:
        return words("handed over")
    said = {HELD: words("held"), QUEUED: words("not begun"), STARTED: words("begun"), READY: words("done")}
    return ", ".join(f"{one_line(name)} {said[one.state]}" for name, one in makers(board, ticket, line).items())


def waited(ticket: Ticket, now: datetime, words: Words) -> str:
    """How long since it was ordered."""
    return minutes(age(ticket, now), words)


def minutes(time: timedelta, words: Words) -> str:
    """A time in whole minutes."""
    return words.many("{n} minute", "{n} minutes", int(time / timedelta(minutes=1)))


def _lines(block: Iterable[CardRow]) -> Iterator[str]:
    return (text for line in block if (text := read(line.row)))


def _marks(block: Block) -> Iterator[str]:
    marks = (line.mark for line in block if line.mark is not None and line.mark.role != "edge.void")
    return (text for mark in marks if (text := mark.text.strip()))


def read(row: Row) -> str:
    """A line's words, without the marks that only an eye needs."""
    return " ".join("".join(part.text for part in row).split()).removeprefix("! ").removeprefix("* ")
