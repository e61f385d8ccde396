"""The console's keys: none is given twice, and each is told of."""

from __future__ import annotations

from pathlib import Path

from console.app import ConsoleApp
from console.keys import ACTING, DEEDS
from console.screens.help import help_lines
from heard.ui.deeds import keymap


def test_no_key_is_given_twice():
    assert len(keymap(DEEDS)) == len(DEEDS)


def test_every_deed_can_be_done():
    for deed in DEEDS:
        assert hasattr(ConsoleApp, f"action_{deed.action.partition('(')[0]}"), deed.id


def test_what_is_called_acting_is_a_deed():
    assert {deed.id for deed in DEEDS} >= ACTING


def test_help_tells_of_every_deed_within_its_width():
    lines = ["".join(part.text for part in row) for row in help_lines(keymap(DEEDS), 80)]
    for deed in DEEDS:
        assert any(deed.words[:30] in line for line in lines), deed.id
    assert max(map(len, lines)) <= 80


def test_no_page_of_the_console_reads_markup():
    for source in (Path(__file__).parents[2] / "console").rglob("*.py"):
        assert "from_markup" not in source.read_text(encoding="utf-8"), source
