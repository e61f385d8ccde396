"""Items in words, for lists: how much of what, and all that is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from heard.contract.kds import TicketItem
from heard.contract.orders import Allergy, Modifier
from heard.kitchen.dealing import speaks_of_allergy
from heard.text import one_line
from heard.ui.spans import Row, Span, folded
from heard.ui.words import Words
from kds.cards import action_words

MAX_INDENT = 12


def amount(item: TicketItem) -> str:
    """`2`, or `0.4kg`."""
    return format(item.qty.normalize(), "f") + ("" if item.unit == "each" else item.unit)


def dish(item: TicketItem, language: str | None) -> str:
    """Its name as this kitchen says it."""
    name = (item.kitchen_name or {}).get(language or "") or item.name
    return one_line(f"{name} ({item.variation})" if item.variation else name)


def details(item: TicketItem, room: int, words: Words) -> Iterator[Row]:
    """Allergies, seat and course, choices, notes: a line or more for each."""
    for allergy in item.allergies:
        yield from folded(f"! {words('ALLERGY')} {allergy_text(allergy, words)}", "panel.qty", room)
    place = [words("seat {seat}", seat=item.seat) if item.seat else ""]
    place.append(words("course {n}", n=item.course) if item.course is not None else "")
    if said := "  ".join(word for word in place if word):
        yield from folded(said, "panel.dim", room)
    yield from _choices(item.modifiers, room, words)
    for note in item.notes:
        role = "panel.qty" if speaks_of_allergy(note.text) else "panel.text"
        yield from folded(note.text, role, room, first=(Span("* ", role),))


def allergy_text(allergy: Allergy, words: Words) -> str:
    """`nuts: severe (seat 2)`."""
    code = (allergy.code or "").replace("_", " ")
    said = f"{code}: {allergy.text}" if code and allergy.text else code or allergy.text or ""
    return one_line(f"{said} ({words('seat {seat}', seat=allergy.seat)})" if allergy.seat else said)


def _choices(modifiers: Iterable[Modifier], room: int, words: Words, indent: int = 0) -> Iterator[Row]:
    actions = action_words(words)
    for one in modifiers:
        number = f"{format(one.qty.normalize(), 'f')} " if one.qty is not None and one.qty != 1 else ""
        said = f"{actions.get(one.action, '')} {number}{one.name}".strip()
        yield from folded(said, "panel.text", room, first=(Span(" " * indent, "panel.text"),) if indent else ())
        yield from _choices(one.children, room, words, min(indent + 2, MAX_INDENT))
