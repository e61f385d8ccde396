"""What is special about WebSocket connections."""

import asyncio
import gc

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from server.transport import Ending
from server.transport.heartbeat import Heartbeat
from server.transport.link import Link
from server.transport.websocket import Pipe


async def test_a_wrong_websocket_handshake_is_refused(stage):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    url = f"{stage.url}/socket.io/?EIO=4&transport=websocket"
    async with stage.http.get(url, headers=headers) as answer:
        assert answer.status == 400
    assert stage.server.connections() == []


async def test_a_websocket_is_no_request_any_more_once_it_is_open(stage, eventually):
    raw = await stage.raw(headers={"Cookie": "session=c00kie"})
    await raw.join()
    await eventually(lambda: stage.runner.server.connections == [])
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, web.BaseRequest) and "c00kie" in str(one.headers)]
    await raw.send('42/kds,1["still here"]')
    assert (await raw.packet()).startswith("43/kds,1")


async def test_what_a_client_sends_on_the_heels_of_its_handshake_is_heard(stage, eventually):
    url = URL(stage.url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    join = b"40/kds,"
    writer.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: heard\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        + bytes((0x81, 0x80 | len(join), 0, 0, 0, 0)) + join
    )  # fmt: skip
    await eventually(lambda: len(stage.kds.peers) == 1)
    writer.close()
    await eventually(lambda: stage.kds.endings == [Ending.TRANSPORT_CLOSED])


async def test_the_record_of_a_connection_counts(stage, eventually):
    raw = await stage.raw()
    sid = await raw.join()
    await raw.send('42/kds,1["ä"]')
    await raw.packet()
    connection = await eventually(lambda: _settled(stage))
    assert connection.sids == {"/kds": sid}
    assert (connection.packets_in, connection.bytes_in) == (2, len('40/kds,42/kds,1["ä"]'.encode()))
    assert connection.packets_out == 3
    assert connection.bytes_out > 100
    assert (connection.queued, connection.queued_bytes, connection.waiting) == (0, 0, 0)
    assert connection.since.tzinfo is not None
    assert stage.server.connection(sid) == stage.server.connection(connection.id) == connection
    assert stage.server.connection("nobody") is None


async def test_a_dropped_connection_hears_nothing_more(stage, eventually):
    raw = await stage.raw()
    sid = await raw.join()
    stage.server.drop(sid)
    assert await raw.packet() is None
    assert raw.ws.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
    await eventually(lambda: stage.kds.endings == [Ending.DROPPED])
    stage.server.drop("nobody")


@pytest.mark.parametrize("closing", ["1", None])
async def test_a_client_may_close(stage, eventually, closing):
    raw = await stage.raw()
    await raw.join()
    await (raw.send(closing) if closing else raw.ws.close())
    assert await raw.end() == 1000
    expected = Ending.CLIENT_LEFT if closing else Ending.TRANSPORT_CLOSED
    await eventually(lambda: stage.kds.endings == [expected] and not stage.server.connections())


async def test_no_task_outlives_the_server(stage):
    raws = [await stage.raw() for _ in range(5)]
    for raw in raws:
        await raw.join()
    await stage.server.close()
    assert stage.kds.endings == [Ending.SHUTDOWN] * 5
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not [name for name in names if name.startswith(("inbox", "write"))]


def _settled(stage):
    (connection,) = stage.server.connections()
    return connection if connection.packets_out == 3 else None


async def test_pings_of_one_who_reads_nothing_are_not_answered_without_end(make, eventually):
    stage = await make(write_deadline_ms=300)
    raw = await stage.raw(pong=False, autoping=False)
    link = stage.server._links()[0]
    wire = raw.ws._response.connection.transport
    wire.pause_reading()
    ping = bytes((0x89, 0x80 | 125, 0, 0, 0, 0)) + bytes(125)
    most = 0
    while not link.closing:
        wire.write(ping * 2_000)
        await asyncio.sleep(0.001)  # let the network take it
        most = max(most, link.queued_bytes)
    assert 65_536 < most < 1_000_000
    wire.abort()


async def test_nothing_of_a_connection_that_is_gone_waits_for_the_collector(stage, eventually):
    before = set(map(id, kept()))  # of tests before this one
    raw = await stage.raw()
    await raw.join()
    gc.disable()
    try:
        await raw.ws.close()
        await eventually(lambda: stage.kds.endings and not stage.server.connections())
        await eventually(lambda: not set(map(id, kept())) - before)
    finally:
        gc.enable()


def kept() -> list[object]:
    """What there is of connections, whether anybody uses it or not."""
    return [one for one in gc.get_objects() if isinstance(one, Link | Heartbeat | Pipe)]
