"""When guests come: real shops' rates per quarter of an hour, over-dispersed as real arrivals are.

Within a slot arrivals are a Poisson process whose rate is itself drawn from a gamma distribution, so that counts a slot
are negative binomial. The shape is chosen for a variance of 1.3 times the mean, as measured in real shops' slots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Any

SLOT_S = 900.0
OVERDISPERSION = 1.3
"""Variance over mean of a slot's count."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop's week: orders per slot by minute of the day, and how many lines an order has."""

    rates: Mapping[int, float]
    lines: Mapping[int, float]

    def rate(self, minute: int) -> float:
        """Orders expected in the slot that holds a minute of the day."""
        return self.rates.get(minute // 15 * 15 % 1440, 0.0)

    def draw_lines(self, dice: Random) -> int:
        """How many lines the next order has."""
        return dice.choices(list(self.lines), list(self.lines.values()))[0]


def shop(name: str, weekday: int) -> Shop:
    """A measured shop on a weekday, Monday is 0. Raises: KeyError."""
    raw: dict[str, Any] = json.loads(resources.files("demo").joinpath("arrival_profiles.json").read_text("utf-8"))[name]
    rates = raw["rate_per_15min_by_dow"][str(weekday)]
    return Shop(
        rates={int(clock[:2]) * 60 + int(clock[3:]): float(rate) for clock, rate in rates.items()},
        lines={int(count): float(share) for count, share in raw["lines_per_order_pmf"].items()},
    )


def arrivals(rate_at: Shop, *, minute: int, load: float, speed: float, dice: Random) -> Iterator[float]:
    """Seconds from now at which guests come: from a minute of the day on, `load` times as many, sped up.

    For ever; for a shop without guests, or no load, never.
    """
    slot = 0
    while load > 0 and any(rate_at.rates.values()):
        mean = rate_at.rate(minute + slot * 15) * load
        for offset in sorted(dice.random() for _ in range(_count(mean, dice))):
            yield (slot + offset) * SLOT_S / speed
        slot += 1


def _count(mean: float, dice: Random) -> int:
    """A negative binomial count: Poisson with a gamma-distributed rate."""
    if mean <= 0:
        return 0
    shape = mean / (OVERDISPERSION - 1)
    rate = dice.gammavariate(shape, mean / shape)
    return _poisson(rate, dice)


def _poisson(rate: float, dice: Random) -> int:
    """How many unit-rate exponential gaps fit into `rate`."""
    count, used = 0, dice.expovariate(1.0)
    while used < rate:
        count, used = count + 1, used + dice.expovariate(1.0)
    return count
