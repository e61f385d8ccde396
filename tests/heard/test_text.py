"""Text from outside: safe to paint, measured in cells."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.text import cells, clip, fold, one_line, safe_text

ANYTHING = st.text(max_size=60)
SEQUENCES = [
    "\x1b]52;c;aGk=\x07", "\x1bc", "\x1b[2J", "\x1b[?1049l", "\x1b[6n", "\x1bP1$r\x1b\\", "\x1b_x\x1b\\",
    "\x1b^x\x1b\\", "\x1bXx\x1b\\", "\x9b31m", "\x9d0;x\x9c", "\x0e", "\x0f", "\x00", "\x7f", "\x07", "\x08", "\r",
    "\x0b", "\x0c", "\u202e", "\u2066", "\u200b", "\u200d", "\u200f", "\u061c", "\ufeff", "\ufe0f", "\u00ad", "\u2028",
    "\U000e0041", "\U0001f3fd", "\u115f", "\u3164", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_nothing_that_steers_a_terminal_is_left(sequence):
    left = safe_text(f"Bur{sequence}ger")
    assert not set(left) & set("\x1b\x9b\x9d\x90\x9c\x07\x08\r\x00\x7f\x0e\x0f")
    assert left.startswith("Bur")
    assert left.endswith("ger")
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in left)


@pytest.mark.parametrize(
    "text", ["[no nuts]", "[/]", "[@click=app.quit]x[/]", "{0}", "%s", "a\nb\tc", "naïve", "麺", "🍔"]
)
def test_every_word_a_guest_wrote_stays(text):
    assert safe_text(text) == text


def test_three_marks_a_base_and_no_more():
    assert safe_text("a" + "\u0335" * 500) == "a" + "\u0335" * 3
    assert safe_text("a\u0335\u0335\u0335b\u0335") == "a\u0335\u0335\u0335b\u0335"


def test_a_flag_is_the_two_letters_it_is_made_of():
    assert safe_text("Salsa \U0001f1f2\U0001f1fd \U0001f1e6\U0001f1ff!") == "Salsa MX AZ!"
    assert cells(safe_text("\U0001f1e9\U0001f1ea\U0001f1e9")) == 3


@given(ANYTHING)
def test_what_is_safe_stays_as_it_is(text):
    safe = safe_text(text)
    assert safe_text(safe) == safe
    assert len(safe_text(text, limit=7)) <= 7


@given(ANYTHING)
def test_one_line_is_one_line(text):
    line = one_line(text)
    assert not set(line) & set("\n\t\r\x0b\x0c\u2028")
    assert "  " not in line
    assert cells(line) >= 0


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("麺", 2), ("e\u0301", 1), ("", 0), ("🍔!", 3)])
def test_cells_are_columns(text, width):
    assert cells(text) == width


def test_clip_says_that_there_was_more():
    assert clip("Burger", 6) == "Burger"
    assert clip("Burger", 5) == "Burg…"
    assert clip("麺麺麺", 4) == "麺…"
    assert (clip("ab", 1), clip("ab", 0)) == ("…", "")


@given(ANYTHING, st.integers(0, 20))
def test_clip_never_takes_more_than_its_width(text, width):
    line = one_line(text)
    assert cells(clip(line, width)) <= width


@given(ANYTHING, st.integers(2, 20))
def test_fold_keeps_every_word_within_the_width(text, width):
    line = one_line(text)
    lines = fold(line, width)
    assert "".join("".join(lines).split()) == "".join(line.split())
    assert all(cells(one) <= width for one in lines)


def test_fold_breaks_at_spaces_and_long_words_anywhere():
    assert fold("well done please", 9) == ["well done", "please"]
    assert fold("a Rindfleisch b", 5) == ["a", "Rindf", "leisc", "h b"]
    assert fold("", 5) == [""]
