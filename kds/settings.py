"""What one station of the kitchen display can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it has a default that a kitchen can live with."""

    theme: str | None = None
    """A theme by name; None: what fits the terminal."""
    language: str | None = None
    """Which kitchen names to show, like `es`; None: names as ordered."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Deed id → keys, in place of the default ones."""
    kiosk: bool = False
    """No key leaves the program, and the mouse is nobody's."""
    bell: bool = True
    """Ring the terminal's bell for new tickets: once for all that come together."""
    banner_s: float = 6.0
    """How long a sentence stays in the lower bar."""
    heat_s: tuple[int, ...] | None = None
    """Ages at which a card turns warm, hot, late; None: the store's."""
