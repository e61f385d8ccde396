"""Themes: complete, told apart without colour, reported when wrong."""

from __future__ import annotations

from importlib.resources import files

import pytest

from heard.text import cells
from heard.ui.themes import BadTheme, fitting, read_theme, shipped


def text_of(name: str) -> str:
    return files("themes").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_every_theme_we_ship_is_whole():
    themes, faults = shipped()
    assert set(themes) >= {"dark", "sixteen", "plain"}
    assert faults == []


def test_the_sixteen_colour_theme_uses_no_other_colours_and_no_heavy_marks():
    theme = shipped()[0]["sixteen"]
    assert theme.ansi
    used = {colour.number for style in theme.styles.values() for colour in (style.color, style.bgcolor) if colour}
    assert used <= set(range(16))
    assert not set("▌▸✓") & set("".join(theme.glyphs.values()))


def test_plain_has_no_colour_at_all():
    assert not [1 for style in shipped()[0]["plain"].styles.values() if style.color or style.bgcolor]


@pytest.mark.parametrize("name", ["dark", "sixteen"])
def test_heats_are_told_apart(name):
    theme = shipped()[0][name]
    looks = {str(theme.style(f"head.{heat}")) for heat in ("fresh", "warm", "hot", "late", "ready", "void")}
    assert len(looks) == 6


def test_marks_take_the_room_they_are_given():
    for theme in shipped()[0].values():
        assert {cells(mark) for key, mark in theme.glyphs.items() if key != "over"} == {1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('name = "bold #ffffff"', 'name = "bold #nocolour"'), "card.name"),
        (lambda text: text.replace('name = "bold #ffffff"', ""), "says nothing of card.name"),
        (lambda text: text.replace("[edge]", "[ledge]"), r"\[edge\]"),
        (lambda text: text.replace('name = "dark"', ""), "no name"),
        (lambda text: text + '\n[glyphs]\nsmile = "x"', "glyphs.smile"),
        (lambda text: text + '\n[glyphs]\ndone = "xx"', "glyphs.done"),
        (lambda text: text + "\n[", "TOML"),
    ],
)
def test_a_bad_theme_says_where(change, words):
    with pytest.raises(BadTheme, match=words):
        read_theme(change(text_of("dark")))


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"TERM": "xterm-256color"}, "dark"),
        ({"TERM": "xterm-kitty"}, "dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "xterm"}, "sixteen"),
        ({"TERM": "linux"}, "sixteen"),
        ({"TERM": "screen"}, "sixteen"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "plain"),
    ],
)
def test_a_terminal_gets_the_theme_that_fits(environ, name):
    assert fitting(environ) == name
