"""A card as a person reads it out: one paragraph, what can kill a guest first. Made of the lines the wall paints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from heard.kitchen.board import Board
from heard.kitchen.priority import age
from heard.kitchen.tickets import Ticket, TicketState
from heard.ui.spans import Row
from heard.ui.words import Words
from kds.cards import Card, card
from kds.look import Block, CardRow, Look

ENDLESS = 100_000
"""Columns: nothing is folded, nothing is cut."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a card, without its number and its age; equal when there is nothing new to say of it."""

    label: str
    alarm: tuple[str, ...]
    place: tuple[str, ...]
    """How and where it is served."""
    top: tuple[str, ...]
    """How it stands: rush, ready, started, when it is promised."""
    items: tuple[str, ...]
    marks: tuple[str, ...]
    """Item for item, how far it is: an empty text where nobody has begun."""
    state: TicketState

    def said(self) -> str:
        """All of it."""
        place = ", ".join((*self.place, *self.top))
        items = (f"{item}, {mark}" if mark else item for item, mark in zip(self.items, self.marks, strict=True))
        return ". ".join(part for part in (self.label, *self.alarm, place, *items) if part)

    def same_food(self, other: Spoken) -> bool:
        """Whether a cook would do the same for both."""
        return (self.alarm, self.place, self.items) == (other.alarm, other.place, other.items)

    def standing(self, before: Spoken) -> str:
        """How it stands now, as far as that is not how it stood before."""
        moved = (
            f"{item}, {mark}"
            for item, mark, was in zip(self.items, self.marks, before.marks, strict=True)
            if mark and mark != was and len(self.items) > 1
        )
        return ". ".join(part for part in (", ".join(self.top), *moved) if part)


def read_out(zone: tzinfo, language: str | None, words: Words) -> Look:
    """How cards are made to be read out: in one long line, with words for marks."""
    glyphs = {
        "focus": "", "edge": "", "more": "", "less": "",
        "started": words("begun"), "none": words("not begun"), "some": words("partly done"), "done": words("done"),
        "over": words("handed over"), "child": words("with"),
    }  # fmt: skip
    return Look(width=ENDLESS, zone=zone, language=language, glyphs=glyphs, words=words)


def spoken(board: Board, ticket: Ticket, look: Look) -> Spoken:
    """What there is to say of a ticket at its station."""
    made: Card = card(board, ticket, look)
    return Spoken(
        label=made.label,
        alarm=tuple(_lines(made.alarm)),
        place=made.words,
        top=tuple(_lines(made.top)),
        items=tuple(", ".join(_lines(block)) for block in made.blocks),
        marks=tuple(", ".join(_marks(block)) for block in made.blocks),
        state=made.state,
    )


def waited(ticket: Ticket, now: datetime, words: Words) -> str:
    """How long since it was ordered."""
    minutes = int(age(ticket, now) / timedelta(minutes=1))
    return words.many("{n} minute", "{n} minutes", minutes)


def _lines(block: Iterable[CardRow]) -> Iterator[str]:
    return (text for line in block if (text := _text(line.row)))


def _marks(block: Block) -> Iterator[str]:
    return (text for line in block if line.mark is not None and (text := line.mark.text.strip()))


def _text(row: Row) -> str:
    """A line's words, without the marks that only an eye needs."""
    return " ".join("".join(part.text for part in row).split()).removeprefix("! ").removeprefix("* ")
