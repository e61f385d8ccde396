"""The load generator is built, speaks Socket.IO, and counts right; what it cannot do it says in a sentence."""

import socket

import pytest

from bench.contenders import Scene, contender
from bench.generator import WentWrong, measure
from bench.runs import generator
from tests.missing import need

CLIENTS = 10


@pytest.fixture(autouse=True)
def _compiler(tmp_path, monkeypatch):
    need("cc", "gcc")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


async def test_every_broadcast_is_counted_at_every_client_of_our_transport():
    scene = Scene(CLIENTS)
    async with contender("bare", scene) as server:
        found = await measure("fanout", **server.generator(scene), seconds=0.5, warm=0.1, burst=2, senders=2)
    assert found["delivered"] == found["round_ms"]["count"] * 2 * CLIENTS > 0
    assert found["event_bytes"] == pytest.approx(scene.event_bytes, abs=25)
    assert found["server_cpu_s"] > 0


async def test_every_answer_is_counted_and_timed():
    scene = Scene(CLIENTS)
    async with contender("bare", scene) as server:
        found = await measure("acks", **server.generator(scene, server.ask), seconds=0.5, warm=0.1)
    assert found["ack_ms"]["count"] == pytest.approx(found["rate"] * found["seconds"], rel=0.01)
    assert 0 < found["ack_ms"]["p50"] <= found["ack_ms"]["p99"]


async def test_what_was_broadcast_at_a_rate_arrived_everywhere_and_somebody_was_answered_meanwhile():
    scene = Scene(CLIENTS, acker=True)
    async with contender("bare", scene) as server:
        options = server.generator(scene, server.ask)
        found = await measure("steady", **options, rate=50, seconds=0.5, warm=0.1)
    assert found["delivery_ms"]["count"] == 25 * CLIENTS
    assert found["ack_ms"]["count"] > 0


async def test_it_can_be_measured_itself():
    found = await generator(CLIENTS, burst=4, seconds=0.3)
    assert found["rate"] > 0


async def test_a_server_that_is_not_there_is_a_sentence():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(WentWrong, match="refused"):
            await measure("fanout", port=free.getsockname()[1], clients=1, trigger=["42"], event="42")
