"""Sound that dies in service, at a real station in a real terminal: said in words, missed by no key, back by itself."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from kds.fingers import DEAD_S
from kds.sound.names import Alert
from kds.sound.tones import RATE, TONES
from tests.kds.sound.conftest import Pulse, Recording
from tests.missing import need
from tests.stories.processes import Till, running, until
from tests.stories.screens import F2, Screens, is_left, up
from tests.stories.terminal import Terminal, bells

pytestmark = pytest.mark.story

SOUND = "[sound]\nprobe_s = 0.3\n"
AT_ONCE_S = 3.0
"""For an order and two keys, on a machine that is busy: a tone that a server never takes is given up later."""


@pytest.fixture
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    """A sound server that only this test knows."""
    need("pulseaudio")
    server = Pulse(tmp_path_factory.mktemp("pulse"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


def sounds(screen: Terminal, *words: str) -> None:
    """What the diagnostics say of the sound; then the wall again."""
    screen.press(F2)
    screen.until_sees("Diagnostics of grill", *words)
    screen.press(F2)
    until(lambda: "Diagnostics" not in screen.text, "the wall again")


def comes(till: Till, name: str, **more: object) -> dict[str, object]:
    """An order for the grill. Each of a story rings for another thing: the same would not ring again so soon."""
    return till.place({"name": name, "qty": "1", "station_hint": ["grill"]}, **more)


NUTS = {"allergies": [{"text": "nuts"}]}


def is_heard(recording: Recording, alert: Alert) -> None:
    """Wait for one tone, and hold it against the melody."""
    melody = TONES[alert]
    until(lambda: sum(map(len, recording.tones())) > 0.7 * RATE * sum(note.ms for note in melody) / 1000, str(alert))
    samples = recording.tones()[0]
    rising = [n for n, (a, b) in enumerate(pairwise(samples)) if a < 0 <= b]
    assert RATE / median(b - a for a, b in pairwise(rising)) == pytest.approx(melody[0].hz, rel=0.05)


def comes_and_goes(screen: Terminal, till: Till, name: str, **more: object) -> None:
    """An order that rings, and at once is bumped by its number, beside the ghosts of those before."""
    began = time.monotonic()
    order = comes(till, name, **more)
    screen.until_sees("1 open", f"#{order['display_no']}")
    number = re.search(rf"(\d+) #{order['display_no']}", screen.text)
    assert number, screen.text
    screen.press(f"{number[1]}\r")
    screen.until_sees("0 open")
    seen = time.monotonic()
    assert seen - began < AT_ONCE_S
    until(lambda: till.status(order) == "ready", "the bump at the gateway")
    until(lambda: time.monotonic() - seen > 1.5 * DEAD_S, "Enter alive again")


def is_on_again(screen: Terminal) -> None:
    """Nobody pressed anything for it."""
    until(lambda: "SOUND OFF" not in screen.text, "sound by itself")
    sounds(screen, "on, through ")


# ── A server that dies, or hangs ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_server_that_is_killed_is_said_in_words_costs_no_key_and_is_found_again(
    start: Screens, till: Till, pulse: Pulse
) -> None:
    screen = up(start("kds", config=SOUND, environ=pulse.env))
    sounds(screen, "on, through ")
    recording = pulse.listen()
    comes_and_goes(screen, till, "Burger")
    is_heard(recording, Alert.NEW)
    assert "SOUND OFF" not in screen.text
    assert not bells(screen.raw)
    pulse.kill()
    comes_and_goes(screen, till, "Satay", **NUTS)
    screen.until_sees("SOUND OFF")
    until(lambda: bells(screen.raw), "the bell in place of the tone")
    sounds(screen, "off: ")
    comes_and_goes(screen, till, "Fries")
    pulse.start()
    is_on_again(screen)
    recording = pulse.listen()
    comes(till, "Wings", priority="rush")
    is_heard(recording, Alert.RUSH)
    is_left(screen)


def test_a_sound_server_that_hangs_keeps_no_key_waiting_and_is_used_again_when_it_goes_on(
    start: Screens, till: Till, pulse: Pulse
) -> None:
    screen = up(start("kds", config=f'{SOUND}through = "paplay"\n', environ=pulse.env))
    sounds(screen, "on, through paplay")
    pulse.signal(signal.SIGSTOP)
    comes_and_goes(screen, till, "Burger")
    assert "SOUND OFF" not in screen.text, "nobody can know yet"
    comes_and_goes(screen, till, "Satay", **NUTS)
    screen.until_sees("SOUND OFF")
    sounds(screen, "does not come to an end")
    pulse.signal(signal.SIGCONT)
    is_on_again(screen)
    is_left(screen)


# ── A helper that dies ────────────────────────────────────────────────────────────────────────────────────────────────


def helper_of(home: Path, *not_these: int) -> int:
    """The process that makes the noise, once there is one."""

    def found() -> list[int]:
        return [pid for pid, words in running(home).items() if "kds.sound" in words and pid not in not_these]

    until(found, "the sound helper")
    return found()[0]


def test_a_sound_helper_that_is_killed_is_another_one_soon_and_costs_neither_a_key_nor_a_tone_after(
    start: Screens, till: Till, pulse: Pulse
) -> None:
    screen = up(start("kds", config=SOUND, environ=pulse.env))
    home = Path(pulse.env["HOME"])
    sounds(screen, "on, through ")
    first = helper_of(home)
    os.kill(first, signal.SIGKILL)
    comes_and_goes(screen, till, "Burger")
    until(lambda: "SOUND OFF" in screen.raw, "words for it")
    helper_of(home, first)
    is_on_again(screen)
    recording = pulse.listen()
    comes(till, "Wings", priority="rush")
    is_heard(recording, Alert.RUSH)
    is_left(screen)
    until(lambda: not [words for words in running(home).values() if "kds.sound" in words], "no helper left behind")


# ── No sound at all ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_station_without_a_sound_card_says_so_flashes_and_rings_the_bell_until_somebody_is_there(
    start: Screens, till: Till, tmp_path: Path
) -> None:
    (tmp_path / ".asoundrc").write_text("pcm.!default { type hw card 31 }\nctl.!default { type hw card 31 }\n")
    screen = up(start("kds", config=SOUND, environ={"PULSE_SERVER": f"unix:{tmp_path}/nobody"}))
    screen.until_sees("SOUND OFF")
    sounds(screen, "off: ")
    assert not bells(screen.raw)
    comes(till, "Burger")
    screen.until_sees("1 NEW")
    until(lambda: bells(screen.raw) == 1, "one bell")
    for _ in range(5):  # changes, a second apart: longer than news stand where they are heard
        look = screen.look("1 NEW")
        until(lambda look=look: screen.look("1 NEW") != look, "a flash")
    is_told_to_operators(start)
    assert bells(screen.raw) == 1
    screen.press("1\r")
    until(lambda: "1 NEW" not in screen.text, "the words gone: somebody was there")
    screen.until_sees("SOUND OFF")
    is_left(screen)


def is_told_to_operators(start: Screens) -> None:
    """On the console's first page."""
    console = up(start("console"))
    console.until_sees("sound is off: test-expo")
    is_left(console)
