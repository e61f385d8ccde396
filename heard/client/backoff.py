"""How long to wait before trying again: full jitter, so that a thousand clients do not come back as one."""

from __future__ import annotations

import random
from collections.abc import Callable

Dice = Callable[[], float]
"""A number in [0, 1)."""


class Backoff:
    """Waits that grow up to `cap_s`, each thrown between 0 and its bound (AWS: "Exponential Backoff And Jitter")."""

    def __init__(self, *, base_s: float = 0.25, cap_s: float = 10.0, dice: Dice = random.random) -> None:
        self.base_s = base_s
        self.cap_s = cap_s
        self.tries = 0
        self._dice = dice

    def next(self, retry_after_ms: int | None = None) -> float:
        """Seconds to wait now; never less than the other side asked for."""
        bound = min(self.cap_s, self.base_s * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return (retry_after_ms or 0) / 1000 + bound * self._dice()

    def lasted(self, seconds: float) -> None:
        """It worked for this long; only what outlasts the longest wait starts over."""
        if seconds >= self.cap_s:
            self.tries = 0
