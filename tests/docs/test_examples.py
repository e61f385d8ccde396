"""The examples of the documentation run."""

import asyncio
import sys
from pathlib import Path

from heard.client.links.loopback import LoopbackKitchen
from tests.heard.client.conftest import PATIENCE_S
from tests.heard.client.stand_in import stand_in

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


async def test_follow_orders_places_one_and_hears_of_it() -> None:
    async with stand_in(LoopbackKitchen()) as gateway:
        command = [sys.executable, str(EXAMPLES / "follow_orders.py"), gateway.url, "token"]
        example = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await asyncio.wait_for(example.communicate(), PATIENCE_S)
        assert (said.decode(), example.returncode) == ("order 1 is in the kitchen\n", 0)


def test_it_stays_as_short_as_promised() -> None:
    lines = (EXAMPLES / "follow_orders.py").read_text().split("async def main")[1].split("\n\n\n")[0].splitlines()
    assert len(lines) <= 15
