"""uvloop and orjson are used where they can be imported, and nothing depends on them."""

import json
import sys

import pytest

from tests.stories.conftest import HEARD, Process, until
from tests.stories.test_one_order import Screen

pytestmark = pytest.mark.story

BARE = (
    sys.executable,
    "-c",
    "import sys; sys.modules.update(uvloop=None, orjson=None); from heard.cli import main; main()",
)
"""The program on a machine that has neither."""

BROKEN = (
    sys.executable,
    "-c",
    """
import sys
from importlib.machinery import ModuleSpec
class WrongWheel:
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name in ("uvloop", "orjson") else None
    def create_module(self, spec):
        raise ImportError(f"{spec.name}.so: wrong ELF class")
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, WrongWheel())
from heard.cli import main; main()
""",
)
"""The program where both were built for another machine."""


@pytest.mark.parametrize(
    ("program", "loop", "writer"),
    [(HEARD, "uvloop", "orjson"), (BARE, "asyncio", "json"), (BROKEN, "asyncio", "json")],
    ids=["with", "without", "broken"],
)
async def test_an_order_reaches_the_glass_either_way(kitchen, program, loop, writer):
    kitchen.process.child.terminate()
    assert await kitchen.process.ended() == 0
    kitchen.process = Process("serve", "--data", kitchen.data, "--port", kitchen.port, command=program)
    try:
        await until(lambda: kitchen.process.said("ops"))
        (said,) = await until(lambda: [line for line in kitchen.process.err if '"serving"' in line])
        assert (json.loads(said)["loop"], json.loads(said)["json"]) == (loop, writer)
        grill = await Screen("/kds").open(kitchen, "kitchen", "grill")
        order = await kitchen.place("Burger", notes=[{"text": "Grüße 🍔 \u2028"}])
        await until(lambda: "kds:order_incoming" in grill.names())
        assert grill.heard[-1][1]["data"]["order_id"] == order["order"]["id"]
        answer = await grill.call("kds:bump", command_id="bump-0001", ticket_id=f"{order['order']['id']}.grill")
        assert answer["ok"]
        await grill.client.disconnect()
        kitchen.process.child.terminate()
        assert await kitchen.process.ended() == 0
    finally:
        kitchen.process.stop()
