"""Stock JavaScript clients of four ages against the bare transport, over everything they can travel on."""

import asyncio

import pytest

from server.transport import BadContent
from tests.interop.conftest import BURST, BYTES, HOSTILE, REFUSAL, TRANSPORTS, refuse_all
from tests.stories.conftest import until

ACKS = [[event[1:]] for event in BURST]


@pytest.fixture(params=TRANSPORTS)
def transports(request):
    return TRANSPORTS[request.param]


@pytest.fixture
async def client(house, puppet, transports):
    """A client that has joined /kds and travels by the last transport it knows."""
    puppet.open("a", house, transports, auth={"token": "t"})
    await puppet.saw("connect")
    await house.carried_by(transports[-1])
    return puppet


async def test_it_joins_with_its_auth_speaks_hears_and_is_answered(house, client):
    assert [auth for *_, auth in house.kds.of("admit")] == [{"token": "t"}]
    assert [row["sid"] for row in client.rows("connect")] == house.kds.sids
    client.tell("emit", socket="a", events=[["kds:bump", {"ticket_id": "a.b"}, 2, None]], acked=True)
    (answer,) = await client.saw("ack")
    assert answer["args"] == [[{"ticket_id": "a.b"}, 2, None]]
    (heard,) = await client.saw("event")
    assert heard["args"] == ["kds:bump", {"ticket_id": "a.b"}, 2, None]
    client.tell("close", socket="a")
    await until(lambda: house.kds.endings)
    assert (await client.saw("disconnect"))[0]["reason"] == "io client disconnect"


async def test_a_burst_of_100_arrives_whole_and_in_order_both_ways(house, client):
    client.tell("emit", socket="a", events=BURST, acked=True)
    assert [row["args"] for row in await client.saw("ack", 100)] == ACKS
    assert [row["args"] for row in await client.saw("event", 100)] == BURST
    for event in BURST:
        house.send(*event)
    assert [row["args"] for row in await client.saw("event", 200)][100:] == BURST
    assert len(house.kds.sids) == 1


@pytest.mark.parametrize("puppet", ["4.6.0", "newest"], indirect=True)  # before 4.5 they ignore what a body may hold
async def test_a_burst_of_more_than_one_body_may_hold_arrives_whole(house, puppet):
    puppet.open("a", house, TRANSPORTS["polling"])
    events = [["n", n, "x" * 2_000] for n in range(100)]
    puppet.tell("emit", socket="a", events=events, acked=True)
    assert [row["args"] for row in await puppet.saw("ack", 100)] == [[event[1:]] for event in events]


async def test_a_burst_in_the_middle_of_joining_and_upgrading_loses_nothing(house, puppet, transports):
    async def greet(_sid):
        for n in range(100):
            house.send("greeting", n)
            await asyncio.sleep(0)

    house.kds.on_joined = greet
    puppet.open("a", house, transports)
    puppet.tell("emit", socket="a", events=BURST, acked=True)
    assert [row["args"] for row in await puppet.saw("ack", 100)] == ACKS
    heard = [row["args"] for row in await puppet.saw("event", 200)]
    assert heard == [["greeting", n] for n in range(100)] + BURST


async def test_text_in_every_script_and_hostile_text_comes_back_as_it_went(client):
    client.tell("emit", socket="a", events=HOSTILE)
    assert [row["args"] for row in await client.saw("event", len(HOSTILE))] == HOSTILE


async def test_bytes_come_back_as_they_went_where_they_are_welcome(house, puppet, transports):
    await house.stop()
    await house.start(binary=True)
    puppet.open("a", house, transports)
    puppet.tell("emit", socket="a", events=[["n", *BYTES], ["n", 1]] * 20, acked=True)
    assert [row["args"] for row in await puppet.saw("ack", 40)] == [[BYTES], [[1]]] * 20
    assert [row["args"] for row in await puppet.saw("event", 40)] == [["n", *BYTES], ["n", 1]] * 20
    assert len(house.kds.sids) == 1


async def test_half_a_character_is_no_text_and_costs_nobody_the_connection(house, client):
    client.tell("emit", socket="a", events=[["n", "\ud800"], ["n", "whole"]])
    assert (await client.saw("event"))[0]["args"] == ["n", "whole"]
    assert isinstance(house.kds.of("received")[0][-1], BadContent)
    assert len(house.kds.sids) == 1


async def test_it_comes_back_by_itself_after_its_connection_was_cut(house, client):
    house.server.drop(house.kds.sids[0])
    (gone,) = await client.saw("disconnect")
    assert gone["reason"] in {"transport close", "transport error"}
    await client.saw("connect", 2)
    assert [auth for *_, auth in house.kds.of("admit")] == [{"token": "t"}] * 2
    client.tell("emit", socket="a", events=[["n", 1]], acked=True)
    assert (await client.saw("ack"))[0]["args"] == [[1]]


async def test_it_comes_back_by_itself_after_a_restart_and_says_what_it_kept(house, client):
    await house.stop()
    await client.saw("disconnect")
    client.tell("emit", socket="a", events=BURST, acked=True)
    await client.saw("connect_error")
    assert house.kds.of("received") == []
    await house.start()
    await client.saw("connect", 2)
    assert [row["args"] for row in await client.saw("ack", 100)] == ACKS
    assert [args for *_, args in house.kds.of("received")] == [event[1:] for event in BURST]


async def test_a_refused_one_hears_why_and_does_not_ask_again(house, puppet, transports):
    await house.stop()
    await house.start(refused_close_ms=50)
    house.kds.on_admit = refuse_all
    puppet.open("a", house, transports)
    await puppet.saw("connect_error")
    await until(lambda: not house.server.connections())
    await house.others_come_back(puppet, transports)
    assert [{"message": row["message"], "data": row["data"]} for row in puppet.rows("connect_error", "a")] == [REFUSAL]
    assert len(house.kds.of("admit")) == 1


async def test_one_turned_away_at_the_door_tries_until_there_is_room(house, puppet, transports):
    house.full = True
    puppet.open("a", house, transports)
    await puppet.saw("connect_error", 2)
    house.full = False
    await puppet.saw("connect")
    assert len(house.kds.of("admit")) == 1


async def test_a_namespace_nobody_handles_is_refused_and_the_other_stays(house, client):
    client.tell("join", socket="b", beside="a", namespace="/nowhere")
    (refused,) = await client.saw("connect_error", socket="b")
    assert refused["message"] == "Invalid namespace"
    client.tell("emit", socket="a", events=[["n", 1]], acked=True)
    assert (await client.saw("ack"))[0]["args"] == [[1]]


async def test_two_namespaces_share_a_connection_and_each_hears_its_own(house, client):
    client.tell("join", socket="b", beside="a", namespace="/orders", auth={"token": "o"})
    await client.saw("connect", socket="b")
    assert [auth for *_, auth in house.orders.of("admit")] == [{"token": "o"}]
    (connection,) = house.server.connections()
    assert set(connection.sids) == {"/kds", "/orders"}
    client.tell("emit", socket="a", events=[["a", n] for n in range(50)])
    client.tell("emit", socket="b", events=[["b", n] for n in range(50)])
    await client.saw("event", 100)
    for name in "ab":
        assert [row["args"] for row in client.rows("event", name)] == [[name, n] for n in range(50)]
    client.tell("close", socket="b")
    await until(lambda: house.orders.endings)
    client.tell("emit", socket="a", events=[["n", 1]], acked=True)
    assert (await client.saw("ack"))[0]["args"] == [[1]]
