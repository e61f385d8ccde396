"""The helper: what it says and hears, in which order it plays, and that it ends when the station does."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from kds.sound.helper import HUNG_S, Helper
from kds.sound.names import Alert
from kds.sound.players import NotPlayed
from kds.sound.speech import HUNG, Play, Told, read_play, read_told
from kds.sound.tones import TONES, pcm
from tests.kds.sound.conftest import wait_for


class Stage:
    """A chain that waits to be told how each tone went."""

    def __init__(self):
        self.current, self.works, self.played, self.stopped = None, True, [], False
        self.go = threading.Event()
        self.go.set()

    def play(self, samples):
        self.go.wait(10)
        if not self.works:
            self.current = None
            raise NotPlayed("no")
        self.current = self
        self.played.append(samples)
        return "stage"

    def probe(self):
        return self.play(b"")

    def stop(self):
        self.stopped = True
        self.go.set()


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def helper(stage):
    said = []
    one = Helper(stage, said.append, probe_s=0.02, check_s=600)
    one.said = said
    worker = threading.Thread(target=one.work)
    one.begin = worker.start
    yield one
    one.end()
    if worker.ident is not None:
        worker.join(10)
        assert not worker.is_alive()


def names(samples):
    return [next((alert.value for alert in Alert if pcm(TONES[alert], 70) == each), "probe") for each in samples]


def test_it_tries_before_anybody_asked_and_says_so(helper):
    helper.begin()
    wait_for(lambda: helper.said, "a word")
    assert helper.said[0] == Told(through="stage")


def test_what_waits_is_played_once_each_the_most_urgent_first(helper, stage):
    stage.go.clear()
    helper.begin()
    for alert in (Alert.NEW, Alert.LATE, Alert.NEW, Alert.ALLERGY, Alert.NEW):
        helper.ask(Play(alert, 70))
    stage.go.set()
    wait_for(lambda: len(stage.played) >= 4, "the tones")
    assert names(stage.played) == ["probe", "allergy", "late", "new"]
    assert [told.played for told in helper.said] == ["", "allergy", "late", "new"]


def test_of_the_same_alert_the_volume_asked_for_last_is_played(helper, stage):
    stage.go.clear()
    helper.begin()
    for volume in (90, 80, 70):
        helper.ask(Play(Alert.NEW, volume))
    stage.go.set()
    wait_for(lambda: len(stage.played) >= 2, "the tone")
    assert names(stage.played) == ["probe", "new"]


def test_nothing_to_be_heard_is_said_and_looked_for_again(helper, stage):
    stage.works = False
    helper.begin()
    wait_for(lambda: helper.said.count(Told(why="no")) > 2, "more tries")
    stage.works = True
    wait_for(lambda: Told(through="stage") in helper.said, "sound")


def test_a_tone_nobody_heard_is_answered_too(helper, stage):
    helper.begin()
    wait_for(lambda: helper.said, "a word")
    stage.works = False
    helper.ask(Play(Alert.VOID, 70))
    wait_for(lambda: Told(why="no", played="void") in helper.said, "the answer")


def test_it_ends_with_what_it_listens_to(helper, stage):
    helper.begin()
    helper.listen([b'{"play": "new", "volume": 70}\n', b"what?\n"])
    assert stage.stopped


def test_a_player_that_does_not_come_back_is_noticed(stage):
    now = [0.0]
    stage.go.clear()
    one = Helper(stage, lambda _: None, clock=lambda: now[0])
    worker = threading.Thread(target=one.work)
    worker.start()
    wait_for(lambda: one._busy_since is not None, "work")
    assert not one.hangs()
    now[0] = HUNG_S + 1
    assert one.hangs()
    one.end()
    worker.join(10)


def test_both_ends_understand_each_other_and_nothing_else():
    assert read_play(Play(Alert.NEW, 80).line()) == Play(Alert.NEW, 80)
    assert read_told(Told("aplay", "", "new").line()) == Told("aplay", "", "new")
    for line in (b"", b"[]", b"{}", b'{"play": "trumpet", "volume": 3}', b'{"play": "new"}', b"\xff\xfe", b"null\n"):
        assert read_play(line) is None
        assert read_told(line) is None
    assert read_play(b'{"play": "new", "volume": null}') is None
    assert read_told(Told("aplay", "", "trumpet").line()) is None


# ── The process ───────────────────────────────────────────────────────────────────────────────────────────────────────


def run(*arguments, said=b""):
    return subprocess.run(
        [sys.executable, "-m", "kds.sound", *arguments], input=said, capture_output=True, check=False, timeout=60
    )


def test_the_process_ends_with_its_stdin_and_speaks_lines_on_stdout_alone(deaf):
    done = run("--through", "aplay")
    assert done.returncode == 0
    told = [read_told(line) for line in done.stdout.splitlines()]
    assert None not in told


def test_what_a_library_prints_does_not_reach_the_station(tmp_path, monkeypatch):
    (tmp_path / "simpleaudio.py").write_text(
        "import os\nos.write(1, b'ALSA lib rubbish\\n')\ndef play_buffer(*a):\n    raise RuntimeError('no')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    helper = subprocess.Popen(
        [sys.executable, "-m", "kds.sound", "--through", "simpleaudio"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with helper:
        first = [read_told(helper.stdout.readline()) for _ in range(2)]
        _, errors = helper.communicate()
    assert first == [Told(trying="simpleaudio"), Told(why="simpleaudio: no")]
    assert b"ALSA lib rubbish" in errors


HANGS = """
import kds.sound.helper, kds.sound.__main__ as helper
kds.sound.helper.HUNG_S = helper.LOOK_S = 0.1
import os
os._exit(helper.main(["--through", "simpleaudio"]))
"""


def test_a_player_that_hangs_in_its_library_ends_the_process_with_a_status_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "simpleaudio.py").write_text("import time\ndef play_buffer(*a):\n    time.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    helper = subprocess.Popen([sys.executable, "-c", HANGS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with helper:
        assert read_told(helper.stdout.readline()) == Told(trying="simpleaudio")
        assert helper.wait(60) == HUNG


def test_the_process_is_small_and_loads_nothing_of_the_station():
    code = (
        "import sys, kds.sound.__main__\n"
        "heavy = {'textual', 'rich', 'pydantic', 'aiohttp', 'socketio', 'asyncio', 'heard', 'typer', 'immutables'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}),"
        " [name for name in sys.modules if name.startswith('kds')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy, _, ours = told.partition("] ")
    assert heavy == "["
    assert "kds.app" not in ours
    assert "kds.settings" not in ours
    assert "kds.sound.players" in ours
