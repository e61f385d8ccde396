"""What a person must know of the link and of the sound: said when it changes, never at every try."""

from __future__ import annotations

from collections.abc import Iterator

from heard.client.clock import Clock
from heard.client.status import LinkState, LinkStatus
from heard.ui.badge import is_stale
from heard.ui.words import Words
from kds.bars import hands_off
from kds.sound.ringer import Ringer, State
from kds.spoken.letters import RETRY


class LinkNews:
    """The link as it was said to be."""

    def __init__(self, clock: Clock, words: Words) -> None:
        self._clock, self._words = clock, words
        self._told: tuple[LinkState, bool] | None = None

    def look(self, status: LinkStatus, station: str) -> Iterator[str]:
        """What is new; with a link that came up, why nothing can be done here, if so."""
        before, self._told = self._told, (self._standing(status), is_stale(status, self._clock.monotonic()))
        if before == self._told:
            return
        yield self.said(status)
        if status.live and (before is None or before[0] is not LinkState.LIVE):
            yield hands_off(status, station, self._words)

    def _standing(self, status: LinkStatus) -> LinkState:
        state, before = status.state, self._told[0] if self._told else LinkState.CONNECTING
        trying = state is LinkState.CATCHING_UP or (state is LinkState.CONNECTING and before is LinkState.OFFLINE)
        return before if trying else state

    def said(self, status: LinkStatus) -> str:
        """As it stands."""
        words = self._words
        if status.live:
            silent = is_stale(status, self._clock.monotonic())
            return words("Link: silent, do not believe what was said.") if silent else words("Link: live.")
        said = {
            LinkState.CONNECTING: words("Link: connecting."),
            LinkState.CATCHING_UP: words("Link: catching up."),
            LinkState.OFFLINE: words("Link: offline. What you do is kept and sent later."),
            LinkState.REFUSED: words("Link: the gateway refuses this station."),
        }[status.state]
        said = f"{said} {status.reason or ''}".rstrip()
        return f"{said} - {words('{key} tries again', key=RETRY)}" if status.state is LinkState.REFUSED else said


class SoundNews:
    """The sound as it was said to be; a station that can be heard from the first has no need to say so."""

    def __init__(self, ringer: Ringer, words: Words) -> None:
        self._ringer, self._words = ringer, words
        self._told: State | None = "on"

    def look(self) -> Iterator[str]:
        """What is new."""
        state, before = self._ringer.state, self._told
        if state is None or state == before:
            return
        self._told = state
        if state == "on":
            yield f"{self._words('sound is on again')}."
        else:
            yield f"{self._ringer.why_not(at_length=True)}."

    def known(self) -> None:
        """A key was about it, and its answer said how it is."""
        self._told = self._ringer.state or self._told
