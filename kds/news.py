"""Which tickets are new to this wall: none of those that were there when we came, or came while we were away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NEWS_S = 4.0
"""How long the upper bar counts what came."""


@dataclass(slots=True)
class News:
    """What was up when we last looked."""

    _known: frozenset[str] | None = None
    _was_live: bool = False
    _count: tuple[int, float] = (0, float("-inf"))

    def look(self, up: Iterable[str], mono: float, *, live: bool) -> frozenset[str]:
        """Tickets that came since the last look, on a link that was live before it."""
        here = frozenset(up)
        before, self._known = self._known, here
        was_live, self._was_live = self._was_live, live
        if before is None or not was_live:
            return frozenset()
        if new := here - before:
            self._count = (self.count(mono) + len(new), mono)
        return new

    def count(self, mono: float) -> int:
        """How many came in the last seconds, for the upper bar."""
        return self._count[0] if mono - self._count[1] < NEWS_S else 0

    def forget(self) -> None:
        """Another station is looked at: all of it was there before."""
        self._known = None
