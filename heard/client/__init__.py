"""How to hear: the SDK of integrators and of Heard's own screens."""

from heard.client.client import Following, HeardClient, StartedOver
from heard.client.clock import Clock, ManualClock, SystemClock
from heard.client.kitchen import KitchenFeed
from heard.client.links.base import Link, LinkDown
from heard.client.outbox import DiskOutbox, MemoryOutbox, Outbox, OutboxError, OutboxInUse, Refusal
from heard.client.status import LinkState, LinkStatus

__all__ = [
    "Clock",
    "DiskOutbox",
    "Following",
    "HeardClient",
    "KitchenFeed",
    "Link",
    "LinkDown",
    "LinkState",
    "LinkStatus",
    "ManualClock",
    "MemoryOutbox",
    "Outbox",
    "OutboxError",
    "OutboxInUse",
    "Refusal",
    "StartedOver",
    "SystemClock",
]
