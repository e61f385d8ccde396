"""What the cooks of a station chose on its screen, kept for the next start: a small file of its own a station."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from heard.contract.base import Instant
from heard.ui.words import ENGLISH, Words
from kds.settings import Name, Percent, Settings, TextSize

MAX_BYTES = 65_536
"""More than this is no file of ours."""

log = logging.getLogger("heard.choices")


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
        self.words = words
        self.unkept: Callable[[str], None] | None = None
        """Told, in a sentence and from another thread, what could not be kept: it holds until the station is left."""
        self._paper = None if path is None else Paper(path, self._failed)

    def change(self, **fields: Any) -> None:
        """Choose, and keep it; nobody waits for the disk."""
        self.now = Choices.model_validate(self.now.model_dump() | fields)
        if self._paper is not None:
            self._paper.write(self.now.model_dump_json(exclude_none=True))

    def settle(self, limit_s: float) -> str:
        """Wait until the disk has what was chosen, or would not have it, or answers nothing for so long.

        What came of it as a sentence; empty: it has it. Whoever was told before that something could not be kept may
        have been gone by then, so it is said here again.
        """
        if self._paper is None:
            return ""
        if not self._paper.settle(limit_s):
            return self._sentence(self.words("the disk does not answer"))
        return "" if self._paper.wrong is None else self._sentence(_why(self._paper.wrong))

    def _failed(self, wrong: Exception) -> None:
        if self.unkept is not None:
            self.unkept(self._sentence(_why(wrong)))

    def _sentence(self, why: str) -> str:
        return self.words("this is not remembered: {why}", why=why)


def _why(wrong: Exception) -> str:
    return (wrong.strerror if isinstance(wrong, OSError) else None) or str(wrong)


class Paper:
    """A file that is written beside everything else: the newest text last, one that was overtaken not at all.

    Its thread ends when nothing is left to write. The program does not wait for it, since a disk may hang for ever:
    whoever leaves settles first.
    """

    def __init__(self, path: Path, failed: Callable[[Exception], None]) -> None:
        self._path, self._failed = path, failed
        self.wrong: Exception | None = None
        """Why the last text is not there; None while it is."""
        self._lock = threading.Lock()
        self._text: str | None = None
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """This instead of whatever else was to be written."""
        with self._lock:
            self._text = text
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="heard choices", daemon=True)
                self._thread.start()

    def settle(self, limit_s: float) -> bool:
        """Wait until nothing is left to write; False: there still is after so long."""
        if (thread := self._thread) is None:
            return True
        thread.join(limit_s)
        return not thread.is_alive()

    def _work(self) -> None:
        try:
            while (text := self._next()) is not None:
                self._keep(text)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _keep(self, text: str) -> None:
        """Write it, or say why not; whatever goes wrong with either, the next text has its turn."""
        try:
            self.wrong = self._written(text)
            if self.wrong is not None:
                self._failed(self.wrong)
        except Exception:
            log.exception("telling what could not be kept failed inside")

    def _written(self, text: str) -> Exception | None:
        try:
            write_whole(self._path, text)
        except OSError as wrong:
            return wrong
        except Exception as wrong:
            log.exception("keeping what was chosen failed inside")
            return wrong
        return None

    def _next(self) -> str | None:
        with self._lock:
            text, self._text = self._text, None
            if text is None:
                self._thread = None
            return text


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
