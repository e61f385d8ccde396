"""The loader of SQL files, and the files themselves."""

import sqlite3
from importlib.resources import files

import pytest

from server.journal.queries import Query, load, parse
from server.journal.schema import migrations, statements

GROWING = {"events", "private", "answers", "streams"}


def test_a_file_is_split_at_its_names():
    text = "-- A file.\n\n-- name: one\n-- Why,\n-- and how.\nSELECT 1,\n2\n\n-- name: two\n-- So.\nSELECT 3"
    assert parse(text) == [Query("one", "Why,\nand how.", "SELECT 1,\n2"), Query("two", "So.", "SELECT 3")]


def test_rows_are_carried_by_few_statements_of_few_sizes():
    query = Query("q", "", "INSERT INTO t VALUES /*row*/ (?, ?) /*row*/")
    chunks = list(query.chunks([(number, "x") for number in range(64 + 37)]))
    assert [sql.count("(?, ?)") for sql, _ in chunks] == [64, 32, 4, 1]
    assert [value for _, values in chunks for value in values[::2]] == list(range(101))
    assert list(query.chunks([])) == []


def test_every_query_has_a_name_and_says_what_it_is_for():
    texts = [path.read_text("utf-8") for path in (files("server.journal") / "sql").iterdir()]
    assert len(load()) == sum(text.count("-- name:") for text in texts)
    assert all(query.about.endswith(".") for query in load().values())


@pytest.fixture
def database():
    with sqlite3.connect(":memory:") as connection:
        for _, script in migrations().values():
            for statement in statements(script):
                connection.execute(statement)
        yield connection
    connection.close()


@pytest.mark.parametrize("query", [q for q in load().values() if q.name != "tenants"], ids=lambda query: query.name)
def test_no_query_walks_through_a_growing_table(database: sqlite3.Connection, query: Query):
    sql = next(query.chunks([()] * 3))[0]
    plan = database.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
    steps = [step for *_, step in plan if step.startswith("SCAN")]
    assert not [step for step in steps if step.split()[1] in GROWING]
