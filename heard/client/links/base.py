"""What a link is: one connection, one object, never used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from heard.contract.goodbyes import SessionGoodbye
from heard.errors import Unavailable

OnEvent = Callable[[str, Any], None]
"""Told the name and the one argument of each event, in the order they came."""
OnClosed = Callable[["LinkDown"], None]
"""Told once why the link is no more."""


class LinkDown(Unavailable):
    """There is no link, or no more. `goodbye`: the gateway's last words, if it had any."""

    def __init__(
        self, message: str, *, goodbye: SessionGoodbye | None = None, retry_after_ms: int | None = None
    ) -> None:
        asked = goodbye.retry_after_ms if goodbye else None
        super().__init__(message, retry_after_ms=retry_after_ms if asked is None else asked)
        self.goodbye = goodbye

    @property
    def final(self) -> bool:
        """Whether the gateway said to stay away."""
        return self.goodbye is not None and not self.goodbye.reconnect


class Link(Protocol):
    """One connection to a gateway, used by one event loop.

    Events come in order through `on_event`, the first one `session:ready`. `on_closed` is told exactly once if `open`
    returned, and is the last thing told; requests under way fail with the same `LinkDown`.
    """

    on_event: OnEvent
    on_closed: OnClosed

    async def open(self, auth: dict[str, Any]) -> None:
        """Connect, with this `auth` of a CONNECT.

        Raises:
            LinkDown: nobody there, or not now. HeardError: refused, in the gateway's words.
        """
        ...

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:
        """Say something and get its ack. Requests go out in the order of the calls.

        Raises:
            LinkDown: the link ended first, or nothing came in time; whether it was heard is not known.
        """
        ...

    async def close(self) -> None:
        """Hang up; takes a second or so at most and may be called twice."""
        ...


def _nobody(*_: object) -> None:
    """Hears nothing: what a link tells before anybody listens."""


class Listeners:
    """The two callbacks every link starts with."""

    def __init__(self) -> None:
        self.on_event: OnEvent = _nobody
        self.on_closed: OnClosed = _nobody
