"""A guest's words on every screen of a station: read as they were written, obeyed by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.feed import NAMESPACE, OpsFeed
from heard.client.links.socket import SocketLink
from tests.stories.hostile import (
    LITERAL,
    TEXTS,
    WALL,
    colours,
    obeyed_nobody,
    odd_gateway,
    order,
    place_all,
    plain_log,
)  # fmt: skip
from tests.stories.processes import HEARD, STORE, GatewayProcess, Till, own_directories, until
from tests.stories.proxy import Proxy
from tests.stories.terminal import Terminal

pytestmark = pytest.mark.story

PAGE_DOWN, HOME, F2 = "\x1b[6~", "\x1b[H", "\x1bOQ"
REASON = "gone [/] \x1b]52;c;aGVhcmQ=\x07 [no nuts] \x9b2J \u202e50% [off]"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with odd_gateway(tmp_path_factory.mktemp("gateway") / "data") as one:
        yield one
    plain_log(one)


@pytest.fixture(scope="module")
def till(gateway: GatewayProcess) -> Till:
    """With every odd order placed, changed, and one of them taken back."""
    till = gateway.pos()
    placed = place_all(till)
    for name in ("click", "brackets", "sgr"):
        first = placed[name]["items"][0]
        till.change(placed[name], items=[{"item_id": first["item_id"], "qty": "3", "notes": [{"text": TEXTS[name]}]}])
    answer = till.ask("POST", f"/v1/stores/{STORE}/orders/{placed['c1']['id']}/cancel", {"reason": REASON})
    assert answer["ok"], answer
    return till


# ── Every screen of a station ─────────────────────────────────────────────────────────────────────────────────────────


class Cook:
    """Somebody who looks at everything, and remembers every word that was on the screen."""

    def __init__(self, screen: Terminal) -> None:
        self.screen = screen
        self.read: dict[str, str] = {}

    def presses(self, keys: str, *words: str, where: str) -> None:
        """A key, and what must stand there then."""
        self.screen.press(keys)
        self.screen.until_sees(*words)
        self._remember(where)

    def turns_pages(self, where: str) -> None:
        """Through all of the wall."""
        self.screen.press(HOME)
        here, pages = 1, 1
        while True:
            until(lambda here=here: self._page[0] == here, f"page {here} of the {where}")
            pages = self._page[1]
            self._remember(where)
            if here >= pages:
                return
            here += 1
            self.screen.press(PAGE_DOWN)

    def reads_on(self, where: str) -> None:
        """To the end of a screen over the wall."""
        self._remember(where)
        while "more ↓" in (before := self.screen.text):
            self.screen.press(PAGE_DOWN)
            until(lambda before=before: _body(self.screen.text) != _body(before), f"more of the {where}")
            self._remember(where)

    @property
    def _page(self) -> tuple[int, int]:
        found = re.search(r"(\d+)/(\d+)", self.screen.text.partition("\n")[0])
        return (int(found[1]), int(found[2])) if found else (1, 1)

    def _remember(self, where: str) -> None:
        self.read[where] = self.read.get(where, "") + self.screen.text + "\n"


def _body(text: str) -> list[str]:
    return text.splitlines()[1:-1]


def looks_at_everything(cook: Cook, *, big: bool) -> None:
    """Every screen there is, each of the wall's sizes."""
    cook.presses("", "LIVE", f"{len(TEXTS)} open", where="wall")
    cook.turns_pages("wall")
    for size in ("large", "huge"):
        cook.presses("z", f"text size {size}", where=size)
        cook.turns_pages(size)
    cook.presses("z", "text size normal", where="wall")
    cook.presses("e", "(seen from grill)", where="expo")
    cook.turns_pages("expo")
    cook.screen.press("e")
    until(lambda: "(seen from" not in cook.screen.text, "the wall again")
    cook.presses("a", "ALL DAY", where="all-day")
    cook.presses("a", "ALL DAY", where="all-day")
    cook.screen.press("a")
    until(lambda: "ALL DAY" not in cook.screen.text, "the panel away")
    for number in range(1, 10 if big else 3):
        cook.presses(f"{HOME}{number}i", "History", "placed", where="detail")
        until(lambda: "asking the gateway" not in cook.screen.text, "the history")
        cook.reads_on("detail")
        cook.screen.press("i")
        until(lambda: "History" not in cook.screen.text, "the wall again")
    cook.presses(F2, "Diagnostics of grill", where="diagnostics")
    cook.presses(F2, "LIVE", where="wall")
    cook.presses("?", "Keys", where="help")
    cook.presses(f"{PAGE_DOWN}{PAGE_DOWN}", "Keys" if big else "Marks", where="help")
    cook.presses("?", "LIVE", where="wall")
    cook.presses("t", "theme ", where="wall")
    cook.presses("m", "LIVE", where="wall")
    cook.presses("!", "LIVE", where="wall")


