"""Last words: who may come back hears a bare close, who may not hears DISCONNECT."""

import asyncio
import json
import logging
from dataclasses import replace
from itertools import count

import pytest

from server.transport import Ending, Goodbye, TurnedAway

UNKNOWN = (400, ['{"code": 1, "message": "Session ID unknown"}'])
"""What a poll is told whose connection has ended."""


async def test_one_who_may_come_back_gets_the_event_and_a_bare_close(stage):
    raw = await stage.raw()
    sid = await raw.join()
    await raw.join("/orders")
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004))
    assert await raw.json("42/kds,") == ["session:goodbye", {"code": "moved"}]
    assert await raw.json("42/orders,") == ["session:goodbye", {"code": "moved"}]
    assert await raw.packet() is None
    assert raw.ws.close_code == 3004
    await goodbye
    assert stage.server.connections() == []
    assert stage.kds.endings == stage.orders.endings == [Ending.GOODBYE]


async def test_the_code_is_the_reason_of_the_close_frame(stage):
    raw = await stage.raw()
    sid = await raw.join()
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004))
    await raw.packet()
    raw.ws._autoclose = False
    close = await raw.ws.receive()
    assert (close.data, close.extra) == (3004, "moved")
    await raw.ws.close()
    await goodbye


async def test_one_who_shall_stay_away_is_disconnected_everywhere(stage):
    raw = await stage.raw()
    await raw.join()
    await raw.join("/orders")
    (connection,) = stage.server.connections()
    goodbye = asyncio.ensure_future(
        stage.server.goodbye(connection.id, {"code": "banned"}, stay_away=True, ws_code=3501)
    )
    heard = [await raw.packet() for _ in range(5)]
    assert heard[2:] == ["41/kds,", "41/orders,", None]
    assert raw.ws.close_code == 3501
    await goodbye


async def test_a_polling_client_that_shall_stay_away_is_closed_in_an_answer_of_its_own(stage):
    sid = await stage.joined_by_polling()
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "forced"}, stay_away=True, ws_code=3500))
    assert await stage.poll(sid) == (200, ['42/kds,["session:goodbye",{"code":"forced"}]', "41/kds,"])
    assert await stage.poll(sid) == (200, ["1"])  # with the goodbye, JavaScript clients would lose it
    await goodbye


async def test_a_polling_client_hears_it_too(stage):
    sid = await stage.joined_by_polling()
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004))
    assert await stage.poll(sid) == (200, ['42/kds,["session:goodbye",{"code":"moved"}]'])
    assert await stage.poll(sid) == UNKNOWN  # CLOSE would be final for python-socketio
    await goodbye


async def test_the_last_poll_of_one_who_may_come_back_leaves_no_line(stage, caplog):
    sid = await stage.joined_by_polling()
    with caplog.at_level(logging.DEBUG, "server.transport"):
        goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004))
        await stage.poll(sid)
        assert await stage.poll(sid) == UNKNOWN
        assert [record for record in caplog.records if record.name.startswith("server.transport")] == []
        assert await stage.poll(sid) == UNKNOWN  # from here on it is one that never was
        assert ["Session ID unknown" in line for line in caplog.messages] == [True]
    await goodbye


async def test_a_polling_client_that_closes_by_itself_is_gone_at_once(make):
    stage = await make(close_timeout_ms=60_000)
    sid = await stage.joined_by_polling()
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "banned"}, stay_away=True, ws_code=3501))
    assert (await stage.poll(sid))[1][-1] == "41/kds,"
    assert await stage.post(sid, "1") == (200, ["ok"])
    await goodbye
    assert stage.server.connections() == []


async def test_one_who_does_not_listen_is_cut_off(make, eventually):
    stage = await make(close_timeout_ms=30)
    sid = await stage.joined_by_polling()
    await stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004)
    assert stage.server.connections() == []


async def test_goodbye_to_nobody_is_nothing(stage):
    await stage.server.goodbye("nobody", {}, stay_away=False, ws_code=3000)


async def test_nothing_is_sent_after_the_goodbye(stage):
    raw = await stage.raw()
    sid = await raw.join()
    goodbye = asyncio.ensure_future(stage.server.goodbye(sid, {"code": "moved"}, stay_away=False, ws_code=3004))
    await asyncio.sleep(0)
    assert not stage.server.send(sid, "/kds", "late")
    assert (await raw.json("42/kds,"))[0] == "session:goodbye"
    assert await raw.packet() is None
    await goodbye


async def test_the_transports_own_endings_use_the_given_words(make):
    stage = await make(farewell=lambda ending: Goodbye({"code": ending.name.lower()}, stay_away=True, ws_code=3777))
    raw = await stage.raw()
    await raw.join()
    await raw.send("9")
    assert await raw.json("42/kds,") == ["session:goodbye", {"code": "protocol_error"}]
    assert await raw.end() == 3777


