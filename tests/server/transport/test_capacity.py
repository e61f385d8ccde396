"""So many connections and no more: who is in stays in, who comes is told when to try again."""

import asyncio

import pytest

from server.transport.capacity import Capacity


async def knock(stage, transport: str):
    headers = {"Upgrade": "websocket"} if transport == "websocket" else {}
    url = f"{stage.url}/socket.io/?EIO=4&transport={transport}"
    async with stage.http.get(url, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After"), (await answer.json())["error"]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_beyond_the_limit_newcomers_are_told_when_to_try_again(make, transport):
    stage = await make(max_connections=2)
    raw = await stage.raw()
    sid = await raw.join()
    polling = await stage.joined_by_polling()
    status, wait, error = await knock(stage, transport)
    assert (status, wait, error["code"], error["temporary"]) == (503, "5", "unavailable", True)
    assert stage.server.send(sid, "/kds", "tick")
    assert await raw.json("42/kds,") == ["tick"]
    assert await stage.post(polling, '42/kds,1["bump"]') == (200, ["ok"])
    assert (stage.server.capacity.in_use, stage.server.capacity.refused) == (2, {"full": 1, "draining": 0})


async def test_who_is_refused_hears_which_setting_it_was_and_the_log_says_so_once(make, caplog):
    stage = await make(max_connections=2)
    for _ in range(2):
        await stage.raw()
    for _ in range(30):
        _, _, error = await knock(stage, "polling")
        assert "[transport] max_connections" in error["message"]
    told = [line for line in caplog.messages if "max_connections" in line]
    assert told == ["full: 2 connections, [transport] max_connections allows 2; 1 newcomers refused since the start"]


def test_while_it_stays_full_the_log_says_so_every_ten_seconds_with_the_count(caplog, monkeypatch):
    now = 100.0
    monkeypatch.setattr("server.transport.quiet.monotonic", lambda: now)
    full = Capacity(0, lambda: 0)
    for second in range(25):
        now = 100.0 + second
        full.refusal(None)
    assert [line.partition("; ")[2].split()[0] for line in caplog.messages] == ["1", "11", "21"]


async def test_a_connection_at_the_limit_may_still_upgrade(make):
    stage = await make(max_connections=1)
    sid = await stage.handshake()
    raw = await stage.bare(sid)
    await raw.send("2probe")
    assert await raw.packet() == "3probe"
    await raw.send("5", "40/kds,")
    assert (await raw.json("40/kds,"))["sid"]


async def test_whoever_leaves_makes_room(make, eventually):
    stage = await make(max_connections=1)
    raw = await stage.raw()
    assert (await knock(stage, "polling"))[0] == 503
    await raw.ws.close()
    await eventually(lambda: stage.server.capacity.in_use == 0)
    assert await stage.raw()


async def test_a_herd_does_not_slip_in_beyond_the_limit(make):
    stage = await make(max_connections=10)
    found = await asyncio.gather(*(stage.poll() for _ in range(40)))
    assert [status for status, _ in found].count(200) == 10
    assert stage.server.capacity.in_use == 10
    assert stage.server.capacity.refused["full"] == 30


def test_a_drain_is_told_rather_than_that_it_is_full():
    full = Capacity(0, lambda: 0)
    assert full.refusal(None).body["error"]["code"] == "unavailable"
    full.close()
    assert full.refusal(None).body["error"]["code"] == "draining"
    assert full.refused == {"full": 1, "draining": 1}
