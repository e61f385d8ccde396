"""What travels inside the console."""

from __future__ import annotations

from textual.message import Message

from console.throwing import Throwing
from heard.errors import HeardError


class LookAgain(Message, bubble=False):
    """Picture or link are not what they were. Many of these are worth one look."""

    def can_replace(self, message: Message) -> bool:
        """One look sees it all."""
        return isinstance(message, LookAgain)


class Answered(Message, bubble=False):
    """The gateway said what a disconnect came to."""

    def __init__(self, throwing: Throwing, connection: str, error: HeardError | None) -> None:
        super().__init__()
        self.throwing = throwing
        self.connection = connection
        self.error = error
