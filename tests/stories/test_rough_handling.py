"""Both screens, mishandled: a thousand keys a second, broken input, storms of sizes, a window that hangs, signals."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.feed import NAMESPACE, OpsFeed
from heard.client.links.socket import SocketLink
from heard.errors import Exit
from heard.ids import new_id
from heard.kitchen.tickets import TicketState
from heard.ui.driver import PASTE_PAUSE_S
from kds.fingers import DEAD_S
from tests.stories.hostile import CLIPBOARD, MOUSE, WALL, obeyed_nobody
from tests.stories.processes import HEARD, STORE, GatewayProcess, Till, own_directories, until
from tests.stories.proxy import Proxy
from tests.stories.terminal import Terminal, families

pytestmark = pytest.mark.story

XTERM = "xterm-256color"
QUIET = '[sound]\nthrough = "none"\n'
BELL = WALL | MOUSE
HELP = {"kds": "focus a card; twice bumps it", "console": "overview: what is wrong, rates, health"}
KEYS_S = 2.0
Start = Callable[..., Terminal]
PROGRAMS = pytest.mark.parametrize("program", ["kds", "console"])


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


@pytest.fixture
def till(gateway: GatewayProcess) -> Till:
    """A kitchen with nothing to do."""
    till = gateway.pos()
    for order in till.ask("GET", "/v1/stores/s1/orders?limit=300", role="manager")["orders"]:
        if order["status"] not in ("completed", "cancelled"):
            told = {"ticket_id": f"{order['id']}.expo", "force": True}
            asked = {"command_id": new_id(), "name": "kds:bump", "data": told}
            assert till.ask("POST", f"/v1/stores/{STORE}/commands", asked, role="manager")["ok"]
    return till


@pytest.fixture
def start(gateway: GatewayProcess, tmp_path: Path) -> Iterator[Start]:
    """Starts a program under a terminal of its own."""
    made: list[Terminal] = []

    def terminal(
        program: str, *options: str, url: str = "", config: str = QUIET, size: tuple[int, int] = (100, 30),
        environ: dict[str, str] | None = None,
    ) -> Terminal:  # fmt: skip
        paper = tmp_path / f"{program}.token"
        paper.write_text(gateway.token("expo" if program == "kds" else "operator"))
        words = [*HEARD, program, "--server", url or gateway.url, "--token", str(paper)]
        if program == "kds":
            (tmp_path / "kds.toml").write_text(config)
            words += ["--station", "grill", "--config", str(tmp_path / "kds.toml")]
        made.append(Terminal([*words, *options], own_directories(tmp_path) | (environ or {}), size=size, term=XTERM))
        return made[-1]

    yield terminal
    for one in made:
        one.__exit__()


def up(screen: Terminal) -> Terminal:
    """It shows what it is about, live."""
    screen.until_sees("LIVE", "F1 help")
    return screen


def is_left(screen: Terminal) -> None:
    """By its key, and everything as it was."""
    screen.press("q")
    assert screen.left() == 0
    obeyed_nobody(screen, allowed=BELL, bell=True)


def fryers(n: int) -> list[dict[str, object]]:
    """Orders for the grill alone."""
    return [{"items": [{"name": f"Burger {i}", "qty": "1", "station_hint": ["grill"]}]} for i in range(n)]


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

STATION_KEYS = (
    *"1234567890", "\r", "\r", "\r", *"surdiobvpFaecjkhlxztm!-?[] ", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~",
    "\x1b[6~", "\x1b[H", "\x1bOQ", "\x1bOP",
)  # fmt: skip
CONSOLE_KEYS = (
    *"123456", *"/:x *<>rkjgGptR?y+-n", "\r", "\t", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~",
    "\x1b[6~", "\x1b[H", "\x1b[F", "\x1bOP", "\x1b[3~",
)  # fmt: skip
GARBAGE = (
    b"\xff\xfe\xc3", b"\xe2\x82", b"\xf0\x9f\x91", b"\x80\x9b31m", b"\x00\x1c\x1d\x1e\x1f", b"\x1b", b"\x1b[", b"\x1bO",
    b"\x1b]0;x", b"\x1bP+r", b"\x1b[<0;10;10M", b"\x1b[<0;10;10m", b"\x1b[<64;1;1M", b"\x1b[M   ",
    b"\x1b[<99999;99999;1M",
    b"\x1b[1;1R", b"\x1b[?2026;2$y", b"\x1b[?2048;2$y", b"\x1b[I", b"\x1b[O", b"\x1b[201~", b"\x1b[99999999u",
    b"\x1b[57441u",
    b"\x1b[-1;-1H", b"\x1b_G\x1b\\", b"\x1b\x1b\x1b", b"\x1b[27;5;109~",
    b"\x1b[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;m",
    "漢字ŁÉ\u0301\U0001f600".encode(),
)  # fmt: skip


def at_pace(screen: Terminal, keys: Iterator[bytes], *, seconds: float, a_second: int = 1_000) -> float:
    """Write keys as fast as a wedge scanner does; the longest pause there was between two of them."""
    began = last = time.monotonic()
    written, longest = 0, 0.0
    while (now := time.monotonic()) - began < seconds:
        due = int((now - began) * a_second) - written
        if due > 0:
            screen.send(b"".join(next(keys) for _ in range(due)))
            written += due
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        time.sleep(0.001)  # the pace itself, not a wait for anything
    return longest


def drawn(keys: tuple[str, ...] | tuple[bytes, ...], seed: int) -> Iterator[bytes]:
    """These in any order."""
    dice = random.Random(seed)
    while True:
        key = dice.choice(keys)
        yield key.encode() if isinstance(key, str) else key


def comes_back(screen: Terminal, *words: str) -> None:
    """Out of whatever the keys opened: it answers, and shows these."""

    def is_out() -> bool:
        lines = screen.text.splitlines()
        return lines[-1].rstrip().endswith("F1 help") and all(word in screen.text for word in words)

    def out() -> bool:
        end = time.monotonic() + 0.5
        screen.press("\x1b")
        while time.monotonic() < end:  # what follows an Esc at once would be Alt and a key
            time.sleep(0.01)
        return is_out()

    until(out, f"{words}, with all else closed;\n{screen.text}\n", within_s=60.0)


def nothing_twice(till: Till) -> int:
    """Hold the journal against itself: what was done was to do; how many tickets were bumped, each time counted."""
    ready: Counter[tuple[str, str]] = Counter()
    done = set()
    for event in till.journal():
        items = [(event.data.get("ticket_id", ""), item) for item in event.data.get("item_ids") or ()]
        if event.name == "kds:item_ready":
            ready.update(items)
            assert all(ready[one] == 1 for one in items), (event, ready)
            done.add((event.data["ticket_id"], event.seq))
        elif event.name in ("kds:item_reopened", "kds:ticket_recalled", "kds:order_changed", "kds:item_started"):
            for one in items:
                ready[one] = 0
    assert till.fold() == till.snapshot()[0]
    return len(done)


def to_cook(till: Till) -> int:
    """How many cards of the grill are up."""
    board = till.snapshot()[0]
    return sum(board.state(one) not in (TicketState.HELD, TicketState.DONE) for one in board.at("grill"))


def test_a_thousand_keys_a_second_bump_nothing_twice_and_the_station_is_there_afterwards(
    till: Till, start: Start
) -> None:
    till.place_many(fryers(40))
    screen = up(start("kds"))
    screen.until_sees("40 open")
    before = nothing_twice(till)
    at_pace(screen, drawn(STATION_KEYS, 7), seconds=KEYS_S)
    last = till.place({"name": "Afterwards", "qty": "1", "station_hint": ["grill"]}, priority="vip")
    comes_back(screen, "LIVE")
    if "(seen from grill)" in screen.text:
        screen.press("e")
    until(lambda: "unsent" not in screen.text, "all of it at the gateway")
    until(lambda: f" {to_cook(till)} open" in screen.text, f"{to_cook(till)} open, as the gateway has it")
    assert nothing_twice(till) - before <= KEYS_S / DEAD_S
    assert till.status(last) == "received"
    is_left(screen)


def test_a_held_enter_bumps_one_card(till: Till, start: Start) -> None:
    before = nothing_twice(till)
    till.place_many(fryers(6))
    screen = up(start("kds", "--no-mouse", config=f"mouse = true\n{QUIET}"))
    screen.until_sees("6 open", "1 #")
    screen.press("\x1b[B")
    screen.until_sees("► ")
    longest = at_pace(screen, drawn(("\r",), 1), seconds=1.0)
    screen.press("\x1bOQ")
    screen.until_sees("Diagnostics of grill")
    until(lambda: nothing_twice(till) > before, "a bump")
    assert nothing_twice(till) - before == 1 or longest > 0.2
    screen.press("\x1bOQ")
    screen.until_sees("5 open", "F1 help")
    is_left(screen)
    assert not families(screen.raw) & MOUSE


@PROGRAMS
def test_what_no_keyboard_sends_and_half_a_paste_neither_end_nor_deafen_it(
    till: Till, start: Start, program: str
) -> None:
    till.place_many(fryers(3))
    before = nothing_twice(till)
    screen = up(start(program))
    at_pace(screen, drawn(GARBAGE, 11), seconds=1.0, a_second=500)
    screen.send(b"\x1b[200~" + b"1\rq\x03" * 25_000 + b"\x1b[201~")
    comes_back(screen, "LIVE")
    assert nothing_twice(till) == before
    screen.send(b"\x1b[200~half a paste")
    begun = time.monotonic()
    until(lambda: time.monotonic() - begun > PASTE_PAUSE_S + 0.5, "the pause that says that it is over")
    screen.press("?")
    screen.until_sees(HELP[program])
    comes_back(screen, "LIVE")
    is_left(screen)


def test_the_console_stands_a_thousand_keys_a_second_and_throws_nobody_off(till: Till, start: Start) -> None:
    station, screen = up(start("kds")), up(start("console", "--no-mouse"))
    at_pace(screen, drawn(CONSOLE_KEYS, 3), seconds=KEYS_S)
    comes_back(screen, "LIVE")
    screen.press("p") if "PAUSED" in screen.text else None
    until(lambda: "PAUSED" not in screen.text and "sample 0s" in screen.text, "a fresh sample")
    station.until_sees("LIVE")
    screen.press("4")
    screen.until_sees("Closed")
    is_left(station)
    screen.press("q")
    assert screen.left() == 0
    obeyed_nobody(screen, allowed=WALL | CLIPBOARD, bell=True)


# ── Sizes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

OPENED = {
    "kds": {
        "": "LIVE", "1i": "History", "a": "ALL DAY",
    },
    "console": {
        "?": HELP["console"], "2\x1b[B\r": "CONNECTION OF", "2\x1b[Bx": "DISCONNECT",
    },
}  # fmt: skip
"""Keys that open something, and what stands there then."""


def storm(screen: Terminal, seed: int) -> None:
    """Sixty sizes in a third of a second, the smallest there is among them."""
    dice = random.Random(seed)
    for n in range(60):
        screen.resize(*((1, 1) if n % 20 == 0 else (dice.randint(1, 250), dice.randint(1, 80))))
        time.sleep(0.005)  # the pace of the storm
    screen.resize(100, 30)


@PROGRAMS
def test_a_storm_of_sizes_leaves_what_was_open_as_it_was(till: Till, start: Start, program: str) -> None:
    till.place_many(fryers(12))
    screen = up(start(program))
    for seed, (keys, shown) in enumerate(OPENED[program].items()):
        screen.press(keys)
        screen.until_sees(shown)
        storm(screen, seed)
        screen.until_sees(shown)
        assert "too small" not in screen.text
        comes_back(screen, "LIVE")
    if program == "kds":
        screen.press("aa")
        until(lambda: "ALL DAY" not in screen.text, "the panel away")
        screen.until_sees("12 open", "Burger 0")
    is_left(screen)


# ── A window that hangs ───────────────────────────────────────────────────────────────────────────────────────────────


def memory(pid: int) -> int:
    """What a process takes, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_window_that_hangs_keeps_the_link_and_its_keys_and_shows_the_truth_again(
    gateway: GatewayProcess, till: Till, start: Start
) -> None:
    first = till.place({"name": "Burger 0", "qty": "1", "station_hint": ["grill"]})
    station, beside, console = (
        up(start("kds", size=(200, 60))),
        up(start("kds", "--station", "cold")),
        up(start("console")),
    )
    station.until_sees(f"#{first['display_no']}")
    look = OpsFeed(lambda: SocketLink(gateway.url, namespaces=(NAMESPACE,)), STORE, token=gateway.token("viewer"))
    look.start()
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
    station.press("1\r")
    until(lambda: till.status(first) == "ready", "a bump nobody saw")
    # Longer than a heartbeat and its patience: a station that did not answer would be gone by now.
    until(lambda: time.monotonic() - stalled_at > 6.0, "a few silent seconds")
    assert there <= set(look.picture.connections)
    assert not look.picture.closed or not {one.connection for one in look.picture.closed} & there
    expo = [one for one in look.picture.connections.values() if one.role == "expo"]
    until(lambda: all(look.picture.connections[one.connection].lag in (0, None) for one in expo), "all caught up")
    for one in (station, console):
        assert memory(one.process.pid) - at_first[one.process.pid] < 60_000_000
        one.read_on()
    station.until_sees("200 open", "LIVE")
    console.until_sees("LIVE  sample 0s")
    assert f"#{first['display_no']} " not in station.text or "BUMPED" in station.text
    look.stop()
    for one in (station, beside, console):
        is_left(one)


