"""Items in words, for lists: how much of what, and all that is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from heard.contract.kds import TicketItem
from heard.contract.orders import Allergy, Modifier
from heard.kitchen.dealing import speaks_of_allergy
from heard.text import one_line
from heard.ui.spans import Row, Span, folded
from heard.ui.words import Words
from kds.items import action_of, allergy_words, name_of
from kds.look import ACTION_ROLES, Look

MAX_INDENT = 12


def dish(item: TicketItem, look: Look) -> str:
    """Its name as this kitchen says it."""
    name = name_of(item, look)
    return one_line(f"{name} ({item.variation})" if item.variation else name)


def details(item: TicketItem, room: int, look: Look) -> Iterator[Row]:
    """Allergies, seat and course, choices, notes: a line or more for each."""
    words = look.words
    for allergy in item.allergies:
        yield from alarm(allergy, room, words)
    place = [words("seat {seat}", seat=item.seat) if item.seat else ""]
    place.append(words("course {n}", n=item.course) if item.course is not None else "")
    if said := "  ".join(word for word in place if word):
        yield from folded(said, "panel.dim", room)
    yield from _choices(item.modifiers, room, look)
    for note in item.notes:
        yield from remark(note.text, room)


def alarm(allergy: Allergy, room: int, words: Words) -> list[Row]:
    """What may kill somebody, as it stands on the wall."""
    first = (Span(f"! {words('ALLERGY')} ", "card.allergy"),)
    return folded(allergy_words(allergy, words), "card.allergy", room, first=first, indent=2)


def remark(text: str, room: int) -> list[Row]:
    """A note; one that speaks of an allergy is an alarm too."""
    role = "card.allergy" if speaks_of_allergy(text) else "card.note"
    return folded(text, role, room, first=(Span("* ", role),))


def _choices(modifiers: Iterable[Modifier], room: int, look: Look, indent: int = 0) -> Iterator[Row]:
    for one in modifiers:
        action_role, name_role = ACTION_ROLES[one.action]
        action = action_of(one, look)
        first = [Span(" " * indent, "panel.text")] if indent else []
        first += [Span(f"{action} ", action_role)] if action else []
        yield from folded(name_of(one, look), name_role, room, first=tuple(first), indent=indent)
        yield from _choices(one.children, room, look, min(indent + 2, MAX_INDENT))
