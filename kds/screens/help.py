"""The help: what every key does here, made from the keymap in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from heard.ui.lines import Lines
from heard.ui.spans import Row, Span, folded
from heard.ui.themes import Theme
from kds.keys import Deed, help_rows


class Help(ModalScreen[None]):
    """Any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,enter,question_mark,ctrl+c", "close", "close", id="help.close"),
        Binding("down,pagedown", "scroll_lines(5)", "down", id="help.down"),
        Binding("up,pageup", "scroll_lines(-5)", "up", id="help.up"),
    ]

    def __init__(self, deeds: Mapping[str, Deed], theme: Theme) -> None:
        super().__init__()
        self._deeds = deeds
        self._look = theme

    def compose(self) -> ComposeResult:
        """One block of lines over everything."""
        yield Lines(self._look.styles, id="help")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one(Lines).say(help_lines(self._deeds, self._look.glyphs, self.app.size.width))

    def action_close(self) -> None:
        """Back to the wall."""
        self.dismiss()

    def action_scroll_lines(self, step: int) -> None:
        """Read on."""
        self.query_one(Lines).scroll(step)


def help_lines(deeds: Mapping[str, Deed], glyphs: Mapping[str, str], room: int) -> list[Row]:
    """Keys, then what the marks mean."""
    rows: list[Row] = [(Span(" Keys (↓ ↑ read on, Esc closes this)".ljust(room), "panel.title"),), ()]
    lead = 14
    for keys, words in help_rows(deeds):
        first = (Span(f"{keys:>{lead}}  ", "panel.qty"),)
        rows += folded(words, "panel.text", room - 1, first=first)
    rows += [(), (Span(" Marks".ljust(room), "panel.title"),), ()]
    for mark, words in _marks(glyphs):
        rows += folded(words, "panel.text", room - 1, first=(Span(f"{mark:>{lead}}  ", "panel.qty"),))
    return rows


def _marks(glyphs: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        ("! !! LATE", "how long a card has waited, by the store's own limits"),
        (glyphs["started"], "a cook is on it"),
        (glyphs["none"], "expo: no station has done it"),
        (glyphs["some"], "expo: some stations have"),
        (glyphs["done"], "done at every station"),
        (glyphs["over"], "handed over"),
        ("CHANGED", "the order was changed after it was up; 2→3 is the old and the new number"),
        ("RECALLED", "it was done and is back"),
        ("ADD-ON", "ordered later"),
        ("UNROUTED", "no rule says who makes it: expo decides"),
        ("STALE", "the link calls itself live but has been silent: do not believe the wall"),
    ]
