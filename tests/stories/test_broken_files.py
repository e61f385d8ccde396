"""Themes, keymaps, choices and settings that somebody broke: said in words, and done without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heard.errors import Exit
from tests.stories.processes import Till, until
from tests.stories.screens import SILENT, Screens, is_left, up
from tests.stories.terminal import Terminal, families
from themes import __path__ as shipped

pytestmark = pytest.mark.story

WIDE = (240, 30)
"""Room for every sentence."""


def says_all_and_works(screen: Terminal, till: Till, *sentences: str) -> None:
    """One after the other; and it is a station like any other."""
    order = till.place({"name": "Burger [no nuts]", "qty": "1", "station_hint": ["grill"]})
    for said in sentences:
        screen.until_sees(said)
    screen.until_sees("LIVE", "Burger [no nuts]")
    screen.press("1\r")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")


def test_broken_themes_are_said_and_done_without(till: Till, start: Screens, tmp_path: Path) -> None:
    dark = (Path(next(iter(shipped))) / "dark.toml").read_text("utf-8")
    themes = tmp_path / "themes"
    themes.mkdir()
    (themes / "a-none.toml").write_text("this is \x1b]0;x\x07 no toml [")
    (themes / "b-colour.toml").write_text(dark.replace('name = "dark"', 'name = "no [/] colour"').replace('"#', '"#zz'))
    os.mkfifo(themes / "c-pipe.toml")
    (themes / "d-name.toml").write_text(dark.replace('name = "dark"', 'name = "z\\u001b[2J[/]own"'))
    screen = start("kds", config=f'banner_s = 0.7\ntheme = "gone"\n{SILENT}', size=WIDE)
    says_all_and_works(
        screen, till, "theme a-none.toml was skipped", "theme b-colour.toml was skipped",
        "theme c-pipe.toml was skipped", "there is no theme gone",
    )  # fmt: skip
    for _ in range(3):
        screen.press("t")
        screen.until_sees("theme ")
    is_left(screen)


def test_a_broken_keymap_broken_choices_and_an_unknown_language_are_said_and_done_without(
    till: Till, start: Screens, tmp_path: Path
) -> None:
    (tmp_path / "keymaps").mkdir()
    (tmp_path / "keymaps" / "torn.toml").write_text('bump = "enter\n')
    first = up(start("kds", size=WIDE))
    first.press("z")
    first.until_sees("text size large")
    is_left(first)
    (kept,) = (tmp_path / "state" / "heard" / "stations").glob("*.json")
    kept.write_text('{"theme": 7, "text_size"')
    config = f'banner_s = 0.7\nkeymap_name = "torn"\nlanguage = "tlh"\n[keymap]\nbump = "u"\n{SILENT}'
    screen = start("kds", config=config, size=WIDE)
    says_all_and_works(
        screen, till, "keymap torn.toml cannot be read", "the keymap gives u to both",
        "what was chosen here before is forgotten", "there is no language tlh",
    )  # fmt: skip
    is_left(screen)


BROKEN = {
    "no toml": ('language = "en"\ntheme = = 1\n', "at line 2"),
    "unknown": ('language = "en"\n\nfrobnicate = 1\n', "kds.toml:3"),
    "wrong": ('text_size = "gi\\u001b]0;x\\u0007gantic"\n', "kds.toml:1"),
    "sound": ("[sound]\nvolume = 200\n", "kds.toml:2"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_of_settings_is_refused_with_its_line(start: Screens, name: str) -> None:
    text, place = BROKEN[name]
    screen = start("kds", config=text, size=WIDE)
    assert screen.left() == Exit.BAD_CONFIG
    assert place in screen.raw.replace("\r\n", ""), screen.raw
    assert not families(screen.raw)
    assert "\x1b" not in screen.raw
    assert "Traceback" not in screen.raw
