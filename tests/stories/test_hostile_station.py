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
    only_lines,
    order,
    place_all,
    plain_log,
)  # fmt: skip
from tests.stories.processes import HEARD, STORE, GatewayProcess, Till, own_directories, until
from tests.stories.proxy import Proxy
from tests.stories.talk import Talk
from tests.stories.terminal import Terminal

pytestmark = pytest.mark.story

PAGE_DOWN, HOME, F2 = "\x1b[6~", "\x1b[H", "\x1bOQ"
REASON = "gone [/] \x1b]52;c;aGVhcmQ=\x07 [no nuts] \x9b2J \u202e50% [off]"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    with odd_gateway(tmp_path / "gateway") as one:
        yield one
    plain_log(one)


@pytest.fixture
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

    def focuses(self, number: str, words: str) -> None:
        """A card of the first page by its number, once the wall stands still."""
        self.screen.until_sees(words)
        sentence = "the wall has just moved"
        while "► 1" not in self.screen.text:
            until(lambda: sentence not in self.screen.text, "the wall still")
            self.screen.press(HOME + number)
            until(lambda: "► 1" in self.screen.text or sentence in self.screen.text, "the focus")

    def closes(self, keys: str) -> None:
        """Back to the wall: a key pressed while a screen still goes away would be that screen's."""
        self.screen.press(keys)
        until(lambda: self.screen.text.splitlines()[-1].rstrip().endswith("help"), "the wall again")

    def turns_pages(self, where: str, most: int = 100) -> None:
        """Through all of the wall, or the first pages."""
        self.screen.press(HOME)
        here, pages = 1, 1
        while True:
            until(lambda here=here: self._page[0] == here, f"page {here} of the {where}")
            pages = self._page[1]
            self._remember(where)
            if here >= min(pages, most):
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
    cook.presses("", "LIVE", " open", where="wall")
    cook.turns_pages("wall")
    for size in ("large", "huge"):
        cook.presses("z", f"text size {size}", where=size)
        cook.turns_pages(size, 3)
    cook.presses("z", "text size normal", where="wall")
    cook.presses("e", "(seen from grill)", where="expo")
    cook.turns_pages("expo", 3)
    cook.screen.press("e")
    until(lambda: "(seen from" not in cook.screen.text, "the wall again")
    cook.presses("a", "ALL DAY", where="all-day")
    cook.presses("a", "ALL DAY", where="all-day")
    cook.screen.press("a")
    until(lambda: "ALL DAY" not in cook.screen.text, "the panel away")
    for number in range(1, 3):
        cook.presses(f"{HOME}{number}i", "History", "placed", where="detail")
        until(lambda: "asking the gateway" not in cook.screen.text, "the history")
        cook.reads_on("detail")
        cook.closes("i")
    cook.presses(F2, "Diagnostics of grill", where="diagnostics")
    cook.closes(F2)
    cook.presses("?", "Keys", where="help")
    cook.presses(f"{PAGE_DOWN}{PAGE_DOWN}", "Keys" if big else "Marks", where="help")
    cook.closes("?")
    cook.presses("t", "theme ", where="wall")
    cook.presses("m", "LIVE", where="wall")
    cook.presses("!", "LIVE", where="wall")


def is_refused_something(cook: Cook, link: Proxy, till: Till, first: dict[str, Any]) -> None:
    """Done here while the order was taken back elsewhere."""
    cook.focuses("1", "Very first")
    link.cut()
    cook.screen.until_sees("OFFLINE")
    till.cancel(first)
    cook.presses("\r", "BUMPED", where="wall")
    link.resume()
    cook.screen.until_sees("LIVE", "1 REFUSED")
    cook.presses("x", "1 refused by the gateway", where="refusals")
    cook.presses("1", "►", where="refusals")
    cook.closes("x")


def brings_one_back(cook: Cook, till: Till, again: dict[str, Any]) -> None:
    """From the recently done ones, after a look at it."""
    till.ask("POST", f"/v1/stores/{STORE}/commands", {
        "command_id": f"done-{again['id']}", "name": "kds:bump", "data": {"ticket_id": f"{again['id']}.grill"},
    }, role="manager")  # fmt: skip
    cook.presses("d", "Recently done at grill", "Fetched back", where="recent")
    cook.reads_on("recent")
    cook.presses("1i", "History", where="detail")
    cook.presses("i", "Recently done at grill", where="recent")
    cook.closes("d")


SEEN = [
    ((80, 24), "xterm-256color", {}),
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
    first = till.place({"name": "Very first [/] [no nuts]", "qty": "1", "station_hint": ["grill"]}, priority="vip")
    again = till.place(*(told := order(f"again {tmp_path}", TEXTS["brackets"])).pop("items"), **told)
    till.change(again, items=[{"item_id": again["items"][0]["item_id"], "name": "Fetched back [no nuts]"}])
    (tmp_path / "kds.toml").write_text('bell = false\nbanner_s = 1\n[sound]\nthrough = "none"\n')
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
            cook.presses("a", "ALL DAY", "Esc close", where="all-day")
            cook.presses("a", "ALL DAY", where="all-day")
            screen.press("a")
            screen.resize(*size)
            throw_off(gateway, "test-expo")
            cook.presses("", "REFUSED ", "gone [/]", where="thrown off")
            screen.press("q")
            assert screen.left() == 0
            obeyed_nobody(screen, allowed=WALL)
    assert not (more and colours(screen.raw))
    assert not [word for word in LITERAL if (big or len(word) < 10) and word not in cook.read["wall"]]
    for where in ("large", "all-day", "detail", "recent", *(["expo"] if big else [])):
        assert "[no nuts]" in cook.read[where], where
    assert "Traceback" not in "".join(file.read_text() for file in tmp_path.rglob("*.log"))


def test_lines_for_who_cannot_see_hold_words_only(till: Till, gateway: GatewayProcess, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(gateway.token("expo"))
    words = [*HEARD, "kds", "--server", gateway.url, "--token", str(tmp_path / "token"), "--station", "grill"]
    with Talk([*words, "--linear"], own_directories(tmp_path)) as talk:
        talk.hears("Link: live.")
        talk.hears("[@click=app.quit]Burger[/]")
        talk.hears("{0.__class__}")
        talk.types("q")
        assert talk.left() == 0
    only_lines(talk.raw.decode())


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
