"""What a cook sees of a running station."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from heard.ui.line import OneLine
from heard.ui.lines import Lines
from kds.app import KdsApp
from kds.screens.over import Over
from kds.sound.names import Alert
from kds.sound.voice import Sounding


class Speaker:
    """A voice that only remembers."""

    def __init__(self, sounding: Sounding | None = None) -> None:
        self.sounding, self.there = sounding or Sounding("paplay"), True
        self.rung: list[tuple[str, int]] = []
        self.on_change: Callable[[], None] | None = None

    def ring(self, alert: Alert, volume: int) -> bool:
        """Nobody hears it."""
        if self.there:
            self.rung.append((alert.value, volume))
        return self.there

    def becomes(self, sounding: Sounding) -> None:
        """And says so."""
        self.sounding = sounding
        if self.on_change is not None:
            self.on_change()


def whole(app: KdsApp) -> str:
    """Every line in sight: the bars, and between them the wall or the screen over it."""
    top, bottom = (app.screen.query_one(name, OneLine).shown() for name in ("#top", "#bottom"))
    between = app.screen.query_one("#body", Lines).shown() if isinstance(app.screen, Over) else app.shown()
    return "\n".join([top, *between, bottom])


def lines(app: Any) -> list[str]:
    """The lines between the bars of the screen over the wall."""
    return app.screen.query_one("#body", Lines).shown()
