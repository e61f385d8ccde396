"""The tones, looked at as samples."""

from __future__ import annotations

import io
import math
import wave
from array import array
from itertools import combinations, pairwise

import pytest

from kds.sound.names import Alert
from kds.sound.tones import RATE, TONES, Note, as_wav, pcm, seconds, silence


def samples(alert, volume=100):
    return array("h", pcm(TONES[alert], volume))


def power(of, hz):
    """Goertzel: how much of this frequency is in the samples, from 0 to 1."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE)
    before = now = 0.0
    for sample in of:
        before, now = now, sample / 32768 + turn * now - before
    all_of_it = sum((sample / 32768) ** 2 for sample in of) * len(of) / 2
    return (now * now + before * before - turn * now * before) / all_of_it


def pitch(of):
    """By its zero crossings, in Hz."""
    crossings = sum((a < 0) != (b < 0) for a, b in pairwise(of))
    return crossings * RATE / 2 / len(of)


def test_every_alert_has_a_tone():
    assert set(TONES) == set(Alert)


@pytest.mark.parametrize("alert", Alert)
def test_a_tone_is_short_loud_starts_and_ends_softly_and_does_not_clip(alert):
    of = samples(alert)
    assert 0.3 < seconds(of.tobytes()) < 1.0
    assert 28_000 < max(map(abs, of)) < 32_000
    assert abs(of[0]) < 300
    assert abs(of[-1]) < 1500
    assert max(abs(a - b) for a, b in pairwise(of)) < 0.25 * 32768, "no click"


@pytest.mark.parametrize("alert", Alert)
def test_its_notes_are_where_they_are_said_to_be(alert):
    of, at = samples(alert), 0
    for note in TONES[alert]:
        count = RATE * note.ms // 1000
        part, at = of[at : at + count], at + count
        if note.hz:
            assert pitch(part) == pytest.approx(note.hz, rel=0.05)
            assert 300 <= note.hz <= 2000, "what a small old speaker gives back"
        else:
            assert not any(part)
    assert at == len(of)


def test_the_new_order_is_an_a_of_880_hz():
    of = samples(Alert.NEW)
    assert power(of, 880) > 0.5
    assert power(of, 660) < 0.01


@pytest.mark.parametrize(("one", "other"), list(combinations(Alert, 2)))
def test_no_two_tones_can_be_taken_for_one_another(one, other):
    def contour(alert):
        notes = [note for note in TONES[alert] if note.hz]
        return [round(math.copysign(1, b.hz - a.hz)) if a.hz != b.hz else 0 for a, b in pairwise(notes)]

    def rhythm(alert):
        return [round(note.ms / 100) for note in TONES[alert]]

    def highest(alert):
        return max(note.hz for note in TONES[alert])

    assert (contour(one), rhythm(one)) != (contour(other), rhythm(other))
    # Half a tone and more apart in pitch, or another melody altogether.
    assert abs(math.log2(highest(one) / highest(other))) > 1 / 12 or contour(one) != contour(other)


@pytest.mark.parametrize(("volume", "peak"), [(100, 29_490), (50, 14_745), (10, 2_949), (0, 0), (-5, 0), (300, 29_490)])
def test_volume_is_amplitude(volume, peak):
    assert max(map(abs, samples(Alert.NEW, volume))) == pytest.approx(peak, rel=0.01, abs=1)


def test_the_same_tone_is_the_same_bytes():
    assert pcm(TONES[Alert.VOID], 70) == pcm(TONES[Alert.VOID], 70)
    assert pcm((Note(440, 10),)) != pcm((Note(441, 10),))


def test_a_file_of_it_holds_the_same_samples():
    sound = pcm(TONES[Alert.READY])
    with wave.open(io.BytesIO(as_wav(sound))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert file.readframes(file.getnframes()) == sound


def test_silence_is_as_long_as_asked_for():
    assert seconds(silence(100)) == pytest.approx(0.1)
    assert not any(silence(100))
