"""A real terminal: what reaches it, and what is left of it after every way out."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pyte
import pytest

from heard.errors import Exit
from tests.patience import PATIENCE_S

STATION = """
import contextlib, sys
from heard.client import KitchenFeed, MemoryOutbox
from heard.client.links.loopback import LoopbackKitchen
from kds.app import KdsApp
kitchen = LoopbackKitchen()
for n in range(int(sys.argv[1])):
    kitchen.place({"items": [{"name": "Burger [no nuts]", "qty": "2", "station_hint": ["grill"]}],
                   "allergies": [{"code": "nuts"}]})
feed = KitchenFeed(kitchen.link, "s1", "grill", MemoryOutbox())
feed.start()
KdsApp(feed, "grill").run(mouse=False)
feed.stop()
with contextlib.suppress(OSError):
    board = kitchen.kitchen.board
    print("left by the front door", [str(board.status(one)) for one in board.orders], flush=True)
"""


class Terminal:
    """A program in a pseudo-terminal, its screen kept by pyte."""

    def __init__(
        self, *command: str, term: str = "xterm-256color", size: tuple[int, int] = (80, 24), **env: str
    ) -> None:
        self.main, other = pty.openpty()
        self.other = other
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.resize(*size)
        self.before = termios.tcgetattr(other)
        clean = {key: value for key, value in os.environ.items() if key not in ("COLORTERM", "NO_COLOR", "TMUX")}
        self.process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, start_new_session=True,
            env={**clean, "TERM": term, "PYTHONWARNINGS": "ignore", **env},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )  # fmt: skip

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def press(self, keys: str) -> None:
        os.write(self.main, keys.encode())

    def read(self, seconds: float = 0.05) -> None:
        if select.select([self.main], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                data = os.read(self.main, 65536)
                self.raw += data
                # pyte knows neither the kitty protocol's nor the mode queries' private prefixes.
                self.stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;$]*[a-z]", b"", data))

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def sees(self, words: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while words not in self.text:
            assert time.monotonic() < until, f"{words!r} never came:\n{self.text}"
            self.read()

    def ends(self) -> int:
        until = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it does not end:\n{self.text}"
            self.read()
        for _ in range(5):
            self.read(0.02)
        return self.process.returncode

    @property
    def restored(self) -> bool:
        """Cooked again, the main screen, the cursor back, no keyboard protocol left behind."""
        last = {mode: self.raw.rfind(b"\x1b[?%d" % mode) for mode in (1049, 25)}
        on = self.raw[last[1049] :].startswith(b"\x1b[?1049l") and self.raw[last[25] :].startswith(b"\x1b[?25h")
        return on and b"\x1b[<u" in self.raw and termios.tcgetattr(self.other)[3] == self.before[3]


@pytest.fixture
def terminal() -> Iterator[type[Terminal]]:
    opened: list[Terminal] = []

    class Kept(Terminal):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            opened.append(self)

    yield Kept
    for one in opened:
        one.process.kill()
        one.process.wait()
        for handle in (one.main, one.other):
            with contextlib.suppress(OSError):
                os.close(handle)


def station(orders: int = 3) -> tuple[str, ...]:
    return (sys.executable, "-c", STATION, str(orders))


@pytest.mark.parametrize("term", ["xterm-256color", "xterm", "linux", "screen", "vt100"])
def test_orders_are_on_the_glass_and_a_bump_goes_through(terminal, term):
    one = terminal(*station(), term=term)
    one.sees("2 Burger [no nuts]")
    one.sees("ALLERGY nuts")
    one.press("1")
    one.sees("#1" if term == "linux" else "►")
    one.press("\r")
    one.sees("BUMPED")
    one.press("q")
    assert one.ends() == 0
    assert one.restored
    left = one.raw[one.raw.rfind(b"left by the front door") :]
    assert left.count(b"'ready'") == 1
    assert b"Traceback" not in one.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(terminal, number):
    one = terminal(*station())
    one.sees("LIVE")
    one.process.send_signal(number)
    assert one.ends() == 0
    assert one.restored
    assert b"Traceback" not in one.raw


def test_a_terminal_that_goes_away_ends_the_program(terminal):
    one = terminal(*station())
    one.sees("LIVE")
    os.close(one.other)
    os.close(one.main)
    assert one.process.wait(PATIENCE_S) in (0, -signal.SIGHUP)


def test_a_terminal_that_does_not_read_keeps_neither_the_keys_nor_the_exit_waiting(terminal):
    one = terminal(*station(30), size=(200, 60))
    one.sees("LIVE")
    # Nobody reads from here on: the pty fills up, pages are turned behind its back.
    for n in range(300):
        one.press("]" if n % 2 else "[")
        select.select([], [], [], 0.004)
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(PATIENCE_S) == 0
    assert termios.tcgetattr(one.other)[3] == one.before[3]


def test_a_terminal_that_reads_again_sees_the_whole_wall(terminal):
    one = terminal(*station(30), size=(200, 60))
    one.sees("LIVE")
    for n in range(300):
        one.press("]" if n % 2 else "[")
        select.select([], [], [], 0.004)
    one.press("a")
    one.sees("ALL DAY")
    one.sees("60 Burger [no nuts]")


def test_resizes_in_a_storm_end_with_a_whole_wall(terminal):
    one = terminal(*station())
    one.sees("LIVE")
    for size in [(60, 16), (30, 8), (200, 60), (41, 11), (100, 30)] * 4:
        one.resize(*size)
        one.read(0.01)
    one.resize(30, 8)
    one.sees("too small")
    one.resize(80, 24)
    one.sees("2 Burger [no nuts]")
    one.sees("F1 help")


def test_no_color_sends_no_colour(terminal):
    one = terminal(*station(), NO_COLOR="1")
    one.sees("2 Burger [no nuts]")
    codes = {code for run in re.findall(rb"\x1b\[([0-9;]*)m", one.raw) for code in run.split(b";")}
    numbers = {int(code) for code in codes if code} - {39, 49}
    assert not [number for number in numbers if 30 <= number <= 49 or 90 <= number <= 107]


def test_sixteen_colours_are_sent_where_there_are_no_more(terminal):
    one = terminal(*station(), term="linux")
    one.sees("2 Burger [no nuts]")
    assert not re.search(rb"\x1b\[[0-9;]*[34]8[;:][25]", one.raw)


def test_a_dumb_terminal_is_told_in_a_sentence(terminal):
    one = terminal(sys.executable, "-m", "heard", "kds", "--token", "/nonexistent", term="dumb")
    assert one.ends() == 2
    assert b"cannot paint on a terminal of type 'dumb'" in one.raw
    assert b"Traceback" not in one.raw


def test_a_pipe_is_told_in_a_sentence():
    ran = subprocess.run(
        [sys.executable, "-m", "heard", "kds"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "needs a terminal" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_keys_are_listed_with_what_bump_bars_send():
    ran = subprocess.run(
        [sys.executable, "-m", "heard", "kds", "keys", "--list"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert "left_control  bump" in ran.stdout
    assert "F1 ?" in ran.stdout


def test_a_station_that_is_already_open_is_told_in_a_sentence(terminal, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    token = tmp_path / "grill.token"
    claims = base64.urlsafe_b64encode(b'{"stores": ["s1"], "stations": ["grill"]}').decode().rstrip("=")
    token.write_text(f"x.{claims}.y")
    words = (sys.executable, "-m", "heard", "kds", "--server", "http://127.0.0.1:1", "--token", str(token))
    terminal(*words).sees("OFFLINE")
    second = terminal(*words)
    assert second.ends() == Exit.DATA_DIR
    second.sees("station grill of s1 is open in another terminal here")
