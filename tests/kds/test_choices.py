"""What was chosen at a station: kept beside everything else, whole or as it was, and believed only if it is ours."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from heard.ui.words import words_for
from kds import choices, settings
from kds.choices import Choices, Kept, read_choices
from kds.settings import load_settings
from tests.patience import PATIENCE_S


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stations" / "s1-grill.json"


def test_what_is_chosen_is_there_at_the_next_start(file, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "config_dir", lambda: tmp_path / "config")
    until = datetime(2026, 11, 20, 12, tzinfo=UTC)
    kept = Kept(file)
    kept.change(text_size="large", theme="plain")
    kept.change(volume=30, mute_until=until, all_day=True)
    kept.settle(PATIENCE_S)
    found, fault = read_choices(file)
    assert (found, fault) == (kept.now, "")
    now = load_settings(None, found.as_settings(), environ={}).settings
    assert (now.text_size, now.theme, now.sound.volume, now.sound.mute_until) == ("large", "plain", 30, until)


def chosen(file, now=None, **fields):
    """Choices that are on the disk."""
    kept = Kept(file, now)
    kept.change(**fields)
    kept.settle(PATIENCE_S)
    return kept


def test_only_its_owner_can_read_it_and_nothing_else_is_left_beside_it(file):
    chosen(file, theme="dark")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_nothing_was_chosen_where_there_is_no_file(file):
    assert read_choices(file) == (Choices(), "")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"volume": 900}', '{"theme": 3}', "\ud800", '{"mute_until": "soon"}', '"' * 100]
)
def test_a_broken_file_is_reported_in_a_sentence_and_forgotten(file, text):
    file.parent.mkdir()
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    found, fault = read_choices(file)
    assert found == Choices()
    assert "what was chosen here before is forgotten" in fault
    chosen(file, found, theme="dark")
    assert read_choices(file) == (Choices(theme="dark"), "")


def test_what_a_newer_version_wrote_beside_it_is_no_fault(file):
    file.parent.mkdir()
    file.write_text(json.dumps({"theme": "dark", "wallpaper": "fish"}))
    assert read_choices(file) == (Choices(theme="dark"), "")


def test_a_file_of_somebody_else_is_not_believed(file, monkeypatch):
    chosen(file, theme="dark")
    monkeypatch.setattr(choices.os, "getuid", lambda: file.stat().st_uid + 1)
    found, fault = read_choices(file, words_for("de"))
    assert found == Choices()
    assert "keine Datei dieses Benutzers" in fault


def test_a_link_a_pipe_a_directory_and_a_mountain_are_no_files_of_ours(file):
    file.parent.mkdir()
    real = file.with_name("real")
    real.write_text('{"theme": "dark"}')
    file.symlink_to(real)
    assert "not a file of this user" in read_choices(file)[1]
    file.unlink()
    os.mkfifo(file)
    assert "not a file of this user" in read_choices(file)[1]
    file.unlink()
    file.mkdir()
    assert read_choices(file)[1]
    file.rmdir()
    file.write_text(" " * (choices.MAX_BYTES + 1))
    assert "not a file of this user" in read_choices(file)[1]


def test_a_disk_that_takes_nothing_is_a_sentence_and_the_choice_holds(file, monkeypatch):
    chosen(file, theme="dark")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(choices.os, "fsync", full)
    kept, said = Kept(file, Choices(theme="dark")), []
    kept.unkept = said.append
    kept.change(theme="plain")
    kept.settle(PATIENCE_S)
    assert said == ["this is not remembered: No space left on device"]
    assert kept.now.theme == "plain"
    assert read_choices(file)[0].theme == "dark"
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_without_a_place_choices_last_as_long_as_the_station():
    kept = Kept()
    kept.change(all_day=True)
    kept.settle(PATIENCE_S)
    assert kept.now.all_day


def test_nobody_waits_for_a_slow_disk_and_it_ends_with_what_was_chosen_last(file, monkeypatch):
    slow, written, whole = threading.Event(), [], choices.write_whole

    def write(path, text):
        assert slow.wait(PATIENCE_S)
        written.append(json.loads(text)["volume"])
        whole(path, text)

    monkeypatch.setattr(choices, "write_whole", write)
    kept = Kept(file)
    for volume in (10, 20, 30, 40):
        kept.change(volume=volume)
    assert written == []
    slow.set()
    kept.settle(PATIENCE_S)
    assert written[-1] == 40
    assert written == sorted(set(written)), "in order, and what was overtaken not at all"
    assert len(written) <= 2
    assert read_choices(file)[0].volume == 40
    kept.change(volume=50)
    kept.settle(PATIENCE_S)
    assert read_choices(file)[0].volume == 50, "its thread comes back"


def test_whatever_goes_wrong_while_a_choice_is_written_or_told_of_the_next_one_is_kept(file, monkeypatch, caplog):
    whole = choices.write_whole

    def write(path, text):
        if json.loads(text)["volume"] == 10:
            raise RuntimeError("a bug")
        whole(path, text)

    def deaf(_sentence):
        raise RuntimeError("nobody there")

    monkeypatch.setattr(choices, "write_whole", write)
    kept = Kept(file)
    kept.unkept = deaf
    kept.change(volume=10)
    assert kept.settle(PATIENCE_S) == "this is not remembered: a bug"
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [
        "keeping what was chosen failed inside", "telling what could not be kept failed inside",
    ]  # fmt: skip
    kept.change(volume=20)
    assert kept.settle(PATIENCE_S) == ""
    assert read_choices(file)[0].volume == 20


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_killed_inside_is_followed_by_another(file, monkeypatch):
    whole, killed = choices.write_whole, threading.Event()

    def write(path, text):
        if not killed.is_set():
            killed.set()
            raise SystemExit
        whole(path, text)

    monkeypatch.setattr(choices, "write_whole", write)
    kept = Kept(file)
    kept.change(volume=10)
    kept.settle(PATIENCE_S)
    kept.change(volume=20)
    assert kept.settle(PATIENCE_S) == ""
    assert read_choices(file)[0].volume == 20


def test_what_nobody_was_told_is_said_at_the_end_until_it_is_kept_after_all(file, monkeypatch):
    whole = choices.write_whole

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(choices, "write_whole", full)
    kept = Kept(file)
    kept.change(theme="plain")
    assert kept.settle(PATIENCE_S) == "this is not remembered: No space left on device"
    monkeypatch.setattr(choices, "write_whole", whole)
    kept.change(theme="dark")
    assert kept.settle(PATIENCE_S) == ""


def test_a_disk_that_hangs_keeps_no_program_from_ending_and_that_is_said(file):
    words = (
        "import threading; from pathlib import Path; from kds import choices\n"
        "choices.write_whole = lambda *told: threading.Event().wait()\n"
        f"kept = choices.Kept(Path({str(file)!r}))\n"
        "kept.change(volume=70)\n"
        "print(kept.settle(0.05))"
    )
    done = subprocess.run([sys.executable, "-c", words], check=True, timeout=PATIENCE_S, capture_output=True, text=True)
    assert done.stdout == "this is not remembered: the disk does not answer\n"
