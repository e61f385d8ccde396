"""Operators see who comes and goes, and can throw a connection off."""

import json

import pytest
import socketio
import structlog

from heard.contract.goodbyes import BY_NAME, ENDINGS, told_of
from heard.contract.ops import AuditLine, ClosedRow, OpsSnapshot
from server.transport import Ending
from tests.server.desk import some_id, until


async def throw_off(ear, connection, command_id=None, **fields):
    asked = {"command_id": command_id or some_id(), "connection": connection, **fields}
    return await ear.call("ops:disconnect", asked)


async def connection_of(operator, subject):
    opened = await until(lambda: [one for one in operator.of("connection:opened") if one["data"]["subject"] == subject])
    return opened[-1]["data"]["connection"]


async def test_whoever_comes_and_goes_is_told(desk):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "expo", claims={"device": "tablet-3"})
    told = (await until(lambda: [one for one in operator.of("connection:opened") if one["data"]["subject"] == "expo"]))[
        0
    ]
    assert (told["stream"], told["epoch"], told["seq"], told["store"]) == ("s1/ops", None, None, "s1")
    data = told["data"]
    assert (data["role"], data["namespace"], data["address"], data["transport"]) == (
        "expo", "/kds", "127.0.0.1", "websocket",
    )  # fmt: skip
    assert data["device"] == "tablet-3"
    await ear.client.disconnect()
    closed = (await until(lambda: operator.of("connection:closed")))[0]
    assert (closed["data"]["connection"], closed["data"]["subject"]) == (data["connection"], "expo")
    assert closed["data"]["code"] in {"client_left", "transport_closed"}


async def test_an_operator_hears_of_himself_too_and_of_no_other_store(desk):
    operator = await desk.socket("/ops", "operator")
    other = await desk.socket("/ops", "operator", claims={"stores": ["s2"], "subject": "other"})
    rival = await desk.socket("/ops", "operator", claims={"tenant": "rival", "subject": "rival"})
    await desk.socket("/kds", "expo")
    await connection_of(operator, "expo")
    assert [one["data"]["subject"] for one in operator.of("connection:opened")] == ["operator", "expo"]
    assert {one["data"]["subject"] for one in other.of("connection:opened")} == {"other"}
    assert {one["data"]["subject"] for one in rival.of("connection:opened")} == {"rival"}


async def test_subscribing_gives_everybody_who_is_there(desk):
    await desk.socket("/kds", "expo")
    operator = await desk.socket("/ops", "operator")
    read = await operator.subscribe("s1/ops")
    assert (read["epoch"], read["seq"], read["more"]) == (None, None, False)
    assert {row["subject"] for row in read["snapshot"]["connections"]} == {"expo", "operator"}
    assert "token" not in str(read)


async def test_who_is_thrown_off_is_told_why_and_stays_away(desk):
    operator = await desk.socket("/ops", "operator")
    stubborn = socketio.AsyncClient(reconnection_delay=0.01, reconnection_delay_max=0.02)
    ear = await desk.socket("/kds", "expo", client=stubborn)
    answer = await throw_off(operator, await connection_of(operator, "expo"), reason="go home")
    assert (answer["ok"], answer["result"]) == (True, "applied")
    bye = await ear.first("session:goodbye")
    assert (bye["code"], bye["number"], bye["reconnect"]) == ("forced", 3500, False)
    assert "go home" in bye["sentence"]
    await until(lambda: not stubborn.connected)
    await stubborn.wait()
    closed = await until(lambda: operator.of("connection:closed"))
    assert closed[0]["data"]["subject"] == "expo"
    read = await operator.subscribe("s1/ops")
    assert [row["subject"] for row in read["snapshot"]["connections"]] == ["operator"]


async def test_throwing_off_over_http_works_too_and_once(desk):
    ear = await desk.socket("/kds", "expo")
    operator = await desk.socket("/ops", "operator")
    rows = (await operator.subscribe("s1/ops"))["snapshot"]["connections"]
    connection = next(row["connection"] for row in rows if row["subject"] == "expo")
    command_id = some_id()
    first = await desk.command("ops:disconnect", role="operator", command_id=command_id, connection=connection)
    again = await desk.command("ops:disconnect", role="operator", command_id=command_id, connection=connection)
    assert first["result"] == "applied"
    assert again == first | {"replayed": True}
    await ear.first("session:goodbye")
    other = await desk.command("ops:disconnect", role="operator", command_id=command_id, connection="another")
    assert other["code"] == "conflict"


