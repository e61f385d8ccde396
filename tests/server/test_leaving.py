"""A gateway that goes: /readyz first, then the last answers, then goodbyes with a moment to return for each."""

import asyncio
import json
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
from structlog.testing import capture_logs

from server.leaving import see_off
from tests.patience import PATIENCE_S
from tests.server.desk import until

CROWD = 300


@pytest.fixture
async def http():
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


class Raw:
    """A WebSocket that answers pings and keeps the rest."""

    def __init__(self, ws):
        self.ws = ws
        self.packets = []

    async def read(self):
        async for message in self.ws:
            if message.data == "2":
                await self.ws.send_str("3")
            else:
                self.packets.append(message.data)

    @property
    def goodbye(self):
        told = [packet for packet in self.packets if packet.startswith('42/kds,["session:goodbye"')]
        return json.loads(told[0][len("42/kds,") :])[1] if told else None


async def raw_socket(http, desk) -> Raw:
    ws = await http.ws_connect(f"{desk.up.url}/socket.io/?EIO=4&transport=websocket")
    await ws.send_str("40/kds," + json.dumps({"token": desk.token("expo")}))
    return Raw(ws)


async def test_a_crowd_is_told_to_come_back_one_by_one(open_desk, http):
    desk = await open_desk(drain_s=8.0)
    async with AsyncExitStack() as stack:
        raws = []
        for _ in range(CROWD):
            raws.append(await raw_socket(http, desk))
            stack.push_async_callback(raws[-1].ws.close)
        readers = [asyncio.ensure_future(raw.read()) for raw in raws]
        await until(lambda: len(desk.gateway.fanout._by_sid) == CROWD)
        began = time.monotonic()
        await desk.close()
        assert time.monotonic() - began < 10  # the promise itself
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*readers)
    goodbyes = [raw.goodbye for raw in raws]
    assert {(bye["code"], bye["number"], bye["reconnect"]) for bye in goodbyes} == {("shutdown", 3000, True)}
    assert {raw.ws.close_code for raw in raws} == {3000}
    assert not any(packet.startswith("41") for raw in raws for packet in raw.packets)
    waits = {bye["retry_after_ms"] for bye in goodbyes}
    assert len(waits) > CROWD / 3
    assert max(waits) - min(waits) > 2_000


async def test_one_that_reads_nothing_does_not_hold_the_others_up(open_desk, http):
    desk = await open_desk(drain_s=8.0)
    listening = await raw_socket(http, desk)
    reader = asyncio.ensure_future(listening.read())
    deaf_reader, deaf = await asyncio.open_connection(*desk.up.url.removeprefix("http://").split(":"), limit=1)
    deaf.transport.pause_reading()
    deaf.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    async with desk.http.get(desk.up.ops_url + "/metrics") as answer:
        assert answer.status == 200
    await until(lambda: len(desk.gateway.fanout._by_sid) == 1)
    began = time.monotonic()
    await desk.close()
    assert time.monotonic() - began < 10  # the promise itself
    await until(lambda: listening.goodbye)
    await reader
    deaf.transport.abort()
    del deaf_reader


@pytest.fixture
async def leaving(desk):
    """Begins to leave with all the time in the world for load balancers."""
    tasks = []

    async def begin(notice_s: float = 3600):
        sockets = desk.gateway.fanout.sender
        tasks.append(asyncio.ensure_future(see_off(desk.gateway, sockets, notice_s=notice_s, within_s=5)))
        await until(lambda: desk.gateway.leaving)

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_load_balancers_hear_of_it_first_and_everything_else_goes_on(desk, leaving):
    ear = await desk.socket()
    await leaving()
    async with desk.http.get(desk.up.ops_url + "/readyz") as answer:
        assert (answer.status, (await answer.json())["checks"]["serving"]) == (503, False)
    async with desk.http.get(desk.up.ops_url + "/livez") as answer:
        assert answer.status == 200
    order = await desk.place("Burger")
    late = await desk.socket("/orders")
    assert (await desk.command("kds:start", ticket_id=f"{order['id']}.grill"))["ok"]
    await ear.first("kds:item_started")
    assert late.client.connected
    assert ear.of("session:goodbye") == []
    assert desk.gateway.health()["gateway"] != "ok"


async def test_after_that_everybody_is_told_when_to_try_again(desk, leaving):
    await desk.socket()
    await leaving(0)
    await until(lambda: desk.gateway.draining)
    reply = await desk.call("POST", "/v1/stores/s1/orders", {"items": [{"name": "Burger", "qty": "1"}]})
    assert (reply.status, reply.body["error"]["code"], reply.headers["Retry-After"]) == (503, "draining", "1")
    assert reply.headers["Connection"] == "close"
    reply = await desk.call("GET", "/socket.io/?EIO=4&transport=polling")
    assert (reply.status, reply.body["error"]["code"], reply.headers["Retry-After"]) == (503, "draining", "2")
    assert reply.body["error"]["retry_after_ms"] == 2_000
    assert (await desk.get("/v1/stores/s1/orders")).status == 200


async def test_a_command_that_was_taken_is_answered(open_desk, http, monkeypatch):
    desk = await open_desk(drain_s=30.0)
    write, slow = desk.gateway.journal.append, asyncio.Event()
    begun = asyncio.Event()

    async def later(batch):
        begun.set()
        await slow.wait()
        return await write(batch)

    monkeypatch.setattr(desk.gateway.journal, "append", lambda batch: asyncio.ensure_future(later(batch)))
    headers = {"Authorization": f"Bearer {desk.token('pos')}"}
    body = {"items": [{"name": "Burger", "qty": "1"}]}
    asked = asyncio.ensure_future(http.post(desk.up.url + "/v1/stores/s1/orders", json=body, headers=headers))
    await begun.wait()
    closing = asyncio.ensure_future(desk.close())
    await until(lambda: desk.gateway._one_less)  # the goodbyes are said: this answer is all it waits for
    slow.set()
    answer = await asked
    assert (answer.status, (await answer.json())["ok"]) == (201, True)
    await closing


async def test_a_disk_that_hangs_does_not_hold_it_up_for_ever(desk, monkeypatch):
    begun = asyncio.Event()

    def never(_):
        begun.set()
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr(desk.gateway.journal, "append", never)
    asked = asyncio.ensure_future(desk.place("Burger"))
    await begun.wait()
    with capture_logs() as lines:
        await see_off(desk.gateway, desk.gateway.fanout.sender, notice_s=0, within_s=0.2)
    assert [line["event"] for line in lines] == ["draining", "drained"]
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_who_waits_for_the_next_event_is_let_go(desk, leaving):
    head = (await desk.get("/v1/streams/s1/orders")).body
    path = f"/v1/streams/s1/orders?epoch={head['epoch']}&after={head['seq']}&wait=25"
    waiting = asyncio.ensure_future(desk.get(path))
    await until(lambda: desk.gateway.fanout._waiters)
    await leaving(0)
    reply = await waiting
    assert (reply.status, reply.body["events"]) == (200, [])
    assert (await desk.get(path)).status == 503


async def test_the_log_tells_how_many_and_how_long(desk, leaving):
    await desk.socket()
    with capture_logs() as lines:
        await leaving(0)
        await until(lambda: [line for line in lines if line["event"] == "drained"])
    told = {line["event"]: line for line in lines}
    assert told["draining"]["connections"] == told["drained"]["connections"] == 1
