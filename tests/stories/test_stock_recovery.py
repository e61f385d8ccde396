"""Stock clients that know connection state recovery get it from the journal, by themselves."""

import pytest

from tests.interop.stock import Puppet, installed
from tests.stories.conftest import until

pytestmark = pytest.mark.story
BACK_AFTER_MS = 800
"""Long enough to miss something meanwhile."""


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]], ids="-".join)
@pytest.mark.parametrize("version", ["4.6.0", "newest"])
async def test_a_stock_client_recovers_over_drops_and_restarts(kitchen, tmp_path_factory, version, transports):
    auth = {"token": kitchen.token("expo"), "recovery": True}
    with Puppet(installed(tmp_path_factory), version) as client:

        def heard():
            """Number and name of every event, each with its offset behind it."""
            events = [row["args"] for row in client.rows("event") if row["args"][1].get("seq")]
            assert all(isinstance(offset, str) for _, _, offset in events)
            return [(envelope["seq"], name) for name, envelope, _ in events]

        client.open("kds", kitchen, transports, auth=auth, back_after_ms=BACK_AFTER_MS)
        await client.saw("connect")
        client.tell("cut", socket="kds")  # before it heard a single event
        await client.saw("disconnect")
        await kitchen.place("Burger")
        await client.saw("connect", 2)
        await kitchen.place("Fries")
        await until(lambda: len(heard()) >= 4)
        await kitchen.kill()
        await kitchen.start()
        await kitchen.place("Salad")
        await client.saw("connect", 3)
        await kitchen.place("Burger")
        told = [(event["seq"], event["name"]) for event in await kitchen.whole("s1/kds")]
        await until(lambda: len(heard()) >= len(told))
        assert heard() == told
        assert [row["recovered"] for row in client.rows("connect")] == [False, True, True]
