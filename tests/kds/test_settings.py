"""Settings of a station: each layer over the one before, each fault with its place, and where each value came from."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heard.config import BadConfig
from heard.ui.words import words_for
from kds import choices, settings
from kds.choices import Choices, Kept, read_choices
from kds.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_file_of_this_user(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "config_dir", lambda: tmp_path / "config")


@pytest.fixture
def write(tmp_path):
    def writing(text: str) -> Path:
        path = tmp_path / "kds.toml"
        path.write_text(text)
        return path

    return writing


def loaded(path=None, *, chosen=None, given=None, **environ):
    return load_settings(path, chosen, given, {f"HEARD_KDS_{name}": value for name, value in environ.items()})


def refused(path=None, **more) -> str:
    with pytest.raises(BadConfig) as wrong:
        loaded(path, **more)
    return str(wrong.value)


def test_without_anything_the_defaults_hold():
    found = loaded()
    assert found.settings.model_copy(update={"directory": None}) == Settings()
    assert found.origins == {}


def test_each_layer_beats_the_one_before(write):
    path = write('theme = "file"\ntext_size = "large"\nlanguage = "de"\nbanner_s = 3\n')
    found = loaded(
        path,
        chosen={"theme": "chosen", "text_size": "huge", "language": "es"},
        THEME="environment",
        LANGUAGE="fr",
        given={"theme": "option"},
    )
    now = found.settings
    assert (now.theme, now.language, now.text_size, now.banner_s) == ("option", "fr", "huge", 3.0)
    assert found.origins == {
        "theme": "--theme",
        "language": "HEARD_KDS_LANGUAGE",
        "text_size": "chosen on this station",
        "banner_s": f"{path}:4",
    }


def test_sections_are_laid_over_each_other_key_by_key(write):
    path = write('[keymap]\nbump = "b"\nundo = "z"\n[sound]\nvolume = 10\nmute_minutes = 5\n')
    now = loaded(path, chosen={"sound": {"volume": 30}}, KEYMAP__UNDO="y", SOUND__VOLUME="20").settings
    assert now.keymap == {"bump": "b", "undo": "y"}
    assert (now.sound.volume, now.sound.mute_minutes) == (20, 5)


def test_what_is_printed_says_where_it_came_from(write):
    path = write('theme = "dark"\n')
    lines = list(loaded(path, given={"keymap_name": "A"}).lines())
    assert f"theme = dark    # {path}:1" in lines
    assert "keymap_name = A    # --keymap" in lines
    assert "kiosk = false    # default" in lines


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('theme = "dark"\nthme = "x"\n', 2, "thme: is not a setting; see docs/reference/kds.md"),
        ('text_size = "giant"\n', 1, "'normal', 'large' or 'huge'"),
        ("\nheat_s = [300, 200]\n", 2, "each above the one before"),
        ("heat_s = [0]\n", 1, "each above the one before"),
        ("banner_s = 0\n", 1, "greater than 0"),
        ("kiosk = 'perhaps'\n", 1, "boolean"),
        ("[keymap]\nbump = 3\n", 2, "keymap.bump: Input should be a valid string"),
        ("[sound]\nvolume = 101\n", 2, "sound.volume"),
        ("[sound]\nloud = true\n", 2, "sound.loud: is not a setting"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_by_line(write, text, line, words):
    path = write(text)
    said = refused(path)
    assert said.startswith(f"{path}:{line}: ")
    assert words in said


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    assert "there is no such file" in refused(tmp_path / "none.toml")


def test_a_file_that_is_no_toml_is_refused(write):
    assert "is not TOML" in refused(write("theme = \n"))


def test_wrong_variables_and_options_are_named_by_their_names():
    assert refused(BANNER_S="soon").startswith("HEARD_KDS_BANNER_S: ")
    assert refused(TEHME="dark") == "HEARD_KDS_TEHME: is not a setting; see docs/reference/kds.md"
    assert refused(SOUND="loud").startswith("the environment: ")
    assert refused(given={"text_size": "giant"}).startswith("--text-size: ")


def test_an_empty_variable_says_nothing():
    assert loaded(THEME="").settings.theme is None


def test_the_default_file_is_read_where_it_is(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "kds.toml").write_text('language = "de"\n')
    found = loaded()
    assert found.settings.language == "de"
    assert found.settings.directory == tmp_path / "config"


# ── What cooks chose ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stations" / "s1-grill.json"


def test_what_is_chosen_is_there_at_the_next_start(file):
    until = datetime(2026, 11, 20, 12, tzinfo=UTC)
    kept = Kept(file)
    kept.change(text_size="large", theme="plain")
    kept.change(volume=30, mute_until=until, all_day=True)
    kept.settle()
    found, fault = read_choices(file)
    assert (found, fault) == (kept.now, "")
    now = load_settings(None, found.as_settings(), environ={}).settings
    assert (now.text_size, now.theme, now.sound.volume, now.sound.mute_until) == ("large", "plain", 30, until)


def chosen(file, now=None, **fields):
    """Choices that are on the disk."""
    kept = Kept(file, now)
    kept.change(**fields)
    kept.settle()
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
    kept.settle()
    assert said == ["this is not remembered: No space left on device"]
    assert kept.now.theme == "plain"
    assert read_choices(file)[0].theme == "dark"
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_without_a_place_choices_last_as_long_as_the_station():
    kept = Kept()
    kept.change(all_day=True)
    kept.settle()
    assert kept.now.all_day


def test_nobody_waits_for_a_slow_disk_and_it_ends_with_what_was_chosen_last(file, monkeypatch):
    slow, written, whole = threading.Event(), [], choices.write_whole

    def write(path, text):
        assert slow.wait(10)
        written.append(json.loads(text)["volume"])
        whole(path, text)

    monkeypatch.setattr(choices, "write_whole", write)
    kept = Kept(file)
    for volume in (10, 20, 30, 40):
        kept.change(volume=volume)
    assert written == []
    slow.set()
    kept.settle()
    assert written[-1] == 40
    assert written == sorted(set(written)), "in order, and what was overtaken not at all"
    assert len(written) <= 2
    assert read_choices(file)[0].volume == 40
    kept.change(volume=50)
    kept.settle()
    assert read_choices(file)[0].volume == 50, "its thread comes back"


def test_what_was_chosen_is_written_before_the_program_ends(file):
    words = (
        "import time; from pathlib import Path; from kds import choices; whole = choices.write_whole\n"
        "choices.write_whole = lambda *told: (time.sleep(0.3), whole(*told))\n"
        f"choices.Kept(Path({str(file)!r})).change(volume=70)"
    )
    subprocess.run([sys.executable, "-c", words], check=True, timeout=30)
    assert read_choices(file)[0].volume == 70
