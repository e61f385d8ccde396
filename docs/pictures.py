"""Pictures of the running screens: `python -m docs.pictures [NAME…]` writes docs/pictures/*.svg.

The screens are the real ones, on Textual's headless driver, over an evening whose clock stands still, so that the same
code gives the same picture.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rich.console
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.settings import Settings as ConsoleSettings
from docs.making.friday import friday
from docs.making.shift import WATCHED_S, Shift
from heard.client import KitchenFeed, LinkState, MemoryOutbox
from heard.client.links.base import LinkDown
from heard.text import cells
from kds.app import KdsApp
from kds.settings import Settings

HERE = Path(__file__).parent / "pictures"
WITHIN_S = 20.0
SMALL, MIDDLE, WIDE = (80, 24), (100, 30), (120, 34)


LINUX_CONSOLE = TerminalTheme(
    (0, 0, 0),
    (170, 170, 170),
    [(0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)],
    [(85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255),
     (255, 255, 255)],
)  # fmt: skip
"""What the sixteen colours are where the theme of sixteen is for."""
rich.console.SVG_EXPORT_THEME = LINUX_CONSOLE  # Textual exports with Rich's own, and takes no other


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands on the screen: a station or the console, how large, in which theme, after which keys."""

    name: str
    screen: str
    size: tuple[int, int] = WIDE
    theme: str = "dark"
    keys: tuple[str, ...] = ()
    text_size: str = "normal"
    party: bool = False
    cut: bool = False
    """Whether the link is down."""
    lit: bool = False
    """Whether it is a second in which alerts are bright."""


PICTURES = (
    Picture("station", "grill", keys=("2",)),
    Picture("station-alert", "grill", MIDDLE, lit=True),
    Picture("station-small", "grill", SMALL),
    Picture("station-large", "grill", MIDDLE, text_size="large"),
    Picture("station-huge", "grill", WIDE, text_size="huge"),
    Picture("station-paper", "grill", WIDE, theme="paper", keys=("2",)),
    Picture("station-sixteen", "grill", MIDDLE, theme="sixteen"),
    Picture("station-plain", "grill", MIDDLE, theme="plain"),
    Picture("station-offline", "grill", MIDDLE, keys=("1", "enter"), cut=True),
    Picture("long-order", "grill", (160, 44), party=True),
    Picture("expo", "expo", (160, 44)),
    Picture("detail", "expo", (120, 30), keys=("9", "i")),
    Picture("recent", "expo", MIDDLE, keys=("d",)),
    Picture("all-day", "grill", WIDE, keys=("a",)),
    Picture("help", "grill", WIDE, keys=("f1",)),
    Picture("console-overview", "console"),
    Picture("console-connections", "console", keys=("2",)),
    Picture("console-disconnect", "console", keys=("2", "down", "x", *"screen is broken")),
    Picture("console-small", "console", SMALL, theme="paper", keys=("2",)),
)


async def drawn(picture: Picture) -> str:
    """One screen as SVG."""
    async with _console(picture) if picture.screen == "console" else _station(picture) as (app, title):
        pilot = Pilot(app)
        await pilot.pause()
        for key in picture.keys:
            await pilot.press({" ": "space"}.get(key, key))
        await pilot.pause()
        return _still(app.export_screenshot(title=title))


@asynccontextmanager
async def _station(picture: Picture) -> AsyncIterator[tuple[App[Any], str]]:
    kitchen, clock = friday(party=picture.party)
    clock.advance(-2 if picture.lit else -1)  # what flashes is dark every other second
    feed = KitchenFeed(kitchen.link, "s1", picture.screen, MemoryOutbox(), clock=clock)
    settings = Settings.model_validate({"theme": picture.theme, "text_size": picture.text_size, "bell": False})
    app = KdsApp(feed, picture.screen, settings, clock=clock)
    feed.start()
    running = asyncio.create_task(app.run_async(headless=True, size=picture.size), name="screen")
    try:
        await _until(lambda: app.is_running and feed.status.live and app.glass.up > 0)
        clock.advance(2 if picture.lit else 1)
        app.tick()
        if picture.cut:
            kitchen.refuse_links(LinkDown("no gateway at http://10.0.0.5:8787: no route to host"))
            kitchen.cut()
            await _until(lambda: feed.status.state is LinkState.OFFLINE)
        yield app, f"heard kds --station {picture.screen}"
    finally:
        app.exit()
        await running
        await asyncio.to_thread(feed.stop)


@asynccontextmanager
async def _console(picture: Picture) -> AsyncIterator[tuple[App[Any], str]]:
    shift = Shift()
    app = ConsoleApp(shift, ConsoleSettings(theme=picture.theme), server="http://10.0.0.5:8787", clock=shift.clock)
    running = asyncio.create_task(app.run_async(headless=True, size=picture.size), name="screen")
    try:
        await _until(lambda: app.is_running)
        for second in range(WATCHED_S):
            shift.go_on(second)
            app.paint()
        yield app, "heard console"
    finally:
        app.exit()
        await running


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not so():  # noqa: ASYNC110 - what is waited for lives in the app
            await asyncio.sleep(0.02)


def _still(svg: str) -> str:
    """The picture without fonts from elsewhere and without ids that differ from run to run."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    unique = re.search(r"terminal-(\d+)-", svg)
    return _TEXT.sub(_in_place, svg.replace(unique[1], "heard") if unique else svg)


_TEXT = re.compile(
    r'<text class="(?P<look>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" textLength="(?P<long>[\d.]+)" '
    r'clip-path="(?P<clip>[^"]+)">(?P<text>[^<]*)</text>'
)


def _in_place(found: re.Match[str]) -> str:
    """Words at places of their own: not every viewer keeps the width of spaces, and not every font that of letters."""
    text = html.unescape(found["text"]).replace("\xa0", " ")
    takes = cells(text)
    if not text.strip() or not takes:
        return ""
    cell = float(found["long"]) / takes
    return "".join(
        f'<text class="{found["look"]}" x="{round(float(found["x"]) + cell * cells(text[: word.start()]), 1):g}" '
        f'y="{found["y"]}" textLength="{round(cell * cells(word[0]), 1):g}" clip-path="{found["clip"]}">'
        f"{html.escape(word[0], quote=False).replace(' ', '&#160;')}</text>"
        for word in re.finditer(r"\S+(?: \S+)*", text)
    )


def main(names: list[str]) -> int:
    """Write them all, or those named."""
    HERE.mkdir(exist_ok=True)
    for picture in PICTURES:
        if not names or picture.name in names:
            (HERE / f"{picture.name}.svg").write_text(asyncio.run(drawn(picture)), encoding="utf-8")
            sys.stdout.write(f"docs/pictures/{picture.name}.svg\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
