"""What `heard kds sound` does: who could play, and every tone with its name, through the helper that a station uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from kds.settings import SoundSettings
from kds.sound.names import Alert, Player
from kds.sound.players import every_player
from kds.sound.voice import HELPERLESS, Sounding, Voice

PATIENCE_S = 60.0
PAUSE_S = 0.4
INSTALL = "pip install 'heard[sound]', or on Debian: apt install pulseaudio-utils alsa-utils"
LOOK = "is there a sound card, and does its server run for this user? docs/sound.md tells what to try"


class Unheard(Exception):
    """Nothing can be heard here; what to do, in a sentence."""


def players(through: Player | None) -> Iterator[str]:
    """A line for each way to be heard, in the order they are tried.

    Raises:
        Unheard: after the last line, when there is none.
    """
    anything = False
    for player in every_player():
        remedy = player.missing()
        anything = anything or remedy is None
        chosen = "   the one that is set" if player.name == through else ""
        yield f"{player.name:12} {'here' if remedy is None else f'not here: {remedy}'}{chosen}"
    for last in HELPERLESS:
        yield f"{last:12} always{'   the one that is set' if last is through else ''}"
    if not anything:
        raise Unheard(f"there is nothing to play with: {INSTALL}")


def tones(settings: SoundSettings, start: Callable[..., Voice] = Voice) -> Iterator[str]:
    """A line for each tone that was heard.

    Raises:
        Unheard: one was not.
    """
    voice = start(settings.through, probe_s=settings.probe_s)
    voice.start()
    try:
        _wait(lambda: not voice.sounding.starting)
        for alert in Alert:
            volume = settings.volume * settings.volumes.get(alert, 100) // 100
            sounding = _played(voice, alert, volume)
            switched = "   (a station does not play it: it is switched off)" if alert in settings.off else ""
            yield f"{alert:12} through {sounding.through}, volume {volume} %{switched}"
            time.sleep(PAUSE_S)
    finally:
        voice.stop()


def _played(voice: Voice, alert: Alert, volume: int) -> Sounding:
    if voice.sounding.on and voice.ring(alert, volume):
        _wait(lambda: not voice.owes(alert))
    if not voice.sounding.on:
        raise Unheard(f"nothing can be heard here: {voice.sounding.why}; {LOOK}")
    return voice.sounding


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < until:
        time.sleep(0.02)
