"""A station in lines over a kitchen in memory, and what is heard of it."""

from __future__ import annotations

from typing import Any

from heard.kitchen.tickets import Line
from kds.linear import Linear
from kds.settings import Settings
from tests.kds.station import Speaker


def at(still: Any, station: str, settings: Settings | None = None, **more: Any) -> Linear:
    """A station in lines whose tones are heard."""
    return Linear(still, station, settings, **{"voice": Speaker(), **more})


def said(linear: Linear) -> str:
    """What is new, as one text."""
    return "\n".join(linear.look())


def line(still: Any, order: str, n: int, station: str = "grill") -> Line:
    """An item of an order as it stands at a station."""
    found: Line = still.ticket(order, station).lines[n]
    return found
