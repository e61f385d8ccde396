"""Operators see who comes and goes, and can throw a connection off."""

import socketio

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
