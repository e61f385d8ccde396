"""Deeds with keys, and keymaps that replace them."""

from __future__ import annotations

import pytest
from textual.app import App

from heard.ui.deeds import Deed, KeyClash, bind, bindings, deed_of, key_words, keymap

DEEDS = (
    Deed("bump", "bump", "enter,b", "done"),
    Deed("undo", "undo", "u", "take it back"),
    Deed("quit", "quit", "q,ctrl+c", "leave"),
)


def test_a_keymap_gives_deeds_other_keys_and_leaves_the_rest():
    deeds = keymap(DEEDS, {"undo": "backspace"})
    assert [deed.keys for deed in deeds.values()] == ["enter,b", "backspace", "q,ctrl+c"]


def test_deeds_that_are_off_are_not_there_and_free_their_keys():
    assert list(keymap(DEEDS, {"undo": "q"}, off={"quit"})) == ["bump", "undo"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"undo": "b"}, "the keymap gives b to both bump and undo"),
        ({"undoo": "x"}, "the keymap names 'undoo', which no key can do"),
    ],
)
def test_a_keymap_that_clashes_says_so(changes, sentence):
    with pytest.raises(KeyClash, match=sentence):
        keymap(DEEDS, changes)


def test_a_deed_without_keys_is_no_binding():
    assert [one.id for one in bindings(keymap(DEEDS, {"undo": ""}))] == ["bump", "quit"]


def test_with_caps_lock_on_a_letter_is_the_same_key():
    deeds = keymap(DEEDS, {"undo": "ä,U,f9"})
    assert [one.key for one in bindings(deeds)] == ["enter,b,B", "ä,Ä,U,f9", "q,Q,ctrl+c"]
    assert [deed_of(deeds, key, key).id for key in "BÄUQ"] == ["bump", "undo", "undo", "quit"]
    assert deed_of(deeds, "u", "u") is None
    assert deed_of(deeds, "alt+b", "B") is None


def test_a_capital_letter_of_a_deed_of_its_own_stays_its_own():
    deeds = keymap((*DEEDS, Deed("bin", "bin", "B", "throw away")))
    assert deed_of(deeds, "B", "B").id == "bin"
    assert [one.key for one in bindings(deeds)] == ["enter,b", "u,U", "q,Q,ctrl+c", "B"]


def test_keys_are_called_what_is_printed_on_them():
    assert key_words(DEEDS[0]) == "Enter b"
    assert key_words(DEEDS[2]) == "q Ctrl+C"


async def test_an_app_is_given_its_keys_once_and_by_what_they_type():
    deeds = keymap((*DEEDS, Deed("rush", "rush", "!", "rush")), {"bump": "space", "undo": ""})
    done = []

    class Pressed(App[None], inherit_bindings=False):
        def action_bump(self) -> None:
            done.append("bump")

        def action_undo(self) -> None:
            done.append("undo")

        def action_rush(self) -> None:
            done.append("rush")

    app = Pressed()
    bind(app, bindings(deeds))
    async with app.run_test() as pilot:
        await pilot.press("space", "enter", "u", "exclamation_mark")
    assert done == ["bump", "rush"]
