"""How a station wants its cards, the rows they are made of, and the words on all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import NamedTuple

from heard.contract.kds import Mark
from heard.ui.spans import Row, Span
from heard.ui.themes import GLYPHS
from heard.ui.words import ENGLISH, Words
from kds.letters import Style, style_of
from kds.sizes import SIZES, Size, TextSize

ACTION_ROLES = {
    "no": ("card.no", "card.without"),
    "extra": ("card.extra", "card.extra"),
    "lite": ("card.side", "card.side"),
    "side": ("card.side", "card.side"),
    "sub": ("card.side", "card.side"),
    "pre": ("card.side", "card.side"),
    "add": ("card.extra", "card.extra"),
    "choice": ("card.choice", "card.choice"),
}
"""Modifier action → the roles of its word and of the name after it."""


@lru_cache(maxsize=8)
def service_words(words: Words) -> Mapping[str, str]:
    """Service → its word."""
    return {
        "dine_in": words("DINE-IN"),
        "pickup": words("PICKUP"),
        "delivery": words("DELIVERY"),
        "curbside": words("CURBSIDE"),
        "drive_thru": words("DRIVE-THRU"),
        "catering": words("CATERING"),
        "unknown": "",
    }


@lru_cache(maxsize=8)
def action_words(words: Words) -> Mapping[str, str]:
    """Modifier action → the word before its name."""
    return {
        "no": words("NO"),
        "extra": words("EXTRA"),
        "lite": words("LITE"),
        "side": words("SIDE"),
        "sub": words("SUB"),
        "pre": words("PRE"),
        "add": words("ADD"),
        "choice": "",
    }


@lru_cache(maxsize=8)
def mark_words(words: Words) -> Mapping[Mark, str]:
    """What a cook must notice, in words."""
    return {
        Mark.CHANGED: words("CHANGED"),
        Mark.RECALLED: words("RECALLED"),
        Mark.ADD_ON: words("ADD-ON"),
        Mark.UNROUTED: words("UNROUTED"),
    }


class CardRow(NamedTuple):
    """A line of a card, the one-cell mark at its edge, if any, and what fills the rest of it."""

    row: Row
    mark: Span | None = None
    fill: str = "card.text"


Block = tuple[CardRow, ...]
"""Lines that belong together: an item with all that is said of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a station wants its cards: columns of room, the store's clock, a language for dish names, marks, a size."""

    width: int = 26
    zone: tzinfo = UTC
    language: str | None = None
    glyphs: dict[str, str] = field(default_factory=lambda: dict(GLYPHS))
    words: Words = ENGLISH
    size: TextSize = "normal"
    marked: bool = True
    """Whether expo's marks and who it waits for stand on the card; whoever reads it out says more."""

    @property
    def measures(self) -> Size:
        """What its size asks for."""
        return SIZES[self.size]

    @property
    def letters(self) -> Style:
        """Which big letters this terminal can show."""
        return style_of(self.glyphs.get("block", ""))


def card_row(row: Row, look: Look, mark: Span | None = None, fill: str = "card.text") -> CardRow:
    """A row of a card, with the margin of its size."""
    margin = look.measures.margin
    return CardRow((Span(" " * margin, fill), *row) if margin else row, mark, fill)
