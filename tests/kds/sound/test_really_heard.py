"""Tones through real players into a real sound server, and what came out of it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import pytest

from kds.sound.names import Alert, Player
from kds.sound.tones import RATE, TONES, pcm, seconds
from tests.kds.sound.conftest import pulse_for_alsa, wait_for
from tests.missing import need

PLAYERS = [Player.MINIAUDIO, Player.PAPLAY, Player.APLAY]


def sox_stat(samples):
    """`sox stat` by its lines: name → number."""
    told = subprocess.run(
        [need("sox"), "-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed-integer", "-", "-n", "stat"],
        input=samples.tobytes(), capture_output=True, check=True,
    ).stderr.decode()  # fmt: skip
    return {name.strip(): float(value) for name, value in re.findall(r"^(.+?):\s+(-?[\d.]+)$", told, re.MULTILINE)}


def play(voice, alert, volume=80):
    wait_for(lambda: voice.sounding.on, "sound")
    assert voice.ring(alert, volume)
    wait_for(lambda: not voice.owes(alert), "an answer")


def recorded(pulse, voice, alert, volume=80):
    """What is heard of one alert: a single run of sound."""
    recording = pulse.listen()
    play(voice, alert, volume)
    recording.wait(0.3)
    (sound,) = recording.tones()
    return sound


def once_in_three(check):
    """A machine that has no time for its sound server drops samples; tones that are wrong are so every time."""
    for _ in range(2):
        with suppress(AssertionError, ValueError):
            return check()
    return check()


@pytest.mark.parametrize("player", PLAYERS)
def test_a_new_order_is_heard_at_880_hz_and_as_loud_as_it_was_set(pulse, voices, player):
    if player is Player.APLAY:
        need("aplay", "alsa-utils")
        pulse_for_alsa()
    voice = voices(player)

    @once_in_three
    def _():
        sound = recorded(pulse, voice, Alert.NEW)
        assert voice.sounding.through == player
        assert seconds(sound.tobytes()) == pytest.approx(seconds(pcm(TONES[Alert.NEW])), rel=0.3)
        told = sox_stat(sound)
        assert told["Maximum amplitude"] == pytest.approx(0.9 * 0.8, abs=0.05)
        assert told["Rough   frequency"] == pytest.approx(880, abs=45)


def test_every_alert_comes_out_as_its_own_melody(pulse, voices):
    voice = voices(Player.PAPLAY)
    for alert in Alert:

        @once_in_three
        def _(alert=alert):
            assert notes_in(recorded(pulse, voice, alert, 100)) == {note.hz for note in TONES[alert] if note.hz}, alert


WINDOW_MS = 20
ALL_NOTES = {note.hz for melody in TONES.values() for note in melody if note.hz}


def notes_in(samples):
    """The notes of our tones that sound for at least two windows: a busy machine drops some samples."""
    windows = [samples[n : n + RATE * WINDOW_MS // 1000] for n in range(0, len(samples), RATE * WINDOW_MS // 1000)]
    heard = Counter(nearest(pitch(one)) for one in windows if steady(one))
    return {hz for hz, count in heard.items() if count >= 2}


def nearest(pitch):
    return min(ALL_NOTES, key=lambda hz: abs(hz - pitch))


def crossings(samples):
    return [n for n, (a, b) in enumerate(pairwise(samples)) if a < 0 <= b]


def pitch(samples):
    """By the distance of its zero crossings, in Hz."""
    found = crossings(samples)
    return (len(found) - 1) * RATE / (found[-1] - found[0])


def steady(samples):
    """Whether one note fills it: its waves are alike."""
    found = crossings(samples)
    waves = [b - a for a, b in pairwise(found)]
    return len(waves) > 3 and max(waves) - min(waves) <= 2


def test_a_sound_server_that_dies_in_service_is_noticed_and_found_again_when_it_is_back(pulse, voices):
    voice = voices()
    wait_for(lambda: voice.sounding.on, "sound")
    first = voice.pid
    pulse.kill()
    wait_for(lambda: not voice.sounding.on, "the silence")
    assert voice.sounding.why
    pulse.start()
    wait_for(lambda: voice.sounding.on, "sound again")
    assert voice.pid == first, "the helper outlived it"
    recording = pulse.listen()
    play(voice, Alert.ALLERGY)
    recording.wait(0.3)
    assert len(recording.tones()) == 1


def test_a_chime_into_a_dead_server_is_known_not_to_have_been_heard(pulse, voices):
    voice = voices(check_s=600)
    wait_for(lambda: voice.sounding.on, "sound")
    pulse.kill()
    voice.ring(Alert.NEW, 80)
    wait_for(lambda: not voice.sounding.on, "the silence")
    assert not voice.owes(Alert.NEW)


def test_a_machine_without_sound_says_so_and_why(deaf, voices):
    voice = voices()
    wait_for(lambda: not voice.sounding.starting, "an answer")
    assert not voice.sounding.on
    assert voice.sounding.why
