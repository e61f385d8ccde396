"""`python -m bench.strokes TICKETS FILE`: a station in the terminal it was started in that counts its own CPU from each
key to the frame that answers it; the keys bench's child. Its kitchen is in memory, its outbox on disk.

Writes `{key: [ms, …]}` into FILE when it ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from textual.events import Event, Key

from heard.client import KitchenFeed
from heard.client.links.loopback import LoopbackKitchen
from heard.client.outbox import DiskOutbox
from heard.ui.terminal import collect_seldom, pace

pace(os.environ)  # before Textual's app is loaded, as `heard kds` does
collect_seldom()

from kds.app import KdsApp  # noqa: E402
from kds.settings import Settings  # noqa: E402


class Counting(KdsApp):
    """Notes what the whole process spent between a key and its frame."""

    spent_ms: defaultdict[str, list[float]]
    _pressed: tuple[str, float] | None = None

    async def on_event(self, event: Event) -> None:
        """A key begins to count."""
        if isinstance(event, Key):
            self._pressed = (event.key, time.process_time())
        await super().on_event(event)

    def post_display_hook(self) -> None:
        """Its frame has been handed to the terminal."""
        if self.vitals.awaiting and self.wall.touched and self._pressed is not None:
            key, began = self._pressed
            self.spent_ms[key].append((time.process_time() - began) * 1000)
            self._pressed = None
        super().post_display_hook()


def main(tickets: int, file: Path) -> None:
    """Until it is told to end."""
    kitchen = LoopbackKitchen()
    for n in range(tickets):
        kitchen.place({"items": [{"name": f"Dish {n}", "qty": "1", "station_hint": ["grill"]}]})
    outbox = DiskOutbox(file.with_suffix(".sqlite"))
    feed = KitchenFeed(kitchen.link, kitchen.store, "grill", outbox)
    app = Counting(feed, "grill", Settings(bell=False))
    app.spent_ms = defaultdict(list)
    feed.start()
    try:
        app.run()
    finally:
        feed.stop()
        outbox.close()
    file.write_text(json.dumps(app.spent_ms), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
