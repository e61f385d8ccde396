"""Players that lie, hang, are missing or come to nothing, and the chain that finds one that can be heard."""

from __future__ import annotations

import stat
import threading
from types import SimpleNamespace

import pytest

from kds.sound.chain import Chain, chain
from kds.sound.names import Alert, Player
from kds.sound.players import COMMANDS, Command, Feeding, Miniaudio, NotPlayed, Simpleaudio, every_player
from kds.sound.tones import RATE, TONES, pcm, seconds, silence

TONE = pcm(TONES[Alert.NEW])


class Ticking:
    """A clock that a stand-in turns."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program of this name and text on the path, alone."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def put(name, script):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return put


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_that_took_its_time_and_ended_well_has_played(program, tmp_path, name):
    by_file = COMMANDS[name][2]
    read = 'cat "$1"' if by_file else "cat"
    program(COMMANDS[name][0][0], f"{read} > {tmp_path}/got; sleep 0.3")
    Command(name).play(TONE)
    got = (tmp_path / "got").read_bytes()
    assert got.endswith(TONE)
    assert got.startswith(b"RIFF") is by_file


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_that_is_over_at_once_has_not_played_whatever_it_says(program, name):
    program(COMMANDS[name][0][0], "exit 0")
    with pytest.raises(NotPlayed, match=f"{name} says it played, but was done after"):
        Command(name).play(TONE)


def test_a_command_that_fails_is_told_with_its_last_words(program):
    program("aplay", "echo one >&2; echo 'no such device' >&2; exit 1")
    with pytest.raises(NotPlayed, match="aplay ended with 1: no such device"):
        Command(Player.APLAY).play(TONE)


def test_a_command_that_does_not_end_is_ended(program, monkeypatch):
    monkeypatch.setattr("kds.sound.players.PATIENCE_S", 0.1)
    program("paplay", "exec sleep 600")
    with pytest.raises(NotPlayed, match="paplay does not come to an end"):
        Command(Player.PAPLAY).play(silence(10))


def test_a_command_is_ended_from_another_thread(program):
    program("paplay", "exec sleep 600")
    player = Command(Player.PAPLAY)
    stopping = threading.Timer(0.3, player.stop)
    stopping.start()
    with pytest.raises(NotPlayed, match="paplay ended with -9"):
        player.play(TONE)
    stopping.join()


def test_a_command_that_cannot_be_run_is_no_end(program, monkeypatch):
    path = program("aplay", "")
    path.write_text("neither fish nor fowl")
    monkeypatch.setenv("PATH", str(path.parent))
    with pytest.raises(NotPlayed, match="aplay does not start"):
        Command(Player.APLAY).play(TONE)


def test_a_command_that_is_not_here_names_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Command(Player.APLAY).missing() == "apt install alsa-utils"
    assert Command(Player.AFPLAY).missing() == "it comes with macOS"


def test_no_file_is_left_behind(program, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    program("pw-play", "exit 1")
    with pytest.raises(NotPlayed):
        Command(Player.PW_PLAY).play(TONE)
    assert list((tmp_path / "temp").iterdir()) == []


def test_a_full_disk_is_told_in_words(program, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    program("pw-play", "exit 0")
    with pytest.raises(NotPlayed, match="no room for a file"):
        Command(Player.PW_PLAY).play(TONE)


# ── Libraries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class MiniaudioError(Exception):
    pass


def miniaudio(take, *, backend="PulseAudio", clock=None, fails=None):
    """A stand-in with the shape of the real one: `take` tells for how many frames its device asks."""
    closed = []

    class PlaybackDevice:
        def __init__(self, **asked):
            if fails:
                raise MiniaudioError(*fails)
            self.backend, self.asked = backend, asked

        def start(self, generator):
            for frames in take:
                got = generator.send(frames)
                assert len(got) == 2 * frames
                if clock is not None:
                    clock.now += frames / RATE

        def close(self):
            closed.append(self)

    module = SimpleNamespace(
        PlaybackDevice=PlaybackDevice, MiniaudioError=MiniaudioError, SampleFormat=SimpleNamespace(SIGNED16=2),
        Backend=SimpleNamespace(PULSEAUDIO=7, ALSA=8), is_backend_enabled=lambda one: one == 8, closed=closed,
    )  # fmt: skip
    return lambda name: {"miniaudio": module}[name], module


def test_miniaudio_has_played_when_its_device_took_every_frame_and_asked_for_more():
    clock = Ticking()
    load, module = miniaudio([1000] * 40, clock=clock)
    Miniaudio(load, clock).play(TONE)
    assert len(module.closed) == 1
    assert module.closed[0].asked["backends"] == [8], "never JACK, which starts a server"


@pytest.mark.parametrize("take", [[], [1000], [1000] * (len(TONE) // 2000)])
def test_miniaudio_has_not_played_when_its_device_stopped_asking(monkeypatch, take):
    monkeypatch.setattr("kds.sound.players.PATIENCE_S", -seconds(TONE) + 0.02)
    load, module = miniaudio(take, clock=Ticking())
    with pytest.raises(NotPlayed, match=f"took {1000 * len(take)} of {len(TONE) // 2} frames"):
        Miniaudio(load).play(TONE)
    assert module.closed


def test_miniaudio_has_not_played_when_its_device_swallowed_all_at_once():
    load, _ = miniaudio([1000] * 40)
    with pytest.raises(NotPlayed, match="miniaudio says it played"):
        Miniaudio(load).play(TONE)


def test_miniaudio_leaves_off_when_it_is_told_to():
    load, module = miniaudio([])
    player = Miniaudio(load)
    stopping = threading.Timer(0.05, player.stop)
    stopping.start()
    with pytest.raises(NotPlayed, match="took 0 of"):
        player.play(TONE)
    stopping.join()
    assert module.closed


def test_a_device_that_throws_sound_away_is_none():
    load, _ = miniaudio([], backend="Null")
    with pytest.raises(NotPlayed, match="throws sound away"):
        Miniaudio(load).play(TONE)


def test_no_device_is_told_in_words():
    load, _ = miniaudio([], fails=("failed to init device", -401))
    with pytest.raises(NotPlayed, match="miniaudio finds no device"):
        Miniaudio(load).play(TONE)


def test_what_a_device_is_fed_is_the_tone_and_then_silence():
    feeding = Feeding(b"\1\0\2\0\3\0", padding=2)
    frames = feeding.frames()
    assert frames.send(2) == b"\1\0\2\0"
    assert frames.send(2) == b"\3\0\0\0"
    assert not feeding.done.is_set()
    frames.send(1)
    assert not feeding.done.is_set()
    assert frames.send(3) == bytes(6)
    assert feeding.done.is_set()


def simpleaudio(clock, *, lasts, fails=None):
    """A stand-in for simpleaudio's `play_buffer` and the object it gives back."""
    played = []

    class PlayObject:
        def __init__(self):
            self.until = clock.now + lasts

        def is_playing(self):
            return clock.now < self.until

        def wait_done(self):
            clock.now = self.until

        def stop(self):
            self.until = clock.now

    def play_buffer(audio_data, num_channels, bytes_per_sample, sample_rate):
        if fails:
            raise fails
        played.append((audio_data, num_channels, bytes_per_sample, sample_rate))
        return PlayObject()

    return lambda name: {"simpleaudio": SimpleNamespace(play_buffer=play_buffer)}[name], played