def is_refused_something(cook: Cook, link: Proxy, till: Till, first: dict[str, Any]) -> None:
    """Done here while the order was taken back elsewhere."""
    cook.presses(f"{HOME}1", "Rush first", where="wall")
    link.cut()
    cook.screen.until_sees("OFFLINE")
    till.cancel(first)
    cook.presses("\r", "BUMPED", where="wall")
    link.resume()
    cook.screen.until_sees("LIVE", "1 REFUSED")
    cook.presses("x", "1 refused by the gateway", where="refusals")
    cook.presses("1", "►" if "►" in cook.screen.text else "1", where="refusals")
    cook.screen.press("x")
    until(lambda: "refused by the gateway" not in cook.screen.text, "the wall again")


def brings_one_back(cook: Cook, till: Till, again: dict[str, Any]) -> None:
    """From the recently done ones, after a look at it."""
    till.ask("POST", f"/v1/stores/{STORE}/commands", {
        "command_id": f"done-{again['id']}", "name": "kds:bump", "data": {"ticket_id": f"{again['id']}.grill"},
    }, role="manager")  # fmt: skip
    cook.presses("d", "Recently done at grill", "Fetched back", where="recent")
    cook.reads_on("recent")
    cook.presses("1i", "History", where="detail")
    cook.screen.press("i")
    cook.presses("", "Recently done at grill", where="recent")
    cook.screen.press("d")
    until(lambda: "Recently done" not in cook.screen.text, "the wall again")


SEEN = [
    ((80, 24), "xterm-256color", {}),
    ((240, 70), "xterm-256color", {}),
    ((80, 24), "linux", {}),
    ((240, 70), "linux", {}),
    ((120, 40), "xterm-256color", {"NO_COLOR": "1"}),
]


@pytest.mark.parametrize(
    ("size", "term", "more"), SEEN, ids=[f"{term}-{size[0]}x{size[1]}{'-'.join(more)}" for size, term, more in SEEN]
)
def test_no_screen_of_a_station_obeys_a_guest_or_loses_a_word(
    gateway: GatewayProcess, till: Till, tmp_path: Path, size: tuple[int, int], term: str, more: dict[str, str]
) -> None:
    big = size == (240, 70)
    first = till.place({"name": "Rush first [/] [no nuts]", "qty": "1", "station_hint": ["grill"]}, priority="rush")
    again = till.place(*(told := order(f"again {tmp_path}", TEXTS["brackets"])).pop("items"), **told, priority="vip")
    till.change(again, items=[{"item_id": again["items"][0]["item_id"], "name": "Fetched back [no nuts]"}])
    (tmp_path / "kds.toml").write_text('bell = false\nbanner_s = 2\n[sound]\nthrough = "none"\n')
    (tmp_path / "token").write_text(gateway.token("expo"))
    environ = own_directories(tmp_path) | more
    with Proxy(gateway.url) as link:
        words = [*HEARD, "kds", "--server", link.url, "--token", str(tmp_path / "token"), "--station", "grill",
                 "--config", str(tmp_path / "kds.toml")]  # fmt: skip
        with Terminal(words, environ, size=size, term=term) as screen:
            cook = Cook(screen)
            screen.until_sees("LIVE")
            is_refused_something(cook, link, till, first)
            brings_one_back(cook, till, again)
            looks_at_everything(cook, big=big)
            screen.resize(50, 24)
            cook.presses("a", "ALL DAY", "choices", where="all-day")
            cook.presses("a", "ALL DAY", where="all-day")
            screen.press("a")
            screen.resize(*size)
            throw_off(gateway, "test-expo")
            cook.presses("", "REFUSED", where="thrown off")
            screen.press("q")
            assert screen.left() == 0
    obeyed_nobody(screen, allowed=WALL)
    assert not (more and colours(screen.raw))
    for where in ("wall", "expo", "detail") if big else ("wall", "expo"):
        together = re.sub(r"\s+", "", cook.read[where])
        lost = [word for word in LITERAL if re.sub(r"\s+", "", word) not in together]
        assert not lost, where
    for where in ("large", "huge", "all-day", "detail", "recent", "thrown off"):
        assert "[no nuts]" in cook.read[where], where
    assert "Traceback" not in "".join(file.read_text() for file in tmp_path.rglob("*.log"))


def throw_off(gateway: GatewayProcess, subject: str) -> None:
    """Every connection of somebody, with a reason."""
    feed = OpsFeed(lambda: SocketLink(gateway.url, namespaces=(NAMESPACE,)), STORE, token=gateway.token("operator"))
    feed.start()
    try:
        until(lambda: [one for one in feed.picture.connections.values() if one.subject == subject], f"{subject} there")
        for one in list(feed.picture.connections.values()):
            if one.subject == subject:
                feed.disconnect(one.connection, REASON, "forced", lambda _: None)
        until(lambda: not [one for one in feed.picture.connections.values() if one.subject == subject], "it gone")
    finally:
        feed.stop()
