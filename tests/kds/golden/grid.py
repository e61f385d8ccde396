"""A wall as a text file: its cells, the look of each by the name of a role, and what those roles look like."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip

from heard.client.clock import ManualClock
from heard.contract import kds
from heard.text import cells
from heard.ui.themes import Theme, shipped
from kds.glass import Glass
from kds.look import Look
from kds.sizes import TextSize
from kds.widgets.wall import Wall
from tests.kds.golden.states import STATES, Evening


class OnlyAWall(App[None]):
    """The wall widget, and no bars."""

    def __init__(self, wall: Wall, theme: Theme) -> None:
        super().__init__(ansi_color=theme.ansi)
        self.wall = wall

    def compose(self) -> ComposeResult:
        yield self.wall


async def painted(state: str, size: tuple[int, int], text_size: TextSize, theme: Theme) -> list[Strip]:
    """The lines of a wall in a terminal of this size, bars taken off."""
    clock = ManualClock()
    evening = Evening(clock)
    STATES[state](evening)
    station = "expo" if state == "pass" else "grill"
    glass = Glass(station, Look(glyphs=dict(theme.glyphs), size=text_size))
    glass.focus = evening.focus
    wall = Wall(glass, theme, clock)
    async with OnlyAWall(wall, theme).run_test(size=(size[0], size[1] - 2)) as pilot:
        await pilot.pause()
        wall.show(evening.board)
        for ticket_id in evening.bumps_later:
            evening.act(kds.Bump, ticket_id)
        glass.undoable = evening.bumps_later[:1]
        wall.show(evening.board)
        return [wall.render_line(y) for y in range(size[1] - 2)]


def as_text(strips: list[Strip], theme: Theme) -> str:
    """The file: a picture in words, runs of cells by role under it, and a legend of the roles it has."""
    names = _names(theme)
    width = max(strip.cell_length for strip in strips)
    picture = [f"{y:>2}│{strip.text}│" for y, strip in enumerate(strips)]
    looks = [", ".join(_runs(strip, names)) for strip in strips]
    used = dict.fromkeys(part.style for strip in strips for part in strip if part.style is not None)
    legend = sorted(f"{names[style]} = {style}" for style in used)
    said = [f"{_lines(list(ys))}  {look}" for look, ys in _alike(looks)]
    return "\n".join([*picture, "", f"looks, {width} cells a line", *said, "", "roles", *legend, ""])


def _names(theme: Theme) -> dict[Style, str]:
    """Style → the first role that has it; of the card in focus with a star."""
    names: dict[Style, str] = {}
    for styles, star in ((theme.styles, ""), (theme.focused, "*")):
        for role, style in styles.items():
            names.setdefault(style, role + star)
    return names


def _runs(strip: Strip, names: dict[Style, str]) -> Iterable[str]:
    for name, parts in groupby(strip, key=lambda part: names[part.style or Style.null()]):
        if many := sum(cells(part.text) for part in parts):
            yield f"{name} {many}"


def _alike(looks: list[str]) -> Iterable[tuple[str, list[int]]]:
    for look, lines in groupby(range(len(looks)), key=lambda y: looks[y]):
        yield look, list(lines)


def _lines(ys: list[int]) -> str:
    return f"{ys[0]:>2}" if len(ys) == 1 else f"{ys[0]:>2}-{ys[-1]}"


def theme_named(name: str) -> Theme:
    """One of those we ship."""
    return shipped()[0][name]
