"""python-socketio's own client over every transport."""

import asyncio

import pytest
import socketio

from server.transport import Ending, Refused
from tests.patience import PATIENCE_S

TRANSPORTS = [("websocket",), ("polling",), ("polling", "websocket")]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
async def test_a_stock_client_calls_hears_and_leaves(stage, eventually, transports):
    client = await stage.client(*transports, auth={"token": "t"})
    heard = []
    client.on("order:created", heard.append, namespace="/kds")
    assert await client.call("kds:bump", {"ticket_id": "a.b"}, namespace="/kds") == {"echo": [{"ticket_id": "a.b"}]}
    for n in range(60):
        stage.server.send(stage.kds.sids[0], "/kds", "order:created", {"seq": n})
    await eventually(lambda: heard == [{"seq": n} for n in range(60)])
    (connection,) = stage.server.connections()
    assert connection.transport == transports[-1]
    await client.disconnect()
    # Its last packet and its close frame race each other, so either may be what the server sees first.
    (ending,) = await eventually(lambda: stage.kds.endings)
    assert ending in {Ending.CLIENT_LEFT, Ending.TRANSPORT_CLOSED}


@pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
async def test_a_stock_client_keeps_alive(make, eventually, transports):
    stage = await make(ping_interval_ms=30, ping_timeout_ms=1_000)
    client = await stage.client(*transports)
    await eventually(lambda: stage.server.connections()[0].packets_in >= 5)
    assert stage.server.connections()[0].rtt_ms is not None
    assert await client.call("x", namespace="/kds") == {"echo": []}


async def test_a_stock_client_hears_why_it_was_refused(stage):
    async def no(_sid):
        raise Refused("Bad token", {"code": "invalid_token", "temporary": False})

    stage.kds.on_admit = no
    client = socketio.AsyncClient(reconnection=False)
    refusals = []
    client.on("connect_error", refusals.append, namespace="/kds")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(stage.url, namespaces=["/kds"])
    assert refusals == [{"message": "Bad token", "data": {"code": "invalid_token", "temporary": False}}]
    await client.shutdown()


@pytest.mark.parametrize(("stay_away", "comes_back"), [(False, True), (True, False)])
async def test_a_stock_client_comes_back_after_a_bare_close_only(stage, eventually, stay_away, comes_back):
    client = socketio.AsyncClient(reconnection_delay=0.01, reconnection_delay_max=0.02)
    goodbyes = []
    client.on("session:goodbye", goodbyes.append, namespace="/kds")
    await client.connect(stage.url, transports=["websocket"], namespaces=["/kds"])
    (sid,) = stage.kds.sids
    await stage.server.goodbye(sid, {"code": "x"}, stay_away=stay_away, ws_code=3501 if stay_away else 3001)
    await eventually(lambda: goodbyes == [{"code": "x"}])
    if comes_back:
        await eventually(lambda: len(stage.kds.sids) == 2)
    else:
        async with asyncio.timeout(PATIENCE_S):
            await client.wait()
        assert len(stage.kds.sids) == 1
    await client.shutdown()
