"""A strip that tells a newcomer the next key to try: what it shows and what it is told. The demo brings the guide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from rich.style import Style

from heard.ui.deeds import Deed
from heard.ui.line import OneLine
from heard.ui.spans import Span, span

HIDE = "n"
"""The key that ends it; no deed has it by default."""
MIN_LINES = 14


class Guide(Protocol):
    """Where somebody is in a tour; immutable."""

    @property
    def sentence(self) -> str:
        """What to try now; empty when the tour is over."""
        ...

    @property
    def way_out(self) -> str:
        """How to do without, naming `HIDE`."""
        ...

    def after(self, deed: str, *, acted: bool, focused: bool) -> Self:
        """The tour after a deed: whether the kitchen changed by it, whether a card is in focus now."""
        ...


class Tour:
    """The strip and the guide it follows; without a guide it is never seen."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self.strip = OneLine(styles, fill="bar.banner", id="tour")
        self.strip.display = False
        self._guide: Guide | None = None
        self._room = True
        self._away = False

    def begin(self, guide: Guide) -> None:
        """Follow this guide."""
        self._guide = guide
        self._write()

    def fits(self, lines: int) -> None:
        """The window has this many lines: where cards need them all, there is no strip."""
        self._room = lines >= MIN_LINES
        self._write()

    def away(self, away: bool) -> None:
        """Whether another station than one's own is looked at, where keys do not do what is asked for."""
        self._away = away
        self._write()

    def did(self, action: str, deeds: Mapping[str, Deed], *, acted: bool, focused: bool) -> None:
        """A key did something."""
        deed = next((deed.id for deed in deeds.values() if deed.action == action), None)
        if self._guide is not None and deed is not None:
            self._guide = self._guide.after(deed, acted=acted, focused=focused)
            self._write()

    def end(self) -> None:
        """No more of it."""
        self._guide = None
        self._write()

    def _write(self) -> None:
        sentence = self._guide.sentence if self._guide is not None else ""
        self.strip.display = bool(sentence) and self._room and not self._away
        if self._guide is None or not sentence:
            self._guide = None
            return
        self.strip.say((span(f" {sentence} ", "bar.banner"),), (Span(f" {self._guide.way_out} ", "bar.banner"),))
