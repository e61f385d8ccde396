"""A program under a real pseudo-terminal: its screen as pyte reads it, its bytes as they came."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

import pyte
from wcwidth import wcwidth

from tests.patience import PATIENCE_S
from tests.stories.processes import until

_ESCAPE = re.compile(
    r"\x1b(?:\[(?P<private>[<=>?]*)(?P<params>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>[\]PX^_])(?P<number>\d*).*?(?:\x07|\x1b\\)"
    r"|(?P<other>[ -/]*[0-OQ-WYZ\\`-~]))",
    re.DOTALL,
)
# pyte prints what it does not know of these instead of passing over them.
_BEYOND_PYTE = re.compile(r"\x1b\[(?:[<=>][0-9;:]*[ -/]*[@-~]|\??[0-9;:]*\$p)")


class Terminal:
    """A program in a terminal of its own. A context: in the end the program is gone."""

    def __init__(
        self, words: Sequence[str], environ: Mapping[str, str], *, size: tuple[int, int] = (80, 24), term: str
    ) -> None:
        columns, lines = size
        self.raw = ""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._seen = ""
        self._changed = True
        """Since `_seen` was read off the screen, which takes far longer than asking for it again and again."""
        self._lock = threading.Lock()
        self._ours, self._theirs = pty.openpty()
        self.resize(*size)
        self._modes = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            words, stdin=self._theirs, stdout=self._theirs, stderr=self._theirs, env=dict(environ) | {"TERM": term},
            start_new_session=True, preexec_fn=self._take_terminal,  # noqa: PLW1509 - one ioctl, nothing else
        )  # fmt: skip
        self._over = threading.Event()
        self._reading = threading.Event()
        self._reading.set()
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    @staticmethod
    def _take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        self.hang_up()

    def _read(self) -> None:
        rest = b""
        while not self._over.is_set():
            if not self._reading.wait(0.05):
                continue
            if not select.select([self._ours], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._ours, 65_536)
            except OSError:
                return
            rest = self._take(rest + data)

    def _take(self, data: bytes) -> bytes:
        """Whole characters and whole escapes only; what is left over."""
        cut = data.rfind(b"\x1b")
        if cut >= 0 and not _ESCAPE.match(data[cut:].decode(errors="ignore")):
            data, rest = data[:cut], data[cut:]
        else:
            rest = b""
        try:
            text = data.decode()
        except UnicodeDecodeError as broken:
            text, rest = data[: broken.start].decode(), data[broken.start :] + rest
        with self._lock:
            self.raw += text
            self._stream.feed(_BEYOND_PYTE.sub("", text))
            self._changed = True
        return rest

    # ── The person in front of it ─────────────────────────────────────────────────────────────────────────────────────

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What is on the screen."""
        with self._lock:
            if self._changed:
                self._seen, self._changed = "\n".join(map(self._line, range(self._screen.lines))), False
            return self._seen

    def _line(self, y: int) -> str:
        """As pyte's `display`; of a wide character that was half written over nothing is left, as on a terminal."""
        row = self._screen.buffer[y]
        cells = [row[x].data for x in range(self._screen.columns)]
        if (plain := "".join(cells)).isascii() and len(plain) == len(cells):
            return plain
        wide = {x for x, data in enumerate(cells) if data and wcwidth(data[0]) == 2}
        halves = {x for x in wide if x + 1 < len(cells) and cells[x + 1]}
        whole = {x + 1 for x in wide - halves}
        return "".join(" " if x in halves else data or ("" if x in whole else " ") for x, data in enumerate(cells))

    def look(self, words: str) -> tuple[str, str, bool, bool]:
        """Colours, weight and reversal of words of narrow letters, where they stand first."""
        y, line = next((y, line) for y, line in enumerate(self.text.splitlines()) if words in line)
        with self._lock:
            cell = self._screen.buffer[y][line.index(words)]
        return cell.fg, cell.bg, cell.bold, cell.reverse

    def until_sees(self, *words: str) -> None:
        """Wait until all of these stand on the screen."""
        try:
            until(lambda: all(one in self.text for one in words))
        except AssertionError:
            raise AssertionError(f"{words} never stood on the screen:\n{self.text}") from None

    def press(self, keys: str) -> None:
        """Type."""
        self.send(keys.encode())

    def send(self, data: bytes) -> None:
        """Bytes as they are, typed by nobody."""
        while data:
            assert select.select([], [self._ours], [], PATIENCE_S)[1], "nobody reads what is typed"
            data = data[os.write(self._ours, data[:256]) :]

    def stop_reading(self) -> None:
        """What is sent is taken by nobody, as by a window that hangs."""
        self._reading.clear()

    def read_on(self) -> None:
        """And now all of it."""
        self._reading.set()

    def resize(self, columns: int, lines: int) -> None:
        """Another size; whoever is in front is told."""
        with self._lock:
            self._screen.resize(lines, columns)
            self._changed = True
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the window; once, for the numbers of closed handles soon belong to others."""
        if self._over.is_set():
            return
        self._over.set()
        self._reader.join(PATIENCE_S)
        for handle in (self._ours, self._theirs):
            os.close(handle)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the program."""
        self.process.send_signal(number)

    def left(self, within_s: float = PATIENCE_S) -> int:
        """Wait until the program has ended and all it said is read; its exit code."""
        code = self.process.wait(within_s)
        until(lambda: not select.select([self._ours], [], [], 0)[0], "the last bytes read")
        with self._lock:
            return code

    def restored(self) -> bool:
        """Whether the terminal is as a shell wants it: modes, main screen, cursor, wrapping, no mouse, plain keys."""
        escapes = in_order(self.raw)
        last = {escape[:-1]: escape[-1] for escape in escapes if escape.startswith("CSI ?") and escape[-1] in "hl"}
        as_found = all((setting == "h") is (mode in _ON_AT_FIRST) for mode, setting in last.items())
        plain_keys = escapes.count("CSI > u") == escapes.count("CSI < u")
        return termios.tcgetattr(self._theirs) == self._modes and as_found and plain_keys


_ON_AT_FIRST = ("CSI ?7 ", "CSI ?25 ")


def families(raw: str) -> set[str]:
    """The kinds of escapes in a byte stream, private modes one by one: `CSI m`, `CSI ?25 h`, `OSC 52`."""
    return set(in_order(raw))


def in_order(raw: str) -> list[str]:
    """Every escape of a byte stream, by its kind."""
    found: list[str] = []
    for escape in _ESCAPE.finditer(raw):
        part: dict[str, Any] = escape.groupdict()
        if part["final"]:
            private = part["private"] + (part["params"] if "?" in part["private"] else "")
            found += [f"CSI {private}{part['between']} {part['final']}".replace("  ", " ")]
        elif part["string"]:
            found.append(f"string {part['string']}{part['number']}")
        else:
            found.append(f"ESC {part['other']}")
    return found


def controls(raw: str) -> set[str]:
    """Control characters outside of escapes."""
    rest = _ESCAPE.sub("", raw)
    return {one for one in rest if ord(one) < 32 or 127 <= ord(one) < 160}


def bells(raw: str) -> int:
    """How often it rang; the same character ends some escapes."""
    return _ESCAPE.sub("", raw).count("\x07")


def words_after_leaving(raw: str) -> str:
    """What was said when the terminal was a shell's again."""
    return _ESCAPE.sub("", raw.rpartition("\x1b[?1049l")[2]).strip()
