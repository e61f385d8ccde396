"""What clients say of themselves reaches their operators, and does no harm."""

import asyncio
import json
from collections import deque

import pytest

from server.journal.base import Head
from server.kitchens import Tail, Told
from server.sockets.namespace import behind
from tests.patience import PATIENCE_S
from tests.server.desk import some_id, until


async def row_of(operator, subject):
    rows = (await operator.subscribe("s1/ops"))["snapshot"]["connections"]
    return next(row for row in rows if row["subject"] == subject)


@pytest.mark.parametrize("namespace", ["/kds", "/orders", "/ops", "/notifications"])
async def test_a_report_is_taken_in_every_namespace(desk, namespace):
    ear = await desk.socket(namespace, "admin")
    assert await ear.call("session:report", {"sound": "on", "unsent": 0}) == {"ok": True}
    assert await ear.call("session:report", {}) == {"ok": True}


async def test_operators_see_the_newest_report(desk):
    ear = await desk.socket("/kds", "expo")
    await ear.call("session:report", {"sound": "on", "unsent": 4, "screen": "80x24 xterm"})
    await ear.call("session:report", {"unsent": 1, "key_ms_p99": 7.25, "glass_ms_p99": 31, "screen": "80x24 xterm"})
    row = await row_of(await desk.socket("/ops", "operator"), "expo")
    assert (row["unsent"], row["key_ms_p99"], row["glass_ms_p99"]) == (1, 7.2, 31.0)
    assert row["screen"] == "80x24 xterm"
    assert not {"sound", "lag"} & set(row)


async def test_a_change_is_told_to_those_who_watch(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.SAMPLE_S", 0.01)
    desk = await open_desk()
    ear = await desk.socket("/kds", "expo")
    operator = await desk.socket("/ops", "operator")
    row = await row_of(operator, "expo")
    await ear.call("session:report", {"sound": "off", "unsent": 2})

    def told():
        rows = [one for change in operator.of("connections:changed") for one in change["data"]["rows"]]
        return [one for one in rows if one["connection"] == row["connection"] and "sound" in one]

    (news,) = await until(told)
    assert (news["sound"], news["unsent"]) == ("off", 2)
    for _ in range(3):
        await ear.call("session:report", {"sound": "off", "unsent": 2})
    had = len(operator.of("ops:sampled"))
    await until(lambda: len(operator.of("ops:sampled")) > had + 3)
    assert len(told()) == 1


async def test_lag_is_what_came_after_the_position(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.SAMPLE_S", 0.01)
    desk = await open_desk()
    operator = await desk.socket("/ops", "operator")
    whole = await desk.socket("/kds", "expo")
    view = await desk.socket("/kds", "kitchen", claims={"stations": ["fry"]})
    await view.subscribe("s1/kds", station="fry")
    await desk.place("Burger")
    await desk.place("Fries")
    head = desk.kitchen().tails["s1/kds"].head.seq
    assert head == 4
    for ear, subject, seq, lag in (
        (whole, "expo", 1, 3), (whole, "expo", 4, 0), (whole, "expo", 99, 0), (view, "kitchen", 0, 2),
        (view, "kitchen", 3, 1), (view, "kitchen", 4, 0),
    ):  # fmt: skip
        await ear.call("session:report", {"positions": {"s1/kds": seq, "s9/kds": 7, "nonsense": 1}})
        async with asyncio.timeout(PATIENCE_S):
            while (await row_of(operator, subject)).get("lag") != lag:
                pass
    assert (await row_of(operator, "kitchen"))["stations"] == ["fry"]


@pytest.fixture
def tail():
    told = [Told({"seq": seq}, {"grill": 0} if seq % 2 else {}) for seq in range(51, 101)]
    return Tail(Head("e", 100), deque(told))


def test_further_behind_than_the_tail_reaches_is_counted_from_the_head(tail):
    assert behind(tail, 2, None) == 98
    assert behind(tail, 2, "grill") == 98
    assert behind(tail, 95, None) == 5
    assert behind(tail, 95, "grill") == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"unsent": -1}, {"unsent": "many"}, {"sound": "loud"}, {"key_ms_p99": -1}, {"key_ms_p99": 1e12},
        {"positions": {"s1/kds": -1}}, {"positions": {f"s{n}/kds": 1 for n in range(17)}}, {"positions": []},
        {"screen": "x" * 65}, {"role": "admin"}, {"_role": "admin", "lag": 0},
    ],
)  # fmt: skip
async def test_what_is_no_report_is_refused_and_changes_nothing(desk, fields):
    ear = await desk.socket("/kds", "expo")
    await ear.call("session:report", {"sound": "on", "unsent": 3})
    answer = await ear.call("session:report", fields)
    assert (answer["ok"], answer["code"], answer["temporary"]) == (False, "bad_request", False)
    row = await row_of(await desk.socket("/ops", "operator"), "expo")
    assert (row["sound"], row["unsent"], row["role"], row["refusals"]) == ("on", 3, "expo", 1)


async def test_reports_do_not_make_an_idle_client_busy(desk, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("server.sockets.namespace.monotonic", lambda: now[0])
    ear = await desk.socket("/kds", "expo")
    now[0] += 45
    await ear.call("session:report", {"sound": "on"})
    operator = await desk.socket("/ops", "operator")
    assert (await row_of(operator, "expo"))["idle_s"] == 30
    await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "x"})
    floor = desk.gateway.tallies["demo", "s1"]
    assert floor.figures().events_in == {"session:report": 1, "stream:subscribe": 1, "kds:bump": 1}


async def test_words_of_a_client_are_made_safe(desk):
    ear = await desk.socket("/kds", "expo")
    answer = await ear.call("session:report", {"screen": "\x1b[2J80x24\u202e"})
    assert answer == {"ok": True}
    operator = await desk.socket("/ops", "operator")
    assert "\\u001b" not in json.dumps(await operator.subscribe("s1/ops"))


async def test_a_client_in_no_store_may_report_and_is_on_no_floor(desk):
    ear = await desk.socket("/kds", "expo", claims={"stores": ["s1", "s2"]})
    assert await ear.call("session:report", {"sound": "on", "positions": {"s1/kds": 3}}) == {"ok": True}
    operator = await desk.socket("/ops", "operator")
    rows = (await operator.subscribe("s1/ops"))["snapshot"]["connections"]
    assert [row["subject"] for row in rows] == ["operator"]
