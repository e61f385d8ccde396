"""Commands over sockets: in the namespace of their prefix, one argument, always answered."""

import pytest

from tests.server.desk import some_id, until


async def test_an_order_goes_in_and_comes_back_as_an_event(desk):
    ear = await desk.socket("/orders", "pos")
    order = {"items": [{"name": "Burger", "qty": "1"}]}
    answer = await ear.call("orders:place", {"command_id": some_id(), "order": order})
    assert (answer["ok"], answer["result"]) == (True, "applied")
    created = await ear.first("order:created")
    assert created["data"]["order"]["id"] == answer["order"]["id"]
    assert [created["stream"], created["seq"]] == ["s1/orders", 1]
    assert answer["events"][-1] == {key: created[key] for key in ("stream", "epoch", "seq", "name")}


async def test_the_echo_names_the_command_and_who_gave_it(desk):
    order = await desk.place("Burger")
    ear = await desk.socket("/kds", "kitchen", claims={"subject": "box-1", "device": "box-1"})
    command_id = some_id()
    await ear.call("kds:bump", {"command_id": command_id, "ticket_id": f"{order['id']}.grill"})
    echo = await ear.first("kds:item_ready")
    assert echo["cause"] == command_id
    assert echo["actor"] == {"subject": "box-1", "role": "kitchen", "station": "grill", "device": "box-1"}


async def test_the_same_command_over_http_and_socket_is_one(desk):
    ear = await desk.socket("/kds", "expo")
    order = await desk.place("Burger")
    command = {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"}
    first = await ear.call("kds:bump", command)
    data = {"ticket_id": command["ticket_id"]}
    again = await desk.command("kds:bump", command_id=command["command_id"], **data)
    assert again == first | {"replayed": True}


async def test_one_socket_s_commands_are_answered_in_their_order(desk):
    ear = await desk.socket("/orders", "pos")
    body = {"items": [{"name": "Burger", "qty": "1"}]}
    for n in range(40):
        await ear.tell("orders:place", {"command_id": f"in-order-{n}", "order": body})
    await until(lambda: len(ear.of("order:created")) == 40)
    assert [event["cause"] for event in ear.of("order:created")] == [f"in-order-{n}" for n in range(40)]


@pytest.mark.parametrize(
    ("event", "data", "code"),
    [
        ("kds:bump", {}, "bad_request"), ("kds:bump", {"command_id": "some-command"}, "bad_request"),
        ("kds:bump", {"command_id": "some-command", "ticket_id": "x.grill", "nonsense": True}, "bad_request"),
        ("kds:bump", {"command_id": "some-command", "ticket_id": "x.grill"}, "not_found"),
        ("kds:explode", {"command_id": "some-command"}, "bad_request"), ("nonsense", {}, "bad_request"),
        ("orders:place", {"command_id": "some-command", "order": {}}, "bad_request"),
        ("ops:disconnect", {"command_id": "some-command", "connection": "x"}, "forbidden"),
        ("orders:cancel", {"command_id": "some-command", "order_id": "x"}, "forbidden"),
        ("kds:bump", 42, "bad_request"), ("kds:bump", "x", "bad_request"), ("kds:bump", [], "bad_request"),
        ("kds:bump", ({}, {}), "bad_request"), ("kds:bump", None, "bad_request"), ("kds:bump", True, "bad_request"),
        ("connect", {"a": 1}, "bad_request"), ("disconnect", {}, "bad_request"), ("session:ready", {}, "bad_request"),
        ("stream:head", {}, "bad_request"), ("\x1b[2J", {}, "bad_request"),
    ],
)  # fmt: skip
async def test_what_is_no_command_here_is_refused_and_changes_nothing(desk, event, data, code):
    ear = await desk.socket("/kds", "expo")
    answer = await ear.call(event, data)
    assert (answer["ok"], answer["code"], answer["temporary"]) == (False, code, False)
    assert desk.kitchen().tails["s1/kds"].head.seq == 0
    assert ear.client.connected


async def test_a_cook_commands_only_where_he_stands(desk):
    order = await desk.place("Burger", "Fries")
    ear = await desk.socket("/kds", "kitchen", claims={"stations": ["fry"]})
    mine = await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": f"{order['id']}.fry"})
    other = await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"})
    assert (mine["result"], other["code"]) == ("applied", "forbidden")


async def test_a_refused_command_that_asked_for_no_answer_is_told_with_its_id(desk):
    ear = await desk.socket("/kds", "expo")
    await ear.tell("kds:bump", {"command_id": "lost-bump-1", "ticket_id": "nothing.grill"})
    refused = await ear.first("command:refused")
    assert refused | {"message": ""} == {
        "command_id": "lost-bump-1", "name": "kds:bump", "code": "not_found", "message": "",
    }  # fmt: skip
    assert refused["message"]


async def test_a_refusal_never_names_the_command_before(desk):
    ear = await desk.socket("/kds", "expo")
    await ear.call("kds:bump", {"command_id": "lost-bump-1", "ticket_id": "nothing.grill"})
    await ear.tell("connect", {"command_id": "lost-bump-2"})
    await ear.tell("kds:bump", 42)
    await until(lambda: len(ear.of("command:refused")) == 2)
    assert [(one["name"], one["command_id"]) for one in ear.of("command:refused")] == [
        ("connect", None),
        ("kds:bump", None),
    ]


async def test_a_command_that_asked_for_no_answer_and_passed_is_told_by_its_event_alone(desk):
    order = await desk.place("Burger")
    ear = await desk.socket("/kds", "expo")
    await ear.tell("kds:bump", {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"})
    await ear.first("kds:item_ready")
    assert ear.of("command:refused") == []


async def test_the_unforeseen_is_answered_without_detail(desk, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("the canary")

    ear = await desk.socket("/kds", "expo")
    monkeypatch.setattr(desk.gateway, "submit", broken)
    answer = await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "x.grill"})
    assert (answer["code"], answer["temporary"]) == ("internal", True)
    assert "canary" not in str(answer)


async def test_a_draining_gateway_refuses_for_now(desk):
    ear = await desk.socket("/kds", "expo")
    desk.gateway.draining = True
    answer = await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "x.grill"})
    assert (answer["code"], answer["temporary"]) == ("draining", True)


async def test_events_carry_one_argument(desk):
    ear = await desk.socket("/kds", "expo")
    lengths = []
    ear.client.on("kds:order_incoming", lambda *args: lengths.append(len(args)), namespace="/kds")
    await desk.place("Burger")
    await until(lambda: len(lengths) == 2)
    assert lengths == [1, 1]
