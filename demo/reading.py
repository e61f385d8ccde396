"""What somebody in front of a screen must be able to read of a ticket: words, line by line, each as it stands now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from heard.contract.kds import TicketHeader, TicketItem
from heard.contract.orders import Modifier
from heard.text import one_line

VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Reading:
    """One line's words, or that it is off. The top of a card is a line without an item."""

    item_id: str
    words: frozenset[str]
    void: bool = False


def of_header(header: TicketHeader) -> Reading:
    """The number, what to mind, what was noted."""
    said = [allergy.text or allergy.code or "" for allergy in header.allergies]
    said += [note.text for note in header.notes]
    return Reading("", frozenset({f"#{header.display_no}", *_each(said)}))


def of_item(item: TicketItem) -> Reading:
    """How many of what, every choice, every note."""
    said = [item.name, *_choices(item.modifiers), *(note.text for note in item.notes)]
    return Reading(item.item_id, frozenset({_how_many(item), *_each(said)}))


def of_void(item: TicketItem) -> Reading:
    """That it is off."""
    return Reading(item.item_id, frozenset({_how_many(item), *_each([item.name])}), void=True)


def missing(reading: Reading, words: frozenset[str], lines: Sequence[str], voids: int) -> frozenset[str]:
    """Those of a reading's words that do not stand on a card; `voids` lines of the card must say that they are off."""
    text = " ".join(" ".join(line.replace("└", " ").split()) for line in lines)
    torn = text.replace(" ", "")  # a word without spaces may be broken at the edge of its column
    if reading.void and text.count(VOID) < voids:
        return words
    return frozenset(word for word in words if word not in text and (len(word) < _BREAKS or word not in torn))


_BREAKS = 12
"""Shorter words are never broken in two."""


def _how_many(item: TicketItem) -> str:
    number = format(Decimal(item.qty).normalize(), "f") + ("" if item.unit == "each" else item.unit)
    return f"{number} {one_line(item.name).split()[0]}"


def _choices(modifiers: Iterable[Modifier]) -> Iterator[str]:
    for one in modifiers:
        yield one.name
        yield from _choices(one.children)


def _each(said: Iterable[str]) -> Iterator[str]:
    for text in said:
        yield from one_line(text).split()
