"""When a figure has moved enough to be told: what rests must not be said again each second.

Each function takes what was told last and what is so now, and gives what to tell: the former, where nothing is worth
telling.
"""

from __future__ import annotations

from bisect import bisect_right

IDLE_STEPS_S = (0, 10, 30, 60, 120, 300, 600, 1_200, 1_800)
HOUR_S = 3_600
LEAST_WAIT_MS = 250
"""A packet that waits less is on its way, not late."""
LEAST_QUEUE = 4_096
SMOOTHING = 0.25
"""Share of each new second in a rate."""


def reported(told: float | None, now: float | None) -> float | None:
    """A figure in ms that a client gives of itself."""
    if now is None:
        return None
    return told if told is not None and abs(now - told) <= max(2.0, told / 4) else round(now, 1)


def idle(seconds: float) -> int:
    """Seconds without an event, in steps that become longer."""
    if seconds >= HOUR_S:
        return int(seconds // HOUR_S) * HOUR_S
    return IDLE_STEPS_S[max(0, bisect_right(IDLE_STEPS_S, seconds) - 1)]


def rtt(told: float | None, now: float | None) -> float | None:
    """A round trip in ms."""
    if now is None or (told is not None and -5.0 <= now - told <= 5.0) or (told and abs(now - told) <= told / 4):
        return told
    return round(now, 1) if now < 10 else float(round(now))


def rate(told: float, now: float) -> float:
    """Packets per second. Heartbeats alone do not move it."""
    moved = now - told
    return told if -1.0 <= moved <= 1.0 or abs(moved) <= told / 4 else round(now, 1)


def queue(told: int, now: int) -> int:
    """Bytes that wait."""
    if now < LEAST_QUEUE:
        return 0
    return told if abs(now - told) <= told // 4 else now


def waiting(told: int | None, seconds: float) -> int | None:
    """How long the oldest packet has waited, in ms; None while all is on its way."""
    if seconds * 1000 < LEAST_WAIT_MS:
        return None
    now = int(seconds * 10) * 100
    return told if told is not None and abs(now - told) < 500 else now


def smoothed(before: float | None, count: int, seconds: float) -> float:
    """A rate after one more interval with so many."""
    now = count / seconds
    return now if before is None else before + min(1.0, SMOOTHING * seconds) * (now - before)
