"""The kitchen display: one wall, two bars, a panel, and the keys of a cook."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from textual.actions import ActionParseResult
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Event, Key, Resize
from textual.screen import Screen

from heard.client.clock import Clock, SystemClock
from heard.ui.deeds import bind, bindings
from heard.ui.driver import PatientDriver
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.terminal import collect_seldom
from heard.ui.themes import Themes, available, behind, chosen
from heard.ui.thrift import ThriftyScreen
from heard.ui.words import ENGLISH, Words
from kds.acting import PANEL_WIDTH, Acting
from kds.captions import Captions
from kds.choices import Kept
from kds.desk import Desk
from kds.feed import Feed
from kds.glass import Glass
from kds.hands import Hands
from kds.keymaps import keys_for
from kds.look import Look
from kds.messages import LookAgain
from kds.news import News
from kds.screens.over import Over
from kds.settings import Settings
from kds.sound.ringer import Ringer
from kds.sound.signs import House
from kds.tallies import all_day_rows, open_dishes
from kds.tour import HIDE, Guide, Tour
from kds.vitals import Vitals, age_s, percentiles
from kds.widgets.wall import Wall

if TYPE_CHECKING:
    from kds.sound.voice import Voice

Painted = Callable[[Mapping[str, float]], None]
"""Told, after a frame, the tickets whose header line was rendered for the first time → when (s, monotonic)."""

TIDY_EVERY_S = 60.0
FREEZE_AFTER_S = 2.0
"""How long the first board is up before the collector is busy with it: what it paints, and who acts on it, go first."""


class KdsApp(Acting, inherit_bindings=False):
    """A station's display. Told of the kitchen by its feed alone; runs headless as well as in a terminal.

    `painted` hears what became visible; `shown` is the text of the wall as it was rendered; `key_to_frame_ms` are the
    last thousand times from a key press to the frame that answered it.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #middle { height: 1fr; width: 1fr; }
    #panel { width: 28; height: 1fr; display: none; }
    #panel.open { display: block; }
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
        words: Words = ENGLISH,
        voice: Voice | None = None,
    ) -> None:
        self.feed = feed
        self.station = station
        self.settings_in_use = settings or Settings()
        self.clock = clock or SystemClock()
        self.painted = painted
        self.environ = environ
        self.words = words
        told = self.settings_in_use
        self.themes: Themes = partial(available, told.directory and told.directory / "themes")
        self.look, faults = chosen(told.theme, environ, self.themes)
        self.deeds, clashes = keys_for(told.keymap_name, told.keymap, told.directory, kiosk=told.kiosk, words=words)
        self.faults = [*faults, *clashes]
        """What is wrong but no reason not to start, said when the screen is up."""
        self.kept = Kept()
        """What was chosen at this station; the command brings one that outlives it."""
        self.vitals = Vitals(began=self.clock.monotonic())
        self.key_to_frame_ms = self.vitals.key_ms
        self.glass = Glass(station, self._card_look(UTC))
        self.hands = Hands(feed, self.glass, self.clock, self.deeds, words)
        self.desk = Desk(
            station, feed, self.glass, self.hands, self.clock, self.deeds, self.look, words, self.vitals,
            environ=environ,
        )  # fmt: skip
        self.voice = voice
        """What plays the tones, started and stopped by whoever brings it; without one there is the bell."""
        sound = self.settings_in_use.sound
        self.ringer = Ringer(
            station, sound, self.clock, voice, bell=self._ring_bell, steady=told.reduced_motion, words=words
        )
        self.desk.sound = self.ringer.describe
        self.wall = Wall(self.glass, self.look, self.clock)
        self.top = OneLine(self.look.styles, id="top")
        self.bottom = OneLine(self.look.styles, id="bottom")
        self.panel = Lines(self.look.styles, id="panel", words=words)
        self.tour = Tour(self.look.styles)
        self.with_choices = False
        """Whether the all-day panel counts a dish with each choice of modifiers apart."""
        self.captions = Captions(self.desk, self.ringer, self.top, self.bottom, self.settings_in_use.banner_s)
        self.news = News()
        self._focused: str | None = None
        self._tidied_at = self.clock.monotonic()
        self._rest_due = True
        self._settled = False
        self._looked_at: tuple[object, ...] = (None, None, None)
        # Asked for as the driver of a terminal only: headless runs bring their own.
        super().__init__(ansi_color=self.look.ansi, driver_class=None if os.name == "nt" else PatientDriver)
        bind(self, bindings(self.deeds))

    def _card_look(self, zone: tzinfo) -> Look:
        told = self.settings_in_use
        return Look(
            zone=zone, language=told.language, glyphs=dict(self.look.glyphs), words=self.words, size=told.text_size
        )

    # ── Coming up and going down ──────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """A bar, the wall with its panel, a bar."""
        yield self.top
        with Horizontal(id="middle"):
            yield self.wall
            yield self.panel
        yield self.tour.strip
        yield self.bottom

    def get_default_screen(self) -> Screen[None]:
        """One that sends no more than it must."""
        return ThriftyScreen()

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_ground()
        self.feed.on_change = self.look_again
        if self.voice is not None:
            self.voice.on_change = self.look_again
        self.kept.unkept = self._post_unkept
        self.captions.say_later(self.faults)
        self.settle_panel(self.size.width)
        self._look()
        self.set_interval(1.0, self.tick, name="the one clock")

    def on_unmount(self) -> None:
        """Look no more."""
        if self.feed.on_change == self.look_again:
            self.feed.on_change = None
        if self.voice is not None:
            self.voice.on_change = None
        self.kept.unkept = None

    def set_ground(self) -> None:
        ground = behind(self.look, "wall.empty")
        for screen in self.screen_stack:
            screen.styles.background = ground

    def on_resize(self, event: Resize) -> None:
        """The bars tell of pages, of which another size has others; the wall must have dealt them first."""
        # There and back again may come as one: what the terminal shows then is nobody's guess.
        self.screen.refresh()
        self.settle_panel(event.size.width)
        self.call_after_refresh(lambda: self.tour.fits(self.size.height))
        self.call_after_refresh(self.write_top)

    @property
    def over(self) -> Over | None:
        """The screen that lies over the wall, if one does."""
        return self.screen if isinstance(self.screen, Over) else None

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def look_again(self) -> None:
        """Something changed; may be called from any thread, as often as one likes."""
        self.post_message(LookAgain())

    def on_look_again(self) -> None:
        """One look at everything; a card that a key changed comes first, and asks to look again once it is painted."""
        if not self.vitals.awaiting:
            self._look()

    def _look(self) -> None:
        self._learn_settings()
        new = self._look_for_news()
        self.ringer.look(self.feed.board, live=self.feed.status.live)
        self.captions.go_on()
        self.wall.say_when_empty(self.captions.when_empty())
        if self.feed.board is not self.glass.board:
            self.wall.show(self.feed.board)
            in_sight = (one for one in new if self.over is None and self.glass.pieces_of(one))
            self.vitals.expect(in_sight, self.clock.monotonic())
            self._rest_due = True
            self._settle_memory()
        if self.over is not None:
            self.over.look_again()
        if not self.vitals.awaiting:
            self._write_rest()
            self._write_bottom()

    def _settle_memory(self) -> None:
        """What is up with the first board stays up for long: the collector need not look at it at every key."""
        if not self._settled and not self.is_headless:
            self._settled = True
            collect_seldom()
            self.set_timer(FREEZE_AFTER_S, _freeze)

    def _learn_settings(self) -> None:
        store = self.feed.status.settings
        if store is None or store == self.desk.store:
            return
        self.desk.store = store
        with contextlib.suppress(KeyError, ValueError, OSError):
            self.desk.zone = ZoneInfo(store.timezone)
        self.settle_glass()
        self.write_top()

    def settle_glass(self) -> None:
        heat_s = self.settings_in_use.heat_s or self.desk.store.heat_s
        self.glass.settle(heat_s, self.desk.store.gating, self._card_look(self.desk.zone))
        self.ringer.settle(House(self.desk.store.gating, heat_s[-1] if heat_s else None, self.desk.zone))
        self.wall.repaint()

    def _look_for_news(self) -> frozenset[str]:
        """Tickets that came since the last look."""
        looked_at = (self.feed.board, self.glass.station, self.feed.status.live)
        if all(map(is_, looked_at, self._looked_at)):
            return frozenset()
        self._looked_at = looked_at
        up = (ticket.ticket_id for ticket in self.feed.board.at(self.glass.station))
        return self.news.look(up, self.clock.monotonic(), live=self.feed.status.live)

    def _ring_bell(self) -> None:
        """What is left where no tone can be heard."""
        if self.settings_in_use.bell:
            self.bell()

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, sentence: str) -> None:
        """A sentence in the lower bar, for some seconds."""
        if sentence:
            self.captions.say(sentence)
        if self.is_running:
            self._write_bottom()

    def tick(self) -> None:
        """A second has passed."""
        mono = self.clock.monotonic()
        if isinstance(self._driver, PatientDriver) and self._driver.caught_up():
            self.screen.refresh()
        self.wall.tick()
        self.ringer.look(self.feed.board, live=self.feed.status.live)
        if times := sorted(self.vitals.key_ms):
            self.captions.timing = self.words("key {ms} ms", ms=round(times[len(times) // 2]))
        self.captions.go_on()
        self.write_bars()
        self._tell_operators()
        if self.over is not None:
            self.over.tick()
        if mono - self._tidied_at > TIDY_EVERY_S:
            self._tidied_at = mono
            self.wall.forget_gone()

    def _tell_operators(self) -> None:
        """How this screen fares; the feed says it when there is news."""
        key, glass = percentiles(self.vitals.key_ms), percentiles(self.vitals.glass_ms)
        self.feed.vitals(
            sound=self.ringer.state, key_ms_p99=key and key[2], glass_ms_p99=glass and glass[2],
            screen=f"{self.size.width}x{self.size.height} {self.environ.get('TERM', '')}"[:64].strip(),
        )  # fmt: skip

    def write_bars(self) -> None:
        """Both, for what is in sight now."""
        self.write_top()
        self._write_bottom()

    def write_top(self) -> None:
        self.captions.write_top(self.over, self.size.width)

    def _write_bottom(self) -> None:
        self.captions.write_bottom(self.over, self.size.width)

    def write_panel(self) -> None:
        if self.panel.has_class("open"):
            glass, look = self.glass, self.glass.look
            tallies = open_dishes(self.feed.board, glass.station, look, with_choices=self.with_choices)
            self.panel.say(all_day_rows(tallies, PANEL_WIDTH, self.words))

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def on_event(self, event: Event) -> None:
        """Remember when a key was pressed: the time to its frame is measured all the time."""
        if isinstance(event, Key):
            self.vitals.pressed(event.time)
            self.glass.used_at = self.clock.monotonic()
            self.ringer.key()
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A kiosk has no way out."""
        return not (action == "quit" and self.settings_in_use.kiosk)

    async def run_action(self, action: str | ActionParseResult, *args: Any, **named: Any) -> bool:
        """What a newcomer tried is told to the tour."""
        before = self.feed.board
        done = await super().run_action(action, *args, **named)
        acted, focused = self.feed.board is not before, self.glass.focus is not None
        self.tour.did(str(action), self.deeds, acted=acted, focused=focused)
        return done

    def show_around(self, guide: Guide) -> None:
        """Lead a newcomer through the first keys; to be asked before the screen comes up."""
        self.tour.begin(guide)
        self.bind(f"{HIDE},{HIDE.upper()}", "end_tour", show=False)

    def action_end_tour(self) -> None:
        """No more hints."""
        self.tour.end()

    def did(self, sentence: str | None) -> None:
        """Show at once what a key came to; None: to nothing at all."""
        if sentence is None:
            return
        if self.feed.board is not self.glass.board or self.glass.focus != self._focused:
            self._focused = self.glass.focus
            self.ringer.touched(self.glass.focus)
        self.wall.show(self.feed.board)
        if self.wall.touched and self.over is None:
            self.vitals.acted()
        if sentence:
            self.say(sentence)
        self._rest_due = True
        if not self.vitals.awaiting:
            self._write_rest()  # else it waits: the card itself comes first

    def _write_rest(self) -> None:
        if self._rest_due and self.is_running:
            self._rest_due = False
            self.write_top()
            self.write_panel()

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
        if self.vitals.awaiting and self.wall.touched:
            self.vitals.framed(time.monotonic())
            self.look_again()
        self.wall.touched = False
        news = self.wall.take_news()
        if news:
            self._measure(news)
            if self.painted is not None:
                self.painted(news)

    def _measure(self, news: Mapping[str, float]) -> None:
        now, mono, skew = self.clock.now(), self.clock.monotonic(), self.feed.status.skew_s
        tickets = self.feed.board.tickets
        known = {one: at for one, at in news.items() if one in tickets}
        self.vitals.seen({one: age_s(tickets[one].came_at, now, mono - at, skew) for one, at in known.items()})


def _freeze() -> None:
    """What is up now stays up for months: the collector need not look at it again (it costs the p99 of a key)."""
    gc.collect()
    gc.freeze()
