"""The names of sound: what can be announced, and what it can be played through."""

from __future__ import annotations

from enum import StrEnum


class Alert(StrEnum):
    """Something a cook should hear of; each has a tone of its own."""

    ALLERGY = "allergy"
    VOID = "void"
    RUSH = "rush"
    CHANGED = "changed"
    LATE = "late"
    NEW = "new"
    READY = "ready"
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"


class Player(StrEnum):
    """What to play through, the best first. The last two need no helper: the terminal's bell, and eyes alone."""

    MINIAUDIO = "miniaudio"
    SIMPLEAUDIO = "simpleaudio"
    PW_PLAY = "pw-play"
    PAPLAY = "paplay"
    APLAY = "aplay"
    AFPLAY = "afplay"
    BELL = "bell"
    NONE = "none"
