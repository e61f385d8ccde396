"""What each ending of the transport is called, and what is said to whoever it happens to: all from the one table."""

from __future__ import annotations

import random
from collections.abc import Mapping

from heard.contract import goodbyes
from server.transport import Ending, Goodbye

ROWS: Mapping[Ending, goodbyes.Goodbye] = {
    Ending.SHUTDOWN: goodbyes.SHUTDOWN,
    Ending.SLOW: goodbyes.SLOW,
    Ending.NO_PONG: goodbyes.NO_PONG,
    Ending.INBOX_FULL: goodbyes.TOO_MANY_REQUESTS,
    Ending.NOT_JOINED: goodbyes.NOT_JOINED,
    Ending.FAILED: goodbyes.FAILED,
    Ending.PROTOCOL_ERROR: goodbyes.PROTOCOL_ERROR,
}
"""The endings that the transport brings about itself."""
WORDLESS = frozenset({Ending.CLIENT_LEFT, Ending.TRANSPORT_CLOSED, Ending.DROPPED})
"""Endings with nobody left to hear anything."""


def farewell(ending: Ending) -> Goodbye:
    """The last words for a connection that the transport ends."""
    return words(ROWS.get(ending, goodbyes.FAILED))


def return_later() -> Goodbye:
    """The last words of a gateway that goes down, each time with another moment to return."""
    return words(goodbyes.SHUTDOWN)


def words(row: goodbyes.Goodbye) -> Goodbye:
    """A row of the table as the transport says it, with a moment of its own for whoever may come back."""
    return Goodbye(row.as_wire(row.wait_ms(random.random)), stay_away=not row.reconnect, ws_code=row.number)


def code_of(ending: Ending, last_word: str) -> str:
    """The code of an ending for operators, logs and metrics, one of `ENDINGS`: the goodbye's that was said, or the
    transport's own word."""
    if ending in WORDLESS:
        return str(ending).replace(" ", "_")
    if last_word in goodbyes.ENDINGS:
        return last_word
    return ROWS[ending].code if ending in ROWS else str(Ending.DROPPED)
