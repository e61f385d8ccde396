"""What guests order is what a till may send, and what the demo's kitchen can cook."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from demo.guests import CATERING_LINES, EXTRAS, Evening, catering, choices, dishes, guest, opening, order
from demo.stage import HEAT_S, STATIONS, STORE, furnish
from heard.contract.orders import OrderIn, PlaceOrder
from heard.ids import new_id
from heard.kitchen.routing import House
from server.settings import load_houses, load_settings

WATCH = Evening(datetime(2026, 11, 20, 19, tzinfo=UTC), speed=6.0)


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
        assert all(item.qty >= 1 or item.unit == "kg" for item in placed.items)


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


def evening(guests: int = 1_000, seed: int = 7) -> list[dict[str, Any]]:
    dice = Random(seed)
    return [guest(dice.randint(1, 6), dice, WATCH) for _ in range(guests)]


def taken(body: dict[str, Any]) -> OrderIn:
    return PlaceOrder.ingest({"command_id": new_id(), "order": body}).order


def test_guests_come_in_courses_in_combos_on_time_later_and_by_weight() -> None:
    orders = [taken(body) for body in evening()]
    items = [item for one in orders for item in one.items]
    in_courses = [one for one in orders if one.hold == "awaiting_release"]
    assert in_courses
    assert all(item.course is not None and item.seat for one in in_courses for item in one.items)
    assert all(one.fire_at is not None and one.fire_at > WATCH.now for one in orders if one.hold == "scheduled")
    assert any(one.hold == "scheduled" for one in orders)
    assert any(one.promised_at is not None and one.promised_at > WATCH.now for one in orders)
    assert any(one.source.channel and "courier" in one.source.channel for one in orders if one.service == "delivery")
    assert any(item.unit == "kg" and item.qty % 1 for item in items)
    assert max(modifier.depth() for item in items for modifier in item.modifiers) >= 3
    assert {one.total.currency for one in orders if one.total} == {"EUR"}


def test_parts_of_a_combo_name_the_row_they_are_part_of() -> None:
    for one in map(taken, evening()):
        parents = {item.parent_item_id for item in one.items if item.parent_item_id}
        assert parents <= {item.item_id for item in one.items}
    assert any(item.parent_item_id for one in map(taken, evening()) for item in one.items)


def test_now_and_then_an_office_orders_sixty_rows() -> None:
    party = taken(catering(Random(7), WATCH))
    assert (len(party.items), party.service) == (CATERING_LINES, "catering")
    sizes = Counter(body["service"] for body in evening(3_000))
    assert 0 < sizes["catering"] < 100


def test_a_dish_has_one_choice_of_a_group() -> None:
    dice = Random(7)
    for _ in range(200):
        groups = [choice["group"] for choice in choices("steaks", dice) if "group" in choice]
        assert len(groups) == len(set(groups))


def test_the_menu_is_written_in_many_scripts_and_every_price_is_one(house: House) -> None:
    names = "".join(dish.name for dish in house.dishes)
    for sample in ("é", "鶏", "ك", "Σ", "ผ", "ש", "[", "泡"):
        assert sample in names
    assert len(house.dishes) >= 60
    assert any(dish.kitchen_name for dish in house.dishes)
    assert {"grill", "fry"} in [set(dish.stations) for dish in house.dishes]
    assert all(Decimal(body["total"]["amount"]) > 0 for body in evening(200))


def test_the_curtain_rises_on_a_kitchen_in_mid_service(house: House) -> None:
    early = opening()
    orders = [taken(one.body) for one in early]
    made = {dish.name: dish.stations for dish in house.dishes}
    tickets = sum(len({station for item in one.items for station in made[item.name]} - {"expo"}) for one in orders)
    assert 11 <= tickets <= 16
    assert max(one.waited_s for one in early) > HEAT_S[-1]
    assert min(one.waited_s for one in early) < HEAT_S[0]
    assert any(one.started for one in early)
    assert {one.change["qty"] == "0" for one in early if one.change} == {True, False}
    assert any(one.allergies for one in orders)
    assert any(one.priority == "rush" for one in orders)
