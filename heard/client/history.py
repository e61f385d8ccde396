"""What happened to one order, asked of the gateway page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError

from heard.client.links.base import LinkDown
from heard.contract.envelope import Envelope, HistoryRead
from heard.contract.session import History
from heard.errors import HeardError

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
        page = _read(await ask(History.name, wanted))
        try:
            events += [Envelope.model_validate(event) for event in page.events]
        except ValidationError as error:
            raise LinkDown(f"the gateway's answer cannot be read: {error.error_count()} faults") from error
        if not page.more or page.cursor is None:
            break
        wanted["cursor"] = page.cursor
    return events


def _read(reply: Any) -> HistoryRead:
    if isinstance(reply, dict) and reply.get("ok") is False:
        raise HeardError.from_wire(reply)
    try:
        return HistoryRead.model_validate(reply)
    except ValidationError as error:
        raise LinkDown(f"the gateway's answer cannot be read: {error.error_count()} faults") from error
