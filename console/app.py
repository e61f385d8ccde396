"""The ops console: six pages about one store, a line of keys, and a way to throw a connection off."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from textual.app import App, ComposeResult
from textual.color import Color
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Input

from console.bars import PAGES, STALE_S, Top, footer, tabs, titles, top_bar
from console.columns import connection_columns
from console.dressing import theme
from console.feed import Feed
from console.filters import Fault
from console.keys import ACTING, deeds
from console.messages import LookAgain
from console.screens.audit import Audit
from console.screens.closed import Closed
from console.screens.connections import Connections
from console.screens.detail import closed, connection, plain
from console.screens.disconnect import Decision, DisconnectDialog
from console.screens.errors import Errors
from console.screens.help import Help
from console.screens.latency import latency
from console.screens.overview import overview
from console.screens.page import Page, Sheet, TablePage
from console.settings import MAX_INTERVAL_S, MIN_INTERVAL_S, Settings
from console.throwing import Throwing
from console.troubles import Ranks, alerts
from console.view import SPANS, View, span_text
from console.watching import Watching
from console.widgets.prompt import Prompt
from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState
from heard.contract.ops import ClosedRow, ConnectionRow
from heard.errors import HeardError
from heard.text import fold, one_line, safe_text
from heard.ui.ages import clock_text
from heard.ui.deeds import bind, bindings, keymap
from heard.ui.driver import PatientDriver
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.spans import Row, Span
from heard.ui.themes import shipped
from heard.ui.thrift import ThriftyScreen
from heard.ui.words import Words, words_or_english

MIN_WIDTH, MIN_HEIGHT = 60, 14
BANNER_S = 8.0
MAX_COPIED = 10_000
WATCHED = 100
"""Connections in trouble whose history is kept without anybody looking."""
GC_THRESHOLDS = (20_000, 20, 50)
"""Full collections over thousands of rows are what a slow tick is made of."""


class Answered(Message, bubble=False):
    """The gateway said what a disconnect came to."""

    def __init__(self, name: str, error: HeardError | None) -> None:
        super().__init__()
        self.name = name
        self.error = error


class ConsoleApp(App[None], inherit_bindings=False):
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
        self.look, self._faults = theme(self.settings_in_use.theme, environ)
        self._faults = [*self._faults, *([unspoken] if unspoken else [])]
        self.deeds = keymap(deeds(self.words), self.settings_in_use.keymap)
        self.ranks = Ranks(connection_columns(self.words))
        self.watching = Watching()
        self.interval_s = self.settings_in_use.interval_s
        self.here = "overview"
        """The page in sight."""
        self._server = server
        self._span = 1
        self._held: tuple[View, float] | None = None
        """The view of a pause, and when it began."""
        self._opened: tuple[str, Any] = ("", None)
        """What the detail is about: a page's id, and a connection's id or a row."""
        self._from = "connections"
        self._shown: View | None = None
        self._banner: tuple[str, float] = ("", 0.0)
        self._sampled: tuple[object, float | None] = (None, None)
        self._painted_at = float("-inf")
        self._due: Timer | None = None
        self._throwing: Throwing | None = None
        self._before_filter = ""
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
        self.pages: dict[str, Page] = {
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
        self._set_ground()
        self.feed.on_change = self.look_again
        if not self.is_headless:
            gc.set_threshold(*GC_THRESHOLDS)
        for fault in self._faults:
            self.say(fault)
        if self.settings_in_use.filter and (fault_ := self.connections.set_filter(self.settings_in_use.filter)):
            self.say(self._fault_words(fault_))
        self.paint()
        self.set_interval(1.0, self.tick, name="the one clock")

    def on_unmount(self) -> None:
        """Look no more."""
        if self.feed.on_change == self.look_again:
            self.feed.on_change = None

    def _set_ground(self) -> None:
        ground = self.look.style("ops.text").bgcolor
        default = "ansi_default" if self.look.ansi else "#000000"
        color = Color.parse(default) if ground is None else Color.from_rich_color(ground)
        self.screen_stack[0].styles.background = color

    def on_resize(self, event: Resize) -> None:
        """Everything is laid out for the new size; what is too small says so."""
        self.screen.refresh()
        too_small = event.size.width < MIN_WIDTH or event.size.height < MIN_HEIGHT
        self.screen_stack[0].set_class(too_small, "small")
        if too_small:
            sentence = self.words(
                "This window is too small for the console: it needs {width} columns and {height} lines.",
                width=MIN_WIDTH, height=MIN_HEIGHT,
            )  # fmt: skip
            self.small.say([(Span(line, "ops.warn"),) for line in fold(sentence, max(1, event.size.width))])
        self.call_after_refresh(self.paint)

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
            self._write_bars()

    def paint(self) -> None:
        """Bring the page in sight up to date."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        self._painted_at = self.clock.monotonic()
        self._note_sample()
        self._shown = self.view()
        self.pages[self.here].take(self._shown)
        self._write_bars()
        for screen in self.screen_stack:
            if isinstance(screen, DisconnectDialog):
                screen.look()

    def view(self) -> View:
        """What there is to see now; while paused: what there was then."""
        if self._held is not None:
            return self._held[0]
        picture, status = self.feed.picture, self.feed.status
        self.ranks.take(picture.connections)
        age = self._sample_age()
        silent = age if age is not None and age > STALE_S and status.live else None
        return View(
            picture=picture,
            status=status,
            now=self.feed.now(),
            ranks=self.ranks,
            alerts=alerts(picture, self.ranks, status, silent_s=silent, words=self.words),
            span_s=SPANS[self._span],
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
        kind, opened = self._opened
        looked_at = [self.connections.table.cursor, opened if kind == "connections" else None]
        troubled = [row.connection for row in self.ranks.troubled[:WATCHED]]
        self.watching.look(picture.connections, [*(one for one in looked_at if one), *troubled])

    def _sample_age(self) -> float | None:
        at = self._sampled[1]
        return None if at is None else self.clock.monotonic() - at

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, sentence: str) -> None:
        """A sentence in the lowest line, for some seconds."""
        self._banner = (sentence, self.clock.monotonic() + BANNER_S)
        if self.is_running:
            self._write_bottom()

    def _write_bars(self) -> None:
        mono = self.clock.monotonic()
        held = self._held
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
        here = self._from if self.here == "detail" else self.here
        named = titles(self.feed.picture, len(self._shown.alerts) if self._shown else 0, self.words)
        self.tabs.say(tabs(named, here, self.size.width))
        self._write_bottom()

    @property
    def _zone(self) -> Any:
        return self.clock.now().astimezone().tzinfo

    def _write_bottom(self) -> None:
        sentence = self._banner[0] if self.clock.monotonic() < self._banner[1] else self._standing_sentence()
        self.bottom.say(*footer(self.deeds, self._offered(), sentence, self.size.width))

    def _standing_sentence(self) -> str:
        status = self.feed.status
        if status.state is LinkState.REFUSED:
            return one_line(status.reason or self.words("the gateway refuses this console"), limit=300)
        return ""

    def _offered(self) -> tuple[str, ...]:
        page = self.pages[self.here]
        own = page.deeds
        if self.here == "detail":
            own = ("back", "disconnect") if self._opened[0] == "connections" else ("back",)
        if not self.feed.may_act:
            own = tuple(name for name in own if name not in ACTING)
        charts = ("range",) if self.here in ("overview", "latency") else ()
        return (*own, *charts, "pause", "quit")

    def _detail(self, view: View, room: int, height: int) -> list[Row]:
        kind, about = self._opened
        page = self.pages.get(kind)
        if kind == "connections":
            return connection(view, about, self.watching.of(about), room, height)
        if isinstance(about, ClosedRow):
            return closed(view, about, room)
        if isinstance(page, TablePage) and about is not None:
            heading = self.words("ERROR") if kind == "errors" else self.words("AUDIT LINE")
            return plain(view, heading, page.columns, about, room)
        return []

    # ── Keys: pages ───────────────────────────────────────────────────────────────────────────────────────────────────

    def action_page(self, name: str) -> None:
        """Another page."""
        self.here = name
        self.query_one(ContentSwitcher).current = name
        self.paint()
        self.call_after_refresh(self.paint)

    def action_open(self) -> None:
        """Everything about the row under the cursor."""
        page = self.pages[self.here]
        if not isinstance(page, TablePage):
            return
        row = page.chosen()
        if row is None:
            self._say_choose(page)
            return
        self._opened = (self.here, row.connection if isinstance(row, ConnectionRow) else row)
        self._from = self.here
        self.action_page("detail")

    def action_step_back(self) -> None:
        """Out of whatever is innermost."""
        if self.prompt.kind:
            self._close_prompt(keep=False)
        elif self.here == "detail":
            self.action_page(self._from)
        else:
            self.pages[self.here].back()
            self._write_bars()

    def action_go(self, step: int) -> None:
        """A line or a row on."""
        self.pages[self.here].go(step)

    def action_scroll_page(self, step: int) -> None:
        """A page on."""
        self.pages[self.here].scroll_page(step)

    def action_edge(self, last: bool) -> None:
        """To one end."""
        self.pages[self.here].edge(last=last)

    def action_sort(self, step: int) -> None:
        """By the column beside."""
        page = self.pages[self.here]
        if isinstance(page, TablePage):
            page.sort(step)

    def action_turn(self) -> None:
        """The other way round."""
        page = self.pages[self.here]
        if isinstance(page, TablePage):
            page.turn()

    def action_range(self, step: int) -> None:
        """Another stretch of time."""
        self._span = (self._span + step) % len(SPANS)
        if self._held is not None:
            self._held = (replace(self._held[0], span_s=SPANS[self._span]), self._held[1])
        self.say(self.words("charts over {span}", span=span_text(SPANS[self._span])))
        self.paint()

    def action_pause(self) -> None:
        """Hold the picture, or let it go on."""
        self._held = None if self._held is not None else (self._still_view(), self.clock.monotonic())
        self.paint()

    def _still_view(self) -> View:
        """A view whose ranks nobody changes any more."""
        view = self.view()
        ranks = Ranks(connection_columns(self.words))
        ranks.take(view.picture.connections)
        return replace(view, ranks=ranks)

    def action_pace(self, step: int) -> None:
        """Paint less often, or more."""
        self.interval_s = min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, self.interval_s + step * 0.5))
        self.say(self.words("a new picture every {seconds} s", seconds=f"{self.interval_s:g}"))

    def action_retry(self) -> None:
        """Do not wait for the next try."""
        self.feed.retry()
        self.say(self.words("trying to connect"))

    def action_help(self) -> None:
        """What the keys do."""
        self.push_screen(Help(self.deeds, self.look, self.words))

    async def action_quit(self) -> None:
        """Leave; out of the line to type on first."""
        if self.prompt.kind:
            self._close_prompt(keep=False)
        else:
            self.exit()

    def action_copy(self) -> None:
        """To the clipboard of the terminal, by OSC 52."""
        text = safe_text(self.pages[self.here].copied(), limit=MAX_COPIED)
        if not text:
            self.say(self.words("nothing to copy: choose a row with ↓ first"))
            return
        self.copy_to_clipboard(text)
        self.say(self.words.many("copied: {n} character", "copied: {n} characters", len(text)))

    # ── Keys: a line to type on ───────────────────────────────────────────────────────────────────────────────────────

    def action_filter(self) -> None:
        """Which rows to show."""
        page = self.pages[self.here]
        if isinstance(page, TablePage):
            self._before_filter = page.filter.text
            self.prompt.ask("/", page.filter.text)
        else:
            self.say(self.words("only tables are filtered: 2 3 4 6"))

    def action_command(self) -> None:
        """A page or a command by its name."""
        self.prompt.ask(":")

    def on_input_changed(self, event: Input.Changed) -> None:
        """A filter works while it is typed; what cannot be read yet says why."""
        page = self.pages[self.here]
        if self.prompt.kind == "/" and isinstance(page, TablePage):
            fault = page.set_filter(event.value)
            self._banner = (self._fault_words(fault), float("inf")) if fault else ("", 0.0)
            self._write_bars()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter, or do as told."""
        kind, text = self.prompt.kind, one_line(event.value)
        page = self.pages[self.here]
        if kind == "/" and isinstance(page, TablePage) and (fault := page.set_filter(event.value)):
            self.say(self._fault_words(fault))
            return
        self._close_prompt(keep=True)
        if kind == ":" and text:
            self._command(text)

    def _close_prompt(self, *, keep: bool) -> None:
        page = self.pages[self.here]
        if self.prompt.kind == "/" and not keep and isinstance(page, TablePage):
            page.set_filter(self._before_filter)
        self.prompt.close()
        self._banner = ("", 0.0)
        self._write_bars()

    def _fault_words(self, fault: Fault) -> str:
        return self.words("filter, at character {n}: {why}", n=fault.at + 1, why=fault.sentence)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        rest = rest.strip()
        page = self.pages[self.here]
        found = next((one for one in PAGES if one.startswith(name.casefold())), None)
        if name == "sort" and isinstance(page, TablePage):
            column, _, way = rest.partition(" ")
            if not page.sort_by(column, down={"up": False, "down": True}.get(way)):
                ids = ", ".join(one.id for one in page.columns)
                self.say(self.words("there is no column {name}; there are {names}", name=column, names=ids))
        elif name == "theme":
            self._dress(rest)
        elif name in ("q", "quit"):
            self.exit()
        elif name == "help":
            self.action_help()
        elif found is not None:
            self.action_page(found)
        else:
            names = ", ".join((*PAGES, "sort", "theme", "help", "quit"))
            self.say(self.words("there is no command {name}; there are {names}", name=one_line(name), names=names))

    def _dress(self, name: str) -> None:
        themes, _ = shipped()
        if name not in themes:
            names = ", ".join(sorted(themes))
            self.say(self.words("there is no theme {name}; there are {names}", name=one_line(name), names=names))
            return
        self.look = themes[name]
        self._set_ground()
        for bar in (self.top, self.tabs, self.bottom, self.small):
            bar.restyle(self.look.styles)
        self.prompt.restyle(self.look)
        for page in self.pages.values():
            page.restyle(self.look)
        self.paint()

    # ── Keys: acting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def action_mark(self) -> None:
        """The row under the cursor."""
        if self.here == "connections" and self._may_act():
            self.connections.mark()

    def action_mark_all(self) -> None:
        """Every row shown."""
        if self.here == "connections" and self._may_act():
            self.connections.mark_all()

    def action_disconnect(self) -> None:
        """Ask for a reason, then for a word, then throw off: those marked, or the row under the cursor."""
        if not self._may_act():
            return
        if not self.feed.status.live:
            self.say(self.words("nothing can be done now: there is no link to the gateway"))
            return
        rows = self._meant()
        if rows:
            still = self._connected
            self.push_screen(DisconnectDialog(rows, still, self.look, self.words), partial(self._decided, rows))

    def _meant(self) -> list[ConnectionRow]:
        """Whom a disconnect is about; a sentence if it is nobody."""
        now = self._connected()
        if self.here == "detail" and self._opened[0] == "connections":
            names = [self._opened[1]]
        elif self.here != "connections":
            self.say(self.words("choose a connection first: 2"))
            return []
        elif self.connections.table.marked:
            names = sorted(self.connections.table.marked)
        else:
            row = self.connections.chosen()
            if row is None:
                self._say_choose(self.connections)
                return []
            names = [row.connection]
        meant = [now[name] for name in names if name in now]
        if not meant:
            self.say(self.words("it has left meanwhile"))
        return meant

    def _connected(self) -> Mapping[str, ConnectionRow]:
        return self.feed.picture.connections

    def _may_act(self) -> bool:
        if not self.feed.may_act:
            role = one_line(self.feed.status.role or "?", limit=20)
            self.say(self.words("READ ONLY: role {role} looks and does not act", role=role))
        return self.feed.may_act

    def _say_choose(self, page: TablePage[Any]) -> None:
        row = page.table.current
        if row is None:
            self.say(self.words("there is no row to choose"))
            return
        name = getattr(row, "subject", None) or page.identity(row)
        self.say(self.words("the cursor is on {who} now: look, then press the key again", who=one_line(name, limit=40)))

    def _decided(self, rows: list[ConnectionRow], decision: Decision | None) -> None:
        if decision is None:
            self.say(self.words("nothing was done"))
            return
        names = {row.connection: one_line(row.subject, limit=40) or row.connection for row in rows}
        self._throwing = Throwing(len(decision.connections), self.words)
        self.say(self._throwing.outcome())
        for one in decision.connections:
            answer = partial(self._answer, names[one])
            self.feed.disconnect(one, decision.reason, decision.code, answer)
        self.connections.table.marked -= set(decision.connections)

    def _answer(self, name: str, error: HeardError | None) -> None:
        """Called from the feed's thread."""
        self.post_message(Answered(name, error))

    def on_answered(self, answered: Answered) -> None:
        """Say what it came to: all that were asked for in one sentence."""
        if self._throwing is not None:
            self._throwing.note(answered.name, answered.error)
            self.say(self._throwing.outcome())
            self.paint()

    # ── What was shown ────────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self) -> list[str]:
        """The text of every line of the page in sight, bars included."""
        page = [line.rstrip() for line in self.pages[self.here].shown()]
        return [self.top.shown(), self.tabs.shown(), *page, self.bottom.shown()]
