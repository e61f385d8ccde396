"""The help: whole in every size, made from the keys in use."""

from __future__ import annotations

import pytest

from heard.text import cells
from heard.ui.spans import width
from heard.ui.themes import GLYPHS
from heard.ui.words import Words
from kds.keys import DEEDS, keymap
from kds.screens.help import help_lines
from tests.kds.station import whole


def text(rows):
    return "\n".join("".join(part.text for part in row) for row in rows)


@pytest.mark.parametrize("room", [40, 60, 80, 112, 160, 250])
def test_nothing_is_wider_than_there_is_room_and_nothing_is_missing(room):
    rows = help_lines(keymap(), GLYPHS, room)
    assert max(width(row) for row in rows) <= room
    words = {word for deed in DEEDS for word in deed.words.split()}
    assert words <= set(text(rows).split())


def test_where_there_is_room_it_stands_in_columns():
    assert len(help_lines(keymap(), GLYPHS, 120)) < len(help_lines(keymap(), GLYPHS, 80)) * 0.8


def test_it_speaks_the_language_of_the_station():
    upside = Words("xx", lambda one: one[::-1], lambda one, _more, _n: one)
    assert "no ma I"[::-1] not in text(help_lines(keymap(), GLYPHS, 80, upside))
    assert "I am on it"[::-1] in text(help_lines(keymap(), GLYPHS, 80, upside))


async def test_all_of_it_is_read_at_the_smallest_size_a_kitchen_has(screen):
    async with screen(size=(80, 24)) as s:
        await s.press("f1")
        await s.sees("Keys")
        body = s.app.screen.body
        seen = set()
        for _ in range(10):
            seen |= {body.render_line(y).text.strip() for y in range(body.size.height)}
            await s.press("pagedown")
        everything = {line.strip() for line in body.shown()}
        assert everything <= seen
        await s.press("home", "up", "escape")
        await s.misses("Keys")


async def test_over_another_screen_it_comes_back_to_it(still, screen):
    async with screen() as s:
        await s.press("d", "f1")
        await s.sees("this help")
        await s.press("f1")
        await s.sees("Recently done")


async def test_the_footer_is_cut_by_width_and_keeps_the_way_out(screen):
    async with screen() as s:
        await s.press("d")
        for columns in (40, 50, 80, 160):
            await s.resize(columns, 24)
            await s.sees("Esc close")
            assert max(cells(line) for line in whole(s.app).splitlines()) <= columns