async def test_who_is_not_there_cannot_be_thrown_off(desk):
    operator = await desk.socket("/ops", "operator")
    assert (await throw_off(operator, "nobody"))["code"] == "not_found"


async def test_nobody_of_another_store_or_tenant_can_be_thrown_off(desk):
    operator = await desk.socket("/ops", "operator")
    for claims in ({"stores": ["s2"]}, {"tenant": "rival"}):
        watcher = await desk.socket("/ops", "operator", claims=claims)
        ear = await desk.socket("/kds", "expo", claims=claims)
        assert (await throw_off(operator, await connection_of(watcher, "expo")))["code"] == "not_found"
        assert ear.client.connected


async def test_an_operator_who_throws_himself_off_is_gone(desk):
    operator = await desk.socket("/ops", "operator")
    connection = await connection_of(operator, "operator")
    await operator.tell("ops:disconnect", {"command_id": some_id(), "connection": connection})
    bye = await operator.first("session:goodbye")
    assert bye["code"] == "forced"
    await until(lambda: not operator.client.connected)
    await until(lambda: len(desk.gateway.fanout._by_sid) == 0)


async def test_only_operators_may_throw_off(desk):
    ear = await desk.socket("/kds", "manager")
    answer = await desk.command("ops:disconnect", role="manager", connection="x")
    assert answer["code"] == "forbidden"
    assert ear.client.connected


async def test_when_the_gateway_leaves_everybody_is_told_to_come_back(open_desk):
    desk = await open_desk()
    ears = [await desk.socket("/kds", "expo", transports=(kind,)) for kind in ("websocket", "polling")]
    await desk.close()
    for ear in ears:
        bye = await ear.first("session:goodbye")
        assert (bye["code"], bye["number"], bye["reconnect"]) == ("shutdown", 3000, True)
        assert 0 < bye["retry_after_ms"] <= 5_000


async def test_a_refused_throw_has_the_same_answer_for_ever(desk):
    operator = await desk.socket("/ops", "operator")
    first = await throw_off(operator, "nobody-there", "command-of-an-operator")
    again = await throw_off(operator, "nobody-there", "command-of-an-operator")
    assert (first["ok"], first["code"]) == (False, "not_found")
    assert again == first | {"replayed": True}


# ── Why it ended, and by whose hand ───────────────────────────────────────────────────────────────────────────────────


async def closed_row(operator, subject):
    told = await until(lambda: [one["data"] for one in operator.of("connection:closed") if one["data"].get("row")])
    return ClosedRow.model_validate(next(one["row"] for one in told if one["subject"] == subject))


async def test_a_closed_connection_says_who_it_was_and_who_closed_it(desk):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "kitchen", claims={"stations": ["grill"], "device": "tablet-3"})
    connection = await connection_of(operator, "kitchen")
    await throw_off(operator, connection, reason="swap\nthe [b]tablet[/b]\x1b[31m")
    row = await closed_row(operator, "kitchen")
    assert (row.connection, row.role, row.stations, row.device) == (connection, "kitchen", ("grill",), "tablet-3")
    assert (row.code, row.by) == ("forced", "operator")
    assert row.sentence == "An operator closed it: swap the [b]tablet[/b][31m"
    assert row.bytes_in > 0
    assert row.until >= row.since
    bye = await ear.first("session:goodbye")
    assert bye["sentence"] == "An operator closed this connection: swap the [b]tablet[/b][31m"
    kept = OpsSnapshot.model_validate((await operator.subscribe("s1/ops"))["snapshot"])
    assert kept.closed == [row]


async def test_a_connection_of_two_namespaces_ends_once(desk):
    operator = await desk.socket("/ops", "operator")
    kds, _ = await desk.sockets(("/kds", "/orders"), "expo")
    await kds.client.disconnect()
    told = await until(lambda: len(operator.of("connection:closed")) == 2 and operator.of("connection:closed"))
    assert {one["data"]["namespace"] for one in told} == {"/kds", "/orders"}
    assert len({one["data"]["connection"] for one in told}) == 1
    assert [one["data"].get("row") is not None for one in told] == [False, True]


