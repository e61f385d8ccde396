"""Themes: complete, told apart without colour, reported when wrong."""

from __future__ import annotations

from importlib.resources import files

import pytest

from heard.text import cells
from heard.ui.themes import BadTheme, available, chosen, fitting, next_theme, read_theme, shipped


def text_of(name: str) -> str:
    return files("themes").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_every_theme_we_ship_is_whole():
    themes, faults = shipped()
    assert set(themes) == {"dark", "paper", "sixteen", "plain"}
    assert faults == []


def test_the_sixteen_colour_theme_uses_no_other_colours_and_no_heavy_marks():
    theme = shipped()[0]["sixteen"]
    assert theme.ansi
    used = {colour.number for style in theme.styles.values() for colour in (style.color, style.bgcolor) if colour}
    assert used <= set(range(16))
    assert not set("▌▸✓▀◉⊔⌂◧") & set("".join(theme.glyphs.values()))


def test_plain_has_no_colour_at_all():
    assert not [1 for style in shipped()[0]["plain"].styles.values() if style.color or style.bgcolor]


@pytest.mark.parametrize("name", ["dark", "paper", "sixteen"])
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


def test_themes_of_ones_own_come_from_a_directory_and_go_before_namesakes(tmp_path):
    (tmp_path / "mine.toml").write_text(text_of("dark").replace('name = "dark"', 'name = "mine"'), encoding="utf-8")
    (tmp_path / "brighter.toml").write_text(text_of("paper").replace('"paper"', '"dark"'), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no theme", encoding="utf-8")
    themes, faults = available(tmp_path)
    assert set(themes) == {*shipped()[0], "mine"}
    assert themes["dark"].style("card.name") == themes["paper"].style("card.name")
    assert faults == []


def test_a_broken_theme_of_ones_own_is_told_of_and_done_without(tmp_path):
    (tmp_path / "broken.toml").write_text('name = "broken"', encoding="utf-8")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "folder.toml").mkdir()
    themes, faults = available(tmp_path)
    assert set(themes) == set(shipped()[0])
    assert len(faults) == 3
    assert faults[1] == "theme broken.toml was skipped: it has no section [wall]"


def test_a_directory_that_is_not_there_is_no_fault(tmp_path):
    assert available(tmp_path / "themes") == shipped()
    assert available(None) == shipped()
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "were skipped" in available(tmp_path / "file")[1][0]


def test_the_theme_in_focus_keeps_what_has_a_ground_of_its_own():
    theme = shipped()[0]["paper"]
    assert theme.focused["card.allergy"] == theme.style("card.allergy")
    assert theme.focused["card.name"] != theme.style("card.name")


def test_the_theme_asked_for_is_worn_and_else_the_fitting_one():
    assert chosen("paper", {})[0].name == "paper"
    assert chosen(None, {"TERM": "linux"})[0].name == "sixteen"
    assert chosen("mauve\x1b[2J", {"NO_COLOR": "1"}) == (
        shipped()[0]["plain"],
        ["there is no theme mauve[2J; there are dark, paper, plain, sixteen"],
    )


def test_where_the_fitting_theme_is_broken_another_is_worn():
    paper = {"paper": shipped()[0]["paper"]}
    assert chosen(None, {"NO_COLOR": "1"}, lambda: (paper, ["theme plain.toml was skipped"])) == (
        paper["paper"],
        ["theme plain.toml was skipped"],
    )
    with pytest.raises(RuntimeError, match="no theme can be used: all gone"):
        chosen(None, {}, lambda: ({}, ["all gone"]))


def test_the_next_theme_goes_round_and_without_colour_stays_without():
    themes = shipped()[0]
    assert [next_theme(themes[name], {}).name for name in sorted(themes)] == ["paper", "plain", "sixteen", "dark"]
    assert next_theme(themes["dark"], {"NO_COLOR": "1"}).name == "plain"
    assert next_theme(themes["plain"], {"NO_COLOR": "1"}).name == "plain"