def sleeper(clock):
    def sleep(of):
        clock.now += of

    return sleep


def test_simpleaudio_has_played_when_it_took_its_time():
    clock = Ticking()
    load, played = simpleaudio(clock, lasts=seconds(TONE))
    Simpleaudio(load, clock, sleeper(clock)).play(TONE)
    assert played == [(TONE, 1, 2, RATE)]


def test_simpleaudio_has_not_played_when_it_was_over_at_once():
    clock = Ticking()
    load, _ = simpleaudio(clock, lasts=0.003)
    with pytest.raises(NotPlayed, match="simpleaudio says it played"):
        Simpleaudio(load, clock, sleeper(clock)).play(TONE)


def test_simpleaudio_that_does_not_end_is_stopped():
    clock = Ticking()
    load, _ = simpleaudio(clock, lasts=900)
    with pytest.raises(NotPlayed, match="does not come to an end"):
        Simpleaudio(load, clock, sleeper(clock)).play(TONE)
    assert clock.now < 10


def test_an_error_of_simpleaudio_is_a_sentence():
    clock = Ticking()
    load, _ = simpleaudio(clock, lasts=1, fails=RuntimeError("Error opening PCM device. -- CODE: -2"))
    with pytest.raises(NotPlayed, match="Error opening PCM device"):
        Simpleaudio(load, clock, sleeper(clock)).play(TONE)


@pytest.mark.parametrize("error", [ImportError, OSError])
@pytest.mark.parametrize("library", [Miniaudio, Simpleaudio])
def test_a_library_that_cannot_be_loaded_names_the_remedy(library, error):
    def load(_):
        raise error("no")

    assert "pip install" in library(load).missing()


# ── The chain ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Fake:
    def __init__(self, name, *, works=True, here=True):
        self.name, self.works, self.here, self.played, self.stopped = name, works, here, [], False

    def missing(self):
        return None if self.here else f"buy {self.name}"

    def play(self, samples):
        if not self.works:
            raise NotPlayed(f"{self.name} is broken")
        self.played.append(samples)

    def stop(self):
        self.stopped = True


def test_the_chain_takes_the_first_that_is_here_and_can_be_heard():
    row = [Fake("a", here=False), Fake("b", works=False), Fake("c"), Fake("d")]
    tried = []
    one = Chain(row, tried.append)
    assert one.probe() == "c"
    assert one.play(TONE) == "c"
    assert row[2].played == [silence(100), TONE]
    assert tried == ["b", "", "c", "", "c", ""], "what worked last is tried first"
    assert not row[3].played


def test_when_the_one_in_use_fails_the_same_tone_goes_through_another():
    row = [Fake("a"), Fake("b")]
    one = Chain(row)
    one.probe()
    row[0].works = False
    assert one.play(TONE) == "b"
    row[0].works = True
    assert one.play(TONE) == "b", "no hopping back while it is heard"
    row[1].works = False
    assert one.play(TONE) == "a"


def test_where_nobody_can_be_heard_every_reason_is_told():
    one = Chain([Fake("a", here=False), Fake("b", works=False), Fake("c", works=False)])
    with pytest.raises(NotPlayed, match="b is broken; c is broken"):
        one.probe()
    assert one.current is None
    with pytest.raises(NotPlayed, match=r"nothing to play with is installed \(a: buy a\)"):
        Chain([Fake("a", here=False)]).probe()


def test_stopping_the_chain_stops_every_player():
    row = [Fake("a"), Fake("b")]
    Chain(row).stop()
    assert all(one.stopped for one in row)


def test_the_order_is_the_documented_one_and_a_player_can_be_asked_for_or_left_out():
    names = [one.value for one in Player][:-2]
    assert [one.name for one in every_player()] == names
    assert [one.name for one in chain("aplay").players] == ["aplay"]
    assert "miniaudio" not in [one.name for one in chain(without=["miniaudio"]).players]
