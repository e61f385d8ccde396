"""What is wrong, in words, and who comes first."""

from __future__ import annotations

import pytest
from immutables import Map

from console.columns import connection_columns
from console.picture import apply, begin
from console.troubles import Ranks, alerts
from heard.client.status import LinkState, LinkStatus
from heard.contract.ops import Latency, OpsSnapshot
from tests.console.stand_in import NOON, at, row, sample

LIVE = LinkStatus(state=LinkState.LIVE)


def ranked(*rows):
    ranks = Ranks(connection_columns())
    ranks.take(Map({one.connection: one for one in rows}))
    return ranks


def told(*rows, samples=(), status=LIVE, silent_s=None):
    picture = begin(OpsSnapshot(server_time=NOON, connections=list(rows)))
    for number, one in enumerate(samples):
        picture = apply(picture, one, at(number))
    return [(one.level, one.sentence) for one in alerts(picture, ranked(*rows), status, silent_s=silent_s)]


def test_the_worst_come_first_then_by_name():
    ranks = ranked(
        row("1", subject="b"), row("2", subject="a"), row("3", subject="z", unsent=3),
        row("4", subject="y", queue_bytes=600_000, lag=200), row("5", subject="x", sound="off"),
    )  # fmt: skip
    assert [one.subject for one in ranks.rows] == ["y", "x", "z", "a", "b"]
    assert [ranks.level(one) for one in ranks.rows] == [2, 2, 1, 0, 0]


def test_ranks_follow_who_comes_and_goes():
    ranks = ranked(row("1", subject="b"), row("2", subject="a"))
    ranks.take(Map({"2": row("2", subject="a"), "3": row("3", subject="0")}))
    assert [one.subject for one in ranks.rows] == ["0", "a"]
    ranks.take(Map({"2": row("2", subject="a"), "3": row("3", subject="0", lag=99)}))
    assert [one.subject for one in ranks.troubled] == ["0"]


@pytest.mark.parametrize("column", connection_columns(), ids=lambda one: one.id)
def test_every_limit_of_a_column_ranks_but_those_of_history(column):
    fields = {"rtt": "rtt_ms", "queue": "queue_bytes", "oldest": "oldest_ms", "key": "key_ms_p99"}
    for limit, level in ((column.warn, 1), (column.bad, 2)):
        if limit is not None and column.id != "refusals":
            one = row("1", **{fields.get(column.id, column.id): limit})
            assert ranked(one).level(one) == level


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"queue_bytes": 700_000, "oldest_ms": 9_000}, (2, "1 client reads too slowly: grill-1 700kB")),
        ({"oldest_ms": 2_000}, (1, "1 client has waited for its news, in ms: grill-1 2k")),
        ({"unsent": 12}, (1, "1 outbox holds commands not sent: grill-1 12")),
        ({"lag": 120}, (2, "1 screen is stale, by events: grill-1 120")),
        ({"rtt_ms": 200}, (1, "1 slow line, round trip in ms: grill-1 200")),
        ({"key_ms_p99": 300}, (2, "1 screen answers keys slowly, p99 in ms: grill-1 300")),
        ({"sound": "off"}, (2, "sound is off: grill-1")),
    ],
)
def test_each_trouble_of_a_client_is_a_sentence_with_its_name(more, said):
    assert told(row("1", **more)) == [said]


def test_some_are_named_and_the_rest_is_counted():
    rows = [row(str(n), subject=f"s{n}", lag=100 + n) for n in range(5)]
    assert told(*rows) == [(2, "5 screens are stale, by events: s4 104, s3 103, s2 102 and 2 more")]


def test_what_is_wrong_comes_before_warnings():
    assert [level for level, _ in told(row("1", unsent=3), row("2", sound="off"))] == [2, 1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"health": {"journal": "the disk is full", "disk": "ok"}}, (2, "journal: the disk is full")),
        ({"errors": {"forbidden": {"kds:bump": 12}}}, (1, "12 refusals in the last minute")),
        ({"closed": 7}, (1, "7 left in the last minute")),
        ({"latency": {"kds:bump": Latency(counts=(0,) * 15 + (9,))}},
         (2, "answers are slow: p99 2.5k ms in the last minute")),
        ({"commit_ms": 400.0}, (2, "the journal commits slowly: 400 ms")),
        ({"loop_stall_ms": 140.0}, (1, "the gateway's loop stood still for 140 ms")),
        ({"cpu": 0.97}, (2, "the gateway's core is 97 % busy")),
    ],
)  # fmt: skip
def test_each_trouble_of_the_gateway_is_a_sentence(more, said):
    assert told(samples=[sample(**more)]) == [said]


def test_a_calm_store_has_nothing_to_say():
    assert told(row("1", refusals=5, lag=0, unsent=0, sound="on"), samples=[sample(health={"journal": "ok"})]) == []


def test_a_link_that_is_down_and_samples_that_stop_are_told_before_all_else():
    down = LinkStatus(state=LinkState.OFFLINE, reason="nobody answers")
    said = told(row("1", sound="off"), status=down)
    assert said[0] == (2, "no link to the gateway; what is shown is how it was: nobody answers")
    assert told(silent_s=14) == [(2, "no sample for 14s: these figures are old")]
