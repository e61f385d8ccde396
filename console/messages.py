"""What travels inside the console."""

from __future__ import annotations

from textual.message import Message


class LookAgain(Message, bubble=False):
    """Picture or link are not what they were. Many of these are worth one look."""

    def can_replace(self, message: Message) -> bool:
        """One look sees it all."""
        return isinstance(message, LookAgain)
