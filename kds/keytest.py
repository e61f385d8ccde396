"""A screen that names each key as it arrives: how to find out what a bump bar sends here."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import App, ComposeResult
from textual.events import Key

from heard.ui.deeds import Deed, deed_of
from heard.ui.driver import PatientDriver
from heard.ui.lines import Lines
from heard.ui.spans import Row, Span, folded, span
from heard.ui.themes import Theme
from heard.ui.words import ENGLISH, Words
from kds.legends import warning

KEPT = 12


class KeyTest(App[None], inherit_bindings=False):
    """Press keys; `q` twice leaves."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, deeds: Mapping[str, Deed], look: Theme, environ: Mapping[str, str], words: Words = ENGLISH
    ) -> None:
        super().__init__(ansi_color=look.ansi, driver_class=PatientDriver)
        self._deeds = deeds
        self._look = look
        self._words = words
        self._warning = warning(environ, words)
        self._pressed: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """One block of lines."""
        yield Lines(self._look.styles, id="keys", words=self._words)

    def on_mount(self) -> None:
        """Say what to do."""
        self._write()

    def on_key(self, event: Key) -> None:
        """Name it."""
        event.stop()
        if event.key in ("q", "Q") and self._pressed and self._pressed[-1][0] == event.key:
            self.exit()
            return
        deed = deed_of(self._deeds, event.key, event.character)
        self._pressed = [
            *self._pressed[-KEPT + 1 :],
            (event.key, self._words(deed.words) or deed.id if deed else self._words("does nothing here")),
        ]
        self._write()

    def _write(self) -> None:
        room = max(20, self.size.width)
        title = " " + self._words("Press a key (q twice leaves)")
        rows: list[Row] = [(Span(title.ljust(room), "panel.title"),), ()]
        for key, words in self._pressed:
            rows.append((Span(f"{key:>18}  ", "panel.qty"), span(words, "panel.text")))
        rows += [()] * (KEPT - len(self._pressed) + 1)
        for sentence in self._warning:
            rows += folded(sentence, "panel.text", room - 1)
        self.query_one(Lines).say(rows)
