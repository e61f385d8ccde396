"""`python -m bench.screens`: headless station apps, told by one JSON line which; the glass bench's child.

Says `live` when all are up; after a second line on stdin says `seen {ticket: Unix time of its first frame}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

from heard.client import KitchenFeed, LinkState, MemoryOutbox
from heard.client.links.socket import SocketLink
from heard.contract.kds import Bump
from heard.errors import HeardError
from heard.ids import new_id
from heard.ui.terminal import collect_seldom, pace

pace(os.environ)  # before Textual is loaded, as `heard kds` does

from kds.app import KdsApp  # noqa: E402
from kds.settings import Settings  # noqa: E402

BUMP_AFTER_S = 2.0
SIZE = (200, 60)
LIVE_WITHIN_S = 60.0
POLL_S = 0.05


async def _main() -> None:
    lines = await _stdin()
    told = json.loads(await lines.readline())
    seen: dict[str, float] = {}
    async with contextlib.AsyncExitStack() as stack:
        stations = [
            await stack.enter_async_context(_station(told, station, token, seen))
            for station, token in told["tokens"].items()
        ]
        await _until_up(stations)
        _settle_memory()
        print("live", flush=True)
        await lines.readline()
        print(f"seen {json.dumps(seen)}", flush=True)


def _settle_memory() -> None:
    """As a station in a terminal does by itself; headless ones leave it to whoever runs them."""
    collect_seldom()
    gc.collect()
    gc.freeze()


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _until_up(stations: list[tuple[KitchenFeed, KdsApp]]) -> None:
    async with asyncio.timeout(LIVE_WITHIN_S):
        while not all(_up(feed, app) for feed, app in stations):  # noqa: ASYNC110 - other threads' and apps' state
            await asyncio.sleep(POLL_S)


def _up(feed: KitchenFeed, app: KdsApp) -> bool:
    return feed.status.state is LinkState.LIVE and app.is_running and bool(app.glass.lines)


@contextlib.asynccontextmanager
async def _station(
    told: dict[str, Any], station: str, token: str, seen: dict[str, float]
) -> AsyncIterator[tuple[KitchenFeed, KdsApp]]:
    feed = KitchenFeed(partial(SocketLink, told["url"]), told["store"], station, MemoryOutbox(), token=token)
    app = KdsApp(feed, station, Settings(bell=False), painted=partial(_painted, feed, seen))
    feed.start()
    running = asyncio.create_task(app.run_async(headless=True, size=SIZE), name=f"app-{station}")
    try:
        yield feed, app
    finally:
        app.exit()
        await running
        await asyncio.to_thread(feed.stop)


def _painted(feed: KitchenFeed, seen: dict[str, float], news: Mapping[str, float]) -> None:
    skew, loop = time.time() - time.monotonic(), asyncio.get_running_loop()
    for ticket_id, at in news.items():
        if ticket_id not in seen:
            seen[ticket_id] = at + skew
            loop.call_later(BUMP_AFTER_S, _bump, feed, ticket_id)


def _bump(feed: KitchenFeed, ticket_id: str) -> None:
    with contextlib.suppress(HeardError):
        feed.do(Bump(command_id=new_id(), ticket_id=ticket_id))


if __name__ == "__main__":
    asyncio.run(_main())
