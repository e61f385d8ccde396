"""What a client says of itself, and when: `session:report`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from heard.contract.session import Report

REPORT_S = 5.0
"""How often it is said while nothing changes."""
LOOK_S = 1.0
"""How often it is looked at: what changes is said this soon, and no more often."""
MAX_POSITIONS = 16
_AT_ONCE = ("unsent", "sound")

log = logging.getLogger("heard.client")


class Reporting:
    """Keeps the figures an app gives, from any thread, and tells when a report is due. `unsent` counts what waits."""

    def __init__(self, unsent: Callable[[], int] | None = None) -> None:
        self._unsent = unsent
        self._given = Report()
        self._last: dict[str, Any] = {}
        self._said: Report | None = None
        self._said_at = 0.0

    def give(self, **figures: Any) -> None:
        """New figures, by the names of `Report`; the others stay as they were. What cannot be said is left out."""
        if figures == self._last:
            return  # told every second, and other ones every few minutes
        self._last = figures
        known = self._given.model_dump(exclude_none=True)
        try:
            self._given = Report.model_validate(known | figures)
        except ValidationError as wrong:
            log.warning("these figures cannot be reported: %s", [one["loc"] for one in wrong.errors()])

    def anew(self) -> None:
        """Whoever hears it next has heard nothing yet."""
        self._said = None

    def due(self, positions: Mapping[str, int], now: float) -> Report | None:
        """The report to make now; None when there is nothing to say, or nothing new. `now` in s, monotonic."""
        unsent = self._unsent() if self._unsent else None
        first = dict(list(positions.items())[:MAX_POSITIONS])
        report = self._given.model_copy(update={"positions": first, "unsent": unsent})
        if report == Report():
            return None
        said = self._said
        if said is not None and now - self._said_at < REPORT_S and _alike(said, report):
            return None
        self._said, self._said_at = report, now
        return report


def _alike(one: Report, other: Report) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _AT_ONCE)
