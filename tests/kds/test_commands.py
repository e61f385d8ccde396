"""`heard kds` at a prompt: what is in force and from where, and sentences with codes for what cannot be."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from heard.client.outbox import DiskOutbox
from heard.errors import Exit
from heard.ui.words import ENGLISH
from kds import choices, commands, settings
from kds.choices import Kept
from kds.finding import Place
from tests.patience import PATIENCE_S
from tests.prompt import at_prompt


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user with nothing of their own."""
    monkeypatch.setattr(settings, "config_dir", lambda: tmp_path / "config")
    monkeypatch.setattr(commands.platformdirs, "user_state_path", lambda *_: tmp_path / "state")
    return tmp_path


@pytest.fixture
def heard(home, capsys):
    return lambda *words: at_prompt(capsys, "kds", *words)


def a_token(home, **claims):
    file = home / "token"
    text = base64.urlsafe_b64encode(json.dumps({"stores": ["s1"], "role": "expo"} | claims).encode()).decode()
    file.write_text(f"x.{text}.y")
    return file


def test_what_is_in_force_is_printed_with_where_it_came_from(heard, home):
    (home / "config").mkdir()
    file = home / "config" / "kds.toml"
    file.write_text('language = "de"\n')
    code, out, _ = heard("--theme", "plain", "--no-mouse", "config")
    assert code == 0
    assert f"language = de    # {file}:1" in out
    assert "theme = plain    # --theme" in out
    assert "mouse = false    # --mouse" in out
    assert "kiosk = false    # default" in out


def test_what_was_chosen_at_the_station_is_printed_when_it_is_named(heard, home):
    token = a_token(home)
    place = Place("http://127.0.0.1:8787", "s1", "grill", token)
    kept = Kept(commands.choices_path(place))
    kept.change(text_size="huge")
    kept.settle(PATIENCE_S)
    assert "text_size = normal" in heard("config")[1]
    _, out, _ = heard("--token", token, "--station", "grill", "config")
    assert "text_size = huge    # chosen on this station" in out


def test_no_two_stations_share_what_was_chosen_or_promised():
    places = [
        Place(url, store, station, "t")
        for url in ("http://a", "http://b")
        for store in ("s1", "s2")
        for station in ("grill", "expo")
    ]
    for path in (commands.choices_path, commands.outbox_path):
        assert len({path(one) for one in places}) == len(places)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--text-size", "giant", "config"), Exit.USAGE, "heard: --text-size: must be one of normal, large, huge"),
        (("--config", "nowhere.toml", "config"), Exit.BAD_CONFIG, "nowhere.toml: there is no such file"),
        (("--text-size", "giant"), Exit.USAGE, "heard: --text-size: "),
        ((), Exit.USAGE, "needs a terminal for its input and output; this is none; or read and type with"),
        (("--linear",), Exit.USAGE, "needs a token: --token FILE"),
    ],
)
def test_what_cannot_be_is_a_sentence_with_its_code(heard, monkeypatch, home, words, code, sentence):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    monkeypatch.setattr(commands.terminal, "has_tty", lambda: False)
    found, out, err = heard(*words)
    assert (found, out) == (code, "")
    assert sentence in err


def test_a_language_nobody_wrote_is_said_and_english_is_spoken(heard):
    code, out, err = heard("--language", "tlh", "keys", "--list")
    assert code == 0
    assert "there is no language tlh; there are en, de, es" in err
    assert "Keys here:" in out


def test_the_keys_in_force_are_listed_in_the_language_in_force(heard, home):
    file = home / "kds.toml"
    file.write_text('language = "de"\n[keymap]\nundo = "f7"\n')
    _, out, _ = heard("--config", file, "keys", "--list")
    assert "F7 " in out
    assert "das Letzte zurücknehmen" in out


def test_a_disk_that_hangs_keeps_no_outbox_open_and_is_told_of(home, capsys, monkeypatch):
    place, hung = Place("http://127.0.0.1:9", "s1", "grill", "t"), threading.Event()
    settle = Kept.settle

    def settled(kept, limit_s):
        DiskOutbox(commands.outbox_path(place)).close()  # raises where the station still holds it
        return settle(kept, limit_s)

    def shown(_feed, _in_force, kept, *_):
        kept.change(theme="dark")
        return 0

    monkeypatch.setattr(Kept, "settle", settled)
    monkeypatch.setattr(choices, "write_whole", lambda *_: hung.wait(PATIENCE_S))
    monkeypatch.setattr(commands, "LEAVING_S", 0.05)
    monkeypatch.setattr(commands, "_paint", shown)
    try:
        assert commands._run(commands.Asked(None, None, None, None, None, {}), place) == 0
    finally:
        hung.set()
    assert "this is not remembered: the disk does not answer" in capsys.readouterr().err


def test_lines_say_what_is_wrong_with_the_theme_and_the_keys_like_the_screen(home):
    told = settings.Settings(theme="pink", keymap_name="qqq", linear=True)
    assert [one.partition(";")[0] for one in commands._unusable(told, ENGLISH)] == [
        "there is no theme pink", "there is no keymap qqq",
    ]  # fmt: skip
    assert commands._unusable(settings.Settings(), ENGLISH) == []
