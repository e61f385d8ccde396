"""Settings of a station: each layer over the one before, each fault with its place, and where each value came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from heard.config import BadConfig
from kds import settings
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
        ('text_size = "giant"\n', 1, "text_size: must be one of normal, large, huge"),
        ("\nheat_s = [300, 200]\n", 2, "each above the one before"),
        ("heat_s = [0]\n", 1, "each above the one before"),
        ("banner_s = 0\n", 1, "banner_s: must be more than 0"),
        ("kiosk = 'perhaps'\n", 1, "kiosk: must be true or false"),
        ("[keymap]\nbump = 3\n", 2, "keymap.bump: must be a text"),
        ("[sound]\nvolume = 101\n", 2, "sound.volume: must be at most 100"),
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
