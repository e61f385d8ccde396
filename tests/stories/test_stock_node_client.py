"""A stock Node client of any age: echo, answer, and back by itself after the gateway was restarted."""

import json
from pathlib import Path

import pytest

from tests.interop.stock import ALIAS, VERSIONS, installed
from tests.stories.conftest import Process, until

pytestmark = pytest.mark.story


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the stock clients and the script that uses them."""
    return installed(tmp_path_factory)


def steps(node: Process) -> dict[str, dict]:
    """What the client said so far, by step."""
    said = {row["step"]: row for row in map(json.loads, node.out)}
    assert "failed" not in said, said
    return said


async def step(node: Process, name: str) -> dict:
    await until(lambda: name in steps(node) or node.child.poll() is not None)
    assert name in steps(node), (node.out, node.err)
    return steps(node)[name]


@pytest.mark.parametrize(
    ("version", "transports"),
    [*((version, "polling,websocket") for version in VERSIONS), ("newest", "websocket"), ("newest", "polling")],
)
async def test_a_stock_client_orders_bumps_and_survives_a_restart(kitchen, packages, version, transports):
    words = (ALIAS + version, kitchen.url, kitchen.token("pos"), kitchen.token("expo"), transports)
    node = Process(*words, command=("node", str(packages / "stock_client.mjs")), cwd=packages)
    try:
        order = (await step(node, "echo"))["order"]
        kitchen.process.child.terminate()
        bye = await step(node, "goodbye")
        assert (bye["code"], bye["reconnect"]) == ("shutdown", True)
        assert await kitchen.process.ended() == 0
        await kitchen.http.close()
        await kitchen.start()
        await kitchen.place("Fries")
        assert (await step(node, "back"))["recovered"]
        seen = (await step(node, "done"))["seen"]
        assert await node.ended() == 0
    finally:
        node.stop()
    assert (await kitchen.order(order))["status"] == "completed"
    for stream in ("s1/orders", "s1/kds"):
        told = [[event["stream"], event["seq"], event["name"]] for event in await kitchen.whole(stream)]
        assert [row for row in seen if row[0] == stream] == told[: sum(row[0] == stream for row in seen)]
