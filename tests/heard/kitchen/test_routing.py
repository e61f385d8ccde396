"""Which stations make an item, and why."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from heard.contract.orders import Item, Order
from heard.errors import BadRequest
from heard.kitchen.routing import House, folded, route
from tests.heard.kitchen.playbook import HOUSE, NOON, Play


def house(*rules: dict, **more) -> House:
    dishes = [{"name": "Burger", "sku": "B1", "category": "mains", "stations": ["grill"]}, {"name": "Crème brûlée"}]
    return House.model_validate(
        {"store": "s1", "stations": ["grill", "fry", "cold", "expo"], "dishes": dishes, "rules": rules} | more
    )


def dealt(at: House, name: str = "Mystery", service: str = "unknown", system: str = "api", **item) -> tuple[str, ...]:
    row = Item.model_validate({"name": name, "qty": "1", **item})
    order = Order.model_validate(
        {"id": "o", "placed_at": NOON, "items": [row], "service": service, "source": {"system": system}}
    )
    return route(row, order, at).stations


def test_the_source_asks_before_the_menu_before_the_rules():
    rules = {"category": "mains", "stations": ["cold"]}
    assert dealt(house(rules), "Burger", station_hint=["fry"]) == ("fry",)
    assert dealt(house(rules), "Burger") == ("grill",)
    assert dealt(house(rules), "Stew", category="Mains") == ("cold",)


def test_a_dish_is_found_by_sku_then_the_sources_id_then_its_name():
    assert dealt(HOUSE, "Who knows", sku="B1") == ("grill",)
    assert dealt(HOUSE, "Who knows", external_item_id="B1") == ("grill",)
    assert dealt(HOUSE, "Fries", sku="B1") == ("grill",)
    assert dealt(HOUSE, "fRIES", sku="nothing") == ("fry",)


def test_names_are_compared_composed_and_folded():
    at = House.model_validate(
        {"store": "s1", "stations": ["cold", "expo"], "dishes": [{"name": "Crème  Brûlée", "stations": ["cold"]}]}
    )
    assert dealt(at, "CRE\u0300ME BRU\u0302LE\u0301E") == ("cold",)
    assert folded("Straße ") == folded("STRASSE")


@pytest.mark.parametrize(
    ("condition", "hit", "miss"),
    [
        ({"item": "stew"}, {"name": "STEW"}, {"name": "Stews"}),
        ({"category": "Soups"}, {"category": "soups"}, {"category": "mains"}),
        ({"service": "delivery"}, {"service": "delivery"}, {"service": "pickup"}),
        ({"source": "Shop"}, {"system": "shop"}, {"system": "till"}),
        ({"course": 0}, {"course": 0}, {"course": 1}),
        ({"course": 2}, {"course": 2}, {}),
    ],
)
def test_a_rule_matches_by_its_conditions(condition, hit, miss):
    at = house({**condition, "stations": ["cold"]})
    assert dealt(at, **hit) == ("cold",)
    assert dealt(at, **miss) == ()


def test_a_rule_looks_into_modifiers_however_deep():
    at = house({"modifier": "fried EGG", "stations": ["fry"], "also": True})
    deep = [{"name": "side", "children": [{"name": "Fried egg"}]}]
    assert dealt(at, "Burger", modifiers=deep) == ("grill", "fry")
    assert dealt(at, "Burger") == ("grill",)
    assert dealt(at, "Mystery", modifiers=deep) == ("fry",)


def test_all_conditions_of_a_rule_must_hold_and_the_first_rule_wins():
    at = house(
        {"category": "soups", "service": "delivery", "stations": ["fry"]},
        {"category": "soups", "stations": ["cold"]},
        {"category": "soups", "stations": ["grill"]},
    )
    assert dealt(at, category="soups", service="delivery") == ("fry",)
    assert dealt(at, category="soups") == ("cold",)


def test_the_category_of_the_menu_counts_where_the_source_says_none():
    at = house({"category": "desserts", "stations": ["cold"]}, dishes=[{"name": "Ice", "category": "Desserts"}])
    assert dealt(at, "ice") == ("cold",)
    assert dealt(at, "ice", category="mains") == ()


def test_what_nothing_matches_goes_to_expo_with_a_mark():
    play = Play()
    play.place("Mystery", "Water")
    assert play.line("expo", "Mystery").marks == ("UNROUTED",)
    assert play.line("expo", "Water").marks == ()
    assert [ticket.station for ticket in play.board.of_order(play.order_id)] == ["expo"]


def test_expo_named_beside_prep_adds_nothing():
    assert dealt(house(), "Burger", station_hint=["expo", "grill", "grill"]) == ("grill",)
    assert dealt(house(), "Burger", station_hint=["expo"]) == ()


def test_an_unknown_station_is_refused():
    play = Play()
    with pytest.raises(BadRequest, match="there is no station bar in store s1"):
        play.place({"name": "Burger", "station_hint": ["bar"]})


def test_why_is_a_sentence():
    row = Item.model_validate({"name": "Burger", "qty": "1"})
    order = Order.model_validate({"id": "o", "placed_at": NOON, "items": [row]})
    soup = house({"item": "Burger", "stations": ["cold"]}, dishes=[])
    assert route(row, order, house()).why == "the menu says so for Burger"
    assert route(row, order, soup).why == "a rule says so: item = Burger"
    assert route(row.model_copy(update={"station_hint": ("fry",)}), order, soup).why == "its source asked for it"
    assert route(row, order, house(dishes=[])).why == "no menu entry and no rule names it"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"dishes": [{"name": "X", "stations": ["bar"]}]}, "there is no station bar"),
        ({"rules": [{"item": "X", "stations": ["bar"]}]}, "there is no station bar"),
        ({"rules": [{"stations": ["grill"]}]}, "a rule needs a condition"),
        ({"default_station": "bar"}, "there is no station bar"),
        ({"stations": ["grill"]}, "needs a default_station"),
        ({"timezone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
        ({"timezone": "../../etc/passwd"}, "there is no time zone"),
        ({"heat_s": [300, 200]}, "heat_s must rise"),
        ({"day_starts": "24:00"}, "day_starts"),
        ({"store": "S 1"}, "store"),
    ],
)
def test_a_house_that_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(ValidationError, match=words):
        House.model_validate({"store": "s1", "stations": ["grill", "expo"]} | wrong)


def test_a_service_day_turns_in_the_stores_own_zone():
    at = house(timezone="Europe/Berlin", day_starts="05:30")
    assert at.service_day(datetime(2026, 11, 20, 4, 29, tzinfo=UTC)) == "2026-11-19"
    assert at.service_day(datetime(2026, 11, 20, 4, 30, tzinfo=UTC)) == "2026-11-20"
    assert at.service_day(datetime(2026, 7, 20, 3, 30, tzinfo=UTC)) == "2026-07-20"


def test_a_screen_is_told_what_it_must_know():
    told = house(display_name="Corner", gating="when_ready").settings()
    assert (told.display_name, told.expo, told.gating, told.heat_s) == ("Corner", True, "when_ready", (300, 480, 720))
    assert house().settings().display_name == "s1"
