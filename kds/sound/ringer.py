"""The station's ears and voice together: looks at the board, decides what is heard, and says in words what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Literal, NamedTuple, Protocol

from heard.client.clock import Clock
from heard.contract.kds import Gating
from heard.kitchen.board import Board
from heard.kitchen.priority import is_up
from heard.kitchen.tickets import Ticket
from heard.text import one_line
from heard.ui.spans import Row, Span
from heard.ui.words import ENGLISH, Words
from kds.chimes import RULES, Ears, Notice, Ring, Scene, Sign, due, muted_anew, quiet_until, sign
from kds.memory import MadeOf, made_of, same
from kds.settings import SoundSettings
from kds.sound.names import Alert, Player
from kds.sound.voice import Sounding

AT_ONCE_S = 3.0
"""The mute key again within this long: longer, not off."""
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


class House(NamedTuple):
    """What the store asks of its stations."""

    gating: Gating = "always"
    late_s: float | None = 720.0
    """The age at which a card is late; None: never."""
    zone: tzinfo = UTC


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
        words: Words = ENGLISH,
    ) -> None:
        self.settings = settings
        """As chosen now: volume and the end of a mute change while the station is up."""
        self._station, self._clock, self._voice, self._bell, self._words = station, clock, voice, bell, words
        self._house = House()
        self._ears = Ears()
        self._touched: set[str] = set()
        self._key_at = self._mute_key_at = self._asked_at = float("-inf")
        self._board: Board | None = None
        self._made: dict[str, tuple[MadeOf, Sign | None]] = {}
        """Ticket → itself and what it is made of, and its sign."""
        self._signs: Mapping[str, Sign] = {}

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, house: House) -> None:
        """What the store asks for."""
        if house != self._house:
            self._house, self._board = house, None
            self._made.clear()

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
            mono=mono, now=now, live=live, signs=self._signs_of(board), touched=frozenset(self._touched),
            key_at=self._key_at, heard=self.state != "off" and not self.silence(now), remind=self.settings.remind,
        )  # fmt: skip
        self._touched.clear()
        self._ears, rings = due(self._ears, scene)
        if self._play([ring.alert for ring in rings], now):
            self._asked_at = mono
        elif mono - self._asked_at < FAILED_S and self.state == "off":
            self._asked_at = float("-inf")
            self._bell()  # the chime that found out was not heard
        return rings

    def _signs_of(self, board: Board) -> Mapping[str, Sign]:
        if board is not self._board:
            made = {one.ticket_id: self._sign(board, one) for one in board.at(self._station) if not one.header.test}
            self._made = made
            self._signs = {ticket_id: sign for ticket_id, (_, sign) in made.items() if sign is not None}
            self._board = board
        return self._signs

    def _sign(self, board: Board, ticket: Ticket) -> tuple[MadeOf, Sign | None]:
        """A ticket's sign, None where it is no card; from memory where nothing it is made of is another."""
        known = self._made.get(ticket.ticket_id)
        if known is not None and ticket is known[0][0] and (not ticket.is_expo or (ticket.closed and not known[1])):
            return known  # its siblings do not matter: it is no card of expo, or one that has left the kitchen
        parts = made_of(board, ticket)
        if known is not None and same(known[0][1:], parts):
            return known
        state = board.state(ticket)
        up = is_up(board, ticket, state, self._house.gating)
        return (ticket, *parts), sign(ticket, state, self._house.late_s) if up else None

    # ── Being heard ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _play(self, alerts: Iterable[Alert], now: datetime) -> bool:
        """Ask for their tones, or ring the bell once in place of all; whether tones were asked for."""
        loud = {} if self.silence(now) else {alert: volume for alert in alerts if (volume := self._volume(alert))}
        if not loud:
            return False
        if (sounding := self._sounding) is not None and self._voice is not None and (sounding.on or sounding.starting):
            asked = [self._voice.ring(alert, volume) for alert, volume in loud.items()]
            if any(asked):
                return True
        self._bell()
        return False

    def _volume(self, alert: Alert) -> int:
        return 0 if alert in self.settings.off else self.settings.volume * self.settings.volumes.get(alert, 100) // 100

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

    def silence(self, now: datetime) -> str:
        """Why nothing rings although it could, in words for the bar; empty when it does."""
        until, words = self.settings.mute_until, self._words
        if until is not None and now < until:
            minutes = -int((now - until).total_seconds() // 60)
            return words("MUTED {minutes} min", minutes=minutes)
        if (end := quiet_until(self.settings.quiet, now.astimezone(self._house.zone).time())) is not None:
            return words("QUIET until {time}", time=f"{end:%H:%M}")
        return "" if self.settings.volume else words("MUTED")

    def mute(self) -> str:
        """What the mute key does; a sentence that says so. The new end stands in `settings`."""
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
        dim = int(self._clock.monotonic()) % 2 == 1
        for alert, rule in RULES.items():
            if alert in self._ears.notices:
                cards = self._cards(alert, self._ears.notices[alert])
                yield Span(f" {one_line(cards)} ", "bar.strong" if dim else rule.role)

    def _cards(self, alert: Alert, notice: Notice) -> str:
        word, known = self._words(RULES[alert].word), self._ears.known or {}
        labels = sorted(known[one].label for one in notice.tickets if one in known)
        if alert in COUNTED or len(labels) > NAMED:
            return f"{len(notice.tickets)} {word}"
        return f"{word} {' '.join(labels)}"

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
