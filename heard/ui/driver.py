"""A terminal driver for screens that run for months: it survives a terminal that stalls, hangs up, or goes away.

Textual's own driver waits in the event loop while a terminal does not read, spins on an ended stdin, and prints a
traceback when a write fails. Here frames are dropped while the terminal is behind, an end of input is an exit, and
leaving never waits for a terminal that nobody reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import selectors
import signal
import termios
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Full
from typing import IO, Any

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from heard.ui.terminal import window_size

LAST_WORDS_S = 0.5
"""How long a terminal may take to read what is left for it when we leave."""


class PatientWriter(WriterThread):
    """Writes behind the loop's back. Full: the frame is lost, `behind` is set. Failed: everything is lost quietly."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self.behind = False
        self.broken = False
        self._writing = False
        self._given_up = threading.Event()
        self._handle = _own_handle(file.fileno())

    def write(self, text: str) -> None:
        """Queue a frame, or lose it: a loop that waits here would keep the cook's keys waiting."""
        if self.broken:
            return
        try:
            self._queue.put_nowait(text)
        except Full:
            self.behind = True

    @property
    def drained(self) -> bool:
        """Whether the terminal has taken all it was given."""
        return self._queue.empty() and not self._writing

    def run(self) -> None:
        """Write until told to stop; a terminal that is gone is no reason to say anything."""
        while (text := self._queue.get()) is not None:
            self._writing = True
            try:
                self._put(text.encode("utf-8", "replace"))
            except OSError:
                self.broken = True
            self._writing = False
        os.close(self._handle)

    def _put(self, data: bytes) -> None:
        while data and not self.broken and not self._given_up.is_set():
            try:
                data = data[os.write(self._handle, data) :]
            except BlockingIOError:
                select.select([], [self._handle], [], 0.05)

    def clear_the_way(self, patience_s: float) -> None:
        """Have the terminal take what it was given; what it has not after `patience_s` is thrown away."""
        until = time.monotonic() + (0.0 if self.behind else patience_s)
        while not self.drained and not self.broken and time.monotonic() < until:
            time.sleep(0.002)
        if not self.drained:
            self._throw_away()

    def stop(self) -> None:
        """Say the last words, if the terminal takes them in time."""
        self.clear_the_way(LAST_WORDS_S)
        self._given_up.set()
        self._queue.put(None)
        self.join(LAST_WORDS_S)

    def _throw_away(self) -> None:
        self._given_up.set()
        with contextlib.suppress(Empty):
            while True:
                self._queue.get_nowait()
        while self._writing:
            time.sleep(0.002)
        # What the kernel still holds goes too, or there is no room for the words that restore the terminal.
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._handle, termios.TCOFLUSH)
        self._given_up.clear()
        self.write(_CANCEL)


PASTE_PAUSE_S = 2.0
"""A paste that stands still for so long has lost its end."""
LOOK_S, REST_S = 0.1, 0.5
"""How often whoever reads keys looks up: for what silence means after a key, and else only for the end."""

log = logging.getLogger("heard.ui")

_CANCEL = "\x18"
"""Ends an escape sequence that was cut short."""


