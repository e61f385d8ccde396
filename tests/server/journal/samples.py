"""Facts, answers and batches to put into journals."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from server.journal import Batch, Entry, StoredAnswer
from tests.patience import PATIENCE_S

AT = "2026-11-20T18:30:00.000Z"


def entry(stream: str = "s1/kds", **changes: Any) -> Entry:
    """A fact; what matters to a test is named by it."""
    given: dict[str, Any] = {
        "stream": stream,
        "id": "0190-0001",
        "v": 1,
        "store": "s1",
        "at": AT,
        "name": "kds:item_ready",
        "data": {"order_id": "o1", "qty": "1"},
        "private": None,
        "cause": "c-1",
        "actor": {"subject": "ann", "role": "kitchen"},
    }
    return Entry(**(given | changes))


def answer(command_id: str = "command-1", store: str = "s1", at: str = AT) -> StoredAnswer:
    """An answer to a command."""
    return StoredAnswer(store, command_id, "digest", "ann", {"ok": True, "result": "applied"}, at)


def batch(*streams: str, tenant: str = "demo", **changes: Any) -> Batch:
    """A batch with one fact for each stream named."""
    return Batch(tenant, tuple(entry(stream) for stream in streams), **changes)


def counted_epochs() -> Callable[[], str]:
    """Epochs e1, e2, …"""
    numbers = itertools.count(1)
    return lambda: f"e{next(numbers)}"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  what is waited for happens in a thread
            await asyncio.sleep(0.001)
