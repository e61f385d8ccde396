"""The ops console: six pages about one store, a line of keys, and a way to throw a connection off."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.events import Resize
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import ContentSwitcher

from console.acting import Acting
from console.bars import STALE_S, Top, footer, tabs, titles, top_bar
from console.columns import connection_columns
from console.feed import Feed
from console.keys import ACTING, DEEDS
from console.messages import LookAgain
from console.screens.audit import Audit
from console.screens.closed import Closed
from console.screens.connections import Connections
from console.screens.detail import closed, connection, plain
from console.screens.disconnect import DisconnectDialog
from console.screens.errors import Errors
from console.screens.latency import latency
from console.screens.overview import overview
from console.screens.sheet import Sheet
from console.screens.table_page import TablePage
from console.settings import Settings
from console.troubles import Ranks, alerts
from console.view import SPANS, View
from console.watching import Watching
from console.widgets.prompt import Prompt
from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState
from heard.contract.ops import ClosedRow
from heard.text import fold, one_line
from heard.ui.ages import clock_text
from heard.ui.deeds import bind, bindings, keymap
from heard.ui.driver import PatientDriver
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.spans import Row, Span
from heard.ui.themes import available, behind, chosen
from heard.ui.thrift import ThriftyScreen
from heard.ui.words import Words, words_or_english

MIN_WIDTH, MIN_HEIGHT = 60, 14
BARS = 2
"""Lines that the bars keep, however small the window."""
BANNER_S = 8.0
WATCHED = 100
"""Connections in trouble whose history is kept without anybody looking."""


class ConsoleApp(Acting, inherit_bindings=False):
    """Told of the store by its feed alone; runs headless as well as in a terminal."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS = """
    #pages { height: 1fr; width: 1fr; }
    #small { display: none; }
    .small #small { display: block; }
    .small #pages, .small #tabs, .small #prompt { display: none; }
    """

    def __init__(
        self,
        feed: Feed,
        settings: Settings | None = None,
        *,
        server: str = "",
        clock: Clock | None = None,
        words: Words | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.feed = feed
        self.settings_in_use = settings or Settings()
        self.clock = clock or SystemClock()
        spoken, unspoken = words_or_english(self.settings_in_use.language)
        self.words = words or spoken
        self.themes = partial(available, self.settings_in_use.themes)
        self.look, self._faults = chosen(self.settings_in_use.theme, environ, self.themes)
        self._faults = [*self._faults, *([unspoken] if unspoken else [])]
        self.deeds = keymap(DEEDS, self.settings_in_use.keymap)
        self.ranks = Ranks(connection_columns(self.words))
        self.watching = Watching()
        self.interval_s = self.settings_in_use.interval_s
        self.here = "overview"
        self._server = server
        self.span = 1
        self.held = None
        self.opened = ("", None)
        self.came_from = "connections"
        self._shown: View | None = None
        self.banner = ("", 0.0)
        self._sampled: tuple[object, float | None] = (None, None)
        self._painted_at = float("-inf")
        self._due: Timer | None = None
        self._make_widgets()
        super().__init__(ansi_color=self.look.ansi, driver_class=None if os.name == "nt" else PatientDriver)
        bind(self, bindings(self.deeds))

    def _make_widgets(self) -> None:
        look, words = self.look, self.words
        self.top = OneLine(look.styles, id="top")
        self.tabs = OneLine(look.styles, id="tabs")
        self.bottom = OneLine(look.styles, id="bottom")
        self.small = Lines(look.styles, fill="ops.text", id="small")
        self.prompt = Prompt(look)
        self.connections = Connections(look, words, self.ranks)
        self.pages = {
            "overview": Sheet(overview, look, id="overview"),
            "connections": self.connections,
            "errors": Errors(look, words),
            "closed": Closed(look, words),
            "latency": Sheet(latency, look, id="latency"),
            "audit": Audit(look, words),
            "detail": Sheet(self._detail, look, id="detail"),
        }

    # ── Coming up and going down ──────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """Where we look, the pages, a line to type on, the keys."""
        yield self.top
        yield self.tabs
        with ContentSwitcher(id="pages", initial=self.here):
            yield from self.pages.values()
        yield self.small
        yield self.prompt
        yield self.bottom

    def get_default_screen(self) -> Screen[None]:
        """One that sends no more than it must."""
        return ThriftyScreen()

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_ground()
        self.feed.on_change = self.look_again
        if wrong := self.connections.set_filter(self.settings_in_use.filter):
            self._faults.append(self.fault_words(wrong))
        if self._faults:
            self.say("; ".join(self._faults))
        self.paint()
        self.set_interval(1.0, self.tick, name="the one clock")

    def on_unmount(self) -> None:
        """Look no more."""
        if self.feed.on_change == self.look_again:
            self.feed.on_change = None

    def set_ground(self) -> None:
        """What is behind everything."""
        self.screen_stack[0].styles.background = behind(self.look, "ops.text")

    def on_resize(self, event: Resize) -> None:
        """Everything is laid out for the new size; what is too small says so."""
        self.screen.refresh()
        too_small = event.size.width < MIN_WIDTH or event.size.height < MIN_HEIGHT
        self.screen_stack[0].set_class(too_small, "small")
        if too_small:
            self._say_small(event.size.width, event.size.height - BARS)
        self.call_after_refresh(self.paint)

    def _say_small(self, room: int, height: int) -> None:
        """How much is needed: where a sentence is cut, the figures alone."""
        needed = {"width": MIN_WIDTH, "height": MIN_HEIGHT}
        sentence = self.words(
            "This window is too small for the console: it needs {width} columns and {height} lines.", **needed
        )
        lines = fold(sentence, max(1, room))
        if len(lines) > height:
            lines = fold(self.words("needs {width}x{height}", **needed), max(1, room))
        self.small.say([(Span(line, "ops.warn"),) for line in lines])

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def look_again(self) -> None:
        """Something changed; may be called from any thread, as often as one likes."""
        self.post_message(LookAgain())

    def on_look_again(self) -> None:
        """One look at everything, no sooner than the interval allows."""
        wait = self._painted_at + self.interval_s - self.clock.monotonic()
        if wait <= 0.05:
            self.paint()
        elif self._due is None:
            self._due = self.set_timer(wait, self.paint)

    def tick(self) -> None:
        """A second has passed: ages go on even when nothing comes."""
        if isinstance(self._driver, PatientDriver) and self._driver.caught_up():
            self.screen.refresh()
        if self.clock.monotonic() - self._painted_at >= 1.5 * max(1.0, self.interval_s):
            self.paint()
        else:
            self.write_bars()

    def paint(self) -> None:
        """Bring the page in sight up to date."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        self._painted_at = self.clock.monotonic()
        self._note_sample()
        self._shown = self.view()
        self.pages[self.here].take(self._shown)
        self.write_bars()
        for screen in self.screen_stack:
            if isinstance(screen, DisconnectDialog):
                screen.look()

    def view(self) -> View:
        """What there is to see now; while paused: what there was then."""
        if self.held is not None:
            return self.held[0]
        picture, status = self.feed.picture, self.feed.status
        self.ranks.take(picture.connections)
        age = self._sample_age()
        silent = age if age is not None and age > STALE_S and status.live else None
        return View(
            picture=picture,
            status=status,
            now=self.feed.now(),
            ranks=self.ranks,
            watching=self.watching,
            alerts=alerts(picture, self.ranks, status, silent_s=silent, words=self.words),
            span_s=SPANS[self.span],
            may_act=self.feed.may_act,
            fine=not self.look.ansi,
            words=self.words,
        )

    def _note_sample(self) -> None:
        """Remember when the newest sample came, and how those under watch fared in it."""
        picture = self.feed.picture
        if picture.sample is self._sampled[0]:
            return
        self._sampled = (picture.sample, self.clock.monotonic())
        kind, opened = self.opened
        about = self.connections.about
        looked_at = [about.connection if about else None, opened if kind == "connections" else None]
        troubled = [row.connection for row in self.ranks.troubled[:WATCHED]]
        self.watching.look(picture.connections, [*(one for one in looked_at if one), *troubled])

    def _sample_age(self) -> float | None:
        at = self._sampled[1]
        return None if at is None else self.clock.monotonic() - at

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, sentence: str) -> None:
        """A sentence in the lowest line, for some seconds."""
        self.banner = (sentence, self.clock.monotonic() + BANNER_S)
        if self.is_running:
            self._write_bottom()

    def write_bars(self) -> None:
        """All of them, for what is in sight now."""
        mono = self.clock.monotonic()
        held = self.held
        top = Top(
            store=self.feed.store,
            server=self._server,
            status=self.feed.status,
            may_act=self.feed.may_act,
            sample_s=self._sample_age(),
            paused_s=None if held is None else mono - held[1],
            clock=clock_text(self.clock.now(), self._zone, seconds=True),
        )
        self.top.say(*top_bar(top, mono, self.size.width, self.words))
        here = self.came_from if self.here == "detail" else self.here
        named = titles(self.feed.picture, len(self._shown.alerts) if self._shown else 0, self.words)
        self.tabs.say(tabs(named, here, self.size.width))
        self._write_bottom()

    @property
    def _zone(self) -> Any:
        return self.clock.now().astimezone().tzinfo

    def _write_bottom(self) -> None:
        sentence = self.banner[0] if self.clock.monotonic() < self.banner[1] else self._standing_sentence()
        self.bottom.say(*footer(self.deeds, self._offered(), sentence, self.size.width, self.words))

    def _standing_sentence(self) -> str:
        status = self.feed.status
        if status.state is LinkState.REFUSED:
            return one_line(status.reason or self.words("the gateway refuses this console"), limit=300)
        return self.progress()

    def _offered(self) -> tuple[str, ...]:
        page = self.pages[self.here]
        own = page.deeds
        if self.here == "detail":
            own = ("back", "disconnect") if self.opened[0] == "connections" else ("back",)
        if not self.feed.may_act:
            own = tuple(name for name in own if name not in ACTING)
        charts = ("range",) if self.here in ("overview", "latency") else ()
        return (*own, *charts, "pause", "quit")

    def _detail(self, view: View, room: int, height: int) -> list[Row]:
        kind, about = self.opened
        page = self.pages.get(kind)
        if kind == "connections":
            return connection(view, about, view.watching.of(about), room, height)
        if isinstance(about, ClosedRow):
            return closed(view, about, room)
        if isinstance(page, TablePage) and about is not None:
            heading = self.words("ERROR") if kind == "errors" else self.words("AUDIT LINE")
            return plain(view, heading, page.columns, about, room)
        return []

    # ── What was shown ────────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self) -> list[str]:
        """The text of every line of the page in sight, bars included."""
        page = [line.rstrip() for line in self.pages[self.here].shown()]
        return [self.top.shown(), self.tabs.shown(), *page, self.bottom.shown()]
