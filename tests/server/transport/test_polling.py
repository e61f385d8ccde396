"""Long polling: nothing is dropped behind a 200."""

import asyncio
import gzip
import json

import pytest

from server.transport import Ending


async def test_the_handshake_states_the_terms(stage):
    status, (opening,) = await stage.poll()
    terms = json.loads(opening[1:])
    assert status == 200
    assert opening[0] == "0"
    assert len(terms.pop("sid")) >= 20
    assert terms == {"upgrades": ["websocket"], "pingInterval": 2500, "pingTimeout": 2000, "maxPayload": 65536}


async def test_a_client_speaks_by_post_and_hears_by_get(stage):
    sid = await stage.joined_by_polling()
    assert await stage.post(sid, '42/kds,1["a"]', '42/kds,2["b",5]') == (200, ["ok"])
    heard = []
    while len(heard) < 2:
        heard += (await stage.poll(sid))[1]
    assert heard == ['43/kds,1[{"echo":[]}]', '43/kds,2[{"echo":[5]}]']


async def test_a_post_of_16_packets_is_heard_whole(stage, eventually):
    sid = await stage.joined_by_polling()
    assert await stage.post(sid, *(f'42/kds,["x",{n}]' for n in range(16))) == (200, ["ok"])
    await eventually(lambda: [args for *_, args in stage.kds.of("received")] == [[n] for n in range(16)])


async def test_a_compressed_body_is_refused(stage):
    sid = await stage.joined_by_polling()
    packed = gzip.compress(b"42/kds,[1]" * 1000)
    status, _ = await stage.post(sid, data=packed, headers={"Content-Encoding": "gzip"})
    assert status == 415


async def test_a_body_that_never_ends_is_refused(make):
    stage = await make(body_deadline_ms=50)
    sid = await stage.joined_by_polling()
    stalled = asyncio.Event()

    async def chunks():
        yield b"4"
        await stalled.wait()

    asyncio.get_running_loop().call_later(0.3, stalled.set)
    status, _ = await stage.post(sid, data=chunks())
    assert status == 408


async def test_a_second_poll_at_once_ends_the_connection(stage, eventually):
    sid = await stage.joined_by_polling()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(stage.poll(sid))
        second = group.create_task(stage.poll(sid))
    assert sorted([first.result()[0], second.result()[0]]) == [200, 400]
    await eventually(lambda: stage.server.connections() == [])


async def test_a_client_that_closes_may_end_its_last_poll_and_is_forgotten(stage, eventually):
    sid = await stage.joined_by_polling()
    assert await stage.post(sid, "1") == (200, ["ok"])
    assert await stage.poll(sid) == (200, ["6"])
    assert (await stage.poll(sid))[0] == 400
    assert stage.kds.endings == [Ending.CLIENT_LEFT]


async def test_a_client_that_stops_polling_is_gone_after_the_ping_timeout(make, eventually):
    stage = await make(ping_interval_ms=300, ping_timeout_ms=30, close_timeout_ms=20)
    await stage.joined_by_polling()
    await eventually(lambda: stage.kds.endings == [Ending.NO_PONG])
    await eventually(lambda: stage.server.connections() == [])


async def test_a_client_that_hangs_up_on_a_poll_is_gone_at_once(stage, eventually):
    sid = await stage.joined_by_polling()
    for _ in range(2):  # over a line that has served a poll before
        stage.server.send(stage.kds.sids[0], "/kds", "n")
        assert await stage.poll(sid) == (200, ['42/kds,["n"]'])
    poll = asyncio.ensure_future(stage.poll(sid))
    await eventually(lambda: _link(stage, sid).polling)
    poll.cancel()
    await eventually(lambda: stage.kds.endings == [Ending.TRANSPORT_CLOSED])
    assert (await stage.poll(sid))[0] == 400


async def test_a_client_that_hangs_up_on_a_poll_while_it_upgrades_loses_nothing(stage, eventually):
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    poll = asyncio.ensure_future(stage.poll(sid))
    await eventually(lambda: _link(stage, sid).polling)
    poll.cancel()
    await eventually(lambda: not _link(stage, sid).polling)
    stage.server.send(stage.kds.sids[0], "/kds", "n")
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    await raw.send("5")
    assert await raw.packet() == '42/kds,["n"]'


async def test_nobody_is_kept_waiting_for_a_client_that_is_not_listening_and_has_nothing_to_hear(stage, eventually):
    sid = await stage.handshake()
    assert (await stage.post(sid, "9"))[0] == 400
    assert (await stage.poll(sid))[0] == 400


REFUSED = {
    "no transport": ("GET", "EIO=4", 0),
    "unknown transport": ("GET", "EIO=4&transport=carrier-pigeon", 0),
    "old protocol": ("GET", "EIO=3&transport=polling", 5),
    "no protocol": ("GET", "transport=polling", 5),
    "unknown session": ("GET", "EIO=4&transport=polling&sid=nobody", 1),
    "post to an unknown session": ("POST", "EIO=4&transport=polling&sid=nobody", 1),
    "handshake by post": ("POST", "EIO=4&transport=polling", 2),
    "handshake by put": ("PUT", "EIO=4&transport=polling", 2),
    "websocket without an upgrade": ("GET", "EIO=4&transport=websocket", 3),
    "JSONP": ("GET", "EIO=4&transport=polling&j=0", 3),
    "JSONP with a script": ("GET", "EIO=4&transport=polling&j=%3Cscript%3E", 3),
}


@pytest.mark.parametrize(("method", "query", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_wrong_request_is_answered_400_with_the_protocols_code(stage, method, query, code):
    async with stage.http.request(method, f"{stage.url}/socket.io/?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["code"] == code
    assert stage.server.connections() == []


async def test_the_wrong_method_on_a_session_is_answered_400(stage):
    assert (await stage.ask("DELETE", await stage.handshake()))[0] == 400


async def test_polling_can_be_switched_off(make):
    stage = await make(transports=("websocket",))
    assert (await stage.poll())[0] == 400
    assert await (await stage.raw()).join()


async def test_no_request_reaches_a_websocket_connection_by_its_id(stage):
    raw = await stage.raw()
    await raw.join()
    (connection,) = stage.server.connections()
    assert (await stage.post(connection.id, '42/kds,["x"]'))[0] == 400
    assert (await stage.poll(connection.id))[0] == 400
    assert stage.kds.of("received") == []


def _link(stage, sid):
    return stage.server._wire.eio.find(sid)
