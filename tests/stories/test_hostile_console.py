"""What strangers say of themselves, on every screen of the console: read as it was said, obeyed by nobody."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.feed import NAMESPACE, OpsFeed
from heard.client.links.socket import SocketLink
from heard.text import safe_text
from tests.stories.hostile import (
    CLIPBOARD,
    MOUSE,
    SUBJECT,
    TEXTS,
    WALL,
    Strangers,
    colours,
    copied,
    obeyed_nobody,
    odd_gateway,
    only_lines,
    plain_log,
)
from tests.stories.processes import HEARD, STORE, GatewayProcess, own_directories, until
from tests.stories.screens import seen
from tests.stories.terminal import Terminal

pytestmark = pytest.mark.story

REASON = "gone [/] \x1b]52;c;aGVhcmQ=\x07 [no nuts] \x9b2J \u202e50% [off]"
FILTER = "\x1b[200~[no nuts] \x9b2J\u202e\x07[/] {0.__class__}\x1b[201~"
PASTED_REASON = f"\x1b[200~{REASON.replace(chr(27), '')}\x1b[201~"
END, UP, DOWN, PAGE_DOWN = "\x1b[F", "\x1b[A", "\x1b[B", "\x1b[6~"
PAGES = ("overview", "connections", "errors", "closed", "latency", "audit")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with odd_gateway(tmp_path_factory.mktemp("gateway") / "data") as one:
        yield one
    plain_log(one)


@pytest.fixture(scope="module", autouse=True)
def _strangers(gateway: GatewayProcess) -> Iterator[None]:
    """Some are there, some have left by themselves, one was thrown off for an odd reason."""
    with Strangers(gateway) as strangers:
        feed = OpsFeed(lambda: SocketLink(gateway.url, namespaces=(NAMESPACE,)), STORE, token=gateway.token("operator"))
        feed.start()
        rows = feed.picture.connections
        until(lambda: len(feed.picture.connections) > len(TEXTS), "the strangers there")
        rows = feed.picture.connections
        feed.disconnect(next(one for one in rows if rows[one].role == "expo"), REASON, "forced", lambda _: None)
        until(lambda: feed.picture.closed and feed.picture.audit, "one of them gone")
        feed.stop()
        strangers.leave(3)
        yield


@pytest.fixture
def words(gateway: GatewayProcess, tmp_path: Path) -> list[str]:
    """The command of a console, for a subject as odd as there can be."""
    import time

    from heard.ids import new_id
    from server.auth import Tokens
    from server.keys import KEY_FILE, load_keys

    maker = Tokens(load_keys(gateway.data / KEY_FILE), {"demo"}, now=time.time, new_id=new_id)
    paper = maker.make(tenant="demo", subject=SUBJECT, role="operator", stores=(STORE,), stations=(), life_s=3600)
    (tmp_path / "token").write_text(paper)
    return [*HEARD, "console", "--server", gateway.url, "--token", str(tmp_path / "token")]


OPENED = (", ENDED", "ERROR", "AUDIT")


def looks_at_everything(screen: Terminal) -> dict[str, str]:
    """Every page, whole; every dialog; what stood there."""
    read: dict[str, str] = {}

    def sees(where: str, *wanted: str) -> None:
        screen.until_sees(*wanted)
        read[where] = read.get(where, "") + screen.text + "\n"

    sees("overview", "LIVE", "Overview")
    screen.press("2")
    sees("connections", "connections", "worst first")
    for _ in range(len(TEXTS)):
        screen.press(DOWN)
    sees("connections", "expo")
    screen.press("r")
    for _ in range(6):
        screen.press(">")
        sees("connections", "by ")
    screen.press(f"{DOWN}{UP}\r")
    sees("detail", "CONNECTION OF")
    copies(screen)
    sees("detail", "copied: ")
    screen.press(PAGE_DOWN + "2")
    sees("connections", "by ")
    asks(screen, "/")
    screen.press(FILTER)
    sees("filter", "[no nuts] 2J[/] {0.__class__}", "filter, at character ")
    leaves(screen, "filter, at character ")
    asks(screen, "/")
    screen.press("\x1b[200~no\x9bbo\u202edy\x1b[201~\r")
    sees("filter", "No row matches nobody", "shows 0")
    asks(screen, ":")
    screen.press(FILTER + "\r")
    sees("command", "there is no command")
    leaves(screen, "No row matches")
    screen.press(f"{DOWN}x")
    sees("disconnect", "DISCONNECT", "Reason, told")
    screen.press(f"{PASTED_REASON}\r")
    sees("disconnect", "Type ", "gone [/]")
    screen.press(f"{PASTED_REASON}\r")
    sees("disconnect", "Nothing was done")
    leaves(screen, "DISCONNECT ")
    for page, title in (("3", "errors"), ("4", "closed"), ("6", "audit")):
        screen.press(page)
        sees(title, "newest first" if page != "3" else "by ")
        opens(screen)
        sees(title, "LIVE")
    screen.press("5")
    sees("latency", "LIVE")
    screen.press("p")
    sees("latency", "PAUSED")
    screen.press("p?")
    sees("help", "overview: what is wrong")
    return read


def copies(screen: Terminal) -> None:
    """Ask for a copy; before a page is laid out there is nothing to copy, and it says so."""
    screen.press("y")
    until(lambda: "copied: " in screen.text or "nothing to copy" in screen.text, "an answer")
    if "nothing to copy" in screen.text:
        screen.press("y")


def opens(screen: Terminal) -> None:
    """Open a row. One that has just slid under the cursor is not opened at the first press, on purpose: press again."""

    def opened() -> bool:
        screen.press(f"{DOWN}\r")  # where a row stands in full already, these do nothing
        return seen(lambda: any(word in screen.text for word in OPENED))

    until(opened, "a row in full", shown=screen)


def asks(screen: Terminal, key: str) -> None:
    """Open a line to type on: what is typed before it is there would be keys."""
    screen.press(key)
    until(lambda: screen.text.splitlines()[-2].startswith(f" {key} "), "the line to type on")


def leaves(screen: Terminal, words: str) -> None:
    """Out of what these words stand on."""
    screen.press("\x1b")
    until(lambda: words not in screen.text, f"{words} gone")


SEEN = [
    ((80, 24), "xterm-256color", {}),
    ((240, 70), "linux", {"NO_COLOR": "1"}),
]


@pytest.mark.parametrize(
    ("size", "term", "more"), SEEN, ids=[f"{term}-{size[0]}x{size[1]}{'-'.join(more)}" for size, term, more in SEEN]
)
def test_no_screen_of_the_console_obeys_a_stranger_or_loses_a_word(
    words: list[str], tmp_path: Path, size: tuple[int, int], term: str, more: dict[str, str]
) -> None:
    with Terminal(words, own_directories(tmp_path) | more, size=size, term=term) as screen:
        read = looks_at_everything(screen)
        screen.press("q")
        screen.press("q")
        assert screen.left() == 0
        obeyed_nobody(screen, allowed=WALL | MOUSE | CLIPBOARD)
    assert copied(screen.raw)
    assert all(safe_text(one) == one for one in copied(screen.raw))
    assert not (more and colours(screen.raw))
    if size == (240, 70):
        for word in ("[no nuts]", "[GF]", "[/]", "[/red", "[@click=a", "{0.__clas"):
            assert word in read["connections"], word
        assert "gone [/] ]52;c;aGVhcmQ= [no nuts] 2J 50% [off]" in read["closed"]
        assert "gone [/] ]52;c;aGVhcmQ= [no nuts] 2J 50% [off]" in read["audit"]


def test_what_is_printed_once_holds_words_only(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*words, "--once", "--show", "all"], capture_output=True, text=True, env=own_directories(tmp_path), check=False
    )
    only_lines(done.stdout + done.stderr)
    assert "gone [/] ]52;c;aGVhcmQ= [no nuts] 2J 50% [off]" in done.stdout
