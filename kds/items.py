"""An item on a card: how much of what, who still has it, and all that makes this one different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from heard.contract.kds import EXPO, Mark, TicketItem
from heard.contract.orders import Allergy, Modifier, Note
from heard.kitchen.board import Board
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.tallies import Tally
from heard.kitchen.tickets import HELD, READY, STARTED, Line, Ticket
from heard.text import cells, one_line
from heard.ui.spans import Row, Span, apart, folded, packed, span, width
from heard.ui.words import Words
from kds.letters import folded_big
from kds.look import ACTION_ROLES, Block, CardRow, Look, action_words, card_row, mark_words


def items(board: Board, ticket: Ticket, lines: list[Line], look: Look) -> Iterator[Block]:
    """The items of a ticket, each with all that is said of it; what came later last, under a rule of its own."""
    here = {line.item_id for line in lines}
    lead = max((cells(amount_of(line.item)) for line in lines), default=1)
    paper = replace(look, width=look.width - look.measures.margin)
    ruled = False
    for family in families(lines):
        for line in family:
            child = line.item.parent_item_id in here
            rows = list(_item(board, ticket, line, paper, lead=min(lead, 9), child=child, ruled=_came_later(family)))
            if _came_later(family) and not ruled:
                rows.insert(0, CardRow(_rule(look.words("ADD-ON"), paper)))
                ruled = True
            gap = (CardRow(()),) if look.measures.spaced and line is family[-1] else ()
            yield (*(card_row(row.row, look, row.mark, row.fill) for row in rows), *gap)


def families(lines: list[Line]) -> list[list[Line]]:
    """Items in the order of a card: each with its parts, what came later last."""
    found = [list(_family(root, lines, set())) for root in _roots(lines, {line.item_id for line in lines})]
    return sorted(_whole(found, lines), key=_came_later)


def _came_later(family: list[Line]) -> bool:
    """Whether it was ordered after the rest: it stands under a rule."""
    return Mark.ADD_ON in family[0].marks


def _rule(word: str, look: Look) -> Row:
    line = look.glyphs.get("rule", "")
    after = line * (look.width - 4 - cells(word))
    return Span(f"{line} ", "card.sub"), Span(word, "card.also"), Span(f" {after}", "card.sub")


def _roots(lines: list[Line], here: set[str]) -> list[Line]:
    return [line for line in lines if line.item.parent_item_id not in here]


def _whole(families: list[list[Line]], lines: list[Line]) -> Iterator[list[Line]]:
    """The families, and those that a careless till says are each other's parents: none is lost."""
    yield from families
    seen = {line.item_id for family in families for line in family}
    for line in lines:
        if line.item_id not in seen:
            yield list(_family(line, lines, seen))


def _family(line: Line, lines: list[Line], seen: set[str]) -> Iterator[Line]:
    """A combo and its parts, which stand right after what they are part of."""
    if line.item_id not in seen:
        seen.add(line.item_id)
        yield line
        for one in lines:
            if one.item.parent_item_id == line.item_id:
                yield from _family(one, lines, seen)


def _item(
    board: Board, ticket: Ticket, line: Line, look: Look, *, lead: int, child: bool, ruled: bool
) -> Iterator[CardRow]:
    """Quantity and name, and under it all that makes this one different."""
    stand = _stand(board, ticket, line, look)
    qty_role = "card.qty" if stand.role == "card.name" else stand.role
    first = [Span(f"{stand.mark.text:<2} ", stand.mark.role)] if ticket.is_expo else []
    first += [Span(amount_of(line.item).rjust(lead) + " ", qty_role)]
    first += [Span(look.glyphs["child"] + " ", "card.sub")] if child else []
    rows, indent = _named(line, stand, tuple(first), look)
    if stand.waits_for and width(rows[-1]) + cells(stand.waits_for) + 2 <= look.width:
        rows[-1] = apart(rows[-1], (Span(stand.waits_for, "card.sub"),), look.width, "card.text")
    elif stand.waits_for:  # who still has it is what expo asks first: a line of its own rather than none
        rows += folded(stand.waits_for, "card.sub", look.width, indent=indent)
    edge = None if ticket.is_expo or not stand.mark.text else _on_edge(stand.mark)
    for number, row in enumerate(rows):
        yield CardRow(row, edge if number == 0 else None)
    for row in _details(ticket, line, look, indent, held=stand.role == "card.held", ruled=ruled):
        yield CardRow(row)


def _on_edge(mark: Span) -> Span:
    """A mark beside the card instead of on it."""
    return Span(mark.text, mark.role.replace("card.", "edge."))


