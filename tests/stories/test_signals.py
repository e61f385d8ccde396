"""Screens that are told to end, hung up on, or killed: nothing is left running, nothing that was promised is lost."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.stories.hostile import obeyed_nobody
from tests.stories.processes import GatewayProcess, Till, running, until
from tests.stories.proxy import Proxy
from tests.stories.screens import BELL, DOWN, F2, HELP, Screens, is_left, up
from tests.stories.terminal import Terminal, words_after_leaving

pytestmark = pytest.mark.story

PROGRAMS = pytest.mark.parametrize("program", ["kds", "console"])
MIDST = {
    signal.SIGTERM: {"kds": (F2, "Diagnostics of grill"), "console": (f"2{DOWN}x", "DISCONNECT")},
    signal.SIGHUP: {"kds": ("", "LIVE"), "console": ("", "LIVE")},
    signal.SIGINT: {"kds": ("1i", "History"), "console": ("?", HELP["console"])},
    signal.SIGKILL: {"kds": ("a", "ALL DAY"), "console": ("5", "bytes out/s")},
}
"""In the midst of what each signal comes: keys, and what stands there then."""


def in_the_midst(start: Screens, program: str, number: signal.Signals) -> Terminal:
    """A program with everything it has of its own, the sound helper too."""
    screen = up(start(program, config="\n"))
    if program == "kds":
        until(lambda: any("kds.sound" in words for words in running(start.home).values()), "the sound helper")
    keys, shown = MIDST[number][program]
    screen.press(keys)
    screen.until_sees(shown)
    return screen


@PROGRAMS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_well_leaves_the_terminal_as_it_was_and_nothing_running(
    till: Till, start: Screens, tmp_path: Path, program: str, number: signal.Signals
) -> None:
    till.place("Burger")
    screen = in_the_midst(start, program, number)
    screen.signal(number)
    assert screen.left() == 0
    until(lambda: not running(tmp_path), "nothing left running")
    obeyed_nobody(screen, allowed=BELL, bell=True)
    assert words_after_leaving(screen.raw) == ""


@PROGRAMS
def test_a_kill_leaves_an_unrestored_terminal_and_nothing_running(
    till: Till, start: Screens, tmp_path: Path, program: str
) -> None:
    till.place("Burger")
    screen = in_the_midst(start, program, signal.SIGKILL)
    screen.signal(signal.SIGKILL)
    assert screen.left() == -signal.SIGKILL
    until(lambda: not running(tmp_path), "nothing left running")
    assert not screen.restored()  # nobody was left to do it: `reset` is the remedy
    is_left(up(start(program)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_bumped_before_an_end_without_a_link_is_told_by_the_next_start(
    gateway: GatewayProcess, till: Till, start: Screens, number: signal.Signals
) -> None:
    order = till.place({"name": "Burger", "qty": "1", "station_hint": ["grill"]})
    with Proxy(gateway.url) as link:
        screen = up(start("kds", url=link.url))
        screen.until_sees(f"#{order['display_no']}")
        link.cut()
        screen.until_sees("OFFLINE")
        screen.press("1\r")
        screen.until_sees("BUMPED", "1 unsent")
        screen.signal(number)
        screen.left()
        again = start("kds", url=link.url)
        again.until_sees("1 unsent")
        link.resume()
        until(lambda: till.status(order) == "ready", "the bump at the gateway")
        until(lambda: "LIVE" in again.text and "unsent" not in again.text, "nothing unsent")
        is_left(again)
