"""Rows: clipped, folded, packed by cells."""

from hypothesis import given
from hypothesis import strategies as st

from heard.ui.spans import Span, apart, clipped, folded, packed, span, width


@given(st.text(max_size=80), st.integers(12, 40))
def test_nothing_is_wider_than_its_room(text, room):
    one = span(text, "card.text")
    assert width(clipped((one, one), room)) <= room
    assert all(width(row) <= room for row in folded(text, "card.text", room, indent=2))
    assert all(
        width(row) <= room for row in packed([one, Span("x", "card.mark"), one], room, indent=2, role="card.text")
    )


@given(st.text("abc ", max_size=60))
def test_folding_loses_no_word(text):
    said = " ".join(" ".join(part.text for part in row) for row in folded(text, "r", 12, first=(Span("2 ", "q"),)))
    assert said.replace(" ", "") == "2" + text.replace(" ", "")


def test_two_ends_of_a_line_fill_it():
    row = apart((Span("left side", "a"),), (Span("right", "b"),), 12, "c")
    assert "".join(part.text for part in row) == "left … right"
    assert width(row) == 12
