"""Samples: only for those who watch, only of what is theirs, and only what moved."""

import asyncio
import json

import pytest

from heard.contract.ops import ConnectionRow, OpsSampled, OpsSnapshot
from server.telemetry.sampler import PUSH_BYTES, pushes
from tests.server.desk import some_id, until


@pytest.fixture
async def quick(open_desk, monkeypatch):
    """A gateway that samples all the time."""
    monkeypatch.setattr("server.app.SAMPLE_S", 0.01)
    return await open_desk()


def samples(ear):
    return [one["data"] for one in ear.of("ops:sampled")]


def rows_of(ear, subject):
    """Everything told of a connection in samples, in order."""
    whole = [row for one in ear.of("connections:changed") for row in one["data"]["rows"]]
    ids = {row["connection"] for row in whole if row.get("subject") == subject}
    return [row for row in whole if row["connection"] in ids]


async def sampled_since(ear, count=2):
    """Wait for some samples from now on."""
    had = len(samples(ear))
    await until(lambda: len(samples(ear)) >= had + count)


async def test_whoever_joins_ops_hears_samples_without_asking(quick):
    operator = await quick.socket("/ops", "operator")
    envelope = await operator.first("ops:sampled")
    assert (envelope["stream"], envelope["epoch"], envelope["seq"]) == ("s1/ops", None, None)
    assert envelope["actor"] == {"subject": "system"}
    told = OpsSampled.model_validate(envelope["data"])
    assert (told.connections, told.by_namespace, told.by_role) == (1, {"/ops": 1}, {"operator": 1})
    assert told.heads == {"s1/kds": 0, "s1/orders": 0}
    assert told.health == {"journal": "ok", "disk": "ok", "gateway": "ok"}
    assert told.rss_bytes > 0
    assert told.version


async def test_nobody_watches_nothing_is_sampled(quick):
    ear = await quick.socket("/kds", "expo")
    sampler_ran = quick.gateway.tallies["demo", "s1"]
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert ear.of("ops:sampled") == []
    assert set(sampler_ran.figures().events_out) <= {"stream:head"}
    operator = await quick.socket("/ops", "operator")
    await operator.first("ops:sampled")
    await operator.client.disconnect()
    await until(lambda: not quick.gateway.fanout.heard("demo", "s1/ops"))
    before = sampler_ran.figures().events_out["ops:sampled"]
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert sampler_ran.figures().events_out["ops:sampled"] == before


async def test_commands_are_counted_by_name_and_timed(quick):
    operator = await quick.socket("/ops", "operator")
    ear = await quick.socket("/kds", "expo")
    await operator.first("ops:sampled")
    order = await quick.place("Burger")
    assert (await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"}))["ok"]
    assert not (await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "nothing"}))["ok"]
    await ear.call("kds:made_up_by_a_guest", {})
    await sampled_since(operator)
    told = samples(operator)

    def total(field, name):
        return sum(one.get(field, {}).get(name, 0) for one in told)

    assert (total("events_in", "kds:bump"), total("events_in", "orders:place"), total("events_in", "other")) == (
        2,
        1,
        1,
    )
    assert sum(sum(one["latency"].get("kds:bump", {"counts": []})["counts"]) for one in told) == 2
    assert total("events_out", "kds:order_incoming") == 2
    refused = [one["errors"] for one in told if one["errors"]]
    assert {(code, name) for one in refused for code, names in one.items() for name in names} == {
        ("not_found", "kds:bump"), ("bad_request", "other"),
    }  # fmt: skip
    assert "made_up" not in json.dumps(told)
    assert told[-1]["heads"] == {"s1/kds": 3, "s1/orders": 3}


async def test_a_store_sees_its_own_figures_and_a_tenant_nothing_of_another(quick):
    here = await quick.socket("/ops", "operator")
    beside = await quick.socket("/ops", "operator", claims={"stores": ["s2"]})
    rival = await quick.socket("/ops", "operator", claims={"tenant": "rival"})
    ear = await quick.socket("/kds", "expo")
    await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "nothing"})
    await quick.place("Burger")
    for other in (beside, rival):
        await sampled_since(other, 3)
        assert {one["connections"] for one in samples(other)} == {1}
        assert not any(one["latency"] or one["errors"] for one in samples(other))
        assert not any(set(one["events_in"]) - {"stream:subscribe"} for one in samples(other))
        assert "expo" not in json.dumps(other.of("connections:changed"))
    await until(lambda: samples(here)[-1]["connections"] == 2)
    totals = OpsSnapshot.model_validate((await rival.subscribe("s1/ops"))["snapshot"]).totals
    assert totals is not None
    assert (totals.connections, totals.opened, totals.latency) == (1, 1, {})


