"""Columns: what cells say, how rows are sorted, what gives way on a narrow terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.columns import (
    GAP,
    age_text,
    audit_columns,
    bytes_text,
    closed_columns,
    connection_columns,
    error_columns,
    fitting,
    latency_columns,
    ms_text,
    number_text,
    rate_columns,
    sort_rows,
)
from console.figures import latency_row
from console.table import GUTTER
from heard.contract.goodbyes import ENDINGS
from heard.contract.ops import BUCKETS_MS, Latency
from heard.errors import BY_CODE
from heard.text import cells
from tests.console.stand_in import NOON, at, row

TABLES = (connection_columns, closed_columns, audit_columns, error_columns, latency_columns, rate_columns)
COLUMNS = {column.id: column for column in connection_columns()}


def show(column, **more):
    return COLUMNS[column].show(row(**more), at(90))


@pytest.mark.parametrize(
    ("column", "given_", "said"),
    [
        ("user", {}, "grill-1"),
        ("station", {"stations": ["grill", "fry"]}, "grill fry"),
        ("since", {}, "90s"),
        ("rtt", {"rtt_ms": 3.24}, "3.2"),
        ("queue", {"queue_bytes": 65_536}, "66kB"),
        ("lag", {}, "-"),
        ("lag", {"lag": 0}, "0"),
        ("oldest", {"oldest_ms": 45_000}, "45s"),
        ("error", {"last_error": ""}, "-"),
    ],
)
def test_a_cell_says_it_as_people_read_it(column, given_, said):
    assert show(column, **given_) == said


@given(st.text(max_size=300))
def test_a_hostile_client_steers_no_terminal(text):
    said = show("client", client=text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in said)
    assert len(said) <= 200


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.04, "0"), (0.3, "0.3"), (9.96, "10"), (999.4, "999"), (999.6, "1k"), (1_234, "1.2k"),
     (99_950, "100k"), (5_600_000, "5.6M"), (2e15, "2000T"), (-3, "-3")],
)  # fmt: skip
def test_numbers_have_three_figures_at_most(value, said):
    assert number_text(value) == said


@given(st.floats(0, 1e14))
def test_numbers_fit_their_columns(value):
    assert len(number_text(value)) <= 4
    assert len(bytes_text(value)) <= 5
    assert len(age_text(value / 1e5)) <= 6


def test_long_times_are_told_in_larger_units():
    assert [age_text(s) for s in (0, 99, 100, 5_999, 6_000, 359_999, 360_000)] == [
        "0s", "99s", "1m", "99m", "1h", "99h", "4d"
    ]  # fmt: skip
    assert [ms_text(ms) for ms in (0.4, 850, 9_000, 10_000)] == ["0.4", "850", "9k", "10s"]


def test_a_time_beyond_the_last_bucket_says_more_than():
    slow = latency_row("kds:bump", Latency(counts=(0,) * len(BUCKETS_MS) + (3,), sum_ms=9_000))
    columns = {column.id: column for column in latency_columns()}
    assert (columns["p99"].show(slow, NOON), columns["p99"].level(slow, NOON)) == (">2.5k", "bad")
    assert columns["mean"].show(slow, NOON) == "3k"


def test_colours_have_a_reason_in_the_cell():
    def level(column, **more):
        return COLUMNS[column].level(row(**more), NOON)

    assert [level("rtt", rtt_ms=ms) for ms in (None, 20, 150, 500)] == ["", "", "warn", "bad"]
    assert [level("sound", sound=one) for one in (None, "on", "muted", "off")] == ["", "", "warn", "bad"]


def test_every_word_that_is_coloured_is_one_a_gateway_says():
    codes = next(column for column in closed_columns() if column.id == "code")
    assert {*codes.warn_words, *codes.bad_words} <= set(ENDINGS)
    outcome = next(column for column in audit_columns() if column.id == "code")
    assert set(outcome.bad_words) <= set(BY_CODE)


# ── Sorting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_that_say_nothing_are_last_both_ways():
    rows = [row("a", rtt_ms=5), row("b"), row("c", rtt_ms=200), row("d", rtt_ms=40)]

    def order(**how):
        return "".join(one.connection for one in sort_rows(rows, COLUMNS["rtt"], NOON, **how))

    assert (order(), order(backwards=True)) == ("adcb", "cdab")


def test_sorting_keeps_equal_rows_in_their_order_whatever_the_case():
    rows = [row("a", subject="Zoe"), row("b", subject="anna"), row("c", subject="zoe")]
    assert [one.connection for one in sort_rows(rows, COLUMNS["user"], NOON)] == ["b", "a", "c"]


# ── Width ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", TABLES)
@given(width=st.integers(1, 400))
def test_what_is_shown_always_fits_and_keeps_its_order(make, width):
    columns = make()
    placed = fitting(columns, width)
    assert placed
    assert sum(room for _, room in placed) + GAP * (len(placed) - 1) <= width
    shown = [column.id for column, _ in placed]
    assert shown == [column.id for column in columns if column.id in shown]
    if len(placed) > 1:
        assert all(room >= column.width for column, room in placed)


def test_eighty_columns_hold_what_an_operator_looks_for_first():
    shown = {column.id for column, _ in fitting(connection_columns(), 80)}
    assert {"user", "role", "station", "rtt", "queue", "lag", "unsent", "error"} <= shown


def test_eighty_columns_show_why_a_row_has_the_sign_of_silence():
    assert "sound" in {column.id for column, _ in fitting(connection_columns(), 80 - GUTTER - GAP)}


def test_at_a_hundred_and_twenty_the_device_tells_two_of_one_name_apart():
    assert "device" in {column.id for column, _ in fitting(connection_columns(), 120 - GUTTER - GAP)}


def test_at_a_hundred_and_twenty_why_and_by_whom_are_read_whole():
    placed = {column.id: room for column, room in fitting(closed_columns(), 120 - GUTTER - GAP)}
    assert placed["why"] >= len("Its connection broke.")
    assert placed["by"] >= len("demo-operator")


def test_wider_never_shows_less():
    before: set[str] = set()
    for width in range(1, 320):
        shown = {column.id for column, _ in fitting(connection_columns(), width)}
        assert before <= shown
        before = shown
    assert before == set(COLUMNS)


@pytest.mark.parametrize("make", TABLES)
def test_titles_fit_their_columns_and_names_are_one_word(make):
    columns = make()
    assert len({column.id for column in columns}) == len({column.rank for column in columns}) == len(columns)
    for column in columns:
        assert cells(column.title) <= column.width, column.id
        assert column.id.isidentifier()