# ── Ends ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def running(home: Path) -> dict[int, str]:
    """Every process with this home that has not ended, and its words."""
    found: dict[int, str] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (place / "environ").read_bytes():
                words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if (place / "stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z":
                    found[int(place.name)] = words
        except OSError:
            continue
    return found


@PROGRAMS
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_nothing_running_and_only_a_kill_an_unrestored_terminal(
    till: Till, start: Start, tmp_path: Path, program: str, number: signal.Signals
) -> None:
    screen = up(start(program, config="\n"))
    if program == "kds":
        until(lambda: any("kds.sound" in words for words in running(tmp_path).values()), "the sound helper")
    assert running(tmp_path)
    screen.signal(number)
    code = screen.left()
    until(lambda: not running(tmp_path), f"nothing left of {running(tmp_path)}")
    assert "Traceback" not in screen.raw
    if number is signal.SIGKILL:
        assert code == -signal.SIGKILL
        assert not screen.restored()  # nobody was left to do it: `reset` is the remedy
    else:
        assert code == 0
        obeyed_nobody(screen, allowed=BELL, bell=True)


def test_what_was_bumped_before_a_kill_is_told_by_the_next_start(
    gateway: GatewayProcess, till: Till, start: Start
) -> None:
    order = till.place({"name": "Burger", "qty": "1", "station_hint": ["grill"]})
    with Proxy(gateway.url) as link:
        screen = up(start("kds", url=link.url))
        screen.until_sees(f"#{order['display_no']}")
        link.cut()
        screen.until_sees("OFFLINE")
        screen.press("1\r")
        screen.until_sees("BUMPED", "1 unsent")
        screen.signal(signal.SIGKILL)
        screen.left()
        again = start("kds", url=link.url)
        again.until_sees("1 unsent")
        link.resume()
        until(lambda: till.status(order) == "ready", "the bump at the gateway")
        until(lambda: "LIVE" in again.text and "unsent" not in again.text, "nothing unsent")
        is_left(again)


# ── Kiosk, mouse ──────────────────────────────────────────────────────────────────────────────────────────────────────

WAYS_OUT = (
    "q", "\x03", "\x11", "\x10", "\x1a", "\x1c", "\x04", "\x13", "\x17", "\x1bq", "\x1b[113;5u", "\x1b[99;5u",
    "\x1b[57362;3u",
    "\x1bOS\x1b[1;3S", ":q\r", "ZZ",
)  # fmt: skip


def test_no_key_leads_out_of_a_kiosk_and_the_mouse_is_nobody_s(till: Till, start: Start) -> None:
    till.place("Burger")
    screen = up(start("kds", "--kiosk", config=QUIET + "\n", size=(100, 30)))
    for opened in ("", "?", "1i"):
        screen.press(opened)
        for way in WAYS_OUT:
            screen.press(way)
        comes_back(screen, "LIVE")
    assert screen.process.poll() is None
    screen.signal(signal.SIGTERM)
    assert screen.left() == 0
    obeyed_nobody(screen, bell=True)


# ── What was written by somebody ──────────────────────────────────────────────────────────────────────────────────────


def test_broken_themes_keymaps_and_choices_are_said_and_done_without(till: Till, start: Start, tmp_path: Path) -> None:
    from themes import __path__ as shipped

    dark = (Path(next(iter(shipped))) / "dark.toml").read_text("utf-8")
    themes, keymaps = tmp_path / "themes", tmp_path / "keymaps"
    themes.mkdir()
    keymaps.mkdir()
    (themes / "a-none.toml").write_text("this is \x1b]0;x\x07 no toml [")
    (themes / "b-colour.toml").write_text(dark.replace('name = "dark"', 'name = "no [/] colour"').replace('"#', '"#zz'))
    os.mkfifo(themes / "c-pipe.toml")
    (themes / "d-name.toml").write_text(dark.replace('name = "dark"', 'name = "z\\u001b[2J[/]own"'))
    (keymaps / "torn.toml").write_text('bump = "enter\n')
    order = till.place({"name": "Burger [no nuts]", "qty": "1", "station_hint": ["grill"]})
    config = 'banner_s = 0.7\ntheme = "gone"\nkeymap_name = "torn"\nlanguage = "tlh"\n[keymap]\nbump = "u"\n' + QUIET
    choices = tmp_path / "state" / "heard" / "stations"
    choices.mkdir(parents=True, mode=0o700)
    first = up(start("kds", size=(240, 30)))
    first.press("z")
    first.until_sees("text size large")
    is_left(first)
    (kept,) = choices.glob("*.json")
    kept.write_text('{"theme": 7, "text_size"')
    screen = start("kds", config=config, size=(240, 30))
    for said in (
        "theme a-none.toml was skipped", "theme b-colour.toml was skipped", "theme c-pipe.toml was skipped",
        "there is no theme gone", "keymap torn.toml cannot be read", "the keymap gives u to both",
        "what was chosen here before is forgotten", "there is no language tlh",
    ):  # fmt: skip
        screen.until_sees(said)
    screen.until_sees("LIVE", "Burger [no nuts]")
    for _ in range(3):
        screen.press("t")
        screen.until_sees("theme ")
    screen.press("1\r")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")
    is_left(screen)


BROKEN = {
    "no toml": ('language = "en"\ntheme = = 1\n', "at line 2"),
    "unknown": ('language = "en"\n\nfrobnicate = 1\n', "kds.toml:3"),
    "wrong": ('text_size = "gi\\u001b]0;x\\u0007gantic"\n', "kds.toml:1"),
    "sound": ("[sound]\nvolume = 200\n", "kds.toml:2"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_of_settings_is_refused_with_its_line(start: Start, name: str) -> None:
    text, place = BROKEN[name]
    screen = start("kds", config=text, size=(240, 30))
    assert screen.left() == Exit.BAD_CONFIG
    assert place in screen.raw.replace("\r\n", ""), screen.raw
    assert not families(screen.raw)
    assert "\x1b" not in screen.raw
    assert "Traceback" not in screen.raw
