"""Which stations make an item: the store as its menu file describes it, and the rules that deal items out.

An item goes, first match wins: where its source asks (`station_hint`), where its menu entry says, where the first
matching rule says. Rules with `also` add stations to whatever was found. What nothing matches goes to expo, or to the
default station where a store has no expo, with the mark UNROUTED: never nowhere. The outcome is written into the event,
so that replaying it does not change when the menu does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from heard.contract.base import Label, Name, OpaqueId, StationId, StoreId, Wire
from heard.contract.kds import EXPO, Gating, Mark
from heard.contract.orders import Item, Modifier, Names, Order, Service
from heard.contract.session import StoreSettings
from heard.errors import BadRequest


class Dish(Wire):
    """An entry of the menu; found by `sku`, else by name. Without stations, the rules decide."""

    name: Name
    sku: OpaqueId | None = None
    category: Label | None = None
    stations: tuple[StationId, ...] = ()
    kitchen_name: Names | None = None
    prep_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


class Rule(Wire):
    """All conditions given must hold. `modifier` looks at the names of all choices, however deep."""

    stations: Annotated[tuple[StationId, ...], Field(min_length=1)]
    also: bool = False
    item: Name | None = None
    category: Label | None = None
    modifier: Name | None = None
    service: Service | None = None
    source: Label | None = None
    course: int | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.model_fields_set <= {"stations", "also"}:
            raise ValueError("a rule needs a condition: item, category, modifier, service, source or course")
        return self


class House(Wire):
    """A store: its stations, its clock, its menu, its rules."""

    store: StoreId
    display_name: Name | None = None
    stations: Annotated[tuple[StationId, ...], Field(min_length=1)] = ("grill", "fry", "cold", EXPO)
    default_station: StationId | None = None
    """Where unmatched items go in a store without expo."""
    timezone: str = "UTC"
    day_starts: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "04:00"
    gating: Gating = "always"
    heat_s: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=4)] = (300, 480, 720)
    dishes: tuple[Dish, ...] = ()
    rules: tuple[Rule, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}; write one like Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def _stations_exist(self) -> Self:
        named = {station for dish in self.dishes for station in dish.stations}
        named |= {station for rule in self.rules for station in rule.stations}
        named |= {self.default_station} if self.default_station else set()
        if unknown := sorted(named - set(self.stations)):
            raise ValueError(f"there is no station {', '.join(unknown)}; this store has {', '.join(self.stations)}")
        if EXPO not in self.stations and not self.default_station:
            raise ValueError("a store without expo needs a default_station for what no rule matches")
        if list(self.heat_s) != sorted(set(self.heat_s)):
            raise ValueError("heat_s must rise")
        return self

    @property
    def has_expo(self) -> bool:
        """Whether orders come together at a pass."""
        return EXPO in self.stations

    def service_day(self, now: datetime) -> str:
        """The day, YYYY-MM-DD, that the store counts a moment to."""
        hours, minutes = self.day_starts.split(":")
        local = now.astimezone(ZoneInfo(self.timezone)) - timedelta(hours=int(hours), minutes=int(minutes))
        return local.date().isoformat()

    def settings(self) -> StoreSettings:
        """What a screen must know."""
        return StoreSettings(
            display_name=self.display_name or self.store,
            stations=self.stations,
            expo=self.has_expo,
            gating=self.gating,
            heat_s=self.heat_s,
            timezone=self.timezone,
            day_starts=self.day_starts,
        )

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Dish]:
        by_name = {("name", folded(dish.name)): dish for dish in reversed(self.dishes)}
        return by_name | {("sku", dish.sku): dish for dish in self.dishes if dish.sku}

    def dish(self, item: Item) -> Dish | None:
        """The menu entry of an item: by sku, else by the source's item id, else by name."""
        keys = (("sku", item.sku), ("sku", item.external_item_id), ("name", folded(item.name)))
        return next((self._by_key[key[0], key[1]] for key in keys if key[1] and key in self._by_key), None)


def folded(name: str) -> str:
    """A name for comparing: NFC, case folded, white space as single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


@dataclass(frozen=True, slots=True)
class Route:
    """Where an item is made. No stations: at expo itself. `why` is a sentence for `heard explain`."""

    stations: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    why: str = ""


def route(item: Item, order: Order, house: House) -> Route:
    """Deal one item to its stations.

    Raises:
        BadRequest: a `station_hint` names a station the store does not have.
    """
    if unknown := [station for station in item.station_hint if station not in house.stations]:
        raise BadRequest(f"there is no station {unknown[0]} in store {house.store}")
    dish = house.dish(item)
    matching = [rule for rule in house.rules if _matches(rule, item, order, dish)]
    found, why = _first_match(item, dish, matching)
    also = [station for rule in matching if rule.also for station in rule.stations]
    stations = tuple(dict.fromkeys((*found, *also)))
    if not stations:
        return _unrouted(house)
    # Expo sees every item anyway: named beside prep it adds nothing, named alone the item is expo's own.
    return Route(tuple(station for station in stations if station != EXPO), why=why)


def _first_match(item: Item, dish: Dish | None, matching: Iterable[Rule]) -> tuple[tuple[str, ...], str]:
    if item.station_hint:
        return item.station_hint, "its source asked for it"
    if dish and dish.stations:
        return dish.stations, f"the menu says so for {dish.name}"
    rule = next((rule for rule in matching if not rule.also), None)
    return (rule.stations, f"a rule says so: {_words(rule)}") if rule else ((), "")


def _unrouted(house: House) -> Route:
    why = "no menu entry and no rule names it"
    if house.has_expo:
        return Route((), (Mark.UNROUTED,), why)
    return Route((house.default_station,) if house.default_station else (), (Mark.UNROUTED,), why)


def _matches(rule: Rule, item: Item, order: Order, dish: Dish | None) -> bool:
    category = item.category or (dish.category if dish else None)
    return (
        (rule.item is None or folded(rule.item) == folded(item.name))
        and (rule.category is None or (category is not None and folded(rule.category) == folded(category)))
        and (rule.modifier is None or folded(rule.modifier) in set(_choices(item.modifiers)))
        and (rule.service is None or rule.service == order.service)
        and (rule.source is None or folded(rule.source) == folded(order.source.system))
        and (rule.course is None or rule.course == item.course)
    )


def _choices(modifiers: Iterable[Modifier]) -> Iterator[str]:
    for modifier in modifiers:
        yield folded(modifier.name)
        yield from _choices(modifier.children)


def _words(rule: Rule) -> str:
    return ", ".join(
        f"{key} = {value}" for key, value in rule.model_dump(exclude={"stations", "also"}).items() if value
    )
