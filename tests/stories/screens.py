"""Both screens under terminals of their own at one gateway: started, handled, left."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from tests.patience import PATIENCE_S
from tests.stories.hostile import MOUSE, WALL, obeyed_nobody
from tests.stories.processes import HEARD, GatewayProcess, own_directories, until
from tests.stories.terminal import Terminal

XTERM = "xterm-256color"
SILENT = '[sound]\nthrough = "none"\n'
"""Settings of a station that needs no sound helper."""
BELL = WALL | MOUSE
SIZE = (100, 30)
F2, HOME, DOWN = "\x1bOQ", "\x1b[H", "\x1b[B"
ESC = "\x1b[27u"
"""Esc as newer terminals say it: never half of something else, whatever comes after it."""
HELP = {"kds": "focus a card; twice bumps it", "console": "overview: what is wrong, rates, health"}
"""What stands on the help of each program and nowhere else."""


OPENED = {
    "kds": {
        "a": "ALL DAY", "": "LIVE", "?": HELP["kds"], "d": "Recently done at", F2: "Diagnostics of grill",
        f"{HOME}1i": "History",
    },
    "console": {
        "1": "TRAFFIC", "2": "Space mark", "3": " per s ", "4": " ended ", "5": "bytes out/s",
        "6": " of operators", f"2{HOME}{DOWN}\r": "CONNECTION OF", f"2{HOME}{DOWN}x": "DISCONNECT",
        "?": HELP["console"],
    },
}  # fmt: skip
"""Every screen of a program: the keys that open it, and what stands there then and on no other."""


class Screens:
    """Starts programs for one home; called with what to start. A context: in the end all of them are gone."""

    def __init__(self, gateway: GatewayProcess, home: Path) -> None:
        self.gateway, self.home = gateway, home
        self._made = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def __call__(
        self, program: str, *options: str, url: str = "", config: str = SILENT, size: tuple[int, int] = SIZE,
        environ: dict[str, str] | None = None,
    ) -> Terminal:  # fmt: skip
        """`heard kds` at the grill, or `heard console`."""
        paper = self.home / f"{program}.token"
        paper.write_text(self.gateway.token("expo" if program == "kds" else "operator"))
        words = [*HEARD, program, "--server", url or self.gateway.url, "--token", str(paper)]
        if program == "kds":
            (self.home / "kds.toml").write_text(config)
            words += ["--station", "grill", "--config", str(self.home / "kds.toml")]
        one = Terminal([*words, *options], own_directories(self.home) | (environ or {}), size=size, term=XTERM)
        return self._made.enter_context(one)


def fryers(n: int) -> list[dict[str, object]]:
    """Orders for the grill alone."""
    return [{"items": [{"name": f"Burger {i}", "qty": "1", "station_hint": ["grill"]}]} for i in range(n)]


def up(screen: Terminal) -> Terminal:
    """It shows what it is about, live."""
    screen.until_sees("LIVE", "F1 help")
    return screen


def is_left(screen: Terminal, allowed: frozenset[str] = BELL) -> None:
    """By its key, and everything as it was."""

    def gone() -> bool:
        screen.press("q")  # what lies over the page it only closes, and on a slow machine something may still
        return seen(lambda: screen.process.poll() is not None)

    until(gone, "its end", shown=screen)
    assert screen.left() == 0
    obeyed_nobody(screen, allowed=allowed, bell=True)


def seen(so: Callable[[], object], within_s: float = 3.0) -> bool:
    """Whether something comes to be so before it is worth another try."""
    with contextlib.suppress(AssertionError):
        until(so, within_s=within_s)
        return True
    return False


def comes_back(screen: Terminal) -> None:
    """Out of whatever the keys opened. A wall may stand there although many keys still wait for their turn: only when
    the help has come and gone was all of them heard."""

    def is_out() -> bool:
        return "LIVE" in screen.text and screen.text.splitlines()[-1].rstrip().endswith("F1 help")

    def out() -> bool:
        screen.press(4 * ESC)
        if not seen(is_out):
            return False
        screen.press("?")
        if not seen(lambda: any(words in screen.text for words in HELP.values())):
            return False
        screen.press(ESC)
        return seen(is_out)

    until(out, "the page itself, with all else closed", shown=screen)


def opens(screen: Terminal, keys: str, shown: str) -> None:
    """Open one of `OPENED`. What has just moved under a hand is not opened at the first press, on purpose: again."""
    for patience in (1.0, 3.0, PATIENCE_S):
        screen.press(keys)
        with contextlib.suppress(AssertionError):
            until(lambda: shown in screen.text, shown, patience)
            return
        comes_back(screen)
    raise AssertionError(f"{keys!r} never opened what shows {shown!r}:\n{screen.text}")


# ── Hard hands ────────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(keys: tuple[str, ...] | tuple[bytes, ...], seed: int) -> Iterator[bytes]:
    """These in any order."""
    dice = random.Random(seed)
    while True:
        key = dice.choice(keys)
        yield key.encode() if isinstance(key, str) else key


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


def storm(screen: Terminal, seed: int) -> None:
    """Twenty sizes in a tenth of a second, the smallest there is among them."""
    dice = random.Random(seed)
    for n in range(20):
        screen.resize(*((1, 1) if n == 10 else (dice.randint(1, 200), dice.randint(1, 60))))
        time.sleep(0.005)  # the pace of the storm
    screen.resize(*SIZE)
