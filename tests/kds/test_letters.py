"""Big letters: every character on a till's keyboard, each line as wide as the next, and never half a name."""

from __future__ import annotations

import string

import pytest

from heard.text import cells
from kds.letters import big, big_width, folded_big, style_of

STYLES = ("blocks", "lines")
TYPED = string.ascii_letters + string.digits + string.punctuation + " "


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("char", TYPED)
def test_every_typed_character_has_a_letter_whose_lines_are_equally_wide(char, style):
    made = big(char, style)
    assert made is not None
    assert len({cells(line) for line in made}) == 1
    assert char == " " or "".join(made).strip()


@pytest.mark.parametrize("style", STYLES)
def test_no_two_capitals_or_digits_look_the_same(style):
    letters = {big(char, style): char for char in string.ascii_uppercase}
    digits = {big(char, style): char for char in string.digits}
    assert (len(letters), len(digits)) == (26, 10)


def test_digits_are_all_as_wide_so_that_a_clock_stands_still():
    for style in STYLES:
        assert len({big_width(digit, style) for digit in string.digits}) == 1


def test_block_letters_are_two_pixels_to_a_line():
    assert big("[GF]", "blocks") == (
        "▄▄  ▄▄▄ ▄▄▄ ▄▄",
        "█  █ ▄▄ █▄   █",
        "█▄ ▀▄▄█ █   ▄█",
    )


def test_line_letters_use_nothing_but_single_lines_and_ascii():
    used = {char for typed in TYPED for line in big(typed, "lines") for char in line}
    assert not {char for char in used if not char.isascii()} - set("─│┌┐└┘├┤┬┴┼·")


@pytest.mark.parametrize("text", ["Crème brûlée", "Würstchen", "Smørrebrød", "Piñata ½".removesuffix(" ½"), "Straße"])
def test_latin_accents_have_block_letters(text):
    assert big(text, "blocks") is not None


@pytest.mark.parametrize(
    ("text", "style"), [("王小明", "blocks"), ("Борщ", "blocks"), ("crème", "lines"), ("a½", "blocks")]
)
def test_a_text_with_one_unknown_character_has_no_big_letters_at_all(text, style):
    assert big(text, style) is None
    assert folded_big(f"Soup {text}", 200, style) is None


def test_a_long_name_is_broken_between_words_and_never_inside_one():
    assert folded_big("Bacon Burger Deluxe", 60, "blocks") == [big("Bacon Burger", "blocks"), big("Deluxe", "blocks")]
    assert folded_big("Bacon Burger Deluxe", 40, "blocks") == [big(n, "blocks") for n in ("Bacon", "Burger", "Deluxe")]
    assert folded_big("Cheeseburger", 20, "blocks") is None


def test_half_blocks_mean_block_letters():
    assert (style_of("▀"), style_of("─"), style_of("#")) == ("blocks", "lines", "lines")