async def test_a_new_connection_is_told_whole_and_then_only_where_it_changed(quick):
    operator = await quick.socket("/ops", "operator")
    await operator.first("ops:sampled")
    ear = await quick.socket("/kds", "expo", claims={"device": "tablet-3"})
    whole = (await until(lambda: rows_of(operator, "expo")))[0]
    row = ConnectionRow.model_validate(whole)
    assert (row.role, row.namespaces, row.device, row.transport) == ("expo", ("/kds",), "tablet-3", "websocket")
    assert (row.refusals, row.idle_s, row.queue_bytes) == (0, 0, 0)
    await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "nothing"})
    refused = await until(lambda: [one for one in rows_of(operator, "expo") if one.get("last_error")])
    assert {name: value for name, value in refused[0].items() if not name.endswith("per_s")} == {
        "connection": row.connection, "refusals": 1, "last_error": "not_found",
    }  # fmt: skip


async def test_rest_is_not_told(quick):
    operator = await quick.socket("/ops", "operator")
    await operator.first("ops:sampled")
    await quick.socket("/kds", "expo")
    await until(lambda: rows_of(operator, "expo"))
    await until(lambda: quick.up.gateway.tallies["demo", "s1"].figures().events_out["ops:sampled"] > 60)
    had = len(operator.of("connections:changed"))
    await sampled_since(operator, 30)
    others = [row for one in operator.of("connections:changed")[had:] for row in one["data"]["rows"]]
    assert [row for row in others if set(row) - {"connection", "in_per_s", "out_per_s", "rtt_ms"}] == []


async def test_a_second_console_has_the_same_picture_as_the_first(quick):
    first = await quick.socket("/ops", "operator")
    await first.first("ops:sampled")
    await quick.socket("/kds", "expo")
    told = (await until(lambda: rows_of(first, "expo")))[0]
    second = await quick.socket("/ops", "viewer")
    rows = (await second.subscribe("s1/ops"))["snapshot"]["connections"]
    (row,) = [one for one in rows if one["subject"] == "expo"]
    kept = {}
    for change in rows_of(first, "expo"):
        kept |= change
    assert row["connection"] == told["connection"]
    assert {name: value for name, value in kept.items() if value is not None} == row


async def test_the_first_page_has_the_newest_sample_and_the_totals(quick):
    await quick.place("Burger")
    operator = await quick.socket("/ops", "operator")
    await operator.first("ops:sampled")
    snapshot = OpsSnapshot.model_validate((await operator.subscribe("s1/ops"))["snapshot"])
    assert snapshot.sample is not None
    assert snapshot.totals is not None
    assert snapshot.sample.latency == {}
    assert sum(snapshot.totals.latency["orders:place"].counts) == 1
    assert snapshot.totals.opened == 1
    assert snapshot.totals.bytes_in > 0


async def test_a_herd_is_told_a_few_at_a_time_and_whole_in_the_end(quick, monkeypatch):
    monkeypatch.setattr("server.telemetry.sampler.MOST_TOUCHED", 2)
    monkeypatch.setattr("server.telemetry.sampler.MOST_AT_ONCE", 0)
    operator = await quick.socket("/ops", "operator")
    await operator.first("ops:sampled")
    herd = [await quick.socket("/kds", "expo") for _ in range(7)]
    await until(lambda: len({row["connection"] for row in rows_of(operator, "expo")}) == 7)
    await asyncio.gather(*(ear.call("nonsense", {}) for ear in herd))
    await until(lambda: sum(row.get("refusals") == 1 for row in rows_of(operator, "expo")) == 7)
    assert max(len(one["data"]["rows"]) for one in operator.of("connections:changed")) <= 2


def test_rows_are_pushed_in_portions_that_fit():
    rows = [{"connection": f"c{n}", "words": "ü" * (n % 300)} for n in range(2_000)]
    portions = list(pushes(rows))
    assert [row for portion in portions for row in portion] == rows
    assert len(portions) > 1
    assert all(len(json.dumps(portion)) < PUSH_BYTES * 1.1 for portion in portions)
    assert list(pushes([])) == []


async def test_totals_and_the_samples_after_them_count_everything_once(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.SAMPLE_S", 0.05)
    desk = await open_desk()
    first = await desk.socket("/ops", "operator")
    await first.first("ops:sampled")
    ear = await desk.socket("/kds", "expo")
    console = await desk.socket("/ops", "viewer", claims={"stores": ["s1", "s2"]})
    snapshot = None
    for n in range(40):
        await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "nothing"})
        if n == 20:
            snapshot = OpsSnapshot.model_validate((await console.subscribe("s1/ops"))["snapshot"])
    assert snapshot is not None
    assert snapshot.totals is not None
    await sampled_since(console, 3)
    before = snapshot.totals.events_in.get("kds:bump", 0)
    after = sum(one["events_in"].get("kds:bump", 0) for one in samples(console))
    assert before + after == 40
