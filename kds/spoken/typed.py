"""What a typed line asks for: `3`, `3.1`, `d2`, a letter, or one of the first with a letter in any order."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(?P<done>d?)(?P<card>\d{1,5})(?:[.,](?P<item>\d{1,5}))?")
_ALSO = {"?": "h"}


@dataclass(frozen=True, slots=True)
class Typed:
    """One number and one letter at most."""

    card: int | None = None
    item: int | None = None
    """An item of that card."""
    done: int | None = None
    """A card of the list of those that are done."""
    letter: str = ""


def read_typed(text: str) -> Typed | None:
    """What was typed, small letters or capital ones. None: it means nothing, like any word: `banana` is no bump."""
    words = text.strip().casefold().split()
    numbers = [found for word in words if (found := _NUMBER.fullmatch(word))]
    letters = [word for word in words if not _NUMBER.fullmatch(word)]
    if len(numbers) > 1 or len(letters) > 1 or any(len(word) > 1 for word in letters):
        return None
    letter = _ALSO.get(letters[0], letters[0]) if letters else ""
    if not numbers:
        return Typed(letter=letter)
    done, card, item = numbers[0].group("done", "card", "item")
    if done:
        return None if item else Typed(done=int(card), letter=letter)
    return Typed(int(card), int(item) if item else None, letter=letter)
