"""The station's end of the sound helper: started, listened to, restarted when it dies, and never waited for."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO, NamedTuple

from heard.client.backoff import Backoff, Dice
from heard.text import one_line
from kds.settings import SoundSettings
from kds.sound.names import Alert, Player
from kds.sound.speech import HUNG, Play, Told, read_told

ANSWER_S = 10.0
"""A tone nobody has spoken of for so long was not heard."""
LEAVING_S = 1.0
MAX_LINES = 200
"""Different lines of the helper's errors that are kept in the log; sound libraries repeat themselves."""
HELPERLESS = (Player.BELL, Player.NONE)

log = logging.getLogger("heard.sound")


class Sounding(NamedTuple):
    """Whether a tone would be heard, by the last proof of it."""

    through: str = ""
    """The player; empty: nothing can be heard."""
    why: str = ""
    """Why not, in a sentence."""
    starting: bool = False
    """Nobody knows yet."""

    @property
    def on(self) -> bool:
        """Whether to count on it."""
        return bool(self.through)


class Voice:
    """Tones of the station. `ring` and `sounding` may be used from any thread; neither waits for anything."""

    def __init__(
        self,
        through: Player | None = None,
        *,
        probe_s: float = 30.0,
        check_s: float = 60.0,
        command: Sequence[str] = (sys.executable, "-m", "kds.sound"),
        clock: Callable[[], float] = time.monotonic,
        dice: Dice = random.random,
    ) -> None:
        self.on_change: Callable[[], None] | None = None
        """Called, from another thread, when `sounding` is another one."""
        self._through, self._clock = through, clock
        self._command = [*command, "--probe-s", str(probe_s), "--check-s", str(check_s)]
        self._command += ["--through", through.value] if through else []
        self._pace = Backoff(base_s=0.5, cap_s=30.0, dice=dice)
        self._sounding = Sounding(starting=True)
        self._since = clock()
        self._asked: dict[Alert, float] = {}
        self._trying = ""
        self._without: set[str] = set()
        """Players that took the helper down; trusted again when it has lived for a while."""
        self._process: subprocess.Popen[bytes] | None = None
        self._speaking = threading.Lock()
        """Nobody writes into a pipe that is being closed."""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._said: set[str] = set()

    @property
    def sounding(self) -> Sounding:
        """As far as is known now; a helper that does not answer is not heard."""
        now, told = self._clock(), self._sounding
        oldest = min(self._asked.copy().values(), default=now)
        if now - oldest > ANSWER_S or (told.starting and now - self._since > ANSWER_S):
            return Sounding(why="the sound helper does not answer")
        return told

    @property
    def pid(self) -> int | None:
        """The helper's process."""
        return None if self._process is None else self._process.pid

    def ring(self, alert: Alert, volume: int) -> bool:
        """Ask for a tone; False if there is nobody to ask."""
        with self._speaking:
            process = self._process
            if process is None or process.stdin is None:
                return False
            try:
                os.write(process.stdin.fileno(), Play(alert, volume).line())
            except (OSError, ValueError):  # it is gone, does not read, or is being put away
                return False
            self._asked.setdefault(alert, self._clock())
        return True

    def owes(self, alert: Alert) -> bool:
        """Whether this was asked for and is neither played nor given up."""
        return alert in self._asked and self.sounding.on

    # ── Its life ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start the helper, and keep one."""
        if self._through in HELPERLESS:
            self._tell(Sounding(why=f"the station was told to play through {self._through}"))
            return
        self._thread = threading.Thread(target=self._keep, name="sound helper", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Let it go: it leaves when nobody speaks to it any more, or is made to."""
        self._stopped.set()
        process, thread = self._process, self._thread
        if process is not None and process.stdin is not None:
            with self._speaking, contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
        if thread is not None:
            thread.join(timeout_s)

    def _keep(self) -> None:
        while not self._stopped.is_set():
            began = self._clock()
            try:
                why = self._live()
            except Exception as error:
                log.exception("keeping the sound helper failed inside")
                why = f"keeping the sound helper failed inside: {error}"
            if self._stopped.is_set():
                return
            self._asked.clear()
            self._tell(Sounding(why=why))
            log.log(logging.DEBUG if self._pace.tries else logging.WARNING, "%s; it is started again", why)
            lived = self._clock() - began
            self._pace.lasted(lived)
            if lived >= self._pace.cap_s:
                self._without.clear()
            self._stopped.wait(self._pace.next())

    def _live(self) -> str:
        """One helper from start to end; what it ended with, in a sentence."""
        without = [word for name in sorted(self._without) for word in ("--without", name)]
        try:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [*self._command, *without], start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            return f"the sound helper cannot be started: {error}"
        threading.Thread(target=self._log, args=(process.stderr,), name="sound errors", daemon=True).start()
        try:
            self._began(process)
            self._listen(process)
        finally:
            self._put_away(process)
        return self._ended(process.returncode)

    def _put_away(self, process: subprocess.Popen[bytes]) -> None:
        """What closed its mouth is of no more use."""
        try:
            process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with self._speaking:
            self._process = None
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _began(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            with contextlib.suppress(OSError, AttributeError):  # a full pipe must not stop a key
                os.set_blocking(process.stdin.fileno(), False)
        self._trying, self._process = "", process
        if self._stopped.is_set():
            process.kill()

    def _ended(self, status: int) -> str:
        if self._trying and (status == HUNG or (status < 0 and status != -9)):
            self._without.add(self._trying)
            return f"the sound helper ended with {status} while it tried {self._trying}, which is done without for now"
        return f"the sound helper ended with {status}"

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        for line in process.stdout:
            if (told := read_told(line)) is not None:
                self._heard(told)

    def _heard(self, told: Told) -> None:
        self._trying = told.trying
        if told.trying:
            return
        if told.played:
            self._asked.pop(Alert(told.played), None)
        self._tell(Sounding(told.through, one_line(told.why)))

    def _tell(self, sounding: Sounding) -> None:
        before, self._sounding = self._sounding, sounding
        if sounding == before:
            return
        if sounding.on != before.on or before.starting:
            log.info("sound is %s", f"on, through {sounding.through}" if sounding.on else f"off: {sounding.why}")
        if (tell := self.on_change) is not None:
            tell()

    def _log(self, errors: IO[bytes] | None) -> None:
        """Each different line once: ALSA says the same twenty at every try."""
        if errors is None:
            return
        with errors:
            self._log_lines(errors)

    def _log_lines(self, errors: IO[bytes]) -> None:
        for raw in errors:
            line = one_line(raw.decode(errors="replace"))[:500]
            if line and line not in self._said and len(self._said) < MAX_LINES:
                self._said.add(line)
                log.info("helper: %s", line)


@contextlib.contextmanager
def speaking(settings: SoundSettings) -> Iterator[Voice]:
    """A voice, as long as the block lasts."""
    voice = Voice(settings.through, probe_s=settings.probe_s)
    voice.start()
    try:
        yield voice
    finally:
        voice.stop()
