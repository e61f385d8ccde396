"""The demo's proof: what guests sent, what the journal holds and what the screens showed, held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evening came to. `lost` and `duplicates` count orders and tickets; anything but 0 is a defect."""

    orders: int
    tickets: int
    bumps: int
    completed: int
    recalled: int
    lost: int
    duplicates: int
    order_to_glass_ms: Mapping[str, float | None]
    key_to_frame_ms: Mapping[str, float | None]

    @property
    def sound(self) -> bool:
        """Nothing was lost and nothing came twice."""
        return self.lost == 0 and self.duplicates == 0


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99 by nearest rank; None where nothing was measured."""
    ranked = sorted(values)

    def at(share: float) -> float | None:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else None

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99)}


def lost(
    sent: Collection[str], orders: Iterable[Mapping[str, Any]], kds: Iterable[Mapping[str, Any]], shown: Collection[str]
) -> list[str]:
    """What was acknowledged to a guest and is not in the journal, and what is in the journal and was on no screen.

    `orders` and `kds` are envelopes; `shown` holds the ids of tickets whose every word was rendered.
    """
    created = set(created_orders(orders))
    return [
        *(f"order {one} was acknowledged and is not in the journal" for one in sent if one not in created),
        *(f"ticket {one} was never shown whole" for one in tickets(kds) if one not in shown),
    ]


def doubled(sent: Collection[str], orders: Iterable[Mapping[str, Any]], twice: Collection[str]) -> list[str]:
    """What is in the journal and no guest sent, what is in it twice, and what stood twice on one screen."""
    created = created_orders(orders)
    return [
        *(f"order {one} is in the journal and no guest sent it" for one in created if one not in sent),
        *(f"order {one} is in the journal {count} times" for one, count in Counter(created).items() if count > 1),
        *(f"ticket {one} stood twice on one screen" for one in twice),
    ]


def created_orders(orders: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of the orders a journal holds."""
    return [event["data"]["order_id"] for event in orders if event["name"] == "order:created"]


def tickets(kds: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Ticket id → the envelope that brought it."""
    return {event["data"]["ticket_id"]: event for event in kds if event["name"] == "kds:order_incoming"}
