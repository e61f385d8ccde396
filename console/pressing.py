"""What the keys of the console do that only look."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textual.app import App
from textual.widgets import ContentSwitcher

from console.columns import connection_columns
from console.feed import Feed
from console.screens.connections import Connections
from console.screens.help import Help
from console.screens.page import Page
from console.screens.picker import Picker
from console.screens.table_page import TablePage
from console.settings import MAX_INTERVAL_S, MIN_INTERVAL_S
from console.troubles import Ranks
from console.view import SPANS, View, span_text
from console.widgets.prompt import Prompt
from heard.client.clock import Clock
from heard.contract.ops import ConnectionRow
from heard.text import one_line, safe_text
from heard.ui.deeds import Deed
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.themes import Theme, Themes
from heard.ui.words import Words

MAX_COPIED = 10_000


class Pressing(App[None], inherit_bindings=False):
    """The half of the console that is pressed; the other, `ConsoleApp`, makes all of this and looks at the store."""

    feed: Feed
    clock: Clock
    words: Words
    look: Theme
    themes: Themes
    deeds: Mapping[str, Deed]
    top: OneLine
    tabs: OneLine
    bottom: OneLine
    small: Lines
    prompt: Prompt
    connections: Connections
    pages: dict[str, Page]
    here: str
    """The page in sight."""
    came_from: str
    """The page the detail was opened on."""
    opened: tuple[str, Any]
    """What the detail is about: a page's id, and a connection's id or a row."""
    span: int
    """Which of `SPANS` the charts show."""
    held: tuple[View, float] | None
    """The view of a pause, and when it began."""
    interval_s: float
    banner: tuple[str, float]
    """A sentence of the lowest line, and until when it stays."""

    # ── What the other half does ──────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def say(self, sentence: str) -> None:
        """A sentence in the lowest line, for some seconds."""

    @abstractmethod
    def look_again(self) -> None:
        """Something changed: one look at everything, soon."""

    @abstractmethod
    def paint(self) -> None:
        """Bring the page in sight up to date."""

    @abstractmethod
    def view(self) -> View:
        """What there is to see now; while paused: what there was then."""

    @abstractmethod
    def write_bars(self) -> None:
        """All of them, for what is in sight now."""

    @abstractmethod
    def set_ground(self) -> None:
        """What is behind everything."""

    @abstractmethod
    def close_prompt(self, *, keep: bool) -> None:
        """Away with the line to type on; without `keep` the filter is what it was before."""

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
            self.say_choose(page)
            return
        self.opened = (self.here, row.connection if isinstance(row, ConnectionRow) else row)
        self.came_from = self.here
        self.action_page("detail")

    def say_choose(self, page: TablePage[Any]) -> None:
        """Why the key did nothing: the row it would be about was not chosen before it."""
        row = page.table.current
        if row is None:
            self.say(self.words("there is no row to choose"))
            return
        name = getattr(row, "subject", None) or page.identity(row)
        self.say(self.words("the cursor is on {who} now: look, then press the key again", who=one_line(name, limit=40)))

    def action_step_back(self) -> None:
        """Out of whatever is innermost."""
        if self.prompt.kind:
            self.close_prompt(keep=False)
        elif self.here == "detail":
            self.action_page(self.came_from)
        else:
            self.pages[self.here].back()
            self.write_bars()

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

    def action_columns(self) -> None:
        """Which columns to show."""
        page = self.pages[self.here]
        if isinstance(page, TablePage):
            self.push_screen(Picker(page, self.look, self.words))
        else:
            self.say(self.words("only tables have columns: 2 3 4 6"))

    def action_range(self, step: int) -> None:
        """Another stretch of time."""
        self.span = (self.span + step) % len(SPANS)
        if self.held is not None:
            self.held = (replace(self.held[0], span_s=SPANS[self.span]), self.held[1])
        self.say(self.words("charts over {span}", span=span_text(SPANS[self.span])))
        self.paint()

    def action_pause(self) -> None:
        """Hold the picture, or let it go on."""
        self.held = None if self.held is not None else (self._still_view(), self.clock.monotonic())
        self.paint()

    def _still_view(self) -> View:
        """A view whose ranks and histories nobody changes any more."""
        view = self.view()
        ranks = Ranks(connection_columns(self.words))
        ranks.take(view.picture.connections)
        return replace(view, ranks=ranks, watching=view.watching.still())

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
            self.close_prompt(keep=False)
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
