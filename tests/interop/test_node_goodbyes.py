"""Who comes back and who stays away: every goodbye of the table, said to stock JavaScript clients of four ages."""

import pytest

from heard.contract.goodbyes import FORCED, MOVED
from tests.interop.conftest import COME_BACK, STAY_AWAY, TRANSPORTS

ENDS = {"polling": "transport error", "websocket": "transport close"}
"""How a connection ends for who may come back: a poll that fails, or a close frame."""


@pytest.fixture(params=["polling", "websocket"])
def transports(request):
    return TRANSPORTS[request.param]


def words(puppet, socket):
    """The payloads of all goodbyes a socket heard."""
    return [args[1] for args in (row["args"] for row in puppet.rows("event", socket)) if args[0] == "session:goodbye"]


async def test_told_to_come_back_it_does_every_time(house, puppet, transports):
    puppet.open("a", house, transports)
    for number, row in enumerate(COME_BACK, 1):
        await puppet.saw("connect", number)
        await house.goodbye(row, retry_after_ms=40)
        assert (await puppet.saw("disconnect", number))[-1]["reason"] == ENDS[transports[0]]
    await puppet.saw("connect", len(COME_BACK) + 1)
    assert words(puppet, "a") == [row.as_wire(40) for row in COME_BACK]
    assert all(row["active"] for row in puppet.rows("disconnect"))


async def test_told_to_stay_away_it_does(house, puppet, transports):
    for row in STAY_AWAY:
        puppet.open(row.code, house, transports)
        await puppet.saw("connect", socket=row.code)
        await house.goodbye(row)
        (gone,) = await puppet.saw("disconnect", socket=row.code)
        assert (gone["reason"], gone["active"]) == ("io server disconnect", False)
        assert words(puppet, row.code) == [row.as_wire()]
    await house.others_come_back(puppet, transports)
    assert len(house.kds.of("admit")) == len(STAY_AWAY)


@pytest.mark.parametrize("row", [MOVED, FORCED], ids=["come back", "stay away"])
async def test_every_namespace_of_a_connection_hears_it(house, puppet, transports, row):
    puppet.open("a", house, transports)
    await puppet.saw("connect")
    puppet.tell("join", socket="b", beside="a", namespace="/orders")
    await puppet.saw("connect", socket="b")
    await house.goodbye(row)
    await puppet.saw("disconnect", 2)
    assert words(puppet, "a") == words(puppet, "b") == [row.as_wire()]
    if row.reconnect:
        await puppet.saw("connect", 2, "a")
        await puppet.saw("connect", 2, "b")
        (connection,) = house.server.connections()
        assert set(connection.sids) == {"/kds", "/orders"}
    else:
        assert [one["active"] for one in puppet.rows("disconnect")] == [False, False]
        await house.others_come_back(puppet, transports)
        assert (len(house.kds.of("admit")), len(house.orders.of("admit"))) == (1, 1)


async def test_a_server_that_drains_gets_everybody_back_when_it_is_up_again(house, puppet, transports):
    for name in "abc":
        puppet.open(name, house, transports)
    await puppet.saw("connect", 3)
    await house.drain()
    assert {row["reason"] for row in await puppet.saw("disconnect", 3)} == {ENDS[transports[0]]}
    assert [len(words(puppet, name)) for name in "abc"] == [1, 1, 1]
    await puppet.saw("connect_error", 3)
    await house.stop()
    await house.start()
    await puppet.saw("connect", 6)
