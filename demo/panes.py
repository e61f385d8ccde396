"""Station, pass and console side by side: a tmux of our own, apart from whatever tmux we were started in."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from heard.ui.terminal import window_size
from heard.ui.words import ENGLISH, Words

SIDE_BY_SIDE = (160, 40)
"""From this size on there are panes; in a smaller terminal each screen has a window of its own."""
LONGEST_HOME = 75
"""Sockets may have names of about a hundred bytes, wherever TMPDIR points."""
NEXT, ALONE, LEAVE = "F8", "F9", "F10"


class NoTmux(Exception):
    """There can be no panes, in a sentence."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One of the screens: what it is called, and the words of its command after `heard`."""

    name: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """For tmux's shell. Tokens are on no command line: the run file tells them."""
        # -P: whatever lies in the directory we were started in is not ours to import.
        return shlex.join((sys.executable, "-P", "-m", "heard", *self.words))


def screens(url: str, station: str, words: Words = ENGLISH) -> tuple[Screen, ...]:
    """Yours, the pass, the console, in the language of these words."""
    # The address: another demo may have begun later, and is not theirs.
    speak = ("--server", url, *(() if words is ENGLISH else ("--language", words.language)))
    yours = Screen(station, ("kds", "--station", station, *speak))
    passing = Screen("expo", ("kds", "--station", "expo", *speak))
    return (yours, *(() if station == "expo" else (passing,)), Screen("console", ("console", *speak)))


def script(wanted: tuple[Screen, ...], size: tuple[int, int], words: Words = ENGLISH) -> list[list[str]]:
    """The commands that set tmux up, the first of which starts it. Pure."""
    first, *others = wanted
    columns, lines = size
    room = ["-x", str(columns), "-y", str(lines)]
    made = [["new-session", "-d", "-s", "heard", "-n", first.name, *room, first.command]]
    made += [["set-option", "-g", *option] for option in _options(words)]
    made += [["set-hook", "-g", "pane-exited", f"if-shell -F '#{{==:#{{hook_pane}},{_FIRST}}}' kill-server"]]
    made += [["bind-key", "-n", key, *deed] for key, deed in _KEYS.items()]
    if _fits(size):
        made += [["split-window", "-h", "-t", "heard:0", others[0].command]]
        made += [["split-window", "-v", "-t", "heard:0", one.command] for one in others[1:]]
        made += [["select-pane", "-t", f"heard:0.{n}", "-T", one.name] for n, one in enumerate(wanted)]
        made += [["select-pane", "-t", _FIRST]]
    else:
        made += [["new-window", "-d", "-t", "heard:", "-n", one.name, one.command] for one in others]
    return made


_FIRST = "%0"
"""tmux's name of the first pane: yours; the others end with it."""
_KEYS = {
    NEXT: ("if-shell", "-F", "#{==:#{session_windows},1}", "select-pane -t :.+", "next-window"),
    ALONE: ("resize-pane", "-Z"),
    LEAVE: ("kill-server",),
}


def _fits(size: tuple[int, int]) -> bool:
    return size[0] >= SIDE_BY_SIDE[0] and size[1] >= SIDE_BY_SIDE[1]


def _options(words: Words) -> Iterator[tuple[str, str]]:
    told = words(
        "{next} next screen   {alone} this one alone, and back   {leave} leave", next=NEXT, alone=ALONE, leave=LEAVE
    )
    yield "status-left", ""
    yield "status-right", f" {told} "
    yield "status-right-length", str(len(told) + 2)
    named = "#{?#{==:#{window_panes},1},#W,#{pane_title}}"
    yield "window-status-format", f" {named} "
    yield "window-status-current-format", f"#[reverse] {named} "
    yield "status-interval", "0"
    yield "default-terminal", "screen-256color"
    yield "escape-time", "20"
    yield "focus-events", "on"
    yield "mouse", "on"
    yield "remain-on-exit", "off"
    yield "exit-empty", "on"


def tmux() -> str:
    """Where tmux is.

    Raises:
        NoTmux: nowhere.
    """
    found = shutil.which("tmux")
    if found is None:
        raise NoTmux("there is no tmux on this machine; without --tmux the demo shows one screen")
    return found


def show(home: Path, url: str, station: str, words: Words = ENGLISH) -> None:
    """The screens, until one leaves by the first of them, by the key, or by closing the terminal. What they keep goes
    to `home`.

    Raises:
        NoTmux: it is missing, or does not start.
    """
    size = window_size() or shutil.get_terminal_size()
    environ = _environment() | {"XDG_STATE_HOME": str(home / "state")}
    with _socket() as socket, _lifeline(socket):
        for command in script(screens(url, station, words), (size.columns, size.lines - 1), words):
            _run(environ, socket, *command)
        # It paints on the terminal its stdin is; on stdout it only says that its server is gone.
        attaching = _words(socket, "attach-session", "-t", "heard")
        with subprocess.Popen(attaching, env=environ, stdout=subprocess.DEVNULL) as attached:  # noqa: S603
            try:
                attached.wait()
            finally:
                attached.terminate()


def _words(socket: Path, *words: str) -> list[str]:
    # No configuration of the user's: its keys and colours are made for another purpose.
    return [tmux(), "-u", "-S", str(socket), "-f", os.devnull, *words]


def _run(environ: Mapping[str, str], socket: Path, *words: str) -> None:
    done = subprocess.run(_words(socket, *words), env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NoTmux(f"tmux did not do it: {done.stderr.strip() or 'it said nothing'}")


def _environment() -> dict[str, str]:
    """Ours, without the tmux we may be in: that one must not be asked for anything."""
    return {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}


@contextlib.contextmanager
def _socket() -> Iterator[Path]:
    """A place for tmux's socket that nobody else may open."""
    near = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(
        prefix="heard-tmux-",
        dir=near if len(os.fsencode(near)) < LONGEST_HOME else "/tmp",  # noqa: S108 - made there for us alone
        ignore_cleanup_errors=True,
    ) as home:
        yield Path(home) / "s"


@contextlib.contextmanager
def _lifeline(socket: Path) -> Iterator[None]:
    """Ends tmux with us, however we end: the kernel closes our end of a pipe even when we are killed."""
    guard = 'read _; "$1" -S "$2" kill-server 2>/dev/null; rm -f "$2"; rmdir "$3" 2>/dev/null'
    with subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", guard, "sh", tmux(), str(socket), str(socket.parent)], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(), start_new_session=True,
    ):  # fmt: skip
        yield  # leaving the block closes the pipe and waits for the guard
