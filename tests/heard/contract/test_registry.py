"""Every command and fact by name; facts through the wire and back."""

import json
from collections import defaultdict

import pytest

from heard.contract import kds, ops, orders
from heard.contract.envelope import split_private
from heard.contract.registry import COMMANDS, FACTS, NAMESPACES, kind_of, read_command, read_fact
from heard.errors import BadRequest
from tests.heard.kitchen.playbook import NOON, Play

SPOKEN = {
    "kds": ("start", "bump", "undo", "recall", "hold", "fire", "ack_void", "rush"),
    "orders": ("place", "update", "cancel"),
    "ops": ("disconnect",),
}


def test_the_commands_are_those_of_the_interface():
    assert set(COMMANDS) == {f"{prefix}:{verb}" for prefix, verbs in SPOKEN.items() for verb in verbs}
    assert set(NAMESPACES) == set(SPOKEN)


def test_names_are_one_each():
    everything = [*orders.COMMANDS, *kds.COMMANDS, *ops.COMMANDS, *orders.FACTS, *kds.FACTS, *ops.FACTS]
    assert len({one.name for one in everything}) == len(everything)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_what_it_does_not_know(name):
    with pytest.raises(BadRequest) as no:
        read_command(name, {"command_id": "command-1", "status": "served", "seq": 1, "_role": "admin"})
    assert {"status", "seq", "_role"} <= set(no.value.fields)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_needs_an_id(name):
    with pytest.raises(BadRequest) as no:
        read_command(name, {})
    assert no.value.fields["command_id"] == "is missing"


@pytest.mark.parametrize("name", ["kds:burn", "", "connect", "x" * 9000, "kds:bump\n", "KDS:BUMP"])
def test_an_unknown_command_is_refused_in_few_words(name):
    with pytest.raises(BadRequest, match="there is no command") as no:
        read_command(name, {})
    assert len(no.value.message) < 200


@pytest.mark.parametrize("items", [[], ["x y"], ["x"] * 501, "x", [None]])
def test_items_named_are_named_well(items):
    with pytest.raises(BadRequest, match="item_ids"):
        read_command("kds:bump", {"command_id": "command-1", "ticket_id": "o.grill", "item_ids": items})


def told() -> dict[str, list]:
    """Every kind of fact, as a service makes them."""
    play = Play()
    play.place(
        {"name": "Burger", "modifiers": [{"name": "x", "action": "no", "qty": "2"}], "kitchen_name": {"de": "B"}},
        "Fries", "Mystery", hold="parked", customer={"name": "Bo", "ref": "r"}, tab="t", server="Ann",
        allergies=[{"code": "milk", "from": "guest"}], courses=[{"index": 1, "fired_at": "2026-11-20T12:00:00.5Z"}],
        total={"amount": "12.50", "currency": "EUR"}, promised_at="2026-11-20T13:00:00+01:00",
    )  # fmt: skip
    play.cook("fire", "expo")
    for verb, station in [("start", "grill"), ("bump", "grill"), ("undo", "grill"), ("hold", "fry")]:
        play.cook(verb, station)
    play.update({"dish": "Burger", "qty": "2"}, {"name": "Salad", "qty": "1"}, table="4")
    play.cook("rush", "grill", priority="vip")
    play.cook("bump", "grill")
    play.cook("bump", "expo", "Burger")
    play.cook("bump", "expo", force=True)
    play.cook("undo", "expo")
    play.cook("recall", "expo", restart_fire_clock=True)
    play.cancel("guest left")
    play.cook("ack_void", "grill")
    facts = defaultdict(list)
    for envelope in play.log:
        facts[envelope.name].append(envelope)
    return facts


TOLD = told()


@pytest.mark.parametrize("name", [fact.name for fact in (*orders.FACTS, *kds.FACTS)])
def test_a_fact_read_back_is_the_fact_told(name):
    assert TOLD[name], "the service makes one of each"
    for envelope in TOLD[name]:
        fact = read_fact(envelope)
        assert type(fact) is FACTS[name]
        assert FACTS[name].model_validate_json(json.dumps(fact.as_wire())) == fact
        assert fact.as_wire() == envelope.data


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_without_its_personal_data_can_still_be_read(name):
    for envelope in TOLD[name]:
        kept, _ = split_private(envelope.data, FACTS[name].private)
        assert "Bo" not in json.dumps(kept)
        assert "Ann" not in json.dumps(kept)
        assert FACTS[name].model_validate(kept)


def test_facts_of_connections_travel_too():
    opened = ops.ConnectionOpened(
        connection="c",
        subject="ann",
        role="kitchen",
        namespace="/kds",
        address="::1",
        transport="websocket",
        since=NOON,
    )
    closed = ops.ConnectionClosed(connection="c", subject="ann", namespace="/kds", code="slow")
    for fact in (opened, closed):
        assert FACTS[fact.name].model_validate_json(json.dumps(fact.as_wire())) == fact
        assert kind_of(fact) == "ops"


def test_a_fact_belongs_to_the_stream_of_its_kind():
    assert {kind_of(fact) for fact in orders.FACTS} == {"orders"}
    assert {kind_of(fact) for fact in kds.FACTS} == {"kds"}


def test_a_fact_of_tomorrow_is_none():
    envelope = TOLD["order:created"][0].model_copy(update={"name": "order:praised"})
    assert read_fact(envelope) is None
