"""A gateway is told to go: load balancers hear of it first, nobody holds it up, and a second word ends it at once."""

import asyncio
import json
import signal
import socket
import time

import pytest
import socketio

from tests.patience import PATIENCE_S
from tests.stories.conftest import Kitchen, until

pytestmark = pytest.mark.story

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
async def ears():
    """Stock clients that keep what they are told last."""
    clients = []

    async def connect(kitchen: Kitchen) -> list:
        goodbyes: list = []
        client = socketio.AsyncClient(reconnection=False)
        client.on("session:goodbye", goodbyes.append, namespace="/kds")
        clients.append(client)
        await client.connect(
            kitchen.url, auth={"token": kitchen.token("expo")}, namespaces=["/kds"], transports=["websocket"]
        )
        return goodbyes

    yield connect
    for client in clients:
        await client.shutdown()


async def ready(kitchen: Kitchen) -> int:
    async with kitchen.http.get(f"{kitchen.process.said('ops')}/readyz") as answer:
        return answer.status


async def until_not_ready(kitchen: Kitchen) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await ready(kitchen) != 503:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.005)


def told(kitchen: Kitchen) -> list[str]:
    return [json.loads(line)["event"] for line in kitchen.process.err if line.startswith("{")]


async def test_load_balancers_hear_of_it_before_anybody_else(closed_kitchen, ears, monkeypatch):
    monkeypatch.setenv("HEARD_DRAIN_NOTICE_S", "5")
    kitchen = await closed_kitchen.start()
    goodbyes = await ears(kitchen)
    kitchen.process.child.terminate()
    await until_not_ready(kitchen)
    order = (await kitchen.place("Burger"))["order"]
    assert (await kitchen.command("kds:start", ticket_id=f"{order['id']}.grill"))["ok"]
    assert goodbyes == []
    assert await kitchen.process.ended() == 0
    await until(lambda: goodbyes)
    assert told(kitchen)[-2:] == ["draining", "drained"]


@pytest.mark.parametrize(("first", "second"), [("SIGTERM", "SIGTERM"), ("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT")])
async def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(closed_kitchen, ears, monkeypatch, first, second):
    monkeypatch.setenv("HEARD_DRAIN_NOTICE_S", "60")
    kitchen = await closed_kitchen.start()
    await ears(kitchen)
    kitchen.process.child.send_signal(signal.Signals[first])
    await until_not_ready(kitchen)
    order = (await kitchen.place("Burger"))["order"]
    kitchen.process.child.send_signal(signal.Signals[second])
    assert await kitchen.process.ended() == -signal.Signals[second]
    assert "drained" not in told(kitchen)
    await kitchen.http.close()
    monkeypatch.delenv("HEARD_DRAIN_NOTICE_S")
    await kitchen.start()
    assert await kitchen.order(order["id"]) == order


async def test_a_client_that_stalls_does_not_hold_it_up(kitchen, ears):
    for _ in range(40):
        await kitchen.place("Burger", notes=[{"text": "x" * 100}] * 4)
    epoch = (await kitchen.read("s1/kds"))["epoch"]
    goodbyes = await ears(kitchen)
    host, port = kitchen.url.removeprefix("http://").split(":")
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((host, int(port)))
        deaf.sendall(UPGRADE + frame("40/kds," + json.dumps({"token": kitchen.token("expo")})))
        asked = json.dumps(["stream:subscribe", {"stream": "s1/kds", "epoch": epoch, "after": 0}])
        for number in range(100):
            deaf.sendall(frame(f"42/kds,{number}{asked}"))
        began = time.monotonic()
        kitchen.process.child.terminate()
        assert await kitchen.process.ended() == 0
        assert time.monotonic() - began < 10  # the promise itself
    await until(lambda: goodbyes)
    assert goodbyes[0]["code"] == "shutdown"


def frame(text: str) -> bytes:
    """A WebSocket text frame of a client, with a mask of zeros."""
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + size + b"\0\0\0\0" + data