def _own_handle(fileno: int) -> int:
    """The same terminal, opened for ourselves: not to wait is a flag of an open file, and stdin is the shell's too."""
    try:
        return os.open(os.ttyname(fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return os.dup(fileno)


class PatientDriver(LinuxDriver):
    """`LinuxDriver` with a `PatientWriter`, and an end of input that ends the app."""

    _patient: PatientWriter | None = None

    @property
    def _writer_thread(self) -> WriterThread | None:
        return self._patient

    @_writer_thread.setter
    def _writer_thread(self, given: WriterThread | None) -> None:
        # LinuxDriver makes its writer inside start_application_mode: ours takes its place before it is started.
        self._patient = None if given is None or self._file is None else PatientWriter(self._file)

    @property
    def behind(self) -> bool:
        """Whether frames were lost since `caught_up` last said that the terminal reads again."""
        return self._patient is not None and self._patient.behind

    def caught_up(self) -> bool:
        """Whether a terminal that was behind has read all it was given: time to paint everything."""
        writer = self._patient
        if writer is None or not writer.behind or not writer.drained:
            return False
        writer.behind = False
        return True

    def start_application_mode(self) -> None:
        """From here on the terminal is not itself: who would be killed with it leaves by the front door instead."""
        self._mind_signals()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def _mind_signals(self) -> None:
        """Textual itself dies of these and leaves the terminal broken."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.add_signal_handler(number, self._app.exit)

    def _get_terminal_size(self) -> tuple[int, int]:
        """The window's own word comes before what the environment says of it."""
        return window_size() or super()._get_terminal_size()

    def stop_application_mode(self) -> None:
        """Restore the terminal; a frame still on its way to one that stalls is given up first."""
        if self._patient is not None:
            self._patient.clear_the_way(LAST_WORDS_S)
            self._patient.behind = False
        if self._mouse_pixels:  # asked for by Textual, never taken back: the next program would be told pixels
            self.write("\x1b[?1016l")
            self._mouse_pixels = False
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until told to stop, or until there is nobody to press them."""
        if not _read_keys(self.fileno, self.exit_event, PatientParser(self._debug), self.process_message):
            self._loop.call_soon_threadsafe(self._app.exit)


class PatientParser:
    """Textual's parser of keys, made anew when it fails, and led out of a paste that never ends.

    It raises over numbers no keyboard sends, which would end the thread that reads keys; and it takes everything for
    part of a paste until its end has come, which it never does when the line broke in the middle.
    """

    def __init__(self, debug: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._debug, self._clock = debug, clock
        self._parser = XTermParser(debug)
        self._tail = ""
        self._pasting = False
        self._heard_at = clock()

    @property
    def restless(self) -> bool:
        """Whether it may yet have something to say when nothing more comes: of a lone Escape, of a paste cut short."""
        return self._pasting or self._clock() - self._heard_at < PASTE_PAUSE_S + ESCAPE_DELAY

    def feed(self, data: str) -> Iterator[Message]:
        """What these characters mean."""
        if not data:  # half a character: to Textual's parser nothing is the end of everything
            return
        self._heard_at = self._clock()
        told = self._tail + data
        begun, ended = told.rfind(BRACKETED_PASTE_START), told.rfind(BRACKETED_PASTE_END)
        if begun != ended:
            self._pasting = begun > ended
        self._tail = told[1 - len(BRACKETED_PASTE_END) :]
        yield from self._parsed(lambda: self._parser.feed(data))

    def tick(self) -> Iterator[Message]:
        """What it means that nothing came for a while."""
        if self._pasting and self._clock() - self._heard_at > PASTE_PAUSE_S:
            yield from self.feed(BRACKETED_PASTE_END)
        yield from self._parsed(self._parser.tick)

    def _parsed(self, parse: Callable[[], Iterable[Message]]) -> Iterator[Message]:
        try:
            yield from parse()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next key counts
            log.warning("what came from the keyboard cannot be read: %s", type(error).__name__)
            self._parser, self._pasting, self._tail = XTermParser(self._debug), False, ""


def _read_keys(fileno: int, stop: threading.Event, parser: PatientParser, tell: Callable[[Any], None]) -> bool:
    """Whether it was told to stop; False: the input has ended."""
    decode = getincrementaldecoder("utf-8")("replace").decode
    with selectors.SelectSelector() as selector:
        selector.register(fileno, selectors.EVENT_READ)
        while not stop.is_set():
            if selector.select(LOOK_S if parser.restless else REST_S):
                data = _read(fileno)
                if not data:
                    return False
                for event in parser.feed(decode(data)):
                    tell(event)
            for event in parser.tick():
                tell(event)
    return True


def _read(fileno: int) -> bytes:
    """What was typed; nothing when the terminal hung up."""
    try:
        return os.read(fileno, 4096)
    except OSError:
        return b""
