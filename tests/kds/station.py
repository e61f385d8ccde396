"""What a cook sees of a running station."""

from __future__ import annotations

from typing import Any

from heard.ui.line import OneLine
from heard.ui.lines import Lines
from kds.app import KdsApp
from kds.screens.over import Over


def whole(app: KdsApp) -> str:
    """Every line in sight: the bars, and between them the wall or the screen over it."""
    top, bottom = (app.screen.query_one(name, OneLine).shown() for name in ("#top", "#bottom"))
    between = app.screen.query_one("#body", Lines).shown() if isinstance(app.screen, Over) else app.shown()
    return "\n".join([top, *between, bottom])


def lines(app: Any) -> list[str]:
    """The lines between the bars of the screen over the wall."""
    return app.screen.query_one("#body", Lines).shown()
