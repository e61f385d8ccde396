"""Pictures of the running screens: `python -m docs.pictures` writes docs/pictures/*.svg from a made-up Friday night.

The screens are the real ones, on Textual's headless driver, over a kitchen in memory whose clock stands still, so that
the same code gives the same picture.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from textual.pilot import Pilot

from demo.guests import menu_text, order
from demo.stage import STATIONS
from heard.client import KitchenFeed, ManualClock, MemoryOutbox
from heard.client.links.loopback import LoopbackKitchen
from heard.contract import kds
from heard.contract.base import instant_text
from heard.kitchen.routing import House
from kds.app import KdsApp
from kds.settings import Settings

HERE = Path(__file__).parent / "pictures"
SEED = 11
ORDERS = 14
EIGHT = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
WITHIN_S = 10.0
PICTURES: dict[str, tuple[str, tuple[int, int], str]] = {
    "station": ("grill", (120, 34), "dark"),
    "station-small": ("grill", (80, 24), "dark"),
    "station-sixteen": ("grill", (100, 30), "sixteen"),
    "expo": ("expo", (160, 44), "dark"),
}
"""File name → station, columns and lines, theme."""


def friday() -> tuple[LoopbackKitchen, ManualClock]:
    """A kitchen at eight: orders of all ages, some begun, some ready, one with an allergy, one a rush."""
    clock, dice = ManualClock(EIGHT), Random(SEED)  # noqa: S311 - dice, not secrets
    menu = tomllib.loads(menu_text())
    kitchen = LoopbackKitchen(
        House.model_validate({"store": "s1", "display_name": "Friday Night Diner", "stations": STATIONS, **menu}),
        clock=clock,
    )
    for n in range(ORDERS):
        body = order(dice.choice((1, 2, 2, 3, 4)), dice)
        age = timedelta(seconds=(ORDERS - n) * 70 - dice.randint(0, 60))
        body |= {"placed_at": instant_text(EIGHT - age)}
        body |= {"allergies": [{"text": "peanuts"}]} if n == 2 else {}
        body |= {"priority": "rush"} if n == 4 else {}
        placed = kitchen.place(body)
        _cook(kitchen, placed, n)
    return kitchen, clock


def _cook(kitchen: LoopbackKitchen, order_id: str, n: int) -> None:
    """The older an order, the further it is."""
    for station in STATIONS[:3]:
        fields = {"command_id": f"picture-{order_id}-{station}", "ticket_id": f"{order_id}.{station}"}
        if n < 3 and station != "grill":
            kitchen.command(kds.Bump.name, fields)
        elif n < 4:
            kitchen.command(kds.Start.name, fields)


async def picture(station: str, size: tuple[int, int], theme: str) -> str:
    """One screen as SVG."""
    kitchen, clock = friday()
    feed = KitchenFeed(kitchen.link, "s1", station, MemoryOutbox(), clock=clock)
    app = KdsApp(feed, station, Settings(theme=theme, bell=False), clock=clock)
    feed.start()
    running = asyncio.create_task(app.run_async(headless=True, size=size), name="screen")
    try:
        await _until(lambda: app.is_running and feed.status.live and any(f"#{ORDERS}" in line for line in app.shown()))
        await Pilot(app).pause()
        return _still(app.export_screenshot(title=f"heard kds --station {station}"))
    finally:
        app.exit()
        await running
        await asyncio.to_thread(feed.stop)


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not so():  # noqa: ASYNC110 - what is waited for lives in the app
            await asyncio.sleep(0.02)


def _still(svg: str) -> str:
    """The picture without fonts from elsewhere and without ids that differ from run to run."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    unique = re.search(r"terminal-(\d+)-", svg)
    return svg.replace(unique[1], "heard") if unique else svg


def main() -> int:
    """Write them all."""
    HERE.mkdir(exist_ok=True)
    for name, (station, size, theme) in PICTURES.items():
        (HERE / f"{name}.svg").write_text(asyncio.run(picture(station, size, theme)), encoding="utf-8")
        sys.stdout.write(f"docs/pictures/{name}.svg\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
