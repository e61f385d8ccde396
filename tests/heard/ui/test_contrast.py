"""Whether the words of a theme can be read."""

from __future__ import annotations

from importlib.resources import files

import pytest

from heard.ui.contrast import contrast, hard_to_read
from heard.ui.themes import read_theme, shipped


@pytest.mark.parametrize("name", sorted(shipped()[0]))
def test_every_word_of_every_theme_we_ship_can_be_read(name):
    assert hard_to_read(shipped()[0][name]) == []


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('text = "#d7dde4"', 'text = "#303030"'), "card.text has a contrast of 1.2:1, it needs 4.5:1"),
        (('focus = "#273442"', 'focus = "#e0e0e0"'), "card.name in focus"),
        (
            ('warm = "bold #141414 on #d8b13c"', 'warm = "#888888 on #d8b13c"'),
            "head.warm has a contrast of 1.7:1",
        ),
    ],
)
def test_a_theme_that_cannot_be_read_says_where(change, words):
    text = files("themes").joinpath("dark.toml").read_text(encoding="utf-8")
    assert any(words in sentence for sentence in hard_to_read(read_theme(text.replace(*change))))