def _named(line: Line, stand: _Stand, first: Row, look: Look) -> tuple[list[Row], int]:
    """Quantity and name, and how far in the name begins; in block letters where size and every character allow it."""
    name = name_of(line.item, look)
    if look.measures.block_names and (made := _in_blocks(line, stand, first, name, look)) is not None:
        return made
    return folded(name, stand.role, look.width, first=first), width(first)


def _in_blocks(line: Line, stand: _Stand, first: Row, name: str, look: Look) -> tuple[list[Row], int] | None:
    """Three lines to a row; a part of a combo is written as ordinary text, which sets it apart."""
    amounts = folded_big(amount_of(line.item), look.width, look.letters) or []
    if len(amounts) != 1 or line.item.parent_item_id is not None:
        return None
    marks = Span("".join(part.text for part in first[:-1]), stand.mark.role)
    before, takes = cells(marks.text), cells(amounts[0][0]) + _BESIDE
    names = folded_big(one_line(name), look.width - before - takes, look.letters)
    if names is None:
        return None
    rows: list[Row] = []
    for amount, words in zip_longest(amounts, names, fillvalue=("", "", "")):
        for number, (qty, text) in enumerate(zip(amount, words, strict=True)):
            mark = marks if number == 1 and amount[0] else Span(" " * before, "card.text")
            lead = (mark,) if before else ()
            rows.append((*lead, Span(qty.ljust(takes), first[-1].role), Span(text, stand.role)))
    return rows, before + takes


_BESIDE = 3
"""Cells between a quantity and a name in block letters."""


class _Stand(NamedTuple):
    """How an item stands: the role of its name, its mark, and at expo the stations it waits for."""

    role: str
    mark: Span
    waits_for: str = ""


def _stand(board: Board, ticket: Ticket, line: Line, look: Look) -> _Stand:
    if not line.live:
        return _Stand("card.void", Span("x", "card.void"))
    if ticket.is_expo:
        stand = _pass_stand(board, ticket, line, look.glyphs)
        return stand if look.marked else _Stand(stand.role, Span("", stand.role))
    if line.state is READY:
        return _Stand("card.done", Span(look.glyphs["done"], "card.ready"))
    return _Stand("card.name", Span(look.glyphs["started"] if line.state is STARTED else "", "card.started"))


def _pass_stand(board: Board, ticket: Ticket, line: Line, glyphs: Mapping[str, str]) -> _Stand:
    """What the pass sees of an item: it follows the lines of those who make it, not expo's own copy."""
    if line.handed_over:
        return _Stand("card.done", Span(glyphs["over"], "card.done"))
    made = makers(board, ticket, line)
    if is_held(board, ticket, line):
        return _Stand("card.held", Span(" ", "card.held"))
    late = [station for station, one in made.items() if one.state is not READY]
    mark = glyphs["done" if not late else "some" if len(late) < len(made) else "none"]
    waits_for = " ".join(one_line(station) for station in late)
    return _Stand("card.name", Span(mark, "card.word" if late else "card.ready"), waits_for)


def makers(board: Board, ticket: Ticket, line: Line) -> dict[str, Line]:
    """Station → the line of whoever makes an item; expo's own only where nobody else does."""
    parts = [one for one in board.of_order(ticket.order_id) if not (one.is_expo and line.item.stations)]
    return {one.station: found for one in parts if (found := one.line(line.item_id)) is not None and found.live}


def is_held(board: Board, ticket: Ticket, line: Line) -> bool:
    """Whether nobody may begin with an item yet: at the pass, none of those who make it."""
    if not ticket.is_expo:
        return line.live and line.state is HELD
    made = makers(board, ticket, line).values()
    return line.live and bool(made) and all(one.state is HELD for one in made)


def _details(ticket: Ticket, line: Line, look: Look, indent: int, *, held: bool, ruled: bool) -> Iterator[Row]:
    item = line.item
    before = line.before if Mark.CHANGED in line.marks and line.live else None
    pad = (Span(" " * indent, "card.text"),)
    yield from packed(_words(ticket, line, look, held=held, ruled=ruled), look.width, indent=indent, role="card.text")
    for text in _gone(before, item, look) if before else ():
        first = (*pad, Span(look.words("was") + " ", "card.sub"))
        yield from folded(text, "card.void", look.width, first=first, indent=indent + 2)
    if item.variation:
        yield from folded(item.variation, "card.choice", look.width, first=pad)
    yield from _modifiers(item.modifiers, look, indent, before=before.modifiers if before else None)
    for allergy in item.allergies:
        first = (*pad, Span(f"! {look.words('ALLERGY')} ", "card.allergy"))
        yield from folded(
            allergy_words(allergy, look.words), "card.allergy", look.width, first=first, indent=indent + 2
        )
    for note in item.notes:
        yield from note_rows(note, look.width, indent)


