"""Ages as cooks read them, and the word beside each heat, so that colour never speaks alone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from heard.ui.words import ENGLISH, Words


def age_text(age: timedelta) -> str:
    """`4:32`, from an hour on `1h05`, from a day on `2d03h`."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    if seconds < 86_400:
        return f"{seconds // 3600}h{seconds % 3600 // 60:02d}"
    return f"{seconds // 86_400}d{seconds % 86_400 // 3600:02d}h"


def short_age(seconds: float) -> str:
    """`3s`, `4m`, `2h`: for a footer."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    return f"{whole // 60}m" if whole < 3600 else f"{whole // 3600}h"


def heat_mark(level: int, levels: int, words: Words = ENGLISH) -> str:
    """The mark of a heat: none when fresh, `!` and more of them, `LATE` when the last level has passed."""
    if level <= 0:
        return ""
    return words("LATE") if level >= levels else "!" * min(level, 3)


def heat_name(level: int, levels: int) -> str:
    """The theme's name of a heat: fresh, warm, hot, late."""
    if level <= 0:
        return "fresh"
    if level >= levels:
        return "late"
    return "warm" if level == 1 else "hot"


def clock_text(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """The time of day where the store is."""
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")
