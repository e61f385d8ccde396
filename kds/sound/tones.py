"""The tones: each alert's notes, made into samples; pure, and nothing but arithmetic.

A cook tells them apart without looking: by pitch, by rhythm, and by where the melody goes.
"""

from __future__ import annotations

import io
import math
import sys
import wave
from array import array
from typing import NamedTuple

from kds.sound.names import Alert

RATE = 44_100
"""Samples a second, one channel, 16 bits with a sign, the low byte first."""
WIDTH = 2
PEAK = 0.9
"""The loudest sample at full volume: a little below what clips."""
ATTACK_S, RELEASE_S = 0.004, 0.03
"""A note that starts or ends at once clicks."""


class Note(NamedTuple):
    """A sine for so long; 0 Hz is a rest."""

    hz: float
    ms: int


Melody = tuple[Note, ...]
REST = Note(0, 60)

TONES: dict[Alert, Melody] = {
    # The everyday one: the same pitch twice, the second time longer.
    Alert.NEW: (Note(880, 140), REST, Note(880, 260)),
    # A siren, high and low in turn: nothing else alternates.
    Alert.ALLERGY: (Note(1175, 150), Note(587, 150)) * 3,
    # Four quick high pips.
    Alert.RUSH: (Note(1319, 70), Note(0, 40)) * 3 + (Note(1319, 70),),
    # Three steps down, each longer.
    Alert.VOID: (Note(740, 120), Note(554, 160), Note(370, 320)),
    # Up and back again.
    Alert.CHANGED: (Note(659, 110), Note(988, 110), Note(659, 180)),
    # Two long low ones.
    Alert.LATE: (Note(440, 320), REST, Note(440, 320)),
    # A chord upwards, the way a bell at a pass rings.
    Alert.READY: (Note(784, 90), Note(988, 90), Note(1175, 90), Note(1568, 240)),
    # One long step down, and the same step up.
    Alert.LINK_LOST: (Note(523, 220), Note(349, 420)),
    Alert.LINK_BACK: (Note(349, 220), Note(523, 420)),
}


def pcm(melody: Melody, volume: int = 100) -> bytes:
    """The samples of a melody at this volume in percent."""
    samples = array("h")
    for note in melody:
        samples.extend(_samples(note, PEAK * max(0, min(100, volume)) / 100))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _samples(note: Note, amplitude: float) -> list[int]:
    count = RATE * note.ms // 1000
    if not note.hz or not amplitude:
        return [0] * count
    step, top = 2 * math.pi * note.hz / RATE, amplitude * 32767
    attack, release = int(ATTACK_S * RATE), int(RELEASE_S * RATE)
    return [int(top * min(1.0, n / attack, (count - n) / release) * math.sin(step * n)) for n in range(count)]


def silence(ms: int) -> bytes:
    """Nothing to hear, for so long: what a player is tried with."""
    return bytes(WIDTH * (RATE * ms // 1000))


def seconds(samples: bytes) -> float:
    """How long these samples last."""
    return len(samples) / WIDTH / RATE


def as_wav(samples: bytes) -> bytes:
    """The samples as a file, for players that read nothing else."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(WIDTH)
        out.setframerate(RATE)
        out.writeframes(samples)
    return file.getvalue()
