"""The kitchen display in lines: for screen readers, terminals that only print, and pipes.

Nothing but text and newlines is written, and only behind what was written before; a terminal's bell rings where no
tone can be heard. What happens is said when it happens; a person answers with a line: the number of a card or of one
of its items, a letter for what to do with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from heard.client.clock import Clock, SystemClock
from heard.text import one_line
from heard.ui.conversation import BELL
from heard.ui.words import ENGLISH, Words
from kds.bars import refusal_words
from kds.chimes import Ring
from kds.choices import Kept
from kds.feed import Feed
from kds.settings import Settings
from kds.sound.names import Alert
from kds.spoken.answers import answered
from kds.spoken.seat import Seat
from kds.spoken.typed import Typed, read_typed

if TYPE_CHECKING:
    from kds.sound.voice import Voice


class Linear:
    """What to say, and what to do with what was typed; kept without any terminal."""

    def __init__(
        self, feed: Feed, station: str, settings: Settings | None = None, *, clock: Clock | None = None,
        words: Words = ENGLISH, voice: Voice | None = None, kept: Kept | None = None,
    ) -> None:  # fmt: skip
        settings = settings or Settings()
        self._bell = settings.bell
        self._bell_due = False
        self._later: deque[str] = deque()
        """Said at the next look; from any thread."""
        self._waiting: dict[Alert, str] = {}
        """What waited for somebody at the last look."""
        self._feed, self._words = feed, words
        self.seat = Seat(
            feed, station, settings, clock or SystemClock(), words, voice=voice, kept=kept, bell=self._ring_bell
        )
        self.seat.kept.unkept = self._later.append

    # ── What is new ───────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> list[str]:
        """What there is to say since the last look."""
        seat, status = self.seat, self._feed.status
        seat.learn()
        rings = seat.ringer.look(self._feed.board, live=status.live)
        self._feed.vitals(sound=seat.ringer.state, screen="lines")
        news = [*seat.link.look(status, seat.glass.station), *seat.sound.look(), *self._card_news()]
        said = _clean((*news, *self._rung(rings), *self._refusals(), *self._unsaid()))
        bell, self._bell_due = self._bell_due, False
        return [BELL, *said] if bell else said

    def _ring_bell(self) -> None:
        self._bell_due = self._bell

    def _card_news(self) -> Iterator[str]:
        seat, board = self.seat, self._feed.board
        if seat.cards.known is None and not self._feed.status.live and not board.tickets:
            return  # nothing was ever heard: an empty kitchen and no kitchen are not the same
        yield from seat.cards.look(board, seat.store, seat.look, seat.heat_s)
        if seat.glass.focus not in seat.cards.cards():
            seat.choose_nothing()

    def _rung(self, rings: Iterable[Ring]) -> Iterator[str]:
        """What rings again, and what is new at home while expo is looked at."""
        before, self._waiting = self._waiting, self.seat.ringer.waiting()
        again = {ring.alert for ring in rings if ring.again}
        away = self.seat.glass.station != self.seat.station
        for alert, said in self._waiting.items():
            if alert in again:
                yield f"{self._words('Again:')} {said}."
            elif away and said != before.get(alert):
                yield f"{self.seat.station}: {said}."

    def _refusals(self) -> Iterator[str]:
        for refusal in self._feed.refusals:
            yield f"{self._words('Refused:')} {refusal_words(refusal, self._feed.board, 0, self._words)}"
            self._feed.dismiss(refusal.command_id)

    def _unsaid(self) -> Iterator[str]:
        while self._later:
            yield self._later.popleft()

    # ── What was typed ────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, typed: str) -> list[str] | None:
        """What a line comes to; None: leave. `3`, `3.1`, `d2`, `b`, `3 b`, `b 3` and an empty line are understood."""
        seat = self.seat
        seat.ringer.key()
        asked = read_typed(typed)
        if asked is None:
            return [self._words("one number and one letter at a time; h helps")]
        if asked == Typed(letter="q") and asked.letter in seat.letters:
            return None
        said = _clean(answered(seat, asked))
        seat.letter_before = asked.letter
        return said


def _clean(said: Iterable[str]) -> list[str]:
    return [text for one in said if (text := one_line(one))]
