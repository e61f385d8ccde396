"""How fast this station is, measured all the time: from a key to its frame, from an order to the glass."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

PATIENCE_S = 10.0
"""A ticket that no frame had within this is one that nobody could see."""
KEPT = 1_000
"""Measurements kept of each kind: the newest count."""


@dataclass(slots=True)
class Vitals:
    """The last measurements, in ms. Moments are s, monotonic."""

    began: float = 0.0
    """When the station came up."""
    key_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """From a key press to the frame that answered it."""
    glass_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """From the gateway's fact that an order came in to the first frame that had it, both by the gateway's clock."""
    _pressed: float | None = None
    _awaiting: float | None = None
    _expected: dict[str, float] = field(default_factory=dict)
    """New tickets that the next frame should have, and since when."""

    @property
    def awaiting(self) -> bool:
        """Whether a key is yet to be answered by a frame."""
        return self._awaiting is not None

    def pressed(self, at: float) -> None:
        """A key was."""
        self._pressed = at

    def acted(self) -> None:
        """What it did is about to be painted."""
        self._awaiting = self._pressed

    def framed(self, at: float) -> None:
        """It is painted."""
        if self._awaiting is not None:
            self.key_ms.append((at - self._awaiting) * 1000)
            self._awaiting = None

    def expect(self, tickets: Iterable[str], mono: float) -> None:
        """These are new, and the next frame will have them, unless somebody turns the page first."""
        waiting = {one: since for one, since in self._expected.items() if mono - since < PATIENCE_S}
        self._expected = waiting | dict.fromkeys(tickets, mono)

    def seen(self, ages_s: Mapping[str, float]) -> None:
        """A frame has these tickets; how old their facts are by now."""
        self.glass_ms.extend(max(0.0, age) * 1000 for ticket, age in ages_s.items() if ticket in self._expected)
        self._expected = {one: since for one, since in self._expected.items() if one not in ages_s}


def percentiles(measured: Iterable[float]) -> tuple[float, float, float] | None:
    """p50, p95 and p99 of what was measured; None of nothing."""
    row = sorted(measured)
    return (_at(row, 0.50), _at(row, 0.95), _at(row, 0.99)) if row else None


def _at(row: Sequence[float], share: float) -> float:
    return row[min(len(row) - 1, int(share * len(row)))]


def age_s(at: datetime, now: datetime, ago_s: float, skew_s: float | None) -> float:
    """How old a fact of the gateway was `ago_s` before our now; `skew_s` is how far the gateway's clock is ahead."""
    return (now - at).total_seconds() - ago_s + (skew_s or 0.0)
