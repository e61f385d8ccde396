"""The table's rows, order, cursor and marks, without a screen."""

from __future__ import annotations

import pytest

from console.columns import connection_columns
from console.table import GUTTER, Table
from tests.console.stand_in import NOON, row


def named(*names, **more):
    return [row(name, subject=name, **more) for name in names]


@pytest.fixture
def table():
    made = Table(connection_columns(), lambda one: one.connection)
    made.resize(3)
    made.show(named("a", "b", "c", "d", "e", "f"), NOON)
    return made


def in_sight(table):
    return [one.connection for one in table.rows[table.top : table.top + table.height]]


def test_the_cursor_comes_to_the_first_row_in_sight_and_goes_on_from_there(table):
    table.move(1)
    assert table.cursor == "a"
    table.move(1)
    assert table.cursor == "b"


def test_the_cursor_ends_at_both_ends(table):
    table.end(last=True)
    table.move(5)
    assert (table.cursor, in_sight(table)) == ("f", ["d", "e", "f"])
    table.move(-50)
    assert (table.cursor, in_sight(table)) == ("a", ["a", "b", "c"])


def test_a_page_is_a_screen_but_one_row(table):
    table.end(last=False)
    table.page(1)
    assert (table.cursor, in_sight(table)) == ("c", ["a", "b", "c"])
    table.page(1)
    assert (table.cursor, in_sight(table)) == ("e", ["c", "d", "e"])


def test_the_cursor_stays_on_its_row_and_its_line_when_others_come_before_it(table):
    table.end(last=True)
    table.move(-1)
    assert in_sight(table) == ["d", "e", "f"]
    table.show(named("x", "y", "a", "b", "c", "d", "e", "f"), NOON)
    assert (table.cursor, in_sight(table)) == ("e", ["d", "e", "f"])


def test_without_a_cursor_the_view_stays_at_the_top(table):
    table.show(named("x", "y", "a", "b"), NOON)
    assert in_sight(table) == ["x", "y", "a"]


def test_a_row_that_goes_leaves_the_cursor_on_its_neighbour_and_says_so(table):
    table.move(0)
    table.move(1)
    table.show(named("a", "c", "d"), NOON)
    assert (table.cursor, table.lost) == ("c", True)
    table.move(0)
    assert not table.lost


def test_the_last_row_that_goes_leaves_the_cursor_on_the_one_before(table):
    table.end(last=True)
    table.show(named("a", "b"), NOON)
    assert (table.cursor, table.lost) == ("b", True)


def test_no_rows_leave_no_cursor(table):
    table.move(0)
    table.show([], NOON)
    assert (table.cursor, table.current) == (None, None)
    table.move(1)
    table.toggle()
    assert table.marked == set()


def test_marks_stay_on_their_rows_and_the_cursor_goes_on(table):
    table.move(0)
    table.toggle()
    table.toggle()
    assert (table.marked, table.cursor) == ({"a", "b"}, "c")
    table.show(named("f", "b", "a", "c"), NOON)
    assert table.marked == {"a", "b"}


def test_rows_that_say_nothing_come_last_whichever_way(table):
    table.show([row("a", lag=None), row("b", lag=3), row("c", lag=9)], NOON)
    table.sort_by("lag")
    assert [one.connection for one in table.rows] == ["c", "b", "a"]
    table.sort_by("lag", down=False)
    assert [one.connection for one in table.rows] == ["b", "c", "a"]


@pytest.mark.parametrize("room", [60, 80, 120, 200])
def test_what_is_sorted_by_is_always_in_sight_and_nothing_is_cut(table, room):
    for column in table.columns:
        table.sort_by(column.id)
        fitted = table.fitting(room)
        assert column.id in [one.id for one, _ in fitted]
        assert all(width >= one.width for one, width in fitted)
        assert GUTTER + sum(width + 1 for _, width in fitted) <= room


def test_every_column_is_reached_by_going_on(table):
    seen = []
    for _ in range(len(table.columns) + 1):
        seen.append(table.sort)
        table.sort_by(table.beside(1))
    assert set(seen) == {None, *(column.id for column in table.columns)}


def test_the_wheel_takes_the_cursor_along(table):
    table.move(0)
    table.scroll(2)
    assert (table.cursor, in_sight(table)) == ("c", ["c", "d", "e"])
