"""What is written on the two bars: station, counts and alarms above, the link and words below."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from heard.client.status import LinkState
from heard.contract.kds import EXPO
from heard.ui.deeds import first_key
from heard.ui.line import OneLine
from heard.ui.spans import Row
from kds.bars import Top, average, bottom_bar, cut_off, hands_off, refusal_words, top_bar, wall_keys
from kds.desk import Desk
from kds.flash import Flash
from kds.screens.over import Over
from kds.telling import Telling

AVERAGE_EVERY_S = 15.0


class Rung(Protocol):
    """What the bar says of the sound."""

    def alerts_row(self) -> Row:
        """What rang a moment ago, and what must not be missed."""
        ...

    def sound_row(self) -> Row:
        """Why nothing can be heard, if so."""
        ...

    def flash(self) -> Flash | None:
        """What both bars tell the eye from edge to edge, if anything."""
        ...


class Captions:
    """The bars of the wall; a screen over it has the same above, and its own keys below."""

    def __init__(self, desk: Desk, rung: Rung, top: OneLine, bottom: OneLine, banner_s: float) -> None:
        self.top, self.bottom = top, bottom
        self.timing = ""
        """How fast keys are, for the lower bar."""
        self._desk, self._rung, self._banner_s = desk, rung, banner_s
        self._telling = Telling()
        self._average: tuple[timedelta | None, float] = (None, float("-inf"))
        here = {name: deed for name, deed in desk.deeds.items() if name != "expo" or desk.station != EXPO}
        self._keys = wall_keys(here, desk.words)
        self._keys_offline = wall_keys(here, desk.words, offline=True)

    # ── Sentences ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, sentence: str) -> None:
        """A sentence in the lower bar, for some seconds."""
        self._telling.say(sentence, self._desk.clock.monotonic(), self._banner_s)

    def hush(self) -> None:
        """Another screen comes up, and its keys are to be seen."""
        self._telling.hush()

    def say_later(self, sentences: Iterable[str]) -> None:
        """These one after the other, when there is time; each with how many come after it."""
        words, waiting = self._desk.words, list(sentences)
        for after, sentence in zip(reversed(range(len(waiting))), waiting, strict=True):
            more = f" ({words.many('{n} more', '{n} more', after)})" if after else ""
            self._telling.say_later([f"{sentence}{more}"])

    def go_on(self) -> None:
        """What waits to be said, one at a time; a refusal that another sentence took the place of is said again."""
        feed, mono = self._desk.feed, self._desk.clock.monotonic()
        if feed.status.live and self._telling.sentence(mono) == self._desk.words("Link: connecting."):
            self._telling.hush()  # what the key for it came to is seen in the badge
        self._telling.go_on(mono, self._banner_s)
        if (found := self._telling.next_refusal(feed.refusals, mono, self._banner_s)) is not None:
            self._telling.tell(refusal_words(found[0], feed.board, found[1], self._desk.words), mono, self._banner_s)

    def when_empty(self) -> str:
        """What stands on a wall without cards."""
        status, words, store, station = self._desk.feed.status, self._desk.words, self._desk.store, self._station
        if status.state is LinkState.REFUSED:
            said = words("The gateway refuses this station: {why}", why=status.reason or words("it gave no reason"))
            keys = [key for deed in ("retry", "bump") if (key := first_key(self._desk.deeds, deed))]
            return f"{said} - {words('{key} tries again', key=' / '.join(keys))}" if keys else said
        if store.stations and station not in store.stations:
            known = ", ".join(store.stations)
            return words("This store has no station {station}; it has {stations}.", station=station, stations=known)
        if status.settings is None:
            return f"{words('Waiting for the gateway.')} {status.reason or ''}".strip()
        return words("Nothing to hand over.") if station == EXPO else words("Nothing to cook.")

    def _standing(self) -> str:
        """What must be said for as long as it is so."""
        status = self._desk.feed.status
        if status.state is LinkState.REFUSED:
            return status.reason or ""
        return hands_off(status, self._station, self._desk.words)

    # ── The bars ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def write_top(self, over: Over | None, room: int) -> None:
        """The upper bar, which a screen over the wall shows as well."""
        desk, glass, now = self._desk, self._desk.glass, self._desk.clock.now()
        top = Top(
            station=self._station_words(),
            store=desk.store.display_name,
            up=glass.up,
            page=glass.page,
            pages=len(glass.pages),
            hidden=glass.hidden(now) if over is None else glass.everywhere(now),
            average=self._average_now(now),
            refused_link=cut_off(desk.feed.status, desk.deeds, desk.words),
            alerts=self._rung.alerts_row(),
            sound=self._rung.sound_row(),
            refused=len(desk.feed.refusals),
            refused_key=first_key(desk.deeds, "refusals"),
            words=desk.words,
        )
        ends = _seen(top_bar(top, now, desk.zone, room), self._rung.flash())
        self.top.say(*ends)
        if over is not None:
            over.top.say(*ends)

    def write_bottom(self, over: Over | None, room: int) -> None:
        """The lower bar, with the keys of what is in sight."""
        desk, mono = self._desk, self._desk.clock.monotonic()
        sentence = self._telling.sentence(mono)
        flash = self._rung.flash()
        told = partial(bottom_bar, desk.feed.status, mono, desk.deeds, alert=flash and flash.word, words=desk.words)
        standing = sentence or self._standing()
        keys = self._keys_offline if desk.feed.status.state is LinkState.OFFLINE else self._keys
        self.bottom.say(*_seen(told(standing, room, timing=self.timing, keys=keys), flash))
        if over is not None:
            over.bottom.say(*_seen(told(sentence, room, keys=over.keys()), flash))

    def forget_average(self) -> None:
        """Another station is looked at."""
        self._average = (None, float("-inf"))

    @property
    def _station(self) -> str:
        return self._desk.glass.station

    def _station_words(self) -> str:
        if self._station == self._desk.station:
            return self._station
        return self._desk.words("{station} (seen from {own})", station=self._station, own=self._desk.station)

    def _average_now(self, now: datetime) -> timedelta | None:
        mono = self._desk.clock.monotonic()
        if self._average[0] is None or mono - self._average[1] > AVERAGE_EVERY_S:
            self._average = (average(self._desk.feed.board, self._station, now), mono)
        return self._average[0]


def _seen(ends: tuple[Row, Row], flash: Flash | None) -> tuple[Row, Row, str | None]:
    """The two ends of a bar as an alert has them, and what fills it."""
    return (*ends, None) if flash is None else (flash.over(ends[0]), flash.over(ends[1]), flash.fill)
