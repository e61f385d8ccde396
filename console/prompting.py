"""The line to type on: a filter that works while it is typed, or a command by its name."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input

from console.bars import PAGES
from console.filters import Fault
from console.pressing import Pressing
from console.screens.page import Page
from console.screens.table_page import TablePage
from heard.text import one_line
from heard.ui.themes import no_theme


class Prompting(Pressing, inherit_bindings=False):
    """What is typed; everything else is pressed."""

    _before_filter = ""

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
            self.banner = (self.fault_words(fault), float("inf")) if fault else ("", 0.0)
            self.write_bars()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter, or do as told."""
        kind, text = self.prompt.kind, one_line(event.value)
        page = self.pages[self.here]
        if kind == "/" and isinstance(page, TablePage) and (fault := page.set_filter(event.value)):
            self.say(self.fault_words(fault))
            return
        self.close_prompt(keep=True)
        if kind == ":" and text:
            self._command(text)

    def close_prompt(self, *, keep: bool) -> None:
        """Away with it; without `keep` the filter is what it was before."""
        page = self.pages[self.here]
        if self.prompt.kind == "/" and not keep and isinstance(page, TablePage):
            page.set_filter(self._before_filter)
        self.prompt.close()
        self.banner = ("", 0.0)
        self.write_bars()

    def fault_words(self, fault: Fault) -> str:
        """Where a filter cannot be read, and why."""
        return self.words("filter, at character {n}: {why}", n=fault.at + 1, why=fault.sentence)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        rest = rest.strip()
        page = self.pages[self.here]
        found = next((one for one in PAGES if one.startswith(name.casefold())), None)
        if name == "sort" and isinstance(page, TablePage):
            column, _, way = rest.partition(" ")
            if not page.sort_by(column, down={"up": False, "down": True}.get(way)):
                self._say_columns(page, column)
        elif name == "columns":
            self._columns(page, rest.split())
        elif name == "theme":
            self._dress(rest)
        elif name in ("q", "quit"):
            self.exit()
        elif name == "help":
            self.action_help()
        elif found is not None:
            self.action_page(found)
        else:
            names = ", ".join((*PAGES, "sort", "columns", "theme", "help", "quit"))
            self.say(self.words("there is no command {name}; there are {names}", name=one_line(name), names=names))

    def _columns(self, page: Page, wanted: list[str]) -> None:
        if not wanted or not isinstance(page, TablePage):
            self.action_columns()
        elif unknown := [one for one in wanted if page.table.column(one) is None]:
            self._say_columns(page, unknown[0])
        else:
            page.show_columns(wanted)

    def _say_columns(self, page: TablePage[Any], name: str) -> None:
        ids = ", ".join(one.id for one in page.columns)
        self.say(self.words("there is no column {name}; there are {names}", name=name, names=ids))

    def _dress(self, name: str) -> None:
        themes, _ = self.themes()
        if name not in themes:
            self.say(no_theme(name, themes, self.words))
            return
        self.look = themes[name]
        self.ansi_color = self.look.ansi
        self.set_ground()
        for bar in (self.top, self.tabs, self.bottom, self.small):
            bar.restyle(self.look.styles)
        self.prompt.restyle(self.look)
        for page in self.pages.values():
            page.restyle(self.look)
        self.paint()
