"""What the cooks of a station chose on its screen, kept for the next start: a small file of its own a station."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from heard.contract.base import Instant
from heard.ui.words import ENGLISH, Words
from kds.settings import Name, Percent, Settings, TextSize

MAX_BYTES = 65_536
"""More than this is no file of ours."""


class Choices(BaseModel):
    """Each None until somebody chose. What a newer version wrote beside these is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    theme: Name | None = None
    text_size: TextSize | None = None
    all_day: bool | None = None
    """Whether the all-day panel is open."""
    volume: Percent | None = None
    mute_until: Instant | None = None

    def as_settings(self) -> dict[str, Any]:
        """What of this stands over the file's settings."""
        chosen = self.model_dump(exclude_none=True)
        sound = {name: chosen.pop(name) for name in ("volume", "mute_until") if name in chosen}
        over = {name: value for name, value in chosen.items() if name in Settings.model_fields}
        return over | ({"sound": sound} if sound else {})


class Kept:
    """The choices of this station as they stand, and where they are kept; without a path in memory alone."""

    def __init__(self, path: Path | None = None, now: Choices | None = None, words: Words = ENGLISH) -> None:
        self.now = now or Choices()
        self.path = path
        self.words = words

    def change(self, **fields: Any) -> str:
        """Choose, and keep it. A sentence if it could not be kept: it holds until the station is left all the same."""
        self.now = Choices.model_validate(self.now.model_dump() | fields)
        if self.path is None:
            return ""
        try:
            write_whole(self.path, self.now.model_dump_json(exclude_none=True))
        except OSError as wrong:
            return self.words("this is not remembered: {why}", why=wrong.strerror or str(wrong))
        return ""


def read_choices(path: Path, words: Words = ENGLISH) -> tuple[Choices, str]:
    """What is kept in a file, and a sentence if it is there and cannot be used: then nothing is chosen."""
    try:
        return Choices.model_validate_json(_own_text(path)), ""
    except FileNotFoundError:
        return Choices(), ""
    except (ValidationError, UnicodeDecodeError):
        why = words("it is not what a station writes")
    except _NotOurs:
        why = words("it is not a file of this user")
    except OSError as wrong:
        why = wrong.strerror or str(wrong)
    return Choices(), words("what was chosen here before is forgotten: {path}: {why}", path=path, why=why)


class _NotOurs(Exception):
    """A file that somebody else put there, or no file at all."""


def _own_text(path: Path) -> str:
    """The text of a file that is ours: never waits for a pipe, never follows a link, never reads a mountain."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        if path.is_symlink():
            raise _NotOurs from None
        raise
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        foreign = hasattr(os, "getuid") and about.st_uid != os.getuid()
        if foreign or not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            raise _NotOurs
        return file.read(MAX_BYTES).decode("utf-8")


def write_whole(path: Path, text: str) -> None:
    """A file as it was or as it shall be, whatever happens in between; its owner's alone.

    Raises:
        OSError: it is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
