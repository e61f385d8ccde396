"""The console through a real gateway: who is there, who was thrown off and by whom, and who may not."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.feed import NAMESPACE, OpsFeed
from heard.client import KitchenFeed, MemoryOutbox
from heard.client.links.socket import SocketLink
from heard.contract.audience import Role
from heard.errors import Forbidden, HeardError
from server.starter import prepare
from tests.patience import PATIENCE_S
from tests.stories.processes import HEARD, STORE, GatewayProcess, own_directories, until

pytestmark = pytest.mark.story


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


@pytest.fixture
def station(gateway: GatewayProcess) -> Iterator[KitchenFeed]:
    """The grill, live."""
    link = lambda: SocketLink(gateway.url)  # noqa: E731 - a link a call
    feed = KitchenFeed(link, STORE, "grill", MemoryOutbox(), token=gateway.token("kitchen", "grill"), device="tablet-7")
    feed.start()
    until(lambda: feed.status.live, "the grill live")
    yield feed
    assert feed.stop()


@pytest.fixture
def operator(gateway: GatewayProcess) -> Iterator[Callable[[Role], OpsFeed]]:
    """Opens a console's feed for a role; all are stopped in the end."""
    made: list[OpsFeed] = []

    def feed(role: Role = "operator") -> OpsFeed:
        link = lambda: SocketLink(gateway.url, namespaces=(NAMESPACE,))  # noqa: E731 - as above
        made.append(OpsFeed(link, STORE, token=gateway.token(role)))
        made[-1].start()
        until(lambda: made[-1].status.live and made[-1].picture.begun, "the console live")
        return made[-1]

    yield feed
    for one in made:
        assert one.stop()


