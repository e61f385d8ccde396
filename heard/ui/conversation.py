"""A program in lines: what happens is said when it happens, what is typed is answered.

Nothing but text and newlines is written, and only behind what was written before: for screen readers, terminals that
only print, and pipes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from queue import Empty, SimpleQueue
from typing import Protocol, TextIO

from heard.text import one_line

TICK_S = 1.0
MAX_TYPED = 1_000
"""Nobody types a longer line."""


BELL = "\a"
"""A line of this rings the bell of a terminal; into a pipe nothing but text is written."""


class Speaker(Protocol):
    """What there is to say, kept without any terminal."""

    def look(self) -> list[str]:
        """What is new since the last look."""
        ...

    def answer(self, typed: str) -> list[str] | None:
        """What a typed line comes to; None: leave."""
        ...


class Waker(Protocol):
    """A feed that tells when anything is new, perhaps from another thread."""

    on_change: Callable[[], None] | None


@dataclass(slots=True)
class _Ear:
    """What wakes the conversation: typed lines, news, the end."""

    heard: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    """Typed lines; empty text without a newline for news; None for the end."""
    _due: bool = False

    def news(self) -> None:
        """From any thread; many of these are worth one look."""
        if not self._due:
            self._due = True
            self.heard.put("")

    def listen(self, handle: int) -> None:
        """Read lines until there are no more. No buffer of Python's: an exit would wait for the lock of one."""
        decode, rest = getincrementaldecoder("utf-8")("replace").decode, ""
        with contextlib.suppress(OSError):
            while data := os.read(handle, 4096):
                *lines, rest = (rest + decode(data)).split("\n")
                for line in lines:
                    self.heard.put(f"{line}\n")
                rest = rest[:MAX_TYPED]
        self.heard.put(None)

    def next(self) -> str | None:
        """A line with its newline; nothing for a look; None for the end."""
        try:
            found = self.heard.get(timeout=TICK_S)
        except Empty:
            return ""
        if not found:
            self._due = False
        return found


class _HungUp(Exception):
    """Nobody reads any more, or is asked to."""


class _Mouth:
    """Where lines go. A signal while a terminal does not read ends the waiting; elsewhere it ends the conversation."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.speaking = False
        self.leaving = False
        """A signal came: whatever is still typed or told, nothing more is said."""
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="replace")

    def say(self, lines: Iterable[str]) -> None:
        """Lines, at once even into a pipe."""
        self.speaking = True
        try:
            if self.leaving:  # it came just before: nobody would come again to end a wait
                raise _HungUp
            for line in lines:
                if line == BELL and self.out.isatty():
                    self.out.write(BELL)
                elif clean := one_line(line):
                    self.out.write(f"{clean}\n")
            self.out.flush()
        except (OSError, ValueError):
            raise _HungUp from None
        finally:
            self.speaking = False

    def give_up(self) -> None:
        """What was not taken is thrown away, or the end of the program would wait for somebody to take it."""
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())


def converse(
    speaker: Speaker, feed: Waker, first: Sequence[str] = (), *, handle: int = 0, out: TextIO | None = None
) -> int:
    """Say what happens and do what is typed, until `q`, the end of the input, or a signal; the exit code."""
    ear, mouth = _Ear(), _Mouth(out or sys.stdout)
    feed.on_change = ear.news
    threading.Thread(target=ear.listen, args=(handle,), name="heard keyboard", daemon=True).start()
    try:
        with _signals(ear, mouth):
            mouth.say(first)
            _until_left(speaker, ear, mouth)
    except _HungUp:
        mouth.give_up()
    finally:
        feed.on_change = None
    return 0


def _until_left(speaker: Speaker, ear: _Ear, mouth: _Mouth) -> None:
    mouth.say(speaker.look())
    while (typed := ear.next()) is not None and not mouth.leaving:
        mouth.say(speaker.look())
        if typed:
            said = speaker.answer(typed)
            if said is None:
                return
            mouth.say((*said, *speaker.look()))


@contextlib.contextmanager
def _signals(ear: _Ear, mouth: _Mouth) -> Iterator[None]:
    """Who would be killed leaves by the front door."""

    def leave(*_: object) -> None:
        mouth.leaving = True
        ear.heard.put(None)
        if mouth.speaking:
            raise _HungUp

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name)]
    before = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
