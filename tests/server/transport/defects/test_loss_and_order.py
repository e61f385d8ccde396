"""C1 to C13 and C15: nothing is lost behind a 200, nothing changes its order, nobody waits or grows without bound."""
# ruff: noqa: N802 - tests begin with their row

import asyncio
import json
import time
from contextlib import suppress

import pytest

from server.transport import Ending, TransportSettings
from tests.server.transport.defects.clients import Down
from tests.server.transport.defects.stage import cut, deafen

MIB = 1_048_576


async def test_C1_forty_emits_in_one_post_are_all_heard(stage, eventually):
    sid = await stage.joined_by_polling()
    assert await stage.post(sid, *(f'42/kds,["x",{n}]' for n in range(40))) == (200, ["ok"])
    await eventually(lambda: [args for *_, args in stage.kds.of("received")] == [[n] for n in range(40)])


async def test_C1_a_post_of_too_many_packets_is_refused_whole_and_never_answered_200(make, eventually):
    stage = await make(payload_packets=16)
    sid = await stage.joined_by_polling()
    status, _ = await stage.post(sid, *(f'42/kds,["x",{n}]' for n in range(17)))
    assert status == 400
    _, packets = await stage.poll(sid)
    assert json.loads(packets[0].removeprefix("42/kds,"))[1]["code"] == "protocol_error"
    await eventually(lambda: stage.members() == [])
    assert stage.kds.of("received") == []  # the client sends them again on its next connection


async def test_C2_an_answer_to_a_poll_never_holds_more_than_16_packets(stage):
    sid = await stage.joined_by_polling()
    for n in range(40):
        await stage.send(stage.kds.sids[0], "n", n)
    answers = []
    while sum(map(len, answers)) < 40:
        answers.append((await stage.poll(sid))[1])
    assert max(map(len, answers)) <= 16
    assert [json.loads(packet[7:])[1] for answer in answers for packet in answer] == list(range(40))


async def test_C3_a_large_body_that_comes_in_pieces_is_heard(stage, eventually):
    sid = await stage.joined_by_polling()
    text = "ä" * 30_000
    body = f'42/kds,["x","{text}"]'.encode()
    headers = {"Content-Length": str(len(body))}
    assert (await stage.post(sid, data=_pieces(body, 9), headers=headers))[0] == 200
    await eventually(lambda: [args for *_, args in stage.kds.of("received")] == [[text]])


@pytest.mark.parametrize("chunked", [False, True])
async def test_C3_a_body_that_is_too_large_is_refused_and_ends_the_connection(stage, eventually, chunked):
    sid = await stage.joined_by_polling()
    body = b'42/kds,["x","' + b"a" * 70_000 + b'"]'
    assert (await stage.post(sid, data=_pieces(body, 70) if chunked else body))[0] == 413
    await eventually(lambda: stage.connections() == 0 and stage.members() == [])


async def test_C4_a_chunked_body_is_heard(stage, eventually):
    sid = await stage.joined_by_polling()
    assert (await stage.post(sid, data=_pieces('42/kds,["x","ä"]'.encode(), 4)))[0] == 200
    await eventually(lambda: [args for *_, args in stage.kds.of("received")] == [["ä"]])


async def test_C5_a_binary_broadcast_reaches_every_transport_whole(make):
    stage = await make(binary=True)
    sid = await stage.joined_by_polling()
    raw = await stage.raw()
    await raw.join()
    for _ in range(2):  # whoever is first
        await stage.broadcast("picture", b"\x00\xff\x1e")
        assert await raw.packet() == '451-/kds,["picture",{"_placeholder":true,"num":0}]'
        assert (await raw.ws.receive()).data == b"\x00\xff\x1e"
        polled = []
        while len(polled) < 2:
            polled += (await stage.poll(sid))[1]
        assert polled == ['451-/kds,["picture",{"_placeholder":true,"num":0}]', "bAP8e"]


async def test_C6_an_upgrade_that_is_broken_off_loses_nothing_and_makes_no_poll_spin(stage):
    sid, raw = await stage.upgrading()
    cut(raw)
    await stage.send(stage.kds.sids[0], "x")
    assert await _polled(stage, sid) == ['42/kds,["x"]']


