"""What happened to one order, asked of the gateway page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from heard.client.answers import read_as
from heard.contract.envelope import Envelope, HistoryRead
from heard.contract.session import History

MAX_PAGES = 10
"""What more than this happened to one order nobody reads on a screen."""

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""One request over the link of now: event, fields → ack."""


async def history_of(ask: Ask, store: str, order_id: str) -> list[Envelope]:
    """Its events, oldest first.

    Raises:
        LinkDown: nobody answers, or in words that cannot be read. HeardError: refused.
    """
    wanted: dict[str, Any] = {"store": store, "order_id": order_id}
    events: list[Envelope] = []
    for _ in range(MAX_PAGES):
        page = read_as(HistoryRead, await ask(History.name, wanted))
        events += [read_as(Envelope, event) for event in page.events]
        if not page.more or page.cursor is None:
            break
        wanted["cursor"] = page.cursor
    return events
