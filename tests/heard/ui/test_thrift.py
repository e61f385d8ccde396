"""The screen sends cells that changed and no others; Textual's inside is as it was."""

from __future__ import annotations

import asyncio
import re
from random import Random

import pyte
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from heard.ui.thrift import Ruler, ThriftyScreen, ThriftyUpdate, once
from tests.patience import PATIENCE_S

DIGITS = "0123456789" * 8


class Digits(Widget):
    DEFAULT_CSS = "Digits { width: 100%; height: 100%; }"

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        return Strip([Segment(DIGITS, Style())], 80)


class Small(App[None]):
    def get_default_screen(self):
        return ThriftyScreen()

    def compose(self):
        yield Digits()


async def test_only_dirty_cells_are_sent_and_in_their_place():
    app = Small()
    sent, frames = [], []
    async with app.run_test(size=(80, 10)) as pilot:
        real = app._display

        def display(screen, update):
            if isinstance(update, ThriftyUpdate):
                sent.append(update.render_segments(app.console))
            frames.append(update)
            real(screen, update)

        app._display = display
        app.query_one(Digits).refresh()
        while not frames:
            await pilot.pause()
        sent.clear()
        app.query_one(Digits).refresh(Region(13, 2, 4, 1), Region(70, 2, 3, 1), Region(0, 5, 2, 1))
        async with asyncio.timeout(PATIENCE_S):
            while not sent:
                await pilot.pause()
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", one) for one in sent]
    assert plain == ["\x1b[3;14H3456\x1b[3;71H012\x1b[6;1H01"]


LOOKS = ("", "\x1b[1;38;2;1;2;3m", "\x1b[38;2;9;2;3;48;2;4;4;4m", "\x1b[7m")


def _sent(dice):
    text = ""
    for _ in range(dice.randint(1, 8)):
        text += f"\x1b[{dice.randint(1, 10)};{dice.randint(1, 30)}H"
        for _ in range(dice.randint(1, 3)):
            look, words = dice.choice(LOOKS), "".join(dice.choices("ab 0:é", k=dice.randint(0, 4)))
            text += f"{look}{words}\x1b[0m" if look else words
    return text


def _cells(text):
    screen = pyte.Screen(40, 10)
    pyte.Stream(screen).feed(text + "X")
    return [[screen.buffer[y][x] for x in range(40)] for y in range(10)]


def test_a_look_told_once_paints_the_same_cells_with_fewer_bytes():
    dice = Random(1)
    for _ in range(200):
        sent = _sent(dice)
        assert len(once(sent)) <= len(sent)
        assert _cells(once(sent)) == _cells(sent)


def test_neighbours_of_one_look_share_it():
    look = "\x1b[1;31m"
    sent = f"\x1b[2;5H{look}0:06\x1b[0m\x1b[2;30H{look}0:07\x1b[0m"
    assert once(sent) == f"\x1b[2;5H{look}0:06\x1b[2;30H0:07\x1b[0m"


def test_a_stretch_of_a_line_is_cut_as_textual_cuts_it_wide_characters_too():
    dice = Random(2)
    for _ in range(300):
        words = ["".join(dice.choices("ab 9é寿司", k=dice.randint(0, 5))) for _ in range(dice.randint(1, 6))]
        strip = Strip([Segment(word, Style(bold=bool(n % 2))) for n, word in enumerate(words)])
        ruler = Ruler(strip)
        for _ in range(5):
            first, last = sorted(dice.choices(range(strip.cell_length + 1), k=2))
            if first < last:
                cut = [(text, style) for text, style, _ in ruler.cut(first, last) if text]
                assert cut == [(text, style) for text, style, _ in strip.crop(first, last) if text]
