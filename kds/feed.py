"""What the wall needs of the kitchen: `KitchenFeed` of the SDK is one, and anything else of this shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from heard.client.outbox import Refusal
from heard.client.status import LinkStatus
from heard.contract.base import Command
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

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        ...