@pytest.fixture
def look(gateway: GatewayProcess, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Runs `heard console --once` with these words: code, stdout, stderr."""
    environ = own_directories(tmp_path)

    def run(*words: str, role: Role = "operator", url: str = "") -> tuple[int, str, str]:
        paper = tmp_path / "token"
        paper.write_text(gateway.token(role))
        told = subprocess.run(
            [*HEARD, "console", "--server", url or gateway.url, "--token", str(paper), "--once", *words],
            capture_output=True, text=True, env=environ, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert "Traceback" not in told.stderr
        assert paper.read_text() not in told.stdout + told.stderr
        return told.returncode, told.stdout, told.stderr

    return run


def one_of(feed: OpsFeed, subject: str) -> str:
    """The connection of somebody who is there."""
    until(lambda: any(row.subject == subject for row in feed.picture.connections.values()), f"{subject} seen")
    return next(row.connection for row in feed.picture.connections.values() if row.subject == subject)


class Answer:
    """What a command came to."""

    def __init__(self) -> None:
        self.outcome: list[HeardError | None] = []
        self._came = threading.Event()

    def __call__(self, outcome: HeardError | None) -> None:
        self.outcome.append(outcome)
        self._came.set()

    def waited(self) -> HeardError | None:
        """The outcome, once it is there."""
        assert self._came.wait(PATIENCE_S)
        return self.outcome[0]


def test_a_station_is_listed_with_what_it_is(station, look):
    code, out, err = look("--json")
    told: dict[str, Any] = json.loads(out)
    assert (code, err, told["store"]) == (0, "", STORE)
    grill = next(one for one in told["connections"] if one["subject"] == "test-kitchen")
    assert (grill["role"], grill["stations"], grill["device"]) == ("kitchen", ["grill"], "tablet-7")
    assert grill["client"].startswith("heard-kds/grill")
    assert grill["transport"] == "websocket"
    assert "/kds" in grill["namespaces"]
    assert told["sample"]["connections"] >= 2
    assert set(told["sample"]["health"].values()) == {"ok"}


def test_a_filter_keeps_the_station_and_drops_the_console(station, look):
    code, out, _ = look("--csv", "--filter", "station:grill device:tablet")
    assert (code, [one["subject"] for one in csv.DictReader(io.StringIO(out))]) == (0, ["test-kitchen"])
    assert len(look("--csv", "--filter", "station:nowhere")[1].splitlines()) == 1


def test_a_connection_thrown_off_is_gone_and_the_ring_says_why_and_by_whom(station, operator, look):
    console, answer = operator(), Answer()
    connection = one_of(console, "test-kitchen")
    console.disconnect(connection, "the tablet goes to the fryer", "forced", answer)
    assert answer.waited() is None
    until(lambda: station.status.reason and "fryer" in station.status.reason, "the station told why")
    until(lambda: any(one.connection == connection for one in console.picture.closed), "it stands in the ring")
    assert connection not in console.picture.connections
    closed = next(one for one in console.picture.closed if one.connection == connection)
    assert (closed.code, closed.by, closed.subject) == ("forced", "test-operator", "test-kitchen")
    told = json.loads(look("--json", "--show", "closed", "--filter", f"/{connection}")[1])["closed"]
    assert [(one["by"], "fryer" in one["sentence"]) for one in told] == [("test-operator", True)]
    acts = json.loads(look("--json", "--show", "audit")[1])["audit"]
    assert (acts[0]["by"], acts[0]["target"], acts[0]["code"]) == ("test-operator", connection, "applied")


def test_one_that_is_moved_comes_back_by_itself(station, operator):
    console, answer = operator(), Answer()
    connection = one_of(console, "test-kitchen")
    console.disconnect(connection, None, "moved", answer)
    assert answer.waited() is None
    until(lambda: connection not in console.picture.connections, "it left")
    assert one_of(console, "test-kitchen") != connection
    until(lambda: station.status.live, "the station live again")


def test_who_hangs_up_by_itself_has_left_and_was_not_cut_off(gateway, operator):
    console = operator()
    link = lambda: SocketLink(gateway.url, namespaces=("/kds", "/orders"))  # noqa: E731 - a link a call
    feed = KitchenFeed(link, STORE, "fry", MemoryOutbox(), token=gateway.token("expo"), device="tablet-8")
    feed.start()
    connection = one_of(console, "test-expo")
    until(lambda: feed.status.live, "the fryer live")
    assert feed.stop()
    until(lambda: any(one.connection == connection for one in console.picture.closed), "it stands in the ring")
    assert next(one.code for one in console.picture.closed if one.connection == connection) == "client_left"


def test_a_viewer_sees_all_and_may_touch_nobody(station, operator):
    console, answer = operator("viewer"), Answer()
    connection = one_of(console, "test-kitchen")
    assert not console.may_act
    console.disconnect(connection, None, "forced", answer)
    refused = answer.waited()
    assert isinstance(refused, Forbidden)
    until(
        lambda: any(one.code == "forbidden" and one.by == "test-viewer" for one in console.picture.audit), "the audit"
    )
    assert connection in console.picture.connections
    assert station.status.live


def test_a_till_may_not_look(look):
    code, out, err = look("--json", role="pos")
    assert (code, out) == (77, "")
    assert "ask for a token with role" in err


def test_a_gateway_that_is_away_is_said(look):
    code, out, err = look("--json", url="http://127.0.0.1:1")
    assert (code, out) == (69, "")
    assert "no gateway answers at http://127.0.0.1:1 (connection refused): is `heard serve` running there?" in err


def test_a_gateway_that_is_full_is_quoted(look, tmp_path):
    prepare(tmp_path / "full")
    with (tmp_path / "full" / "heard.toml").open("a") as file:
        file.write("\n[transport]\nmax_connections = 1\n")
    with GatewayProcess(tmp_path / "full") as full:
        one_in = KitchenFeed(
            lambda: SocketLink(full.url), STORE, "grill", MemoryOutbox(), token=full.token("kitchen", "grill")
        )
        one_in.start()
        until(lambda: one_in.status.live, "the grill live")
        code, out, err = look("--json", url=full.url)
        assert one_in.stop()
    assert (code, out) == (69, "")
    assert "There are as many connections as [transport] max_connections allows" in err
