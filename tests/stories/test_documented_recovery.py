"""What the integrators' page says of recovery: its program, several streams, and clients that know nothing of it."""

import re
from pathlib import Path

import pytest

from tests.interop.stock import ALIAS, Puppet, installed
from tests.stories.conftest import Process, until

pytestmark = pytest.mark.story
PAGE = Path(__file__).parents[2] / "docs" / "integrators.md"
EVERYTHING = ["polling", "websocket"]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the stock clients."""
    return installed(tmp_path_factory)


@pytest.fixture
def program(packages, tmp_path) -> Path:
    """The page's program, on the newest client there is."""
    (text,) = (
        text for text in re.findall(r"^```js\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        if "recovery: true" in text
    )  # fmt: skip
    script = packages / f"{tmp_path.name}.mjs"
    script.write_text(text.replace('"socket.io-client"', f'"{ALIAS}newest"'), encoding="utf-8")
    return script


async def said(node: Process, lines: int) -> None:
    await until(lambda: len(node.out) >= lines or node.child.poll() is not None)


async def test_the_program_of_the_page_misses_no_order_and_sees_none_twice(kitchen, program):
    first = (await kitchen.place("Burger"))["order"]["id"]
    told = {"HEARD_URL": kitchen.url, "HEARD_TOKEN": kitchen.token("pos")}
    command = ("env", *(f"{name}={value}" for name, value in told.items()), "node", str(program))
    node = Process(command=command, cwd=program.parent)
    try:
        await said(node, 1)
        placed = [(await kitchen.place("Burger"))["order"]["id"]]
        await said(node, 2)
        for lines in (5, 8):
            await kitchen.kill()
            await kitchen.start()
            placed += [(await kitchen.place("Fries"))["order"]["id"] for _ in range(3)]
            await said(node, lines)
        assert first not in placed
        assert [line.split() for line in node.out] == [
            ["all", "1"], ["new", placed[0]], *(["missed", "or", "new", order] for order in placed[1:]),
        ]  # fmt: skip
        assert node.err == []
    finally:
        node.stop()


async def test_subscriptions_and_a_station_s_view_survive_a_killed_gateway(kitchen, packages):
    with Puppet(packages, "newest") as client:

        def seqs(stream):
            return [row["args"][1]["seq"] for row in client.rows("event") if row["args"][1].get("stream") == stream]

        client.open("a", kitchen, EVERYTHING, auth={"token": kitchen.token("expo"), "recovery": True})
        await client.saw("connect")
        asked = [{"stream": "s1/kds", "station": "fry"}, {"stream": "s1/orders"}]
        client.tell("emit", socket="a", events=[["stream:subscribe", one] for one in asked], acked=True)
        await client.saw("ack", 2)
        await kitchen.kill()
        await kitchen.start()
        for dish in ("Burger", "Fries", "Burger"):
            await kitchen.place(dish)
        await client.saw("connect", 2)
        await kitchen.place("Fries")
        await until(lambda: seqs("s1/orders")[-1:] == [4] and seqs("s1/kds")[-1:] == [8])
        assert (seqs("s1/orders"), seqs("s1/kds")) == ([1, 2, 3, 4], [3, 4, 7, 8])
        assert [row["recovered"] for row in client.rows("connect")] == [False, True]


@pytest.mark.parametrize("version", ["4.0.0", "4.4.1"])
async def test_a_client_from_before_recovery_is_none_the_worse_for_it(kitchen, packages, version):
    with Puppet(packages, version) as client:
        client.open("a", kitchen, EVERYTHING, auth={"token": kitchen.token("expo"), "recovery": True})
        await client.saw("connect")
        await kitchen.place("Burger")
        await until(lambda: len(heard(client)) == 2)
        await kitchen.kill()
        await kitchen.start()
        await until(lambda: len(greetings(client)) == 2)
        assert greetings(client)[1]["streams"]["s1/kds"]["recovered"] is False
        await kitchen.place("Burger")
        await until(lambda: len(heard(client)) == 4)
        assert heard(client) == [1, 2, 3, 4]
        client.tell("emit", socket="a", events=[["stream:subscribe", {"stream": "s1/kds"}]], acked=True)
        assert (await client.saw("ack"))[0]["args"][0]["seq"] == 4


def greetings(client):
    return [row["args"][1] for row in client.rows("event") if row["args"][0] == "session:ready"]


def heard(client):
    return [row["args"][1]["seq"] for row in client.rows("event") if row["args"][1].get("stream") == "s1/kds"]
