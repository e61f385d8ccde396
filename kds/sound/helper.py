"""The helper: plays what it is asked to, one tone after the other, and says whether it was heard.

It is a process of its own because sound libraries write to the terminal, hang, and now and then crash; it loads nothing
but the standard library and the player in use, and ends when the station does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import cache

from kds.sound.chain import Chain
from kds.sound.names import Alert
from kds.sound.players import NotPlayed
from kds.sound.speech import Play, Told, read_play
from kds.sound.tones import TONES, pcm

HUNG_S = 40.0
"""A tone that takes longer than a whole chain of players that do not come to an end: one of them hangs in a library."""
Say = Callable[[Told], None]


class Helper:
    """A worker thread and what waits for it: each alert once, however often it was asked for; the most urgent first."""

    def __init__(
        self,
        chain: Chain,
        say: Say,
        *,
        probe_s: float = 30.0,
        check_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Looks for a way to be heard every `probe_s` while there is none, and every `check_s` whether it still is."""
        self._chain, self._say, self._clock = chain, say, clock
        self._probe_s, self._check_s = probe_s, check_s
        self._waiting: dict[Alert, int] = {}
        self._asked = threading.Condition()
        self._busy_since: float | None = None
        self._over = False

    def ask(self, play: Play) -> None:
        """Play this as soon as possible; of the same alert once, as loud as it was asked for last."""
        with self._asked:
            self._waiting[play.alert] = play.volume
            self._asked.notify()

    def listen(self, lines: Iterable[bytes]) -> None:
        """Take what is asked for, until nobody can ask any more."""
        for line in lines:
            if (play := read_play(line)) is not None:
                self.ask(play)
        self.end()

    def end(self) -> None:
        """Leave off."""
        with self._asked:
            self._over = True
            self._asked.notify()
        self._chain.stop()

    def hangs(self) -> bool:
        """Whether a player does not come back."""
        since = self._busy_since
        return since is not None and self._clock() - since > HUNG_S

    def work(self) -> None:
        """Try at once, then play what is asked for and try now and then, until the end."""
        self._do(None)
        while not self._over:
            self._do(self._next())

    def _next(self) -> Alert | None:
        """The most urgent alert that waits; None when it is time to try."""
        with self._asked:
            if not self._waiting and not self._over:
                self._asked.wait(self._check_s if self._chain.current else self._probe_s)
            return next((alert for alert in Alert if alert in self._waiting), None)

    def _do(self, alert: Alert | None) -> None:
        with self._asked:
            if self._over:
                return
            volume = self._waiting.pop(alert) if alert else 0
        self._busy_since = self._clock()
        try:
            through = self._chain.play(_tone(alert, volume)) if alert else self._chain.probe()
        except NotPlayed as error:
            told = Told(why=str(error), played=alert or "")
        else:
            told = Told(through, played=alert or "")
        self._busy_since = None
        if not self._over:
            self._say(told)


@cache
def _tone(alert: Alert, volume: int) -> bytes:
    return pcm(TONES[alert], volume)
