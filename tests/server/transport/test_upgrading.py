"""From polling to WebSocket, and what happens when that goes wrong."""

import asyncio
from contextlib import suppress

import aiohttp
import pytest


async def test_an_upgrade_keeps_the_socket_and_its_order(stage):
    sid = await stage.joined_by_polling()
    (socket,) = stage.kds.sids
    waiting = asyncio.ensure_future(stage.poll(sid))
    raw = await stage.bare(sid)
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    assert await waiting == (200, ["6"])
    for n in range(20):
        stage.server.send(socket, "/kds", "n", n)
    await raw.send("5")
    for n in range(20):
        assert await raw.json("42/kds,") == ["n", n]
    (connection,) = stage.server.connections()
    assert (connection.transport, connection.peer.transport) == ("websocket", "polling")


@pytest.mark.parametrize("words", [["2hello"], ["5"], ["2probe", "4x"], ["2probe", "9"]])
async def test_a_failed_probe_leaves_the_polling_connection_alone(stage, words):
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    await raw.send(*words)
    assert await raw.end() == 1002
    stage.server.send(stage.kds.sids[0], "/kds", "still", "here")
    assert await stage.poll(sid) == (200, ['42/kds,["still","here"]'])


async def test_an_upgrade_of_a_client_that_vanished_leaves_polling_alone(stage, eventually):
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    raw.ws._response.connection.transport.abort()
    stage.server.send(stage.kds.sids[0], "/kds", "x")
    assert await stage.poll(sid) == (200, ['42/kds,["x"]'])


async def test_a_goodbye_said_during_an_upgrade_arrives_on_the_websocket(stage):
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "banned"}, stay_away=True, ws_code=3501))
    await asyncio.sleep(0)
    await raw.send("5")
    assert (await raw.json("42/kds,")) == ["session:goodbye", {"code": "banned"}]
    assert await raw.packet() == "41/kds,"
    assert await raw.end() == 3501
    await goodbye


async def test_a_second_upgrade_is_closed_and_changes_nothing(stage):
    sid = await stage.joined_by_polling()
    first = await stage.bare(sid)
    await first.send("2probe")
    await first.packet()
    assert await (await stage.bare(sid)).end() == 1002
    await first.send("5")
    assert await (await stage.bare(sid)).end() == 1002
    await first.send('42/kds,1["x"]')
    assert await first.packet() == '43/kds,1[{"echo":[]}]'


async def test_of_two_upgrades_at_once_one_is_closed(stage):
    sid = await stage.joined_by_polling()
    pair = await asyncio.gather(stage.bare(sid), stage.bare(sid))
    for raw in pair:
        with suppress(ConnectionError):
            await raw.send("2probe")
    assert sorted([str(await raw.packet()) for raw in pair]) == ["3probe", "None"]


async def test_an_upgrade_of_an_unknown_session_is_refused(stage):
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await stage.bare("nobody")
