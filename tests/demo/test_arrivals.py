"""Guests come as they come to real shops: in clumps, by the clock, the same ones for the same dice."""

from itertools import islice, takewhile
from math import sqrt
from random import Random
from statistics import fmean, pvariance

import pytest

from demo.arrivals import OVERDISPERSION, SLOT_S, Shop, arrivals, shop

SLOTS = 4_000
STEADY = Shop(rates=dict.fromkeys(range(0, 1440, 15), 4.0), lines={1: 1.0})


def times(place: Shop, until_s: float, *, load: float = 1.0, speed: float = 1.0, seed: int = 7) -> list[float]:
    guests = arrivals(place, minute=0, load=load, speed=speed, dice=Random(seed))
    return list(takewhile(lambda at: at < until_s, guests))


def counts(place: Shop, *, load: float = 1.0, seed: int = 7) -> list[int]:
    """Guests in each slot."""
    found = [0] * SLOTS
    for at in times(place, SLOTS * SLOT_S, load=load, seed=seed):
        found[int(at / SLOT_S)] += 1
    return found


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_slots_vary_more_than_a_poisson_process_would(seed: int) -> None:
    slots = counts(STEADY, seed=seed)
    mean, ratio = fmean(slots), pvariance(slots) / fmean(slots)
    assert abs(mean - 4.0) < 4 * sqrt(4.0 * OVERDISPERSION / SLOTS)
    # The ratio of a sample has a standard error of about itself times sqrt(2/n); a Poisson process would have 1.
    assert abs(ratio - OVERDISPERSION) < 5 * OVERDISPERSION * sqrt(2 / SLOTS)
    assert ratio > 1.1


def test_the_same_seed_is_the_same_evening_and_another_seed_another_one() -> None:
    assert times(STEADY, 9_000) == times(STEADY, 9_000)
    assert times(STEADY, 9_000) != times(STEADY, 9_000, seed=8)


def test_they_come_one_after_the_other() -> None:
    came = times(STEADY, 90_000)
    assert came == sorted(came)


def test_speed_divides_every_time_and_changes_nothing_else() -> None:
    plain, fast = times(STEADY, 9_000), times(STEADY, 9_000 / 60, speed=60)
    assert fast == pytest.approx([at / 60 for at in plain])


def test_load_multiplies_how_many_come() -> None:
    assert fmean(counts(STEADY, load=5)) == pytest.approx(20, rel=0.05)


def test_without_load_or_in_a_closed_shop_nobody_ever_comes() -> None:
    closed = Shop(rates={600: 0.0}, lines={1: 1.0})
    assert not list(arrivals(STEADY, minute=0, load=0, speed=1, dice=Random(7)))
    assert not list(arrivals(closed, minute=0, load=4, speed=1, dice=Random(7)))


def test_a_shop_that_closes_has_guests_again_the_next_day() -> None:
    evening = Shop(rates={1080: 8.0}, lines={1: 1.0})
    guests = list(islice(arrivals(evening, minute=1080, load=1, speed=1, dice=Random(7)), 60))
    assert {int(at % 86_400 // SLOT_S) for at in guests} == {0}
    assert max(guests) > 86_400


@pytest.mark.parametrize("name", ["indian_takeaway_london", "bakery_cafe_edinburgh", "pizzaplace"])
def test_a_measured_shop_has_a_rate_for_the_clock_and_orders_of_so_many_lines(name: str) -> None:
    friday = shop(name, 4)
    assert any(friday.rates.values())
    assert friday.rate(1440 + 1083) == friday.rate(1080) == friday.rates.get(1080, 0.0)
    dice = Random(7)
    assert {friday.draw_lines(dice) for _ in range(500)} <= {int(lines) for lines in friday.lines}


def test_a_shop_nobody_measured_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        shop("nowhere", 4)
