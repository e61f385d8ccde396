"""One look, printed: what scripts and spreadsheets get, and how a look that fails ends."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import once
from console.feed import OpsFeed
from console.once import SHOWN, CannotLook, as_csv, as_json, as_text, cell, check, look, tables
from console.picture import apply, begin
from heard.client.links.base import LinkDown
from heard.contract.ops import AuditLine, ClosedRow, OpsSnapshot
from heard.errors import Exit, Forbidden
from heard.text import cells
from tests.console.stand_in import NOON, OpsGateway, at, bumps, row, sample

CLOSED = ClosedRow(
    connection="c9", subject="fry-1", role="kitchen", address="10.0.0.7", transport="polling", since=NOON,
    until=at(60), code="forced", sentence="An operator closed this connection.", by="sam", bytes_in=10, bytes_out=20,
)  # fmt: skip
AUDIT = AuditLine(at=at(60), action="ops:disconnect", by="sam", role="operator", target="c9", code="applied")


def picture(*rows):
    whole = OpsSnapshot(server_time=NOON, connections=list(rows), closed=[CLOSED], audit=[AUDIT], totals=sample())
    fact = sample(errors={"forbidden": {"kds:bump": 2}}, latency=bumps(0, 3), events_in={"kds:bump": 5})
    return apply(begin(whole), fact, at(61))


def shown(show="all", text="", *rows):
    return tables(picture(*(rows or (row("c1"), row("c2", subject="anna", rtt_ms=200)))), show, text, at(61))


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_is_one_object_with_fields_that_are_always_there():
    told = json.loads(as_json(picture(row("c1")), "s1", shown("all", "", row("c1")), at(61)))
    assert list(told) == [
        "v",
        "store",
        "at",
        "sample",
        "troubles",
        "connections",
        "closed",
        "errors",
        "rates",
        "latency",
        "audit",
    ]
    assert (told["v"], told["store"], told["at"]) == (1, "s1", "2026-11-20T12:01:01.000Z")
    assert told["connections"][0]["stations"] == ["grill"]
    assert told["connections"][0]["lag"] is None
    assert told["errors"] == [
        {"code": "forbidden", "command": "kds:bump", "per_s": 2.0, "lately": 2, "ever": 2,
         "last": "2026-11-20T12:01:01.000Z"}
    ]  # fmt: skip
    assert (told["latency"][0]["count"], told["latency"][0]["p50"]) == (3, 0.75)
    assert told["closed"][0]["by"] == "sam"


def test_only_what_is_asked_for_is_told_and_the_filter_is_for_it():
    assert [table.name for table in shown("audit")] == ["audit"]
    assert [one.connection for one in shown("connections", "rtt>100")[0].rows] == ["c2"]
    assert not shown("closed", "by:nobody")[0].rows
    every = {table.name: table.rows for table in shown("all", "user:anna")}
    assert (len(every["connections"]), len(every["closed"])) == (1, 1)


def test_what_steers_a_terminal_leaves_json_as_an_escape():
    told = as_json(picture(), "s1", shown("connections", "", row("c1", client="\x1b]52;c;x\x07 \x9b31m é")), at(61))
    assert told.isascii()
    assert told.isprintable()


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_csv_has_a_head_line_and_the_fields_of_the_json():
    told = read(as_csv(shown("connections")[0]))
    assert [one["subject"] for one in told] == ["anna", "grill-1"]
    assert (told[0]["rtt_ms"], told[0]["lag"], told[0]["namespaces"]) == ("200.0", "", "/kds")
    assert set(told[0]) == set(json.loads(as_json(picture(), "s1", shown("connections"), at(61)))["connections"][0])


@pytest.mark.parametrize("show", [one for one in SHOWN if one != "all"])
def test_a_table_without_rows_still_has_its_head_line(show):
    table = shown(show, "/zzz")[0]
    assert not table.rows
    assert as_csv(table).count("\n") == 1
    assert len(as_csv(table).split(",")) > 4


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK()", "+1", "-1", "@x", "\tx", "\rx", "\x00=1", "  =1", "\x1b=1", "\u200b=1", "＝1", "＠x"],  # noqa: RUF001
)
def test_no_cell_is_a_formula(text):
    assert cell(text).startswith("'")
    told = read(as_csv(shown("connections", "", row("c1", client=text))[0]))
    assert told[0]["client"].startswith("'")


@given(st.text(max_size=40))
def test_a_cell_is_one_line_that_neither_calculates_nor_steers(text):
    said = cell(text)
    assert not said.startswith(tuple("=+-@\t\r"))
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in said)


def test_numbers_stay_numbers():
    assert [cell(one) for one in (-3, 0.5, None, True, [])] == ["-3", "0.5", "", "True", ""]


# ── For people ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [20, 80, 132, 200])
def test_a_table_fits_the_terminal(width):
    said = as_text(shown("all", "", row("c1", subject="日本" * 40, client="\x1b[2J[/red]")), at(61), width)
    assert all(cells(line) <= width for line in said.splitlines())
    assert "\x1b" not in said


def test_columns_stand_below_each_other():
    lines = as_text(shown("connections"), at(61), None).splitlines()
    assert lines[0].split()[:3] == ["user", "role", "station"]
    assert {line.index("kitchen") for line in lines[1:]} == {lines[0].index("role")}
    assert len(lines) == 3


def test_several_tables_have_titles():
    said = as_text(shown(), at(61), 80)
    assert [f"{name} (" in said for name in SHOWN if name != "all"] == [True] * 6


# ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def looked(gateway, **patience):
    feed = OpsFeed(gateway.link, "s1", dice=lambda: 0.5)
    try:
        feed.start()
        return look(feed, **patience)
    finally:
        assert feed.stop()


def test_a_look_waits_for_samples_of_a_second():
    gateway = OpsGateway(row("c1"))
    gateway.soon = [sample(interval_ms=30, connections=9), sample(connections=3)]
    seen = looked(gateway)
    assert (set(seen.connections), seen.sample.connections, len(seen.recent)) == ({"c1"}, 3, 2)


def test_a_look_does_without_a_sample_that_never_comes():
    assert set(looked(OpsGateway(row("c1")), sample_s=0.05).connections) == {"c1"}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(LinkDown("no gateway there"), Exit.UNREACHABLE), (Forbidden("role pos does not hear ops"), Exit.NOT_ALLOWED)],
)
def test_a_look_that_fails_says_why(refusal, code):
    gateway = OpsGateway()
    gateway.refusal = refusal
    with pytest.raises(CannotLook, match=str(refusal)) as failed:
        looked(gateway)
    assert failed.value.code is code


def test_a_gateway_that_says_nothing_is_not_waited_for_for_ever(monkeypatch):
    async def open_for_ever(link, auth):
        await asyncio.sleep(3_600)

    monkeypatch.setattr("tests.console.stand_in.OpsLink.open", open_for_ever)
    with pytest.raises(CannotLook, match="said nothing for") as failed:
        looked(OpsGateway(), patience_s=0.1)
    assert failed.value.code is Exit.UNREACHABLE


@pytest.mark.parametrize("show", SHOWN)
def test_what_cannot_be_shown_is_said_before_anybody_is_asked(show):
    check(show, "")
    with pytest.raises(CannotLook, match="no column colour") as failed:
        check(show, "colour:red")
    assert failed.value.code is Exit.USAGE


def test_no_patience_is_longer_than_a_person_has():
    assert once.PATIENCE_S + once.SAMPLE_PATIENCE_S < 15