def _words(ticket: Ticket, line: Line, look: Look, *, held: bool, ruled: bool) -> Iterator[Span]:
    """What a cook must notice, as words."""
    say = look.words
    if not line.live:
        yield Span(f" {say('VOID')} ", "card.mark")
    if held:
        yield Span(say("HELD"), "card.held")
    for mark in line.marks:
        if mark is Mark.ADD_ON and ruled:
            continue
        was = _was(line) if mark is Mark.CHANGED else ""
        yield Span(f" {mark_words(say)[mark]}{was} ", "card.mark")
    if not ticket.is_expo:
        others = [one.upper() for one in line.item.stations if one not in (ticket.station, EXPO)]
        yield span(say("ALSO AT: {stations}", stations=", ".join(others)) if others else "", "card.also")
    yield span(say("course {course}", course=line.item.course) if line.item.course is not None else "", "card.sub")
    yield span(say("seat {seat}", seat=line.item.seat) if line.item.seat else "", "card.sub")


def _was(line: Line) -> str:
    """The old quantity and the new one, if that is what changed."""
    before = line.before
    if before is None or before.qty == line.item.qty:
        return ""
    return f" {amount_of(before)}→{amount_of(line.item)}"


def _gone(before: TicketItem, item: TicketItem, look: Look) -> Iterator[str]:
    """What a changed item said before and says no more."""
    if name_of(before, look) != name_of(item, look):
        yield name_of(before, look)
    if before.variation and before.variation != item.variation:
        yield before.variation
    kept = {choice_of(one, look) for one in item.modifiers}
    yield from (said for one in before.modifiers if (said := choice_of(one, look)) not in kept)
    notes = {note.text for note in item.notes}
    yield from (note.text for note in before.notes if note.text not in notes)


def _modifiers(
    modifiers: Iterable[Modifier], look: Look, indent: int, *, before: tuple[Modifier, ...] | None = None
) -> Iterator[Row]:
    """Each choice with the word for what to do; those that a change brought are marked, `before` being the others."""
    known = None if before is None else {choice_of(one, look) for one in before}
    for modifier in modifiers:
        word, name = action_of(modifier, look), name_of(modifier, look)
        word_role, name_role = ACTION_ROLES[modifier.action]
        new = known is not None and choice_of(modifier, look) not in known
        first = (
            Span(" " * indent, "card.text"),
            *((Span(f" {look.words('NEW')} ", "card.mark"), Span(" ", "card.text")) if new else ()),
            *((Span(word, word_role), Span(" ", "card.text")) if word else ()),
        )
        yield from folded(name, name_role, look.width, first=first, indent=indent)
        yield from _modifiers(modifier.children, look, min(indent + 2, look.width // 2))


def action_of(modifier: Modifier, look: Look) -> str:
    """The word for what to do with a choice, and how often: `NO`, `EXTRA 2x`; empty where it is only chosen."""
    times = f"{_number(modifier.qty)}x" if modifier.qty is not None and modifier.qty != 1 else ""
    return f"{action_words(look.words)[modifier.action]} {times}".strip()


def choice_of(modifier: Modifier, look: Look) -> str:
    """A choice with its word, as one text: `NO onions`."""
    return f"{action_of(modifier, look)} {name_of(modifier, look)}".strip()


def name_of(item: TicketItem | Modifier, look: Look) -> str:
    """The name of an item or of a choice in the language of the kitchen."""
    return (item.kitchen_name or {}).get(look.language or "") or item.name


def amount_of(item: TicketItem | Tally) -> str:
    """How much of it: `2`, `0.5kg`."""
    return _number(item.qty) + ("" if item.unit == "each" else item.unit)


def _number(qty: Decimal) -> str:
    return format(qty.normalize(), "f")


def allergy_words(allergy: Allergy, words: Words) -> str:
    """An allergy in words, with the seat it is at: `nuts: severe (seat 2)`."""
    code = (allergy.code or "").replace("_", " ")
    said = f"{code}: {allergy.text}" if code and allergy.text else code or allergy.text or ""
    return f"{said} ({words('seat {seat}', seat=allergy.seat)})" if allergy.seat else said


def note_rows(note: Note, room: int, indent: int) -> list[Row]:
    """A note; one that speaks of an allergy looks like one."""
    role = "card.allergy" if speaks_of_allergy(note.text) else "card.note"
    pad = (Span(" " * indent, "card.text"),) if indent else ()
    return folded(note.text, role, room, first=(*pad, Span("* ", role)), indent=indent + 2)
