"""A window that hangs: the link and the keys live on behind it, and when it reads again it shows the truth."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from console.feed import NAMESPACE, OpsFeed
from heard.client.links.socket import SocketLink
from tests.stories.processes import STORE, GatewayProcess, Till, until
from tests.stories.screens import HOME, Screens, at_pace, is_left, up

pytestmark = pytest.mark.story

PING_S, PONG_S = 0.5, 2.0
"""How often the gateway asks who is still there, and how long it waits for an answer."""
FRAMES = 80
GROWN = 60_000_000
"""More bytes than this are not kept for a window that takes none."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One that asks oftener than others, so that nobody has to be silent for long to be gone."""
    data = tmp_path_factory.mktemp("gateway")
    (data / "heard.toml").write_text(
        f'[[stores]]\nid = "{STORE}"\ntenant = "demo"\n'
        f"[transport]\nping_interval_ms = {PING_S * 1000:.0f}\nping_timeout_ms = {PONG_S * 1000:.0f}\n"
    )
    with GatewayProcess(data) as one:
        yield one


@pytest.fixture
def look(gateway: GatewayProcess) -> Iterator[OpsFeed]:
    """Who is there, as an operator sees it."""
    feed = OpsFeed(lambda: SocketLink(gateway.url, namespaces=(NAMESPACE,)), STORE, token=gateway.token("viewer"))
    feed.start()
    yield feed
    feed.stop()


def memory(pid: int) -> int:
    """What a process takes, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def behind(look: OpsFeed) -> int:
    """How many events stations have not taken yet."""
    return sum(one.lag or 0 for one in look.picture.connections.values() if one.role == "expo")


def test_a_window_that_hangs_keeps_the_link_and_its_keys_and_shows_the_truth_again(
    till: Till, start: Screens, look: OpsFeed
) -> None:
    first = till.place({"name": "Burger 0", "qty": "1", "station_hint": ["grill"]})
    started = start("kds", size=(200, 60)), start("kds", "--station", "cold"), start("console")
    station, beside, console = map(up, started)
    station.until_sees(f"#{first['display_no']}")
    until(lambda: len(look.picture.connections) >= 4, "everybody seen")
    there = set(look.picture.connections)
    at_first = {one.process.pid: memory(one.process.pid) for one in (station, console)}
    station.stop_reading()
    console.stop_reading()
    stalled_at = time.monotonic()
    till.place_many([
        {"items": [{"name": f"Burger {n}", "qty": "1", "station_hint": ["grill", "cold"]}]} for n in range(1, 201)
    ])  # fmt: skip
    beside.until_sees("200 open")
    # More frames than anybody keeps for a window: who waited for room would never come to the bump.
    at_pace(station, cycle((b"]", b"[")), seconds=FRAMES / 100, a_second=100)
    at_pace(console, cycle((b"1", b"2")), seconds=FRAMES / 100, a_second=100)
    station.press(f"{HOME}1\r")
    until(lambda: till.status(first) == "ready", "a bump nobody saw")
    until(lambda: time.monotonic() - stalled_at > PING_S + PONG_S + 1, "a silence that would have ended a link")
    assert there <= set(look.picture.connections)
    assert not {one.connection for one in look.picture.closed} & there
    until(lambda: not behind(look), "all caught up")
    for one in (station, console):
        assert memory(one.process.pid) - at_first[one.process.pid] < GROWN
        one.read_on()
    station.until_sees("200 open", "LIVE")
    console.until_sees("LIVE  sample 0s")
    card = f"1 #{first['display_no']} "
    until(lambda: card not in station.text or "BUMPED" in station.text, f"the first one gone:\n{station.text}")
    for one in (station, beside, console):
        is_left(one)
