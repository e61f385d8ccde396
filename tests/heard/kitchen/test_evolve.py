"""A changed copy is what the standard library makes of it."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from heard.kitchen.board import Board
from heard.kitchen.book import Book
from heard.kitchen.evolve import evolve
from heard.kitchen.rules import Kitchen
from heard.kitchen.tickets import Deed, Line, Ticket

EVOLVED = [Board, Book, Deed, Kitchen, Line, Ticket]
"""The classes of the kitchen whose values are replaced."""


@pytest.mark.parametrize("kind", EVOLVED)
def test_all_that_a_value_holds_stands_in_its_slots(kind):
    assert kind.__slots__ == tuple(field.name for field in fields(kind))
    assert not hasattr(kind, "__post_init__")


def test_what_is_not_named_stays():
    board = Board(seq=7, day="2026-11-20")
    later = evolve(board, seq=8)
    assert later == replace(board, seq=8)
    assert (board.seq, later.tickets) == (7, board.tickets)


def test_a_copy_is_as_frozen_as_its_original():
    with pytest.raises(FrozenInstanceError):
        evolve(Board(), seq=8).seq = 9
