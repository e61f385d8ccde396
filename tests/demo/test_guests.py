"""What guests order is what a till may send, and what the demo's kitchen can cook."""

from collections import Counter
from random import Random

import pytest

from demo.guests import EXTRAS, dishes, order
from demo.stage import STATIONS, STORE, furnish
from heard.contract.orders import PlaceOrder
from heard.ids import new_id
from heard.kitchen.routing import House
from server.settings import load_houses, load_settings


@pytest.fixture
def house(tmp_path) -> House:
    furnish(tmp_path, 60)
    return load_houses(load_settings(tmp_path / "heard.toml"), tmp_path)["demo", STORE]


@pytest.mark.parametrize("seed", range(20))
def test_every_order_is_one_the_contract_takes(seed: int) -> None:
    dice = Random(seed)
    for lines in (1, 2, 3, 5, 12):
        body = order(lines, dice)
        placed = PlaceOrder.ingest({"command_id": new_id(), "order": body}).order
        assert len(placed.items) == lines
        assert all(item.qty >= 1 for item in placed.items)


def test_the_same_dice_order_the_same() -> None:
    assert order(5, Random(7)) == order(5, Random(7))


def test_an_evening_has_allergies_notes_hurries_and_every_kind_of_service() -> None:
    dice = Random(7)
    bodies = [order(2, dice) for _ in range(1_000)]
    said = Counter(key for body in bodies for key in body)
    assert said["allergies"] > 40
    assert said["notes"] > 60
    assert said["priority"] > 20
    assert {body["service"] for body in bodies} == {"dine_in", "pickup", "delivery"}
    assert any("[" in note["text"] for body in bodies for note in body.get("notes", ()))


def test_every_dish_has_choices_and_a_station_that_makes_it(house: House) -> None:
    made = {dish.name: dish.stations for dish in house.dishes}
    assert {dish.category for dish in dishes()} <= set(EXTRAS)
    assert len(made) == len(dishes())
    assert house.stations == STATIONS
    assert all(made.values())
    busy = {station for stations in made.values() for station in stations}
    assert busy <= set(STATIONS)
    assert {"grill", "fry", "cold"} <= busy
