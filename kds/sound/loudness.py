"""How loud a station is now: its volume, the mute that ends by itself, and quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from heard.client.clock import Clock
from heard.ui.words import ENGLISH, Words
from kds.chimes import muted_anew, quiet_until
from kds.settings import SoundSettings
from kds.sound.names import Alert

AT_ONCE_S = 3.0
"""The mute key again within this long: longer, not off."""
STEP = 10
"""Percent that a key makes it louder or softer by."""
SOFTEST = STEP
"""No key goes below: what is silent for good is a setting, and what is silent for a while a mute."""
LOUDEST = 100


class Loudness:
    """One for a station; keys change it."""

    def __init__(self, settings: SoundSettings, clock: Clock, words: Words = ENGLISH) -> None:
        self.settings = settings
        """As chosen now: volume and the end of a mute change while the station is up."""
        self.zone: tzinfo = UTC
        """The store's clock, which quiet hours go by."""
        self._clock, self._words = clock, words
        self._mute_key_at = float("-inf")

    def of(self, alert: Alert) -> int:
        """The volume of an alert in percent, as if nothing were muted."""
        return 0 if alert in self.settings.off else self.settings.volume * self.settings.volumes.get(alert, 100) // 100

    def silence(self, now: datetime) -> str:
        """Why nothing rings although it could, in words for the bar; empty when it does."""
        until, words = self.settings.mute_until, self._words
        if until is not None and now < until:
            minutes = -int((now - until).total_seconds() // 60)
            return words("MUTED {minutes} min", minutes=minutes)
        if (end := quiet_until(self.settings.quiet, now.astimezone(self.zone).time())) is not None:
            return words("QUIET until {time}", time=f"{end:%H:%M}")
        return "" if self.settings.volume else words("MUTED")

    def mute(self) -> str:
        """What the mute key does; a sentence that says so."""
        now, mono, words = self._clock.now(), self._clock.monotonic(), self._words
        at_once = mono - self._mute_key_at < AT_ONCE_S
        self._mute_key_at = mono
        until = muted_anew(self.settings.mute_until, now, self.settings.mute_minutes, at_once=at_once)
        self.settings = self.settings.model_copy(update={"mute_until": until})
        if until is None:
            return words("sound is on again")
        return words(
            "muted for {minutes} min; again at once: longer", minutes=round((until - now).total_seconds() / 60)
        )

    def turn(self, steps: int) -> str:
        """Louder, or with less than nothing softer; a sentence with the volume it comes to."""
        before, words = self.settings.volume, self._words
        tens = before // STEP if steps > 0 else -(-before // STEP)
        volume = min(LOUDEST, max(min(before, SOFTEST), (tens + steps) * STEP))
        self.settings = self.settings.model_copy(update={"volume": volume})
        if volume != before:
            return words("volume {n} %", n=volume)
        if steps > 0:
            return words("volume {n} %: louder it does not get", n=volume)
        return words("volume {n} %: softer it does not get, but it can be muted", n=volume)
