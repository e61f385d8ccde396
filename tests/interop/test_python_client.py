"""python-socketio's own client against the bare transport, over everything it can travel on."""

import asyncio

import pytest
import socketio

from heard.contract.goodbyes import MOVED
from server.transport import Ending
from tests.interop.conftest import BURST, BYTES, COME_BACK, HOSTILE, REFUSAL, STAY_AWAY, TRANSPORTS, refuse_all
from tests.stories.conftest import until


class Caller:
    """A stock client and what it lived through; it comes back at once."""

    def __init__(self, house, transports):
        self.house, self.transports = house, transports
        self.client = socketio.AsyncClient(reconnection_delay=0.01, reconnection_delay_max=0.02, randomization_factor=0)
        self.connects, self.disconnects, self.refusals, self.events, self.acks = 0, [], [], [], []
        for namespace in ("/kds", "/orders"):
            self.client.on("connect", self._connected, namespace=namespace)
            self.client.on("disconnect", self.disconnects.append, namespace=namespace)
            self.client.on("connect_error", self.refusals.append, namespace=namespace)
            self.client.on("*", lambda *event: self.events.append([*event]), namespace=namespace)

    def _connected(self):
        self.connects += 1

    async def connect(self, namespaces=("/kds",), **options):
        given = {"auth": {"token": "t"}, "wait_timeout": 60} | options
        await self.client.connect(self.house.url, transports=self.transports, namespaces=list(namespaces), **given)
        return self

    async def emit(self, *events, namespace="/kds"):
        for name, *args in events:
            await self.client.emit(
                name, tuple(args), namespace=namespace, callback=lambda *said: self.acks.append([*said])
            )

    async def answered(self, count):
        await until(lambda: len(self.acks) >= count)
        return self.acks

    async def heard(self, count):
        await until(lambda: len(self.events) >= count)
        return self.events

    async def came(self, count):
        await until(lambda: self.connects >= count and len(self.house.kds.sids) >= count)

    @property
    def goodbyes(self):
        return [args for name, *args in self.events if name == "session:goodbye"]


@pytest.fixture(params=TRANSPORTS)
def transports(request):
    return TRANSPORTS[request.param]


@pytest.fixture
async def caller(house, transports):
    """Not connected yet."""
    one = Caller(house, transports)
    yield one
    await one.client.shutdown()


@pytest.fixture
async def client(house, caller, transports):
    """A client that has joined /kds and travels by the last transport it knows."""
    await caller.connect()
    await house.carried_by(transports[-1])
    return caller


async def test_it_joins_with_its_auth_speaks_hears_and_leaves(house, client):
    assert [auth for *_, auth in house.kds.of("admit")] == [{"token": "t"}]
    assert await client.client.call("kds:bump", {"ticket_id": "a.b"}, namespace="/kds") == [{"ticket_id": "a.b"}]
    assert await client.heard(1) == [["kds:bump", {"ticket_id": "a.b"}]]
    await client.client.disconnect()
    # Its last packet and its close frame race each other, so either may be what the server sees first.
    (ending,) = await until(lambda: house.kds.endings)
    assert ending in {Ending.CLIENT_LEFT, Ending.TRANSPORT_CLOSED}


async def test_a_burst_of_100_arrives_whole_and_in_order_both_ways(house, client):
    await client.emit(*BURST)
    assert await client.answered(100) == [[event[1:]] for event in BURST]
    assert await client.heard(100) == BURST
    for event in BURST:
        house.send(*event)
    assert (await client.heard(200))[100:] == BURST
    assert len(house.kds.sids) == 1


async def test_a_burst_in_the_middle_of_joining_and_upgrading_loses_nothing(house, caller):
    async def greet(_sid):
        for n in range(100):
            house.send("greeting", n)
            await asyncio.sleep(0)

    house.kds.on_joined = greet
    await caller.connect(wait=False)
    await until(lambda: "/kds" in caller.client.namespaces)
    await caller.emit(*BURST)
    assert await caller.answered(100) == [[event[1:]] for event in BURST]
    assert await caller.heard(200) == [["greeting", n] for n in range(100)] + BURST


