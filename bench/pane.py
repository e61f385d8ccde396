"""A program in a real pseudo-terminal of 200x60: its keys, its bytes, and what it costs."""

from __future__ import annotations

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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.house import plain_environment

COLUMNS, LINES = 200, 60
QUIET_S = 0.04
"""Silence this long means that whatever was under way has been painted."""
_CPUCLOCK_SCHED = 2
"""With a process in the bits above it: what clock_getcpuclockid(3) answers on Linux."""
_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[A-Za-z]|[()][A-Z0-9]|\].*?(\x07|\x1b\\)|.)", re.DOTALL)


class Pane:
    """A running program. Times are seconds of the monotonic clock."""

    def __init__(self, process: subprocess.Popen[bytes], handle: int) -> None:
        self.pid = process.pid
        self.began = time.monotonic()
        self._process = process
        self._handle = handle

    def read(self, within_s: float) -> bytes:
        """The next bytes it paints; none when it is silent for so long. Raises: EOFError when it ended."""
        if not select.select([self._handle], [], [], max(0.0, within_s))[0]:
            return b""
        try:
            data = os.read(self._handle, 65_536)
        except OSError:
            data = b""
        if not data:
            raise EOFError("the program has ended")
        return data

    def until_shown(self, words: Sequence[str], within_s: float) -> float:
        """Wait until all of these words were painted; seconds since the start. Raises: TimeoutError."""
        seen, left = b"", {word.encode() for word in words}
        until = self.began + within_s
        while left:
            if time.monotonic() > until:
                raise TimeoutError(f"never painted: {left}")
            seen = (seen + self.read(until - time.monotonic()))[-2_000_000:]
            text = _ESCAPES.sub(b"", seen)
            left = {word for word in left if word not in text}
        return time.monotonic() - self.began

    def until_quiet(self, within_s: float = 5.0) -> int:
        """Wait for a silence; bytes painted meanwhile."""
        count, until = 0, time.monotonic() + within_s
        while time.monotonic() < until and (data := self.read(QUIET_S)):
            count += len(data)
        return count

    def press(self, key: bytes, within_s: float = 2.0) -> tuple[float, float]:
        """Milliseconds from a key to the first bytes after it, and of CPU in all threads until then.

        Raises:
            TimeoutError: there were none.
        """
        self.until_quiet()
        spent, pressed = self.cpu_s(), time.perf_counter()
        os.write(self._handle, key)
        data = self.read(within_s)
        took = (time.perf_counter() - pressed) * 1000
        if not data:
            raise TimeoutError(f"{key!r} was not answered")
        return took, (self.cpu_s() - spent) * 1000

    def count_for(self, seconds: float) -> int:
        """Bytes painted in so many seconds."""
        count, until = 0, time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            count += len(self.read(left))
        return count

    def cpu_s(self) -> float:
        """CPU seconds of all its threads so far, as the kernel counts them: to the nanosecond, also while it runs."""
        return time.clock_gettime(~self.pid << 3 | _CPUCLOCK_SCHED)

    def rss_mb(self) -> float:
        """Resident memory now, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def end(self) -> None:
        """End it, politely at first; what it still paints is read, or it could not leave."""
        self._process.send_signal(signal.SIGTERM)
        until = time.monotonic() + 5
        with contextlib.suppress(EOFError):
            while self._process.poll() is None and time.monotonic() < until:
                self.read(0.05)
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self._process.kill()
        self._process.wait()
        os.close(self._handle)


@contextlib.contextmanager
def pane(arguments: Sequence[str], home: Path, more: Mapping[str, str] | None = None) -> Iterator[Pane]:
    """Run `python <arguments>` in a pseudo-terminal for as long as the block; its files go to `home`."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environ = plain_environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(more or {})
    environ |= {name: str(home) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
    for name in ("SSH_CONNECTION", "NO_COLOR", "LINES", "COLUMNS"):
        environ.pop(name, None)
    try:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environ, close_fds=True, start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(theirs)
    running = Pane(process, ours)
    try:
        yield running
    finally:
        running.end()