async def test_a_connection_of_two_stores_says_in_both_who_closed_it(desk):
    operator = await desk.socket("/ops", "operator")
    other = await desk.socket("/ops", "operator", claims={"stores": ["s2"], "subject": "other"})
    both = await desk.socket("/kds", "expo", claims={"stores": ["s1", "s2"]}, store="s1")
    auth = {"token": desk.token("expo", stores=["s1", "s2"]), "store": "s2"}
    await both.client._send_packet(both.client.packet_class(0, data=auth, namespace="/orders"))
    await connection_of(other, "expo")
    await throw_off(operator, await connection_of(operator, "expo"), reason="go home")
    for ear in (operator, other):
        row = await closed_row(ear, "expo")
        assert (row.code, row.by, row.sentence) == ("forced", "operator", "An operator closed it: go home")


async def test_who_is_moved_comes_back_at_once(desk):
    operator = await desk.socket("/ops", "operator")
    roaming = socketio.AsyncClient(reconnection_delay=0.01, reconnection_delay_max=0.02)
    ear = await desk.socket("/kds", "expo", client=roaming)
    assert (await throw_off(operator, await connection_of(operator, "expo"), code="moved", reason="new cable"))["ok"]
    bye = await ear.first("session:goodbye")
    assert (bye["code"], bye["number"], bye["reconnect"]) == ("moved", 3005, True)
    assert bye["sentence"] == "An operator asked this connection to start anew: new cable"
    await until(lambda: len(ear.of("session:ready")) == 2)
    row = await closed_row(operator, "expo")
    assert (row.code, row.sentence, row.by) == ("moved", "It was told to connect again: new cable", "operator")


@pytest.mark.parametrize("fields", [{"code": "banned"}, {"connection": "x" * 65}, {"reason": 7}, {"until": "tomorrow"}])
async def test_a_throw_that_cannot_be_read_is_refused(desk, fields):
    operator = await desk.socket("/ops", "operator")
    asked = {"command_id": some_id(), "connection": "x"} | fields
    assert (await operator.call("ops:disconnect", asked))["code"] == "bad_request"


async def test_the_id_operators_see_opens_no_door(desk):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "expo", transports=("polling",))
    connection = await connection_of(operator, "expo")
    real = ear.client.eio.sid
    assert real
    assert connection != real
    assert real not in str(operator.heard)
    assert real not in str(await operator.subscribe("s1/ops"))


@pytest.mark.parametrize(
    "code", [*BY_NAME, *(str(ending).replace(" ", "_") for ending in Ending if ending != "goodbye")]
)
def test_every_way_to_end_has_a_sentence(code):
    known = {"inbox_full": "too_many_requests"}.get(code, code)
    assert ENDINGS[known].endswith(".")
    assert told_of(known) == ENDINGS[known]


def test_an_ending_of_a_newer_gateway_is_told_by_its_code():
    assert told_of("eaten_by_a_bear") == "eaten_by_a_bear"


async def test_metrics_count_why_connections_end(desk):
    operator = await desk.socket("/ops", "operator")
    await desk.socket("/kds", "expo")
    await throw_off(operator, await connection_of(operator, "expo"))
    text = desk.gateway.metrics.text().decode()
    assert 'heard_closed_total{code="forced"} 1.0' in text
    assert "heard_loop_stall_seconds" in text


async def test_a_connection_that_joined_nothing_is_counted_too(desk):
    async with desk.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as ws:
        await ws.send_str("9")
        while not ws.closed:
            await ws.receive()
        assert ws.close_code == BY_NAME["protocol_error"].number
    assert 'heard_closed_total{code="protocol_error"} 1.0' in desk.gateway.metrics.text().decode()


async def test_who_leaves_as_clients_do_is_counted_as_having_left(desk):
    async with desk.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as ws:
        await ws.send_str("40/kds," + json.dumps({"token": desk.token("expo")}))
        while not (await ws.receive_str()).startswith("40/kds,"):
            pass
        await ws.send_str("41/kds,")
    await until(lambda: 'heard_closed_total{code="client_left"} 1.0' in desk.gateway.metrics.text().decode())


# ── On record ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def log():
    with structlog.testing.capture_logs() as lines:
        yield lambda: [line for line in lines if line["event"] == "audit"]


def acted(operator):
    return [AuditLine.model_validate(one["data"]["line"]) for one in operator.of("ops:acted")]


