"""The help: what every key does here, made from the keymap in use, and how filters are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console.screens.blocks import title
from heard.ui.deeds import Deed, bindings, key_words, keymap
from heard.ui.lines import Lines
from heard.ui.modal import Modal
from heard.ui.spans import Row, Span, folded
from heard.ui.themes import Theme
from heard.ui.words import ENGLISH, Words

LEAD = 14
DEEDS = (
    Deed("help.close", "close", "escape,f1,q,enter,question_mark,ctrl+c", "close"),
    Deed("help.down", "scroll_lines(5)", "down,pagedown,space,j", "down"),
    Deed("help.up", "scroll_lines(-5)", "up,pageup,k", "up"),
)


class Help(Modal[None]):
    """Any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(keymap(DEEDS))]

    def __init__(self, deeds: Mapping[str, Deed], theme: Theme, words: Words = ENGLISH) -> None:
        super().__init__()
        self._deeds = deeds
        self._look = theme
        self._words = words

    def compose(self) -> ComposeResult:
        """One block of lines over everything."""
        yield Lines(self._look.styles, fill="ops.text", id="help", words=self._words)

    def on_mount(self) -> None:
        """Write it."""
        self._write()

    def on_resize(self) -> None:
        """Write it for another width."""
        self._write()

    def _write(self) -> None:
        self.query_one(Lines).say(help_lines(self._deeds, self.app.size.width, self._words))

    def action_close(self) -> None:
        """Back to the page."""
        self.leave()

    def action_scroll_lines(self, step: int) -> None:
        """Read on."""
        self.query_one(Lines).scroll(step)


def help_lines(deeds: Mapping[str, Deed], room: int, words: Words = ENGLISH) -> list[Row]:
    """Keys, then filters, then what the marks mean."""
    rows: list[Row] = [title(words("KEYS"), room, words("↓ ↑ read on, Esc closes this"))]
    rows += [row for deed in deeds.values() if deed.words for row in _line(key_words(deed), words(deed.words), room)]
    for heading, told in ((words("FILTERS"), _filters(words)), (words("MARKS"), _marks(words))):
        rows += [(), title(heading, room)]
        rows += [row for name, means in told for row in _line(name, means, room)]
    return rows


def _line(name: str, means: str, room: int) -> list[Row]:
    return folded(means, "ops.text", room - 1, first=(Span(f"{name:>{LEAD}}  ", "ops.key"),))


def _filters(words: Words) -> list[tuple[str, str]]:
    return [
        ("marie", words("any column holds this; a regular expression works too")),
        ("!viewer", words("rows that do not match")),
        ("-f grl", words("these letters in this order")),
        ("role:kitchen", words("this column holds the word; role:- where it says nothing")),
        ("rtt>100", words("larger; also >= < <= and : for exactly, with s m h d or k M")),
        ("lag>9 !expo", words("both must be true")),
    ]


def _marks(words: Words) -> list[tuple[str, str]]:
    return [
        ("!!  !", words("something is wrong; look at it. The same ! stands before the figure")),
        ("*", words("marked: disconnect asks for all that are marked")),
        ("-", words("nothing is known, or there is nothing to say")),
        ("STALE", words("no sample has come for too long: do not believe the figures")),
        ("PAUSED", words("the picture is held still; the gateway goes on")),
        ("READ ONLY", words("your role looks and does not act; the gateway decides that")),
    ]