async def test_a_drain_sees_everyone_off_and_lets_nobody_in(stage):
    raws = [await stage.raw() for _ in range(7)]
    for raw in raws:
        await raw.join()
    polling = await stage.joined_by_polling()
    numbers = count()
    goodbyes = lambda: Goodbye({"code": "shutdown", "retry_after_ms": next(numbers)}, ws_code=3001)  # noqa: E731
    drained = asyncio.ensure_future(stage.server.drain(goodbyes, batch=3, within_s=3))
    waits = {(await raw.json("42/kds,"))[1]["retry_after_ms"] for raw in raws}
    _, (last,) = await stage.poll(polling)
    assert await stage.poll(polling) == UNKNOWN
    waits.add(json.loads(last[7:])[1]["retry_after_ms"])
    assert [await raw.end() for raw in raws] == [3001] * 7
    await drained
    assert waits == set(range(8))
    assert stage.server.connections() == []
    async with stage.http.get(f"{stage.url}/socket.io/?EIO=4&transport=polling") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await answer.json())["error"]["code"] == "draining"


async def test_a_drain_answers_first_what_was_heard_before(stage, eventually):
    release = asyncio.Event()

    async def slowly(_sid, _event, _args):
        await release.wait()
        return {"ok": True}

    stage.kds.on_received = slowly
    busy, idle = await stage.raw(), await stage.raw()
    for raw in (busy, idle):
        await raw.join()
    await busy.send('42/kds,7["bump"]')
    await eventually(lambda: stage.kds.of("received"))
    drained = asyncio.ensure_future(stage.server.drain(lambda: Goodbye({"code": "shutdown"}), within_s=60))
    await eventually(lambda: stage.server.capacity.refusal(None) is not None)
    release.set()
    assert await busy.json("43/kds,7") == [{"ok": True}]
    for raw in (busy, idle):
        assert (await raw.json("42/kds,"))[0] == "session:goodbye"
        await raw.end()
    await drained


async def test_a_drain_does_not_wait_for_ever_for_an_answer(stage, eventually):
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,7["bump"]')
    await eventually(lambda: stage.kds.of("received"))
    drained = asyncio.ensure_future(stage.server.drain(lambda: Goodbye({"code": "shutdown"}), within_s=0.4))
    assert (await raw.json("42/kds,"))[0] == "session:goodbye"
    await raw.end()
    await drained


async def test_who_comes_in_while_a_drain_begins_is_seen_off_too(stage):
    first = await stage.raw()
    await first.join()
    late = []

    def goodbye():
        if not late:  # a handshake that was let in before the door closed opens its connection only now
            peer = stage.server._wire.eio.find(next(iter(stage.server._wire.eio.sockets))).peer
            late.append(stage.server._wire.eio.opened(replace(peer, id="late")))
        return Goodbye({"code": "shutdown"})

    drained = asyncio.ensure_future(stage.server.drain(goodbye, within_s=60))
    assert await first.end() == 1000
    await drained
    assert late[0].closing
    assert stage.server.connections() == []


async def test_a_drain_is_over_in_time_whoever_does_not_listen(make):
    stage = await make(close_timeout_ms=60_000)
    for _ in range(3):
        await stage.joined_by_polling()
    await stage.server.drain(Goodbye, within_s=0.05)
    assert stage.server.connections() == []


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_newcomers_can_be_turned_away(make, transport):
    full = TurnedAway(503, {"error": {"code": "unavailable"}}, retry_after_ms=1_500)
    stage = await make(turn_away=lambda peer: full if peer.address == "127.0.0.1" else None)
    headers = {"Upgrade": "websocket"} if transport == "websocket" else {}
    url = f"{stage.url}/socket.io/?EIO=4&transport={transport}"
    async with stage.http.get(url, headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert await answer.json() == {"error": {"code": "unavailable"}}
    assert stage.server.connections() == []


async def test_last_words_are_said_whole_however_much_is_waiting(make):
    stage = await make(outbox_bytes=1_000)
    sid = await stage.joined_by_polling()
    stage.server.send(stage.kds.sids[0], "/kds", "news", "x" * 960)
    goodbye = asyncio.ensure_future(
        stage.server.goodbye(sid, {"code": "banned", "words": "y" * 100}, stay_away=True, ws_code=3501)
    )
    await asyncio.sleep(0)
    _, (_, told, leave) = await stage.poll(sid)
    assert told.startswith('42/kds,["session:goodbye",{"code":"banned"')
    assert leave == "41/kds,"
    assert await stage.poll(sid) == (200, ["1"])
    await goodbye


async def test_whoever_fails_at_hearing_of_an_end_keeps_nobody_seated(make, eventually):
    def fail(*_):
        raise RuntimeError("bug")

    stage = await make(on_closed=fail)
    raw = await stage.raw()
    sid = await raw.join()
    stage.server.drop(sid)
    await eventually(lambda: len(stage.kds.endings) == 1)
    assert (stage.server.connections(), stage.server.connection(sid)) == ([], None)
