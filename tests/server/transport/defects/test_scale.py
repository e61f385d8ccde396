"""N1 to N6: what many clients cost, how it ends, and what is built on top."""
# ruff: noqa: N802 - tests begin with their row

import asyncio
import gc
import sys
from typing import Any

import pytest

from heard.client import HeardClient, LinkState, ManualClock
from heard.client.links.loopback import LoopbackKitchen
from heard.contract import goodbyes
from tests.server.transport.defects.clients import Down
from tests.server.transport.defects.stage import cut, deafen

QUIET = {"ping_interval_ms": 60_000}
"""So that what is counted is not heartbeats."""


async def test_N1_a_broadcast_starts_no_task(make):
    stage = await make(**QUIET)
    raws = await stage.crowd(200)
    loop, started = asyncio.get_running_loop(), []
    loop.set_task_factory(lambda loop, work, **how: started.append(work) or asyncio.Task(work, loop=loop, **how))
    try:
        await stage.broadcast("order:created", {"id": 1})
        for raw in raws:
            assert await raw.json("42/kds,") == ["order:created", {"id": 1}]
    finally:
        loop.set_task_factory(None)
    assert started == []


async def test_N1_dropping_one_costs_the_same_however_many_others_there_are(make):
    few, many = [min(await _calls_to_drop(await make(**QUIET), others, 3)) for others in (10, 130)]
    assert many - few < 120, "less than one call for each one more"


async def test_N2_deflate_is_not_negotiated(stage):
    raw = await stage.raw(compress=15)
    assert "Sec-WebSocket-Extensions" not in raw.ws._response.headers


async def test_N2_deflate_is_negotiated_when_it_is_asked_for(make, not_on_stock):
    not_on_stock("it has no such setting: it is always negotiated")
    stage = await make(deflate=True)
    raw = await stage.raw(compress=15)
    assert "permessage-deflate" in raw.ws._response.headers["Sec-WebSocket-Extensions"]


async def test_N3_the_end_is_told_to_an_idle_client_with_a_code_and_when_to_come_back(stage):
    raw = await stage.raw()
    await raw.join()
    stopping = asyncio.ensure_future(stage.stop())
    name, words = await raw.json("42/kds,")
    assert name == "session:goodbye"
    assert words["code"] == "shutdown"
    assert words["retry_after_ms"] > 0
    assert await raw.end() == 3001
    await stopping
    assert stage.connections() == 0


async def test_N3_one_that_does_not_listen_holds_nobody_up(make):
    stage = await make(close_timeout_ms=100)
    deaf, raw = await stage.raw(), await stage.raw()
    for one in (deaf, raw):
        await one.join()
    deafen(deaf)
    ended = asyncio.ensure_future(raw.end())
    await stage.stop()
    assert stage.connections() == 0
    await ended


async def test_N3_newcomers_are_turned_away_until_it_is_over_and_told_when_to_come(make, eventually, not_on_stock):
    not_on_stock("aiohttp has closed the port by then, which is what it is for")
    stage = await make(close_timeout_ms=60_000)
    await stage.joined_by_polling()  # and fetches its last words only at the end
    sid = stage.server.connections()[0].id
    stopping = asyncio.ensure_future(stage.stop())
    await eventually(lambda: stage.server.connections()[0].closing)
    async with stage.http.get(f"{stage.url}/socket.io/?EIO=4&transport=polling") as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert "shutdown" in (await stage.poll(sid))[1][0]
    await stage.poll(sid)  # which tells that there is no more
    await stopping
    assert stage.connections() == 0


async def test_N4_what_is_said_while_the_line_is_away_is_heard_in_the_end(open_line, eventually):
    # The stock line is Redis between two servers. Ours has no bus yet, so its line is the one to the listener: when
    # there is a bus it may only wake, and what was said comes from the journal, as here.
    line = await open_line()
    await line.say()
    await eventually(lambda: line.heard == line.said)
    line.proxy.cut()
    for _ in range(3):
        await line.say()
    line.proxy.resume()
    await line.say()
    await eventually(lambda: line.heard == line.said)