async def test_C6_an_upgrade_that_stalls_ends_and_loses_nothing_and_makes_no_poll_spin(make):
    stage = await make(upgrade_deadline_ms=400)
    sid, raw = await stage.upgrading("2probe")
    ended, polls = asyncio.ensure_future(raw.end()), 0
    while not ended.done():
        poll = asyncio.ensure_future(stage.poll(sid))
        await asyncio.wait({poll, ended}, return_when=asyncio.FIRST_COMPLETED)
        polls += poll.done()
        assert polls < 30, "it polls as fast as it can"
    await stage.send(stage.kds.sids[0], "x")
    _, packets = await poll
    assert packets in (['42/kds,["x"]'], ["6"])
    if packets == ["6"]:
        assert await _polled(stage, sid) == ['42/kds,["x"]']


async def test_C7_the_events_of_one_client_are_handled_in_their_order(stage):
    async def late_ones_first(_sid, _event, args):
        await asyncio.sleep(0.02 if args[0] % 2 == 0 else 0)
        return args[0]

    stage.kds.on_received = late_ones_first
    raw = await stage.raw()
    await raw.join()
    await raw.send(*(f'42/kds,{n}["n",{n}]' for n in range(20)))
    answers = [await raw.packet() for _ in range(20)]
    assert answers == [f"43/kds,{n}[{n}]" for n in range(20)]


async def test_C7_order_never_costs_a_pong_its_turn(make):
    stage = await make(in_order=True, ping_interval_ms=100, ping_timeout_ms=3_000)
    gate = asyncio.Event()
    stage.kds.on_received = lambda *_: gate.wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,5["slow"]')
    for _ in range(8):
        message = await raw.ws.receive()
        assert message.data == "2"
        await raw.send("3")
    gate.set()
    assert await raw.json("43/kds,5") == [True]


async def test_C8_a_failing_goodbye_handler_leaves_no_sid_behind(stage, eventually):
    stage.kds.on_left = lambda _: _raise(RuntimeError("bug"))
    raw = await stage.raw()
    await raw.join()
    await raw.join("/orders")
    cut(raw)
    await eventually(lambda: stage.kds.of("left") and stage.connections() == 0)
    await eventually(lambda: stage.orders.of("left"))  # the others are told all the same
    assert stage.members() == []


async def test_C9_what_waits_for_a_stalled_reader_is_bounded(stage, eventually):
    raw = await stage.raw()
    sid = await raw.join()
    deafen(raw)
    said = 0
    while stage.members() == [sid]:
        await stage.send(sid, "n", "x" * 65_536)
        said += 65_536
        assert said < 40 * MIB, "it would take all there is"  # the network's own buffers take a few
    await eventually(lambda: stage.kds.of("left"))
    await eventually(lambda: stage.connections() == 0)


async def test_C9_a_mebibyte_may_wait_and_who_polls_too_late_hears_that_it_was_slow(make, eventually):
    assert TransportSettings().outbox_bytes == MIB
    stage = await make(ping_interval_ms=60_000)
    sid = await stage.joined_by_polling()
    for _ in range(15):
        await stage.send(stage.kds.sids[0], "n", "x" * 65_536)
    assert len(stage.members()) == 1
    for _ in range(2):
        await stage.send(stage.kds.sids[0], "n", "x" * 65_536)
    assert stage.members() == []
    _, (last,) = await stage.poll(sid)
    assert json.loads(last[7:])[1]["code"] == "slow"
    await eventually(lambda: stage.kds.endings == [Ending.SLOW])


async def test_C9_a_write_that_stalls_has_a_deadline(make, eventually):
    stage = await make(outbox_bytes=50 * MIB, write_deadline_ms=100, ping_interval_ms=60_000)
    raw = await stage.raw()
    sid = await raw.join()
    deafen(raw)
    for _ in range(400):
        await stage.send(sid, "n", "x" * 100_000)
    await eventually(lambda: stage.members() == [] and stage.connections() == 0)


@pytest.mark.parametrize("carried", ["polling", "websocket"])
async def test_C10_hanging_up_on_a_stalled_reader_returns(make, carried):
    stage = await make(close_timeout_ms=200, ping_interval_ms=60_000, outbox_bytes=50 * MIB, write_deadline_ms=60_000)
    if carried == "polling":
        await stage.joined_by_polling()
    else:
        raw = await stage.raw()
        await raw.join()
        deafen(raw)
    (sid,) = stage.members()
    for _ in range(30):
        await stage.send(sid, "n", "x" * MIB)
        await _turns(5)
    await stage.hang_up(sid)
    assert stage.connections() == 0


async def test_C11_a_step_of_the_wall_clock_forward_drops_nobody(make, monkeypatch):
    stage = await make(ping_interval_ms=200)
    raw = await stage.raw()
    await raw.join()
    assert (await raw.ws.receive()).data == "2"
    _step(monkeypatch, 86_400)
    await stage.broadcast("still", "here")
    await raw.send("3")
    assert await raw.json("42/kds,") == ["still", "here"]
    assert (await raw.ws.receive()).data == "2"


async def test_C11_a_step_of_the_wall_clock_back_keeps_nobody_who_is_gone(make, eventually, monkeypatch):
    stage = await make(ping_interval_ms=100, ping_timeout_ms=1_500, close_timeout_ms=100)
    sid = await stage.joined_by_polling()
    assert await stage.poll(sid) == (200, ["2"])
    _step(monkeypatch, -86_400)
    await eventually(lambda: stage.members() == [] and stage.connections() == 0)


async def test_C11_a_heartbeat_may_be_set_in_milliseconds(make):
    stage = await make(ping_interval_ms=300, ping_timeout_ms=200)
    _, (opening,) = await stage.poll()
    terms = json.loads(opening[1:])
    assert (terms["pingInterval"], terms["pingTimeout"]) == (300, 200)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_C12_what_is_no_number_is_never_sent(stage, number):
    raw = await stage.raw()
    sid = await raw.join()
    for saying in (stage.send(sid, "n", {"total": number}), stage.broadcast("n", [number])):
        with suppress(ValueError):
            await saying
    await stage.send(sid, "n", 1)
    assert await _event(raw) == ["n", 1]


async def test_C12_an_answer_that_is_no_number_is_never_sent_and_something_else_is(stage):
    stage.kds.on_received = lambda _sid, event, _args: _value(float("nan") if event == "total" else 1)
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,1["total"]', '42/kds,2["next"]')
    answers = [await raw.packet() for _ in range(2)]
    assert [answer.partition("[")[0] for answer in answers] == ["43/kds,1", "43/kds,2"]
    assert "NaN" not in answers[0]


async def test_C13_what_the_server_asks_and_nobody_answers_is_not_kept(stage):
    raw = await stage.raw()
    sid = await raw.join()
    for _ in range(3):
        with suppress(TimeoutError, NotImplementedError):
            await stage.question(sid, "are you there?", within_s=0.02)
    assert stage.questions() == 0


async def test_C13_what_a_client_asks_and_nobody_answers_is_not_kept(stage, client):
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    for _ in range(3):
        with suppress(*Down):
            await client.ask("kds:bump", {}, within_s=0.05)
    assert client.questions() == 0


async def test_C15_a_wait_that_is_cancelled_in_time_leaves_its_item_in_the_queue(stage):
    took_it_along = []
    for turns in range(12):
        queue = stage.queue()
        waiting = asyncio.ensure_future(queue.take())
        await _turns(3)
        queue.put("item")
        await _turns(turns)
        in_time = waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        if in_time and not queue.waiting():
            took_it_along.append(turns)
    assert took_it_along == []


def _step(monkeypatch, seconds):
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


async def _polled(stage, sid):
    """What a poll brings; one begun before the upgrade was given up may bring nothing a few times."""
    for _ in range(20):
        _, packets = await stage.poll(sid)
        if packets != ["6"]:
            return packets
    pytest.fail("it polls as fast as it can and gets nothing")


async def _pieces(body: bytes, count: int):
    size = -(-len(body) // count)
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(0.002)  # so that the other side sees them one by one


async def _event(raw):
    packet = await raw.packet()
    return json.loads(packet.removeprefix("42/kds,"), parse_constant=_refuse_constant)


def _refuse_constant(name):
    raise AssertionError(f"{name} was sent, which no JavaScript client can read")


async def _turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def _value(value):
    return value


async def _raise(error):
    raise error
