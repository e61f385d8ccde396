"""Why a connection ends: number, name, sentence, whether to come back, and when.

3000-3499 come back, after `retry_after_ms`: `session:goodbye`, then a bare close. 3500-3999 stay away: a Socket.IO
DISCONNECT goes before the close, which a stock client takes as final.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from heard.contract.base import Wire


class Goodbye(NamedTuple):
    """One row of the table; `number` is also the WebSocket close code."""

    number: int
    code: str
    sentence: str
    window_ms: tuple[int, int] | None = None
    """When those who hear it come back: each at a moment of its own, from the first to before the last."""

    @property
    def reconnect(self) -> bool:
        """Whether the client should come back by itself."""
        return self.number < 3500

    def wait_ms(self, dice: Callable[[], float]) -> int | None:
        """How long one of them shall wait; None for those who stay away. `dice` throws a number in [0, 1)."""
        if self.window_ms is None:
            return None
        least, most = self.window_ms
        return least + int(dice() * (most - least))

    def as_wire(self, retry_after_ms: int | None = None) -> dict[str, Any]:
        """The payload of `session:goodbye`."""
        return SessionGoodbye(
            code=self.code,
            number=self.number,
            sentence=self.sentence,
            reconnect=self.reconnect,
            retry_after_ms=retry_after_ms,
        ).model_dump(mode="json")


class SessionGoodbye(Wire):
    """`session:goodbye`, the last thing said."""

    code: str
    number: int
    sentence: str
    reconnect: bool
    retry_after_ms: int | None = None


SHUTDOWN = Goodbye(3000, "shutdown", "The gateway is restarting; come back in a moment.", (250, 5_000))
SLOW = Goodbye(3001, "slow", "You read too slowly; come back and catch up.", (500, 2_000))
NO_PONG = Goodbye(3002, "no_pong", "No heartbeat came back in time.", (100, 1_000))
TOO_MANY_REQUESTS = Goodbye(
    3003, "too_many_requests", "Too much in too short a time; come back later.", (2_000, 10_000)
)
TOKEN_EXPIRED = Goodbye(3004, "token_expired", "The token has expired; come back with a fresh one.", (100, 1_000))
MOVED = Goodbye(3005, "moved", "This store is served elsewhere now; connect again.", (50, 500))
NOT_JOINED = Goodbye(3006, "not_joined", "Nothing was joined in time; connect again.", (500, 2_000))
FAILED = Goodbye(3007, "failed", "Something went wrong here; it was logged. Come back in a moment.", (1_000, 5_000))
FORCED = Goodbye(3500, "forced", "An operator closed this connection.")
BANNED = Goodbye(3501, "banned", "This device or address is banned for now.")
BAD_TOKEN = Goodbye(3502, "bad_token", "The token is not valid here.")
NO_ACCESS = Goodbye(3503, "no_access", "This token gives no access to what was asked.")
PROTOCOL_ERROR = Goodbye(3504, "protocol_error", "What came was not the protocol.")
LIMIT = Goodbye(3505, "limit", "Too many connections of this user or device.")
REPLACED = Goodbye(3506, "replaced", "The same device connected again.")

TABLE: tuple[Goodbye, ...] = (
    SHUTDOWN,
    SLOW,
    NO_PONG,
    TOO_MANY_REQUESTS,
    TOKEN_EXPIRED,
    MOVED,
    NOT_JOINED,
    FAILED,
    FORCED,
    BANNED,
    BAD_TOKEN,
    NO_ACCESS,
    PROTOCOL_ERROR,
    LIMIT,
    REPLACED,
)
BY_NAME: dict[str, Goodbye] = {row.code: row for row in TABLE}
BY_NUMBER: dict[int, Goodbye] = {row.number: row for row in TABLE}

ENDINGS: dict[str, str] = {
    "client_left": "It left.",
    "transport_closed": "Its connection broke.",
    "dropped": "It was cut off.",
    "failed": "Something went wrong here while it joined; it was told to come back.",
    "not_joined": "It joined nothing in time.",
    "shutdown": "The gateway shut down.",
    "slow": "It read too slowly.",
    "no_pong": "It did not answer heartbeats.",
    "too_many_requests": "It asked too much in too short a time.",
    "token_expired": "Its token expired.",
    "moved": "It was told to connect again.",
    "forced": "An operator closed it.",
    "banned": "It was banned.",
    "bad_token": "Its token was not valid.",
    "no_access": "Its token gave no access to what it asked.",
    "protocol_error": "It did not speak the protocol.",
    "limit": "Its user or device had too many connections.",
    "replaced": "The same device connected again.",
}
"""Every code a connection ends with, as operators are told: the goodbyes, and what ends without one. The labels of
metrics and logs are these too."""


def of_number(number: int | None) -> Goodbye | None:
    """The goodbye of a WebSocket close code: of one that a newer gateway has, what its number says. None for others."""
    if number is None or not 3000 <= number < 4000:
        return None
    return BY_NUMBER.get(number) or Goodbye(number, str(number), f"The gateway closed the connection ({number}).")


def told_of(code: str) -> str:
    """What operators are told of an ending; the code itself where this version does not know it."""
    return ENDINGS.get(code, code)