async def test_N5_a_second_operator_sees_everybody_too(open_floor):
    floor = await open_floor("development")
    first = await floor.admin()
    assert await first.sees()
    worker = await floor.worker()
    second = await floor.admin()
    assert worker in await second.sees()


async def test_N5_an_operator_can_throw_somebody_off(open_floor, eventually):
    floor = await open_floor("production")
    worker, other = await floor.worker(), await floor.worker()
    admin = await floor.admin()
    await admin.kick(worker)
    await eventually(lambda: floor.gone(worker))
    assert not floor.gone(other)


async def test_N6_a_question_notices_at_once_that_the_line_is_lost(stage, client, eventually):
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    asked = asyncio.ensure_future(client.ask("kds:bump", {}, within_s=600))
    await eventually(lambda: stage.kds.of("received"))
    client.cut()
    with pytest.raises(Down):
        await asked


async def test_N6_a_client_may_connect_again_as_soon_as_it_is_told_that_its_line_is_lost(stage, client):
    connected = asyncio.get_running_loop().create_future()

    async def at_once():
        try:
            await client.connect()
        except Down as error:
            connected.set_exception(error)
        else:
            connected.set_result(len(stage.kds.sids))

    client.on_lost(at_once)
    client.cut()
    assert await connected == 2


async def test_N6_coming_back_waits_for_a_slow_welcome(stage, client):
    async def slow(_):
        await asyncio.sleep(1.3)  # more than the stock client waits, less than a busy gateway may need

    stage.kds.on_admit = slow
    client.cut()
    await client.back()
    assert len(stage.kds.of("admit")) == 2


async def test_N6_waits_between_tries_are_thrown_over_their_whole_length(waits):
    least, most = await waits(0.0, 4), await waits(1.0, 4)
    assert least == [0, 0, 0, 0]
    assert most == [1, 2, 4, 5]


async def test_N6_a_question_has_one_argument_whatever_its_data(stage, client):
    for data in ([1, 2], (1, 2), {"a": 1}):
        await client.ask("kds:bump", data, within_s=60)
    assert [args for *_, args in stage.kds.of("received")] == [[[1, 2]], [[1, 2]], [{"a": 1}]]


async def test_N6_what_the_server_says_of_coming_back_is_obeyed(not_on_stock, eventually):
    not_on_stock("its client knows no such words")
    kitchen, clock = LoopbackKitchen(), ManualClock()
    async with HeardClient(connect=kitchen.link, dice=lambda: 0.0, clock=clock) as client:
        await eventually(lambda: client.status.state is LinkState.LIVE)
        kitchen.goodbye(goodbyes.SHUTDOWN, retry_after_ms=4_000)
        await eventually(lambda: client.status.state is LinkState.OFFLINE and clock.sleeping)
        clock.advance(3.9)
        assert client.status.state is LinkState.OFFLINE
        clock.advance(0.2)
        await eventually(lambda: client.status.state is LinkState.LIVE)


async def test_N6_who_is_told_to_stay_away_stays_away(not_on_stock, eventually):
    not_on_stock("its client takes any DISCONNECT for final, and no code")
    kitchen, clock = LoopbackKitchen(), ManualClock()
    async with HeardClient(connect=kitchen.link, dice=lambda: 0.0, clock=clock) as client:
        await eventually(lambda: client.status.state is LinkState.LIVE)
        kitchen.goodbye(goodbyes.BANNED)
        await eventually(lambda: client.status.state is LinkState.REFUSED and clock.sleeping)
        clock.advance(3_600)
        await asyncio.sleep(0)
        assert client.status.state is LinkState.REFUSED


async def _calls_to_drop(stage: Any, others: int, times: int) -> list[int]:
    """How many functions are called from the loss of one line until it is forgotten, with so many others there."""
    raws = await stage.crowd(others + times)
    return [await _calls(stage, raw) for raw in raws[::-1][:times]]


async def _calls(stage: Any, raw: Any) -> int:
    left, calls = asyncio.Event(), 0

    async def noticed(_sid: str) -> None:
        left.set()

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    stage.kds.on_left = noticed
    gc.disable()
    try:
        sys.setprofile(count)
        cut(raw)
        await left.wait()
        for _ in range(30):  # what is still to be forgotten
            await asyncio.sleep(0)
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls
