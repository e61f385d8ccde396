"""What travels inside the kitchen display."""

from __future__ import annotations

from textual.message import Message


class LookAgain(Message, bubble=False):
    """Board, link or refusals are not what they were. Many of these are worth one look."""

    def can_replace(self, message: Message) -> bool:
        """One look sees it all."""
        return isinstance(message, LookAgain)


class Unkept(Message, bubble=False):
    """What was chosen could not be kept, in a sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
