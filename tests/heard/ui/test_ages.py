"""Ages and heats in words."""

from datetime import timedelta

import pytest

from heard.ui.ages import age_text, heat_mark, heat_name, short_age


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0:00"), (0, "0:00"), (272, "4:32"), (3599, "59:59"), (3900, "1h05"), (190_000, "2d04h")]
)
def test_an_age_reads_like_a_kitchen_clock(seconds, text):
    assert age_text(timedelta(seconds=seconds)) == text


def test_every_heat_has_a_word_beside_its_colour():
    assert [heat_mark(level, 3) for level in range(4)] == ["", "!", "!!", "LATE"]
    assert [heat_name(level, 3) for level in range(4)] == ["fresh", "warm", "hot", "late"]
    assert heat_mark(1, 1) == "LATE"


def test_short_ages_fit_a_footer():
    assert [short_age(s) for s in (-1, 3, 240, 7200)] == ["0s", "3s", "4m", "2h"]