async def test_what_operators_do_is_on_record(desk, log):
    operator = await desk.socket("/ops", "operator")
    await desk.socket("/kds", "expo")
    connection = await connection_of(operator, "expo")
    command_id = some_id()
    await throw_off(operator, connection, command_id, reason="go home")
    await throw_off(operator, connection, command_id, reason="go home")
    await throw_off(operator, "not-there")
    lines = await until(lambda: len(acted(operator)) == 3 and acted(operator))
    assert [(line.target, line.code, line.reason) for line in lines] == [
        (connection, "applied", "go home"), (connection, "replayed", "go home"), ("not-there", "not_found", None),
    ]  # fmt: skip
    assert (lines[0].action, lines[0].by, lines[0].role, lines[0].subject) == (
        "ops:disconnect", "operator", "operator", "expo",
    )  # fmt: skip
    assert [(line["by"], line["target"], line["code"], line["store"]) for line in log()] == [
        ("operator", line.target, line.code, "s1") for line in lines
    ]
    kept = OpsSnapshot.model_validate((await operator.subscribe("s1/ops"))["snapshot"]).audit
    assert kept == lines[::-1]


@pytest.mark.parametrize("role", ["viewer", "manager", "kitchen"])
async def test_who_may_not_throw_off_is_refused_and_on_record(desk, log, role):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "expo")
    connection = await connection_of(operator, "expo")
    if role == "kitchen":  # cannot even join
        answer = await desk.command("ops:disconnect", role=role, connection=connection)
    else:
        answer = await throw_off(await desk.socket("/ops", role), connection)
    assert answer["code"] == "forbidden"
    (line,) = await until(lambda: acted(operator))
    assert (line.by, line.role, line.target, line.subject, line.code) == (role, role, connection, "expo", "forbidden")
    assert [one["code"] for one in log()] == ["forbidden"]
    assert ear.client.connected


async def test_who_may_not_throw_off_is_on_record_wherever_he_asks(desk, log):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "kitchen")
    connection = await connection_of(operator, "kitchen")
    assert (await throw_off(ear, connection))["code"] == "forbidden"
    (line,) = await until(lambda: acted(operator))
    assert (line.by, line.target, line.code) == ("kitchen", connection, "forbidden")
    assert [(one["by"], one["store"], one["code"]) for one in log()] == [("kitchen", "s1", "forbidden")]


async def test_who_may_throw_off_is_told_where(desk, log):
    ear = await desk.socket("/kds", "admin")
    answer = await throw_off(ear, "somebody")
    assert (answer["code"], answer["message"]) == ("bad_request", "ops:disconnect is taken in /ops, not in /kds")
    assert [(one["action"], one["by"], one["code"]) for one in log()] == [("ops:disconnect", "admin", "bad_request")]


async def test_an_attempt_that_cannot_be_read_is_in_the_log(desk, log):
    ear = await desk.socket("/kds", "kitchen")
    assert (await ear.call("ops:disconnect", {"connection": 7}))["code"] == "bad_request"
    assert [(one["action"], one["by"], one["store"]) for one in log()] == [("ops:disconnect", "kitchen", "s1")]


async def test_who_reaches_for_another_store_is_in_the_log_alone(desk, log):
    operator = await desk.socket("/ops", "operator", claims={"stores": ["s2"]})
    asked = {"command_id": some_id(), "name": "ops:disconnect", "data": {"connection": "x"}}
    reply = await desk.call("POST", "/v1/stores/s2/commands", asked, role="operator")
    assert reply.status == 404
    assert [(one["code"], one["store"]) for one in log()] == [("not_found", None)]
    assert acted(operator) == []


async def test_hostile_words_of_an_operator_are_one_harmless_line(desk):
    operator = await desk.socket("/ops", "operator")
    await throw_off(operator, "\x1b]0;x\x07\n[red]", reason="\u202eevil\x1b[2J")
    (line,) = await until(lambda: acted(operator))
    assert (line.target, line.reason) == ("]0;x [red]", "evil[2J")


async def test_a_manager_and_a_viewer_watch(desk):
    for role in ("manager", "viewer"):
        ear = await desk.socket("/ops", role)
        assert OpsSnapshot.model_validate((await ear.subscribe("s1/ops"))["snapshot"]).connections
