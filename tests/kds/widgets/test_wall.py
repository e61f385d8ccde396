"""The wall widget: another size of text and another theme while it runs."""

from __future__ import annotations

import pytest
from textual.app import App

from heard.text import cells
from heard.ui.themes import shipped
from kds.glass import Glass
from kds.look import Look
from kds.sizes import SIZES
from kds.widgets.wall import Wall


@pytest.fixture
def wall(still, clock):
    theme = shipped()[0]["dark"]
    return Wall(Glass("grill", Look(glyphs=dict(theme.glyphs))), theme, clock)


@pytest.fixture
def running(wall):
    class OnlyAWall(App[None]):
        def compose(self):
            yield wall

    return OnlyAWall().run_test(size=(100, 28))


def painted(wall):
    return [wall.render_line(y).text for y in range(wall.size.height)]


async def test_every_press_of_the_key_is_the_next_size_and_the_words_stay(wall, running, still, until):
    order = still.place({"name": "Melt", "qty": 2}, service="pickup")
    async with running:
        wall.show(still.board)
        widths = [len(wall.glass.widths)]
        for expected in ("large", "huge", "normal"):
            assert wall.resize_text() == expected
            widths.append(len(wall.glass.widths))
            lines = painted(wall)
            assert {cells(line) for line in lines} == {100}
            await until(lambda: all(wall.shown()))
            text = "\n".join(wall.shown_of(f"{order}.grill"))
            assert "#1" in text
            assert ("2 Melt" in text) is (expected != "huge")
        assert widths == [3, 2, 1, 3]
        assert wall.resize_text("huge") == "huge"


async def test_the_card_in_focus_is_still_in_sight_in_another_size(wall, running, still, clock):
    orders = [still.place("Burger", "Melt", "Melt") for _ in range(30)]
    async with running:
        wall.show(still.board)
        for size in SIZES:
            wall.glass.focus = f"{orders[20]}.grill"
            wall.resize_text(size)
            assert wall.glass.pieces_of(f"{orders[20]}.grill")


async def test_another_theme_brings_its_own_marks_and_letters(wall, running, still):
    still.place("Burger", service="pickup")
    async with running:
        wall.show(still.board)
        wall.resize_text("large")
        assert "⊔ PICKUP" in painted(wall)[0]
        assert "▄" in painted(wall)[0]
        wall.restyle(shipped()[0]["sixteen"])
        assert "^ PICKUP" in painted(wall)[0]
        assert not set("▀▄█") & set("".join(painted(wall)))
