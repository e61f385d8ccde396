"""The layout: long cards, pages, sticky slots."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heard.kitchen.tickets import TicketState
from heard.ui.spans import Span
from kds.cards import Card
from kds.layout import GHOST_S, deal, follow, numbers, pack, settled
from kds.look import CardRow
from kds.sizes import column_widths

AT = datetime(2026, 11, 20, tzinfo=UTC)


def a_card(name: str, items: int, alarm: bool = False, rows_each: int = 1) -> Card:
    blocks = tuple(
        tuple(CardRow((Span(f"{name}-{n}.{m}", "card.name"),)) for m in range(rows_each)) for n in range(items)
    )
    alarms = (CardRow((Span("! ALLERGY", "card.allergy"),)),) if alarm else ()
    rows = (*alarms, *(row for block in blocks for row in block))
    return Card(name, f"#{name}", (), AT, TicketState.OPEN, (), alarms, blocks, ("ALLERGY",) if alarm else (), rows)


def texts(page, slot=None):
    return [row.row[0].text for piece in page for row in piece.rows if slot is None or piece.slot == slot]


@pytest.mark.parametrize("width", range(40, 260))
def test_columns_fill_the_width_and_are_wide_enough_to_read(width):
    widths = column_widths(width)
    assert sum(widths) == width
    assert min(widths) >= 26
    assert len(widths) == 1 or max(widths) <= 40
    assert width < 78 or max(widths) <= 39


def test_eighty_columns_are_three_columns():
    assert column_widths(80) == (27, 27, 26)


def test_a_card_that_fits_a_column_is_whole_where_little_of_a_page_stays_empty():
    pages = deal(pack([a_card("a", 12), a_card("b", 12), a_card("c", 12), a_card("d", 12)]), 3, 20)
    assert [[(piece.column, piece.y) for piece in page] for page in pages] == [[(0, 0), (1, 0), (2, 0)], [(0, 0)]]


def test_on_a_small_wall_a_card_is_torn_rather_than_leave_much_of_a_page_empty():
    cards = [a_card("a", 10), a_card("b", 10), a_card("c", 12), a_card("d", 12)]
    pages = deal(pack(cards), 3, 20)
    assert [(piece.slot, piece.column, piece.y, piece.first, piece.last) for piece in pages[0]] == [
        (0, 0, 0, True, True), (1, 1, 0, True, True), (2, 2, 0, True, True),
        (3, 0, 12, True, False), (3, 1, 12, False, True),
    ]  # fmt: skip
    assert len(set(texts(pages[0], slot=3))) == 12


def test_few_cards_stand_side_by_side_and_the_next_one_goes_where_most_room_is():
    pages = deal(pack([a_card("a", 9), a_card("b", 2), a_card("c", 4), a_card("d", 2), a_card("e", 2)]), 3, 20)
    assert [(piece.column, piece.y) for piece in pages[0]] == [(0, 0), (1, 0), (2, 0), (1, 4), (2, 6)]


def test_a_long_card_goes_below_short_ones_rather_than_to_another_page():
    pages = deal(pack([*(a_card(name, 2) for name in "abc"), a_card("long", 25)]), 3, 22)
    assert len(pages) == 1
    assert [(piece.column, piece.y) for piece in pages[0] if piece.slot == 3] == [(0, 4), (1, 4)]


def test_a_card_longer_than_a_page_begins_below_short_ones_and_leaves_no_page_half_empty():
    pages = deal(pack([a_card("small", 2), a_card("long", 80)]), 3, 22)
    assert [(piece.slot, piece.column, piece.y) for piece in pages[0]] == [(0, 0, 0), (1, 0, 4), (1, 1, 0), (1, 2, 0)]
    assert [piece.turns for piece in pages[0] if piece.slot == 1] == [False, False, True]
    assert pages[1][0].y == 0


def test_a_long_card_says_how_many_items_come_after_each_piece():
    pages = deal(pack([a_card("long", 60)]), 3, 22)
    pieces = [piece for page in pages for piece in page]
    shown = [len({row.row[0].text for row in piece.rows}) for piece in pieces]
    assert [piece.more for piece in pieces] == [60 - sum(shown[: n + 1]) for n in range(len(pieces))]
    assert pieces[-1].more == 0


def test_an_order_of_sixty_lines_goes_on_in_the_next_columns_and_loses_nothing():
    pages = deal(pack([a_card("small", 2), a_card("long", 60, alarm=True), a_card("after", 2)]), 3, 22)
    pieces = [piece for page in pages for piece in page if piece.slot == 1]
    assert len(pieces) > 2
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    items = [row.row[0].text for piece in pieces for row in piece.rows if row.row[0].text.startswith("long")]
    assert items == [f"long-{n}.0" for n in range(60)]
    assert all(any(row.row[0].text == "! ALLERGY" for row in piece.rows) for piece in pieces)
    assert all(piece.y + piece.height <= 22 and len(piece.rows) + 1 <= piece.height for piece in pieces)


@pytest.mark.parametrize("height", range(6, 30))
@pytest.mark.parametrize("rows_each", [1, 3, 7, 40])
def test_every_line_of_every_card_is_on_some_page_whatever_the_size(height, rows_each):
    cards = [a_card("a", 3), a_card("b", 20, alarm=True, rows_each=rows_each), a_card("c", 5)]
    pages = deal(pack(cards), 2, height)
    shown = {text for page in pages for text in texts(page)}
    assert shown >= {row.row[0].text for card in cards for row in card.rows}
    for page in pages:
        taken = [(piece.column, y) for piece in page for y in range(piece.y, piece.y + piece.height)]
        assert len(taken) == len(set(taken))
        assert all(y < height for _, y in taken)


def test_pages_are_counted_and_slots_are_numbered_on_each():
    pages = deal(pack([a_card(str(n), 9) for n in range(10)]), 2, 10)
    assert len(pages) == 5
    assert numbers(pages[2]) == {4: 1, 5: 2}


def test_a_bumped_card_leaves_its_place_empty_and_nothing_moves():
    cards = [a_card(str(n), 3) for n in range(6)]
    slots = pack(cards)
    before = deal(slots, 2, 20)[0]
    slots = follow(slots, [cards[0], *cards[2:]], 10.0, 2, 20)
    after = deal(slots, 2, 20)[0]
    assert [(p.slot, p.column, p.y) for p in before] == [(p.slot, p.column, p.y) for p in after]
    assert slots[1].ghost(10.0 + GHOST_S - 0.1)
    assert slots[1].free(10.0 + GHOST_S)


def test_new_cards_come_after_the_others_while_there_is_room():
    cards = [a_card(str(n), 3) for n in range(3)]
    slots = follow(pack(cards), [cards[0], cards[2]], 0.0, 2, 20)
    slots = follow(slots, [a_card("new", 2), cards[0], cards[2]], 100.0, 2, 20)
    assert [slot.ticket_id for slot in slots] == ["0", "1", "2", "new"]


def test_a_new_card_takes_a_free_place_before_it_opens_a_page():
    cards = [a_card(str(n), 8) for n in range(4)]
    slots = follow(pack(cards), [cards[0], *cards[2:]], 0.0, 2, 20)
    ghost = follow(slots, [cards[0], *cards[2:], a_card("early", 5)], 1.0, 2, 20)
    assert [slot.ticket_id for slot in ghost] == ["0", "1", "2", "3", "early"]
    later = follow(slots, [cards[0], *cards[2:], a_card("late", 5)], 50.0, 2, 20)
    assert [slot.ticket_id for slot in later] == ["0", "late", "2", "3"]


def test_an_undone_bump_comes_back_to_its_place():
    cards = [a_card(str(n), 3) for n in range(3)]
    slots = follow(pack(cards), cards[1:], 0.0, 2, 20)
    slots = follow(slots, cards, 3.0, 2, 20)
    assert [(slot.ticket_id, slot.gone_at) for slot in slots] == [("0", None), ("1", None), ("2", None)]


def test_a_card_that_shrinks_keeps_its_room_until_the_wall_is_packed():
    big, small = a_card("a", 6), a_card("a", 2)
    slots = follow(pack([big]), [small], 0.0, 2, 20)
    assert slots[0].height == big.height
    assert not settled(slots, [small])
    assert settled(pack([small]), [small])
