"""`heard kds sound`: what is told, what is played, and how it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from heard.errors import Exit
from kds.settings import SoundSettings
from kds.sound import trial
from kds.sound.names import Alert, Player
from kds.sound.voice import Sounding


class Voice:
    """A voice that hears `good` tones, and then nothing."""

    def __init__(self, good):
        self.good, self.rung, self.stopped = good, [], False

    def __call__(self, *_args, **_more):
        return self

    @property
    def sounding(self):
        return Sounding("aplay") if len(self.rung) <= self.good else Sounding(why="the card is gone")

    def start(self):
        pass

    def stop(self):
        self.stopped = True

    def ring(self, alert, volume):
        self.rung.append((alert, volume))
        return True

    def owes(self, _alert):
        return False


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(trial, "PAUSE_S", 0)


def test_every_tone_is_played_with_its_name_its_player_and_its_volume():
    voice = Voice(99)
    lines = list(trial.tones(SoundSettings(volume=50, volumes={"new": 20}, off={"late"}), voice))
    assert [line.split()[0] for line in lines] == list(Alert)
    assert all("through aplay" in line for line in lines)
    assert (Alert.NEW, 10) in voice.rung
    assert (Alert.VOID, 50) in voice.rung
    assert [line for line in lines if "switched off" in line] == [line for line in lines if line.startswith("late")]
    assert voice.stopped


def test_a_tone_nobody_heard_ends_it_in_a_sentence():
    voice = Voice(2)
    heard = []
    with pytest.raises(trial.Unheard, match="nothing can be heard here: the card is gone; is there a sound card"):
        heard.extend(trial.tones(SoundSettings(), voice))
    assert voice.stopped


def test_the_players_are_told_in_the_order_they_are_tried():
    lines = list(trial.players(Player.PAPLAY))
    assert [line.split()[0] for line in lines] == list(Player)
    assert [line.split()[0] for line in lines if "the one that is set" in line] == ["paplay"]


def test_where_nothing_is_installed_the_remedy_is_told(monkeypatch):
    class Nobody:
        name = "nobody"

        def missing(self):
            return "apt install somebody"

    monkeypatch.setattr(trial, "every_player", lambda: [Nobody()])
    lines = []
    with pytest.raises(trial.Unheard, match="pip install"):
        lines.extend(trial.players(None))


def heard(*words):
    return subprocess.run(
        [sys.executable, "-m", "heard", "kds", "sound", *words], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_command_on_a_machine_without_sound_says_why_and_ends_with_1(deaf):
    done = heard()
    assert done.returncode == 1
    assert "miniaudio    here" in done.stdout
    assert "heard: nothing can be heard here: miniaudio finds no device" in done.stderr


def test_the_list_plays_nothing(deaf):
    done = heard("--list")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_player_nobody_knows_is_refused_with_those_there_are():
    done = heard("--through", "trumpet")
    assert done.returncode == Exit.USAGE
    assert "must be one of miniaudio" in done.stderr
