"""What one console can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MIN_INTERVAL_S, MAX_INTERVAL_S = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it has a default that an operator can live with."""

    theme: str | None = None
    """A theme by name; None: what fits the terminal."""
    themes: Path | None = None
    """Where themes of the operator's own are, if anywhere."""
    language: str | None = None
    """What the screen speaks; None: English."""
    filter: str = ""
    """What the connections are filtered by at first."""
    interval_s: float = 1.0
    """How often the screen is painted at most; keys are answered at once all the same."""
    mouse: bool = True
    """Whether the console takes the mouse; otherwise it is the operator's, to select text."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Deed id → keys, in place of the default ones."""
