"""Who is turned away at the door, and with what answer: while the server goes down, and while it is full."""

import logging
from collections import Counter
from collections.abc import Callable

from server.transport.door import TurnedAway
from server.transport.peers import Peer
from server.transport.quiet import Budget

log = logging.getLogger(__name__)

DRAINING = TurnedAway(
    503,
    {"error": {"code": "draining", "message": "The gateway is shutting down", "temporary": True}},
    retry_after_ms=1_000,
)
"""Answer to handshakes during a drain, unless it is given another."""

FULL = TurnedAway(
    503,
    {
        "error": {
            "code": "unavailable",
            "message": "There are as many connections as [transport] max_connections allows; come back later",
            "temporary": True,
        }
    },
    retry_after_ms=5_000,
)
"""Answer to handshakes beyond the limit."""

_TOLD_EVERY_S = 10


class Capacity:
    """So many connections and no more. Who is in stays in; what is refused is counted, and told once in ten seconds."""

    def __init__(self, limit: int, in_use: Callable[[], int]) -> None:
        self.limit = limit
        self.refused: Counter[str] = Counter(full=0, draining=0)
        """Handshakes refused, by why."""
        self._in_use = in_use
        self._lines = Budget(1, within_s=_TOLD_EVERY_S)
        self._draining: TurnedAway | None = None

    @property
    def in_use(self) -> int:
        """How many connections there are."""
        return self._in_use()

    def close(self, answer: TurnedAway = DRAINING) -> None:
        """Let nobody in any more; the first answer given stays."""
        self._draining = self._draining or answer

    def refusal(self, _: Peer) -> TurnedAway | None:
        """The answer for a newcomer, None to let it in."""
        if self._draining is not None:
            self.refused["draining"] += 1
            return self._draining
        if self.in_use < self.limit:
            return None
        self.refused["full"] += 1
        if self._lines.spend()[0]:
            log.warning(
                "full: %d connections, [transport] max_connections allows %d; %d newcomers refused since the start",
                self.in_use, self.limit, self.refused["full"],
            )  # fmt: skip
        return FULL
