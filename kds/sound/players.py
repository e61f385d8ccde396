"""What can play samples: libraries and the commands of sound servers, each behind one small interface.

None is believed because it did not complain. A player proves itself by the frames it took or by its exit status, and
by the time it took: a tone of 300 ms that is over after 3 was heard by nobody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from kds.sound import names
from kds.sound.tones import RATE, WIDTH, as_wav, seconds

LEAST = 0.6
"""The share of a tone's length that must have passed before it is believed to have been played."""
PATIENCE_S = 4.0
"""How much longer than its tone a player may take: sound servers buffer up to two seconds."""
PERIOD_MS = 40


class NotPlayed(Exception):
    """Nobody can have heard it, and why, in a sentence."""


class Player(Protocol):
    """One way to be heard."""

    name: str

    def missing(self) -> str | None:
        """Why it cannot be tried here, with the remedy; None where it can."""
        ...

    def play(self, samples: bytes) -> None:
        """Play, and return when it was heard. Silence is played like anything else: that is how a player is tried.

        Raises:
            NotPlayed: it was not, or nothing proves it.
        """
        ...

    def stop(self) -> None:
        """Leave off, from another thread."""
        ...


Clock = Callable[[], float]


def believe(samples: bytes, took: float, name: str) -> None:
    """Hold the time that playing took against the length of the tone.

    Raises:
        NotPlayed: it was over too soon.
    """
    if took < LEAST * seconds(samples):
        raise NotPlayed(
            f"{name} says it played, but was done after {took * 1000:.0f} ms of {seconds(samples) * 1000:.0f}"
        )


