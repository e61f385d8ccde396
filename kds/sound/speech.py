"""What the station and its sound helper say to each other: one JSON object a line."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from kds.sound.names import Alert

HUNG = 3
"""The helper's exit status when a player did not come back."""


class Play(NamedTuple):
    """To the helper: play this alert's tone."""

    alert: Alert
    volume: int

    def line(self) -> bytes:
        """As it is written."""
        return _line({"play": self.alert.value, "volume": self.volume})


class Told(NamedTuple):
    """From the helper: whether anything can be heard now."""

    through: str = ""
    """The player that was heard last; empty: nothing can be heard."""
    why: str = ""
    """Why nothing can be heard."""
    played: str = ""
    """The alert this is about; empty when nobody had asked for a tone."""
    trying: str = ""
    """No word on that yet: this player is being tried, and may take the helper down."""

    def line(self) -> bytes:
        """As it is written."""
        return _line(self._asdict())


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def read_play(line: bytes) -> Play | None:
    """What the station asks for; None where it cannot be understood."""
    fields = _fields(line)
    try:
        return Play(Alert(fields["play"]), int(fields["volume"]))
    except (KeyError, ValueError, TypeError):
        return None


def read_told(line: bytes) -> Told | None:
    """What the helper says; None where it cannot be understood."""
    fields = _fields(line)
    if not set(Told._fields) <= fields.keys():
        return None
    told = Told(*(str(fields[name])[:300] for name in Told._fields))
    return told if told.played in ("", *Alert) else None


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
