"""The station's ears and voice together: looks at the board, decides what is heard, and says in words what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal, Protocol

from heard.client.clock import Clock
from heard.kitchen.board import Board
from heard.text import one_line
from heard.ui.spans import Row, Span
from heard.ui.words import ENGLISH, Words
from kds.chimes import RULES, Ears, Notice, Ring, Scene, due
from kds.flash import Flash
from kds.settings import SoundSettings
from kds.sound.loudness import Loudness
from kds.sound.names import Alert, Player
from kds.sound.signs import House, Signs
from kds.sound.voice import Sounding

FAILED_S = 15.0
"""A way to be heard that is found gone this soon after a chime did not play it."""
NAMED = 2
"""As many cards are named in the bar by their number; of more the bar tells how many."""

COUNTED = (Alert.NEW, Alert.READY)
"""Of these the bar always tells how many."""

State = Literal["on", "muted", "off"]


class Speaks(Protocol):
    """What plays the tones: the `Voice` of a real station."""

    @property
    def sounding(self) -> Sounding:
        """Whether a tone would be heard."""
        ...

    def ring(self, alert: Alert, volume: int) -> bool:
        """Ask for a tone; False if there is nobody to ask."""
        ...


class Ringer:
    """One for a station. Looked with at every change and every second; cheap when nothing is new.

    Without a `voice` there is nobody who could play: the terminal's bell is all, and nothing is said of it.
    """

    def __init__(
        self,
        station: str,
        settings: SoundSettings,
        clock: Clock,
        voice: Speaks | None = None,
        *,
        bell: Callable[[], None] = lambda: None,
        steady: bool = False,
        words: Words = ENGLISH,
    ) -> None:
        """`steady`: what is told to the eye stands still, for people whom flashing harms."""
        self._loudness = Loudness(settings, clock, words)
        self._steady = steady
        self._clock, self._voice, self._bell, self._words = clock, voice, bell, words
        self._signs = Signs(station)
        self._ears = Ears()
        self._touched: set[str] = set()
        self._key_at = self._asked_at = float("-inf")

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, house: House) -> None:
        """What the store asks for."""
        self._signs.settle(house)
        self._loudness.zone = house.zone

    def key(self) -> None:
        """A key was pressed: somebody is there."""
        self._key_at = self._clock.monotonic()

    def touched(self, ticket_id: str | None) -> None:
        """A key was at this card."""
        if ticket_id is not None:
            self._touched.add(ticket_id)

    def look(self, board: Board, *, live: bool) -> tuple[Ring, ...]:
        """Ring for what is new. What was decided, heard or not."""
        mono, now = self._clock.monotonic(), self._clock.now()
        scene = Scene(
            mono=mono, now=now, live=live, signs=self._signs.of(board), touched=frozenset(self._touched),
            key_at=self._key_at, heard=self._heard(now), remind=self.settings.remind,
        )  # fmt: skip
        self._touched.clear()
        self._ears, rings = due(self._ears, scene)
        if self._play([ring.alert for ring in rings], now):
            self._asked_at = mono
        elif mono - self._asked_at < FAILED_S and self.state == "off":
            self._asked_at = float("-inf")
            self._bell()  # the chime that found out was not heard
        return rings

    # ── Being heard ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _play(self, alerts: Iterable[Alert], now: datetime) -> bool:
        """Ask for their tones, or ring the bell once in place of all; whether tones were asked for."""
        volumes = {} if self.silence(now) else {alert: self._loudness.of(alert) for alert in alerts}
        loud = {alert: volume for alert, volume in volumes.items() if volume}
        if not loud:
            return False
        asked = [self._ask(alert, volume) for alert, volume in loud.items()]
        if any(asked):
            return True
        self._bell()
        return False

    def _ask(self, alert: Alert, volume: int) -> bool:
        sounding = self._sounding
        if self._voice is None or sounding is None or not (sounding.on or sounding.starting):
            return False
        return self._voice.ring(alert, volume)

    def _heard(self, now: datetime) -> bool:
        """Whether an ear is told now; else it is up to the eye."""
        return self.state != "off" and not self.silence(now)

    @property
    def _sounding(self) -> Sounding | None:
        return None if self._voice is None else self._voice.sounding

    @property
    def state(self) -> State | None:
        """As the gateway is told; None while nobody knows."""
        sounding = self._sounding
        if sounding is None or sounding.starting:
            return None
        if not sounding.on:
            return "off"
        return "muted" if self.silence(self._clock.now()) else "on"

    # ── How loud ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def settings(self) -> SoundSettings:
        """As chosen now: what the keys for mute and volume made of them."""
        return self._loudness.settings

    def silence(self, now: datetime) -> str:
        """Why nothing rings although it could, in words for the bar; empty when it does."""
        return self._loudness.silence(now)

    def mute(self) -> str:
        """What the mute key does; a sentence that says so. The new end stands in `settings`."""
        said = self._loudness.mute()
        if self.settings.mute_until is None and (why_not := self.why_not()):
            return f"{said}; {why_not}"
        return said

    def turn(self, steps: int) -> str:
        """Louder or softer: a chime to judge it by, and a sentence. The new volume stands in `settings`."""
        said = self._loudness.turn(steps)
        if why_not := self.why_not():
            return f"{said}; {why_not}"
        self._ask(Alert.NEW, self.settings.volume)
        return said

    def why_not(self, *, at_length: bool = False) -> str:
        """Why no tone is heard now, in the words of the bar; `at_length` with what the players say. Empty: one is."""
        row, sounding = "".join(part.text.strip() for part in self.sound_row()), self._sounding
        if not at_length or sounding is None or not sounding.why or self.settings.through is Player.BELL:
            return row
        return f"{row}: {sounding.why}"

    # ── In words ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def sound_row(self) -> Row:
        """For the upper bar: that nothing can be heard, or is not to be; nothing where all is well."""
        sounding, words = self._sounding, self._words
        if sounding is not None and not sounding.on and not sounding.starting:
            bell = self.settings.through is Player.BELL
            return (
                Span(f" {words('BELL ONLY') if bell else words('SOUND OFF')} ", "bar.warn" if bell else "bar.alarm"),
            )
        silence = self.silence(self._clock.now())
        return (Span(f" {silence} ", "bar.warn"),) if silence else ()

    def alerts_row(self) -> Row:
        """For the upper bar: what rang and waits for somebody, the most urgent first; it flashes until then."""
        return tuple(self._alerts())

    def _alerts(self) -> Iterator[Span]:
        for alert, notice in self._waiting():
            yield Span(f" {self._cards(alert, notice)} ", RULES[alert].role if self._lit(notice) else "bar.strong")

    def flash(self) -> Flash | None:
        """What is told to the eye from edge to edge: the most urgent of what waits for somebody; None: nothing does.

        Where nothing can be heard everything waits, else what rings again.
        """
        for alert, notice in self._waiting():
            if alert in self.settings.remind or not self._heard(self._clock.now()):
                return Flash(self._cards(alert, notice), RULES[alert].role, self._lit(notice))
        return None

    def _waiting(self) -> Iterator[tuple[Alert, Notice]]:
        return ((alert, self._ears.notices[alert]) for alert in RULES if alert in self._ears.notices)

    def _lit(self, notice: Notice) -> bool:
        """A second bright and a second not, from its beginning: six times slower than what can harm anybody."""
        return self._steady or int(self._clock.monotonic() - notice.at + 0.5) % 2 == 0

    def waiting(self) -> dict[Alert, str]:
        """What waits for somebody, in words: `VOID #5`, the most urgent first."""
        return {alert: self._cards(alert, notice) for alert, notice in self._waiting()}

    def _cards(self, alert: Alert, notice: Notice) -> str:
        word, known = self._words(RULES[alert].word), self._ears.known or {}
        labels = sorted(known[one].label for one in notice.tickets if one in known)
        if alert in COUNTED or len(labels) > NAMED:
            return f"{len(notice.tickets)} {word}"
        return one_line(f"{word} {' '.join(labels)}")

    def describe(self) -> str:
        """How the sound is, for the diagnostics; empty while nobody knows."""
        sounding, words = self._sounding, self._words
        if sounding is None or sounding.starting:
            return ""
        if not sounding.on:
            return words("off: {why}", why=sounding.why)
        through = words("on, through {player}, volume {volume} %", player=sounding.through, volume=self.settings.volume)
        silence = self.silence(self._clock.now())
        return f"{through}; {silence}" if silence else through
