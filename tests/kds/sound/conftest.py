"""Sound without a sound card: a PulseAudio server of a test's own, and what came out of it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from array import array
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from kds.sound.tones import RATE
from tests.missing import give_up, need
from tests.patience import PATIENCE_S


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"{what} never came"
        time.sleep(0.01)


class Recording:
    """What came out of the sink so far."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wait(self, seconds: float) -> None:
        """Until so much more was recorded."""
        enough = self.path.stat().st_size + int(seconds * 2 * RATE)
        wait_for(lambda: self.path.stat().st_size >= enough, "the next sample")

    def tones(self) -> list[array[int]]:
        """Cut where it was silent for longer than any rest in a melody."""
        raw = self.path.read_bytes()
        samples = array("h", raw[: len(raw) // 2 * 2])
        loud = [n for n, sample in enumerate(samples) if abs(sample) > 500]
        cuts = [n for n, (a, b) in enumerate(pairwise(loud), 1) if b - a > RATE // 5]
        groups = [loud[a:b] for a, b in pairwise([0, *cuts, len(loud)])] if loud else []
        return [samples[group[0] : group[-1] + 1] for group in groups]


class Pulse:
    """A server with one sink that throws everything away, but lets others listen to it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.socket = home / "native"
        self.env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PULSE_SERVER": f"unix:{self.socket}",
                    "PULSE_RUNTIME_PATH": str(home / "pulse")}  # fmt: skip
        self._running: list[subprocess.Popen[bytes]] = []
        (home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        with (self.home / "pulse.log").open("ab") as log:
            self._begin(
                need("pulseaudio"), "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes",
                "--use-pid-file=no", "-L", "module-null-sink sink_name=nowhere",
                "-L", f"module-native-protocol-unix socket={self.socket} auth-anonymous=1", stderr=log,
            )  # fmt: skip
        wait_for(self._answers, "the sound server")

    def _answers(self) -> bool:
        asked = subprocess.run(
            [need("pactl", "pulseaudio-utils"), "info"], env=self._env(), capture_output=True, check=False
        )
        return asked.returncode == 0

    def signal(self, number: int) -> None:
        """A signal to the server alone."""
        self._running[0].send_signal(number)

    def kill(self) -> None:
        """It and whoever listens to it."""
        for process in self._running:
            process.kill()
            process.wait()
        self._running.clear()

    def listen(self) -> Recording:
        """Begin to record."""
        need("parec", "pulseaudio-utils")
        recording = Recording(self.home / f"heard-{len(self._running)}.raw")
        with recording.path.open("wb") as file:
            self._begin("parec", "-d", "nowhere.monitor", "--format=s16le", "--rate=44100", "--channels=1",
                        "--latency-msec=20", stdout=file)  # fmt: skip
        recording.wait(0.1)
        return recording

    def _begin(self, *command: str, **more: object) -> None:
        self._running.append(subprocess.Popen(command, env=self._env(), stdin=subprocess.DEVNULL, **more))

    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.env}


@pytest.fixture
def pulse(tmp_path_factory, monkeypatch) -> Iterator[Pulse]:
    """Running, and the one that everything started here finds."""
    need("pulseaudio")
    server = Pulse(tmp_path_factory.mktemp("pulse"))
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def deaf(tmp_path, monkeypatch) -> None:
    """A machine without a sound server or a sound card."""
    nowhere = {"HOME": tmp_path, "XDG_RUNTIME_DIR": tmp_path, "PULSE_SERVER": f"unix:{tmp_path}/nobody"}
    for name, value in nowhere.items():
        monkeypatch.setenv(name, str(value))
    (tmp_path / ".asoundrc").write_text("pcm.!default { type hw card 31 }\nctl.!default { type hw card 31 }\n")


@pytest.fixture
def voices() -> Iterator[Callable[..., object]]:
    """Voices that are stopped at the end."""
    from kds.sound.voice import Voice

    with contextlib.ExitStack() as started:

        def start(*args: object, **more: object) -> Voice:
            voice = Voice(*args, **{"probe_s": 0.2, "check_s": 0.5, "dice": lambda: 0.01, **more})
            started.callback(voice.stop)
            voice.start()
            return voice

        yield start


def pulse_for_alsa() -> None:
    """ALSA's way to the sound server."""
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        give_up("ALSA cannot speak to PulseAudio (Debian: apt install libasound2-plugins)")
