"""A console that stops reading is cut, soon and alone: nobody waits for it, and it never holds much memory."""

import asyncio
import base64
import json
import os
import socket as sockets
import struct

import pytest

from heard.contract.ops import ClosedRow
from tests.server.desk import some_id, until

PUSH = {"rows": [{"connection": "c", "words": "x" * 40_000}]}
MOST_PUSHES = 600


class StalledPolling:
    """Joins by polling and never polls again."""

    def __init__(self, desk):
        self.desk = desk

    async def join(self):
        url = "/socket.io/?EIO=4&transport=polling"
        async with self.desk.http.get(url) as answer:
            sid = json.loads((await answer.text())[1:])["sid"]
        async with self.desk.http.post(f"{url}&sid={sid}", data=_connect(self.desk)) as answer:
            assert await answer.text() == "ok"


class StalledWebSocket:
    """Joins over a WebSocket whose wire is never read again."""

    def __init__(self, desk):
        self.desk = desk

    async def join(self):
        wire = sockets.socket()
        wire.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        wire.setblocking(False)
        host, _, port = self.desk.up.url.removeprefix("http://").rpartition(":")
        await asyncio.get_running_loop().sock_connect(wire, (host, int(port)))
        _, writer = await asyncio.open_connection(sock=wire, limit=1_024)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = (
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        writer.write(asked.encode() + _frame(_connect(self.desk)))
        await writer.drain()
        self.desk.stack.callback(writer.close)


def _connect(desk):
    return "40/ops," + json.dumps({"token": desk.token("viewer", subject="stalled")})


def _frame(text):
    """A masked text frame; the mask is nothing, which is allowed."""
    return b"\x81" + struct.pack("!BH", 0x80 | 126, len(text)) + bytes(4) + text.encode()


@pytest.mark.parametrize("kind", [StalledPolling, StalledWebSocket])
async def test_a_console_that_stops_reading_is_cut_and_nobody_else_suffers(desk, kind):
    operator = await desk.socket("/ops", "operator")
    ear = await desk.socket("/kds", "expo")
    await kind(desk).join()
    await until(lambda: len(operator.of("connection:opened")) == 3)

    def cut():
        return [one["data"] for one in operator.of("connection:closed") if one["data"]["subject"] == "stalled"]

    pushed = 0
    while not cut():
        assert pushed < MOST_PUSHES, "it was never cut"
        desk.gateway.tell_operators("demo", "s1", "connections:changed", PUSH)
        pushed += 1
        await until(lambda sent=pushed: len(operator.of("connections:changed")) >= sent)
    row = ClosedRow.model_validate(cut()[0]["row"])
    assert (row.code, row.sentence) == ("slow", "It read too slowly.")
    await desk.place("Burger")
    assert len(await until(lambda: ear.of("kds:order_incoming"))) >= 1
    assert (await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": "x"}))["code"] == "not_found"
    assert (await operator.subscribe("s1/ops"))["snapshot"]["closed"][0]["subject"] == "stalled"


async def test_what_waits_for_a_slow_console_is_seen_while_it_waits(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.SAMPLE_S", 0.01)
    desk = await open_desk()
    operator = await desk.socket("/ops", "operator")
    await operator.first("ops:sampled")
    await StalledPolling(desk).join()

    def told():
        rows = [row for one in operator.of("connections:changed") for row in one["data"]["rows"]]
        ids = {row["connection"] for row in rows if row.get("subject") == "stalled"}
        return [row for row in rows if row["connection"] in ids]

    await until(told)
    for _ in range(3):
        desk.gateway.tell_operators(
            "demo", "s1", "connections:changed", PUSH | {"rows": [{"connection": "y" * 40_000}]}
        )
    assert await until(lambda: [row for row in told() if row.get("queue_bytes", 0) > 100_000])
    assert await until(lambda: [row for row in told() if (row.get("oldest_ms") or 0) >= 200])
