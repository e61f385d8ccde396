"""Keys: named, remappable, never two deeds on one."""

from __future__ import annotations

import pytest

from heard.contract.kds import LineState
from heard.ui.deeds import KeyClash, bindings, deed_of, key_words
from heard.ui.lines import Lines
from heard.ui.themes import shipped
from kds.keys import DEEDS, help_rows, keymap
from kds.keytest import KeyTest
from kds.legends import bars, key_sheet, sees_bare_ctrl


def test_no_two_deeds_share_a_default_key():
    assert len(keymap()) == len(DEEDS)


def test_every_binding_has_an_id_so_that_it_can_be_remapped():
    assert {binding.id for binding in bindings(keymap())} == {deed.id for deed in DEEDS}


def test_a_keymap_replaces_keys():
    assert keymap({"recall": "f6"})["recall"].keys == "f6"


def test_a_keymap_that_gives_a_key_twice_is_refused_in_a_sentence():
    with pytest.raises(KeyClash, match="gives s to both"):
        keymap({"undo": "s"})


def test_a_keymap_that_names_nothing_we_do_is_refused():
    with pytest.raises(KeyClash, match="'dance'"):
        keymap({"dance": "d"})


def test_a_key_is_known_by_its_name_or_by_what_it_types_and_not_with_another_held():
    deeds = keymap()
    assert deed_of(deeds, "exclamation_mark", "!").id == "rush"
    assert deed_of(deeds, "question_mark", "?").id == "help"
    assert deed_of(deeds, "t", "t").id == "theme"
    assert deed_of(deeds, "alt+t", "t") is None
    assert deed_of(deeds, "ctrl+c", "\x03").id == "quit"
    assert deed_of(deeds, "f63") is None


def test_a_kiosk_has_no_quit():
    assert "quit" not in keymap(kiosk=True)


def test_the_help_is_made_from_the_keymap_in_use():
    rows = dict(help_rows(keymap({"recall": "f6"})))
    assert "F6" in rows
    assert "1-9" in rows
    assert "r -" in dict(help_rows(keymap())), "the number pad's key is printed like the keyboard's"
    assert key_words(keymap()["bump"]) == "Enter BUMP"


async def test_a_cook_with_caps_lock_on_does_the_same(still, screen):
    order = still.place("Burger")
    async with screen() as s:
        await s.press("1", "S")
        assert still.ticket(order).lines[0].state is LineState.STARTED
        await s.press("U")
        assert still.ticket(order).lines[0].state is LineState.QUEUED
        await s.press("D")
        await s.sees("Recently done")
        await s.press("D")
        await s.misses("Recently done")


async def test_force_keeps_its_capital_letter_to_itself(still, screen):
    assert {deed.id for deed in DEEDS if deed.keys.isupper()} == {"force"}
    async with screen() as s:
        await s.press("F")
        await s.sees("nothing to force")


async def test_the_key_test_names_a_capital_letter_by_what_it_does():
    app = KeyTest(keymap(), shipped()[0]["dark"], {"TERM": "xterm-256color"})
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press("S", "F")
        said = "\n".join(app.query_one(Lines).shown())
        assert "I am on it" in said
        assert "hand over although" in said
        await pilot.press("Q", "Q")
    assert app.return_code == 0


@pytest.mark.parametrize("letter", sorted(bars().legends))
def test_every_bar_of_the_makers_table_has_a_legend_for_every_key(letter):
    known = bars()
    assert len(known.legends[letter]) == len(known.sends) == len(known.legacy)


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/run/x"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_the_sheet_warns_where_a_bare_ctrl_never_arrives(environ, seen):
    sheet = "\n".join(key_sheet(keymap(), environ))
    assert sees_bare_ctrl(environ) is seen
    assert ("WARNING: BUMP" in sheet) is not seen
    assert "left_control" in sheet
