"""The station's end of the helper: helpers that die, hang, lie and talk rubbish, and a station that does not mind."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kds.settings import SoundSettings
from kds.sound.names import Alert, Player
from kds.sound.voice import Sounding, speaking
from tests.kds.sound.conftest import wait_for

OBEYS = """
import json, os, sys
def say(**more):
    print(json.dumps({"through": "", "why": "", "played": "", "trying": "", **more}), flush=True)
say(through="stand-in")
for line in sys.stdin:
    say(through="stand-in", played=json.loads(line)["play"])
"""
MUTE = "import sys; sys.stdin.read()"
RUBBISH = "print('ALSA lib'); print('[1]'); print('{}');" + OBEYS
DIES = """
import json, os
print(json.dumps({"through": "", "why": "", "played": "", "trying": "simpleaudio"}), flush=True)
os.abort()
"""
NOISY = "import sys; [print('ALSA lib: no', file=sys.stderr) for _ in range(500)];" + OBEYS


@pytest.fixture
def voice(voices):
    def start(program, *args, **more):
        return voices(*args, command=(sys.executable, "-c", program), **more)

    return start


def test_a_tone_is_asked_for_and_answered(voice):
    one = voice(OBEYS)
    assert one.sounding.starting or one.sounding.on
    wait_for(lambda: one.sounding.on, "sound")
    assert one.sounding == Sounding("stand-in")
    assert one.ring(Alert.NEW, 80)
    wait_for(lambda: not one.owes(Alert.NEW), "the answer")


def test_a_helper_that_is_killed_is_started_again(voice):
    changes = []
    one = voice(OBEYS)
    one.on_change = lambda: changes.append(one.sounding.on)
    wait_for(lambda: one.sounding.on, "sound")
    first = one.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: one.pid not in (None, first) and one.sounding.on, "another helper")
    assert changes[-2:] == [False, True]
    assert one.ring(Alert.NEW, 80)


def test_a_helper_that_cannot_be_started_is_told_in_words_and_tried_again(voices):
    one = voices(command=("/nowhere/python",))
    wait_for(lambda: not one.sounding.starting, "a word")
    assert "cannot be started" in one.sounding.why
    assert not one.ring(Alert.NEW, 80)


def test_a_player_that_takes_the_helper_down_is_done_without(voice, caplog):
    caplog.set_level(logging.DEBUG)
    one = voice(DIES)
    wait_for(lambda: "while it tried simpleaudio, which is done without" in one.sounding.why, "a word")
    wait_for(lambda: one._without == {"simpleaudio"}, "the verdict")
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == 1, "once a streak"


def test_a_helper_that_never_answers_counts_as_silence(voice):
    now = [0.0]
    one = voice(MUTE, clock=lambda: now[0])
    assert one.sounding.starting
    now[0] = 11
    assert one.sounding == Sounding(why="the sound helper does not answer")


def test_a_tone_that_is_never_answered_counts_as_silence(voice):
    now = [0.0]
    one = voice(OBEYS.partition("for line")[0] + "sys.stdin.read()", clock=lambda: now[0])
    wait_for(lambda: one.sounding.on, "sound")
    one.ring(Alert.NEW, 80)
    now[0] = 11
    assert not one.sounding.on


def test_a_helper_that_reads_nothing_never_stops_a_key(voice):
    one = voice("import time; time.sleep(600)")
    wait_for(lambda: one.pid is not None, "the helper")
    asked = [one.ring(Alert.NEW, 80) for _ in range(10_000)]
    assert asked[0]
    assert not asked[-1], "the pipe is full, and nobody waited"


def test_rubbish_on_the_pipe_is_passed_over(voice):
    one = voice(RUBBISH)
    wait_for(lambda: one.sounding.on, "sound")


def test_what_libraries_print_is_in_the_log_once(voice, caplog):
    caplog.set_level(logging.INFO)
    one = voice(NOISY)
    wait_for(lambda: one.sounding.on, "sound")
    wait_for(lambda: "helper: ALSA lib: no" in caplog.text, "the line")
    one.stop()
    assert caplog.text.count("ALSA lib: no") == 1


@pytest.mark.parametrize("player", [Player.BELL, Player.NONE])
def test_the_bell_and_the_eyes_need_no_helper(voices, player):
    one = voices(player)
    assert one.pid is None
    assert not one.sounding.on
    assert not one.ring(Alert.NEW, 80)


def test_the_helper_goes_with_the_station(voice):
    one = voice(OBEYS)
    wait_for(lambda: one.sounding.on, "sound")
    pid = one.pid
    one.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_helper_that_does_not_want_to_go_is_made_to(voice):
    one = voice("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)")
    wait_for(lambda: one.pid is not None, "the helper")
    pid = one.pid
    one.stop(0.1)
    wait_for(lambda: _gone(pid), "its end")


def _gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_voice_for_a_block_is_stopped_after_it(deaf):
    with speaking(SoundSettings(probe_s=600)) as one:
        wait_for(lambda: not one.sounding.starting, "a word")
        pid = one.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


STATION = """
import time
from kds.sound.voice import Voice
voice = Voice(probe_s=600)
voice.start()
while voice.pid is None:
    time.sleep(0.01)
print(voice.pid, flush=True)
time.sleep(600)
"""


def test_a_helper_whose_station_is_killed_ends_by_itself(deaf):
    station = subprocess.Popen([sys.executable, "-c", STATION], stdout=subprocess.PIPE)
    with station:
        pid = int(station.stdout.readline())
        station.kill()
    wait_for(lambda: _gone(pid) or _is_zombie(pid), "the helper's end")


def _is_zombie(pid):
    """Dead, but nobody has asked yet how it went: its station is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
