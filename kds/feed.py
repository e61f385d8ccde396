"""What the wall needs of the kitchen: `KitchenFeed` of the SDK is one, and anything else of this shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from heard.client.outbox import Refusal
from heard.client.status import LinkStatus
from heard.contract.base import Command
from heard.contract.envelope import Envelope
from heard.errors import HeardError
from heard.kitchen.board import Board


class Feed(Protocol):
    """A kitchen as one screen sees it. All of it may be used from any thread; nothing waits for a network."""

    on_change: Callable[[], None] | None
    """Set by the screen; called, perhaps from another thread, when anything here is new."""

    @property
    def board(self) -> Board:
        """The confirmed board with what was done here on top."""
        ...

    @property
    def status(self) -> LinkStatus:
        """How the link stands."""
        ...

    @property
    def refusals(self) -> Sequence[Refusal]:
        """Commands refused after the fact that nobody has dismissed, oldest first."""
        ...

    def do(self, command: Command, /) -> Any:
        """Do it here at once, keep it on disk, tell the gateway.

        Raises:
            HeardError: refused, in a sentence; nothing was done.
        """
        ...

    def retry(self) -> None:
        """Try to reach the gateway now: what it refused stays refused until a person asks for this."""
        ...

    def vitals(self, **figures: Any) -> None:
        """Tell operators how this screen fares: any of `sound`, `key_ms_p99`, `glass_ms_p99`, `screen`."""
        ...

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        ...

    def history(self, order_id: str, on_done: Callable[[Sequence[Envelope] | HeardError], None], /) -> None:
        """Ask the gateway for everything that happened to an order, oldest first.

        `on_done` is called once, perhaps from another thread, with the events or with why there are none.
        """
        ...

    def done_by(self, ticket_id: str, /) -> str | None:
        """Who did the last of a ticket, as far as this screen has heard."""
        ...
