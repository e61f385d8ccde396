"""From polling to WebSocket, and what happens when that goes wrong."""

import asyncio

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


async def test_an_upgrade_that_stalls_ends_and_never_makes_the_poll_spin(make, eventually):
    stage = await make(upgrade_deadline_ms=350)
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    polls = 0
    stalled = asyncio.ensure_future(raw.end())
    while not stalled.done():
        await stage.poll(sid)
        polls += 1
        stage.server.send(stage.kds.sids[0], "/kds", "n") if stalled.done() else None
        if polls > 6:
            break
    assert await stalled == 1002
    assert polls <= 5


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


async def test_a_second_upgrade_is_refused(stage):
    sid = await stage.joined_by_polling()
    first = await stage.bare(sid)
    await first.send("2probe")
    await first.packet()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await stage.bare(sid)
    await first.send("5")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await stage.bare(sid)


async def test_an_upgrade_of_an_unknown_session_is_refused(stage):
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await stage.bare("nobody")
