"""Keymaps by name: bump bars by what is printed on them, files of one's own, and what is wrong with them."""

from __future__ import annotations

import pytest

from heard.ui.deeds import deed_of, keys_of
from kds.keymaps import BadKeymap, keys_for, named
from kds.keys import DEEDS, KNOWN, keymap
from kds.legends import bars


def presses(deeds, letter):
    """Printed word → the deed that its key does."""
    known = bars()
    found = {}
    for printed, sent in zip(known.legends[letter], known.sends, strict=True):
        deed = deed_of(deeds, sent)
        found[printed] = deed.id if deed else None
    return found


@pytest.mark.parametrize("letter", bars().legends)
def test_every_key_of_a_bar_does_what_is_printed_on_it(letter):
    deeds, faults = keys_for(letter)
    assert not faults
    does = presses(deeds, letter)
    assert None not in does.values()
    for number in range(1, 11):
        if str(number) in does:
            assert does[str(number)] == f"slot.{number}"
    assert {does.get("Bump"), does.get("Bump Ticket")} & {"bump"} or does["Enter"] == "bump"
    if "Recall" in does:
        assert does["Recall"] == "recall"


def test_on_bar_b_the_key_printed_1_sends_0():
    deeds, _ = keys_for("B")
    assert (deed_of(deeds, "0").id, deed_of(deeds, "9").id) == ("slot.1", "slot.10")


@pytest.mark.parametrize("letter", bars().legends)
def test_a_key_arrives_with_and_without_the_kitty_protocol(letter):
    deeds, _ = keys_for(letter)
    known = bars()
    for sent, legacy in zip(known.sends, known.legacy, strict=True):
        if legacy:
            assert deed_of(deeds, sent) is deed_of(deeds, legacy)


@pytest.mark.parametrize("name", [*bars().legends, *bars().keymaps])
def test_what_a_bar_does_not_send_stays_with_the_keyboard_and_no_key_does_two_things(name):
    deeds, faults = keys_for(name)
    assert not faults
    everything = [key for deed in deeds.values() for key in keys_of(deed)]
    assert len(everything) == len(set(everything))
    assert deed_of(deeds, "f1").id == "help"
    assert deed_of(deeds, "u").id == "undo"


def test_the_words_on_bars_name_deeds_that_there_are():
    assert set(bars().does.values()) <= KNOWN
    assert all(set(changes) <= KNOWN for changes in bars().keymaps.values())


def test_names_are_found_in_either_case_and_qwerty_is_as_it_is():
    assert keys_for("b") == keys_for("B")
    assert keys_for("qwerty")[0] == keymap()
    assert deed_of(keys_for("numpad")[0], "add").id == "start"


def own(tmp_path, text, name="mine"):
    (tmp_path / "keymaps").mkdir(exist_ok=True)
    (tmp_path / "keymaps" / f"{name}.toml").write_text(text)
    return tmp_path


def test_a_file_of_ones_own_takes_its_keys_from_whoever_had_them(tmp_path):
    deeds, faults = keys_for("mine", directory=own(tmp_path, 'bump = "s,f9"\n"slot.1" = "y"\n'))
    assert not faults
    assert (deed_of(deeds, "s").id, deed_of(deeds, "f9").id, deed_of(deeds, "y").id) == ("bump", "bump", "slot.1")
    assert deed_of(deeds, "enter").id == "bump"
    assert list(keys_of(deeds["start"])) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bump = ", "cannot be read"),
        ('dance = "x"', "names 'dance', which no key can do"),
        ("bump = 5", "bump must be keys with commas between them, in quotes"),
        ('bump = "x"\nstart = "x"', "gives x to both"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_broken_file_is_a_sentence_and_the_default_keys_stay(tmp_path, text, words):
    deeds, faults = keys_for("mine", directory=own(tmp_path, text))
    assert deeds == keymap()
    assert len(faults) == 1
    assert words in faults[0]
    assert faults[0].endswith("the default keys are used")


@pytest.mark.parametrize("name", ["../../etc/passwd", "none", "\x1b]52;", "Z" * 200])
def test_a_name_that_is_none_is_told_what_there_is(tmp_path, name):
    with pytest.raises(BadKeymap, match="there are A, B, C, D, E, G, qwerty, numpad, mine") as wrong:
        named(name, own(tmp_path, ""))
    assert "\x1b" not in str(wrong.value)


def test_keys_of_the_settings_stand_on_top_and_a_clash_leaves_the_bar_as_it_is():
    deeds, faults = keys_for("E", {"undo": "f9"})
    assert not faults
    assert (deed_of(deeds, "f9").id, deed_of(deeds, "space").id) == ("undo", "bump")
    deeds, faults = keys_for("E", {"undo": "space"})
    assert deeds == keys_for("E")[0]
    assert "gives space to both" in faults[0]
    assert faults[0].endswith("it is not used")


def test_a_kiosk_has_no_way_out_whatever_the_keymap():
    assert "quit" not in keys_for("B", kiosk=True)[0]
    assert "quit" not in keys_for("no such", {"quit": "f9"}, kiosk=True)[0]


def test_every_deed_can_be_remapped():
    for deed in DEEDS:
        assert list(keys_of(keymap({deed.id: "f20"})[deed.id])) == ["f20"]
