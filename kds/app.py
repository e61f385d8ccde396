"""The kitchen display: one wall, two bars, a panel, and the keys of a cook."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Horizontal
from textual.events import Event, Key
from textual.screen import Screen

from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState
from heard.contract.kds import EXPO
from heard.contract.session import StoreSettings
from heard.kitchen.tallies import all_day
from heard.ui.driver import PatientDriver
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.themes import Theme, fitting, shipped
from heard.ui.thrift import ThriftyScreen
from kds.bars import Top, all_day_rows, average, bottom_bar, hands_off, refusal_words, top_bar
from kds.cards import Look
from kds.feed import Feed
from kds.fingers import Fingers
from kds.glass import Glass
from kds.hands import MOVED_S, Hands
from kds.keys import bindings, keymap
from kds.messages import LookAgain
from kds.screens.help import Help
from kds.settings import Settings
from kds.widgets.wall import Wall

Painted = Callable[[Mapping[str, float]], None]
"""Told, after a frame, the tickets whose header line was rendered for the first time → when (s, monotonic)."""

BELL_EVERY_S = 2.0
NEWS_S = 4.0
PANEL_WIDTH = 28
GC_THRESHOLDS = (20_000, 20, 50)
"""Full collections are what a slow key is made of."""


class KdsApp(App[None], inherit_bindings=False):
    """A station's display. Told of the kitchen by its feed alone; runs headless as well as in a terminal.

    `painted` hears what became visible; `shown` is the text of the wall as it was rendered; `key_to_frame_ms` are the
    last thousand times from a key press to the frame that answered it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(keymap())]
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #middle { height: 1fr; width: 1fr; }
    #panel { width: 28; height: 1fr; display: none; }
    #panel.open { display: block; }
    Help { background: $background; }
    """

    def __init__(
        self,
        feed: Feed,
        station: str,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        painted: Painted | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.feed = feed
        self.station = station
        self.settings_in_use = settings or Settings()
        self.clock = clock or SystemClock()
        self.painted = painted
        self.key_to_frame_ms: deque[float] = deque(maxlen=1000)
        self.look, self._faults = _theme(self.settings_in_use.theme, environ)
        self.deeds = keymap(self.settings_in_use.keymap, kiosk=self.settings_in_use.kiosk)
        self.glass = Glass(station, Look(language=self.settings_in_use.language, glyphs=dict(self.look.glyphs)))
        self.hands = Hands(feed, self.glass, self.clock, self.deeds)
        self.fingers = Fingers()
        self.wall = Wall(self.glass, self.look, self.clock)
        self.top = OneLine(self.look.styles, id="top")
        self.bottom = OneLine(self.look.styles, id="bottom")
        self.panel = Lines(self.look.styles, id="panel")
        self._store = StoreSettings()
        self._zone: tzinfo = UTC
        self._banner: tuple[str, float] = ("", 0.0)
        self._known: frozenset[str] | None = None
        self._was_live = False
        self._news = (0, float("-inf"))
        self._rang_at = float("-inf")
        self._average: tuple[timedelta | None, float] = (None, float("-inf"))
        self._shown_refusal: tuple[str, float] | None = None
        """The refusal in the lower bar, and until when it stands there."""
        self._pressed: float | None = None
        self._awaiting_frame: float | None = None
        self._timing = ""
        self._rest_due = True
        self._settled = False
        # Asked for as the driver of a terminal only: headless runs bring their own.
        super().__init__(ansi_color=self.look.ansi, driver_class=None if os.name == "nt" else PatientDriver)
        self.set_keymap({name: deed.keys for name, deed in self.deeds.items()})

    # ── Coming up and going down ──────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """A bar, the wall with its panel, a bar."""
        yield self.top
        with Horizontal(id="middle"):
            yield self.wall
            yield self.panel
        yield self.bottom

    def get_default_screen(self) -> Screen[None]:
        """One that sends no more than it must."""
        return ThriftyScreen()

    def on_mount(self) -> None:
        """Begin to look."""
        self._set_ground()
        self.feed.on_change = self.look_again
        for fault in self._faults:
            self.say(fault)
        self._look()
        self.set_interval(1.0, self.tick, name="the one clock")

    def on_unmount(self) -> None:
        """Look no more."""
        if self.feed.on_change == self.look_again:
            self.feed.on_change = None

    def _set_ground(self) -> None:
        ground = self.look.style("wall.empty").bgcolor
        default = "ansi_default" if self.look.ansi else "#000000"
        self.screen.styles.background = Color.parse(default) if ground is None else Color.from_rich_color(ground)

    def on_resize(self) -> None:
        """The bars tell of pages, of which another size has others; the wall must have dealt them first."""
        # There and back again may come as one: what the terminal shows then is nobody's guess.
        self.screen.refresh()
        self.call_after_refresh(self._write_top)

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def look_again(self) -> None:
        """Something changed; may be called from any thread, as often as one likes."""
        self.post_message(LookAgain())

    def on_look_again(self) -> None:
        """One look at everything."""
        self._look()

    def _look(self) -> None:
        self._learn_settings()
        self._ring_for_news()
        self._read_refusals()
        self.wall.say_when_empty(self._empty_sentence())
        if self.feed.board is not self.glass.board:
            self.wall.show(self.feed.board)
            self._rest_due = True
            self._settle_memory()
        if not self._awaiting_frame:
            self._write_rest()
            self._write_bottom()

    def _settle_memory(self) -> None:
        """What is up with the first board stays up for long: the collector need not look at it at every key."""
        if not self._settled and not self.is_headless:
            self._settled = True
            gc.set_threshold(*GC_THRESHOLDS)
            self.call_after_refresh(_freeze)

    def _learn_settings(self) -> None:
        store = self.feed.status.settings
        if store is None or store == self._store:
            return
        self._store = store
        with contextlib.suppress(KeyError, ValueError, OSError):
            self._zone = ZoneInfo(store.timezone)
        look = Look(zone=self._zone, language=self.settings_in_use.language, glyphs=dict(self.look.glyphs))
        self.glass.settle(self.settings_in_use.heat_s or store.heat_s, store.gating, look)
        self.wall.repaint()
        self._write_top()

    def _ring_for_news(self) -> None:
        """One bell for all that came together; none for what was there when we came, or came while we were away."""
        up = frozenset(ticket.ticket_id for ticket in self.feed.board.at(self.glass.station))
        before, self._known = self._known, up
        was_live, self._was_live = self._was_live, self.feed.status.live
        mono = self.clock.monotonic()
        new = up - (before or frozenset())
        if not new or before is None or not was_live:
            return
        fresh = self._news[0] if mono - self._news[1] < NEWS_S else 0
        self._news = (fresh + len(new), mono)
        if self.settings_in_use.bell and mono - self._rang_at >= BELL_EVERY_S:
            self._rang_at = mono
            self.bell()

    def _read_refusals(self) -> None:
        """One at a time, each for its whole time; what another sentence took the place of is said again."""
        if self.clock.monotonic() < self._banner[1]:
            return
        if self._shown_refusal is not None and self._shown_refusal[1] == self._banner[1]:
            self.feed.dismiss(self._shown_refusal[0])
        self._shown_refusal = None
        waiting = self.feed.refusals
        if waiting:
            self.say(refusal_words(waiting[0], self.feed.board, len(waiting) - 1))
            self._shown_refusal = (waiting[0].command_id, self._banner[1])

    def _empty_sentence(self) -> str:
        status = self.feed.status
        if status.state is LinkState.REFUSED:
            return f"The gateway refuses this station: {status.reason or 'it gave no reason'}"
        if self._store.stations and self.glass.station not in self._store.stations:
            return f"This store has no station {self.glass.station}; it has {', '.join(self._store.stations)}."
        if status.settings is None:
            return f"Waiting for the gateway. {status.reason or ''}".strip()
        return "Nothing to hand over." if self.glass.station == EXPO else "Nothing to cook."

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, sentence: str) -> None:
        """A sentence in the lower bar, for some seconds."""
        if sentence:
            self._banner = (sentence, self.clock.monotonic() + self.settings_in_use.banner_s)
        if self.is_running:
            self._write_bottom()

    def tick(self) -> None:
        """A second has passed."""
        mono = self.clock.monotonic()
        if isinstance(self._driver, PatientDriver) and self._driver.caught_up():
            self.screen.refresh()
        self.wall.tick()
        if times := sorted(self.key_to_frame_ms):
            self._timing = f"key {times[len(times) // 2]:.0f} ms"
        self._read_refusals()
        self._write_top()
        self._write_bottom()
        if mono - self._average[1] > 60:
            self.wall.forget_gone()

    def _write_top(self) -> None:
        now, mono = self.clock.now(), self.clock.monotonic()
        news = self._news[0] if mono - self._news[1] < NEWS_S else 0
        top = Top(
            station=self._station_words(),
            store=self._store.display_name,
            up=self.glass.up,
            page=self.glass.page,
            pages=len(self.glass.pages),
            hidden=self.glass.hidden(now),
            average=self._average_now(now, mono),
            news=news,
        )
        self.top.say(*top_bar(top, now, self._zone, self.size.width))

    def _station_words(self) -> str:
        return (
            self.station if self.glass.station == self.station else f"{self.glass.station} (seen from {self.station})"
        )

    def _average_now(self, now: datetime, mono: float) -> timedelta | None:
        if mono - self._average[1] > 15:
            self._average = (average(self.feed.board, self.glass.station, now), mono)
        return self._average[0]

    def _write_bottom(self) -> None:
        mono = self.clock.monotonic()
        sentence = self._banner[0] if mono < self._banner[1] else self._standing_sentence()
        ends = bottom_bar(self.feed.status, mono, self.deeds, sentence, self.size.width, timing=self._timing)
        self.bottom.say(*ends)

    def _standing_sentence(self) -> str:
        """What must be said for as long as it is so."""
        status = self.feed.status
        if status.state is LinkState.REFUSED:
            return status.reason or ""
        return hands_off(status, self.glass.station)

    def _write_panel(self) -> None:
        if self.panel.has_class("open"):
            self.panel.say(all_day_rows(all_day(self.feed.board, self.glass.station), PANEL_WIDTH))

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def on_event(self, event: Event) -> None:
        """Remember when a key was pressed: the time to its frame is measured all the time."""
        if isinstance(event, Key):
            self._pressed = event.time
            self.glass.used_at = self.clock.monotonic()
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A kiosk has no way out."""
        return not (action == "quit" and self.settings_in_use.kiosk)

    def _did(self, sentence: str) -> None:
        """Show at once what a key came to."""
        self.wall.show(self.feed.board)
        if self.wall.touched:
            self._awaiting_frame = self._pressed
        if sentence:
            self.say(sentence)
        self._rest_due = True
        if self._awaiting_frame is None:
            self._write_rest()  # else it waits: the card itself comes first

    def _write_rest(self) -> None:
        if self._rest_due and self.is_running:
            self._rest_due = False
            self._write_top()
            self._write_panel()

    def action_number(self, number: int) -> None:
        """Focus a card; the same number again bumps it."""
        mono = self.clock.monotonic()
        if self.fingers.tens:
            number, self.fingers.tens = number + 10, False
        if mono - self.glass.moved_at < MOVED_S:
            self.fingers.forget()
            self.say("the wall has just moved: look again")
            return
        slot = self.glass.numbered(number)
        up = slot is not None and slot.gone_at is None
        if self.fingers.dead(f"slot.{number}", mono):
            return
        meaning = self.fingers.press(number, slot.ticket_id if slot and up else None, mono)
        if slot is not None and meaning == "focus":
            self.glass.focus = slot.ticket_id
            self._did("")
        elif slot is not None and meaning == "bump":
            self.glass.focus = slot.ticket_id
            self.fingers.bumped(f"slot.{number}", mono)
            self._did(self.hands.bump_ticket(slot.ticket_id))

    def action_tens(self) -> None:
        """The next number is ten more; a second `0` is ten itself."""
        self.fingers.tens = not self.fingers.tens
        if not self.fingers.tens and (slot := self.glass.numbered(10)) and slot.gone_at is None:
            self.glass.focus = slot.ticket_id
            self._did("")

    def action_bump(self) -> None:
        """Done with the card in focus."""
        mono = self.clock.monotonic()
        if not self.fingers.dead("bump", mono):
            self.fingers.bumped("bump", mono)
            self.fingers.forget()
            self._did(self.hands.bump())

    def action_start(self) -> None:
        """On it."""
        self._did(self.hands.start())

    def action_undo(self) -> None:
        """Take back the last thing done here."""
        self._did(self.hands.undo())

    def action_recall(self) -> None:
        """Bring back the last card done."""
        self._did(self.hands.recall())

    def action_ack_void(self) -> None:
        """Seen."""
        self._did(self.hands.ack_void())

    def action_rush(self) -> None:
        """Before the others, or back in line."""
        self._did(self.hands.rush())

    def action_force(self) -> None:
        """Hand over anyway."""
        self._did(self.hands.force())

    def action_all_day(self) -> None:
        """The all-day panel, and away with it."""
        self.panel.set_class(not self.panel.has_class("open") and self.size.width >= 2 * PANEL_WIDTH, "open")
        self._write_panel()

    def action_expo(self) -> None:
        """Expo's cards, and back."""
        if self.station == EXPO:
            self.say("this is expo")
            return
        self.glass.turn_to(self.station if self.glass.station == EXPO else EXPO)
        self._known = None
        self._average = (None, float("-inf"))
        self.wall.say_when_empty(self._empty_sentence())
        self._did("")

    def action_compact(self) -> None:
        """Close the gaps."""
        self.glass.repack()
        self.fingers.forget()
        self._did("")

    def action_go(self, dx: int, dy: int) -> None:
        """The card beside the one in focus."""
        self.glass.focus = self.glass.beside(dx, dy)
        self._did("")

    def action_unfocus(self) -> None:
        """No card in focus."""
        self.glass.focus = None
        self.fingers.forget()
        self._did("")

    def action_page(self, step: int) -> None:
        """Another page."""
        self.fingers.forget()
        self._did("" if self.glass.turn(step) else f"this is the {'last' if step > 0 else 'first'} page")

    def action_help(self) -> None:
        """What the keys do."""
        self.push_screen(Help(self.deeds, self.look))

    async def action_quit(self) -> None:
        """Leave."""
        self.exit()

    # ── What was shown ────────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self) -> list[str]:
        """The text of the wall's lines as they were last rendered."""
        return self.wall.shown()

    def shown_of(self, ticket_id: str) -> list[str]:
        """The text of one card as it was last rendered."""
        return self.wall.shown_of(ticket_id)

    def post_display_hook(self) -> None:
        """A frame is out: say what became visible in it, and how long its key had waited."""
        if self._awaiting_frame is not None and self.wall.touched:
            self.key_to_frame_ms.append((time.monotonic() - self._awaiting_frame) * 1000)
            self._awaiting_frame = None
            self.look_again()
        self.wall.touched = False
        news = self.wall.take_news()
        if news and self.painted is not None:
            self.painted(news)


class _Themes(Protocol):
    def __call__(self) -> tuple[dict[str, Theme], list[str]]: ...


def _theme(wanted: str | None, environ: Mapping[str, str], read: _Themes = shipped) -> tuple[Theme, Iterable[str]]:
    """The theme asked for, or the fitting one; and a sentence for each fault on the way."""
    themes, faults = read()
    if wanted is not None and wanted not in themes:
        faults.append(f"there is no theme {wanted}; there are {', '.join(sorted(themes))}")
        wanted = None
    for name in (wanted, fitting(environ), "dark", *themes):
        if name in themes:
            return themes[name], faults
    raise RuntimeError(f"no theme can be used: {'; '.join(faults)}")


def _freeze() -> None:
    """What is up now stays up for months: the collector need not look at it again (it costs the p99 of a key)."""
    gc.collect()
    gc.freeze()