# ── Libraries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Miniaudio:
    """The miniaudio library: proof is that the device asked for every frame, and then for what comes after them."""

    name = names.Player.MINIAUDIO.value

    def __init__(self, load: Callable[[str], Any] = import_module, clock: Clock = time.monotonic) -> None:
        self._load, self._clock = load, clock
        self._given_up = False
        self._feeding: Feeding | None = None

    def missing(self) -> str | None:
        """Whether the extra is installed."""
        return None if _loads(self.name, self._load) else "pip install 'heard[sound]'"

    def play(self, samples: bytes) -> None:
        """Through the system's default device, opened for this tone alone: one that went away is noticed at once."""
        mini = self._load(self.name)
        try:
            device = mini.PlaybackDevice(
                output_format=mini.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, buffersize_msec=PERIOD_MS,
                backends=_real_backends(mini), app_name="Heard",
            )  # fmt: skip
        except mini.MiniaudioError as error:
            raise NotPlayed(f"miniaudio finds no device: {error}") from None
        try:
            self._play_on(device, samples)
        except mini.MiniaudioError as error:
            raise NotPlayed(f"miniaudio: {error}") from None
        finally:
            device.close()

    def _play_on(self, device: Any, samples: bytes) -> None:
        if device.backend == "Null":
            raise NotPlayed("miniaudio finds no device but one that throws sound away")
        began, wanted = self._clock(), len(samples) // WIDTH
        feeding = self._feeding = Feeding(samples, padding=RATE * 4 * PERIOD_MS // 1000)
        device.start(feeding.frames())
        if not feeding.done.wait(seconds(samples) + PATIENCE_S) or self._given_up:
            raise NotPlayed(f"miniaudio's device took {min(feeding.taken, wanted)} of {wanted} frames")
        believe(samples, self._clock() - began, self.name)

    def stop(self) -> None:
        """Wait no longer, and believe nothing any more."""
        self._given_up = True
        if self._feeding is not None:
            self._feeding.done.set()


def _real_backends(mini: Any) -> list[Any]:
    """Where to look for a device on Linux: JACK would start a server of its own. Elsewhere the system's only one."""
    linux = [mini.Backend.PULSEAUDIO, mini.Backend.ALSA]
    return [one for one in linux if mini.is_backend_enabled(one)]


class Feeding:
    """Samples for a device that asks for frames; `done` once it has asked for them all and for as many as it holds."""

    def __init__(self, samples: bytes, padding: int) -> None:
        self.taken = 0
        self.done = threading.Event()
        self._samples, self._until = samples, len(samples) // WIDTH + padding

    def frames(self) -> Generator[bytes, int, None]:
        """A started generator: send it how many frames are wanted."""
        asked = self._frames()
        next(asked)
        return asked

    def _frames(self) -> Generator[bytes, int, None]:
        want = yield b""
        while True:
            start = WIDTH * self.taken
            part = self._samples[start : start + WIDTH * want]
            if self.taken >= self._until:
                self.done.set()
            self.taken += want
            want = yield part + bytes(WIDTH * want - len(part))


class Simpleaudio:
    """The simpleaudio library, where it is installed and can be imported: proof is the time that playing took."""

    name = names.Player.SIMPLEAUDIO.value

    def __init__(
        self,
        load: Callable[[str], Any] = import_module,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._load, self._clock, self._sleep = load, clock, sleep
        self._playing: Any = None

    def missing(self) -> str | None:
        """Whether the extra is installed."""
        return None if _loads(self.name, self._load) else "pip install 'heard[simpleaudio]' (Python 3.11 only)"

    def play(self, samples: bytes) -> None:
        """Play, and look until it is over."""
        simple = self._load(self.name)
        began = self._clock()
        try:
            playing = self._playing = simple.play_buffer(samples, 1, WIDTH, RATE)
        except Exception as error:  # noqa: BLE001 - its own error class is in a C module without a public name
            raise NotPlayed(f"simpleaudio: {error}") from None
        while playing.is_playing():
            if self._clock() - began > seconds(samples) + PATIENCE_S:
                playing.stop()
                raise NotPlayed("simpleaudio does not come to an end")
            self._sleep(0.01)
        believe(samples, self._clock() - began, self.name)

    def stop(self) -> None:
        """Leave off."""
        if self._playing is not None:
            self._playing.stop()


def _loads(name: str, load: Callable[[str], Any]) -> bool:
    try:
        load(name)
    except (ImportError, OSError):  # not installed, or made for another system
        return False
    return True


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_RAW = ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1")

COMMANDS: dict[names.Player, tuple[tuple[str, ...], str, bool]] = {
    names.Player.PW_PLAY: (("pw-play",), "pipewire-bin", True),
    names.Player.PAPLAY: (("paplay", *_RAW, "--latency-msec=60", "--client-name=Heard"), "pulseaudio-utils", False),
    names.Player.APLAY: (("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1"), "alsa-utils", False),
    names.Player.AFPLAY: (("afplay",), "", True),
}
"""Player → its command, the Debian package it is in, and whether it wants a file."""


class Command:
    """A program that plays what it is given: proof is its exit status and the time it took."""

    def __init__(self, name: names.Player, clock: Clock = time.monotonic) -> None:
        self.name = name.value
        self._command, self._package, self._by_file = COMMANDS[name]
        self._clock = clock
        self._running: subprocess.Popen[bytes] | None = None

    def missing(self) -> str | None:
        """Whether it is on the path."""
        if shutil.which(self._command[0]) is not None:
            return None
        return f"apt install {self._package}" if self._package else "it comes with macOS"

    def play(self, samples: bytes) -> None:
        """Run it to its end."""
        began = self._clock()
        with _as_file(samples) if self._by_file else contextlib.nullcontext() as path:
            ended, said = self._run([*self._command, str(path)] if path else [*self._command], samples, path is None)
        if ended != 0:
            raise NotPlayed(f"{self.name} ended with {ended}: {said or 'without a word'}")
        believe(samples, self._clock() - began, self.name)

    def _run(self, command: list[str], samples: bytes, piped: bool) -> tuple[int, str]:
        try:
            running = subprocess.Popen(  # noqa: S603 - our own table of commands, nothing from outside
                command, stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise NotPlayed(f"{self.name} does not start: {error}") from None
        with running:
            self._running = running
            try:
                _, told = running.communicate(samples if piped else None, timeout=seconds(samples) + PATIENCE_S)
            except subprocess.TimeoutExpired:
                running.kill()
                raise NotPlayed(f"{self.name} does not come to an end") from None
            finally:
                self._running = None
        return running.returncode, _last_line(told)

    def stop(self) -> None:
        """End the program."""
        running = self._running
        if running is not None:
            with contextlib.suppress(OSError):
                running.kill()


@contextlib.contextmanager
def _as_file(samples: bytes) -> Generator[Path, None, None]:
    try:
        handle, name = tempfile.mkstemp(prefix="heard-", suffix=".wav")
    except OSError as error:
        raise NotPlayed(f"there is no room for a file to play: {error}") from None
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(as_wav(samples))
        yield path
    except OSError as error:
        raise NotPlayed(f"there is no room for a file to play: {error}") from None
    finally:
        path.unlink(missing_ok=True)


def _last_line(told: bytes) -> str:
    lines = [line.strip() for line in told.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def every_player() -> list[Player]:
    """All of them, the best first."""
    return [Miniaudio(), Simpleaudio(), *(Command(name) for name in COMMANDS)]