async def test_text_in_every_script_and_hostile_text_comes_back_as_it_went(client):
    await client.emit(*HOSTILE)
    assert await client.heard(len(HOSTILE)) == HOSTILE


async def test_bytes_come_back_as_they_went_where_they_are_welcome(house, caller):
    await house.stop()
    await house.start(binary=True)
    await caller.connect()
    await caller.emit(*[["n", *BYTES], ["n", 1]] * 20)
    assert await caller.answered(40) == [[BYTES], [[1]]] * 20
    assert await caller.heard(40) == [["n", *BYTES], ["n", 1]] * 20


async def test_it_keeps_alive(house, caller):
    await house.stop()
    await house.start(ping_interval_ms=30, ping_timeout_ms=5_000)
    client = await caller.connect()
    (connection,) = house.server.connections()
    await until(lambda: house.server.connection(connection.id).packets_in >= 6)
    assert house.server.connection(connection.id).rtt_ms is not None
    assert await client.client.call("n", 1, namespace="/kds") == [1]


async def test_it_comes_back_by_itself_after_its_connection_was_cut(house, client):
    house.server.drop(house.kds.sids[0])
    await client.came(2)
    assert len(client.disconnects) == 1
    assert [auth for *_, auth in house.kds.of("admit")] == [{"token": "t"}] * 2
    assert await client.client.call("n", 1, namespace="/kds") == [1]


async def test_it_comes_back_by_itself_after_a_restart(house, client):
    await house.stop()
    await until(lambda: client.disconnects)
    await house.start()
    await client.came(2)
    await client.emit(*BURST)
    assert await client.answered(100) == [[event[1:]] for event in BURST]


async def test_a_refused_one_hears_why(house, caller):
    house.kds.on_admit = refuse_all
    with pytest.raises(socketio.exceptions.ConnectionError, match="/kds"):
        await caller.connect()
    assert caller.refusals == [REFUSAL]
    await until(lambda: not house.server.connections())
    assert len(house.kds.of("admit")) == 1


async def test_one_turned_away_at_the_door_tries_until_there_is_room(house, caller):
    house.full = True
    trying = asyncio.ensure_future(caller.connect(retry=True))
    await until(lambda: len(caller.refusals) >= 2)
    house.full = False
    await trying
    await caller.came(1)
    assert len(house.kds.of("admit")) == 1


async def test_told_to_come_back_it_does_every_time(house, client):
    for number, row in enumerate(COME_BACK, 1):
        await client.came(number)
        await house.goodbye(row, retry_after_ms=40)
    await client.came(len(COME_BACK) + 1)
    assert client.goodbyes == [[row.as_wire(40)] for row in COME_BACK]


@pytest.mark.parametrize("row", STAY_AWAY, ids=lambda row: row.code)
async def test_told_to_stay_away_it_does(house, client, row):
    await house.goodbye(row)
    await until(lambda: client.disconnects)
    assert client.goodbyes == [[row.as_wire()]]
    assert client.disconnects == [client.client.reason.SERVER_DISCONNECT]
    assert len(house.kds.of("admit")) == 1


async def test_two_namespaces_share_a_connection_and_come_back_together(house, caller):
    await caller.connect(["/kds", "/orders"])
    (connection,) = house.server.connections()
    assert set(connection.sids) == {"/kds", "/orders"}
    for namespace in ("/kds", "/orders"):
        assert await caller.client.call("n", namespace, namespace=namespace) == [namespace]
    await house.goodbye(MOVED)
    await until(lambda: len(house.kds.sids) == len(house.orders.sids) == 2)
    assert caller.goodbyes == [[MOVED.as_wire()]] * 2
    (connection,) = house.server.connections()
    assert set(connection.sids) == {"/kds", "/orders"}
