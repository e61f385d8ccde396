"""The count at the end notices what it is there to notice: planted faults, one by one."""

from typing import Any

import pytest

from demo.compare import (
    Summary,
    came,
    completed_orders,
    created_orders,
    different,
    doubled,
    due,
    lost,
    mistaken,
    percentiles,
    shown_whole,
    tickets,
)
from demo.incidents import Meant
from demo.reading import Reading, of_header
from demo.watcher import readings
from heard.client.links.loopback import LoopbackKitchen
from heard.contract.base import instant_text
from heard.contract.kds import EXPO
from heard.ids import new_id
from heard.kitchen.board import Board


def created(order: str) -> dict[str, Any]:
    return {"name": "order:created", "data": {"order_id": order}}


def incoming(ticket: str) -> dict[str, Any]:
    return {"name": "kds:order_incoming", "data": {"ticket_id": ticket}}


ORDERS = [created("a"), {"name": "order:completed", "data": {"order_id": "a"}}, created("b")]
KDS = [incoming("a.grill"), incoming("a.expo"), {"name": "kds:item_ready", "data": {"ticket_id": "a.grill"}}]
SHOWN = {"a.grill", "a.expo"}


def test_an_evening_without_faults_has_none() -> None:
    assert lost(["a", "b"], ORDERS, KDS, SHOWN) == []
    assert doubled(["a", "b"], ORDERS, []) == []
    assert created_orders(ORDERS) == ["a", "b"]
    assert set(tickets(KDS)) == SHOWN


def test_an_acknowledged_order_that_is_not_in_the_journal_is_lost() -> None:
    assert lost(["a", "b", "c"], ORDERS, KDS, SHOWN) == ["order c was acknowledged and is not in the journal"]


def test_a_ticket_that_was_on_no_screen_is_lost() -> None:
    assert lost(["a"], ORDERS, KDS, {"a.expo"}) == ["ticket a.grill was never shown whole"]


def test_an_order_no_guest_sent_is_a_duplicate() -> None:
    assert doubled(["a"], ORDERS, []) == ["order b is in the journal and no guest sent it"]


def test_an_order_that_was_created_twice_is_a_duplicate() -> None:
    assert doubled(["a", "b"], [*ORDERS, created("a")], []) == ["order a is in the journal 2 times"]


def test_a_ticket_that_stood_twice_on_a_screen_is_a_duplicate() -> None:
    assert doubled(["a", "b"], ORDERS, ["a.expo"]) == ["ticket a.expo stood twice on one screen"]


@pytest.mark.parametrize(("lost", "duplicates", "sound"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_a_summary_is_sound_only_without_either(lost: int, duplicates: int, sound: bool) -> None:
    summary = Summary(1, 1, 1, 1, 0, lost, duplicates, {}, {})
    assert summary.sound is sound


def test_percentiles_are_of_what_was_measured_and_none_of_nothing() -> None:
    assert percentiles(list(range(1, 101))) == {"p50": 51, "p95": 96, "p99": 100}
    assert percentiles([3.14159]) == {"p50": 3.1, "p95": 3.1, "p99": 3.1}
    assert percentiles([]) == {"p50": None, "p95": None, "p99": None}


# ── What must have been shown ─────────────────────────────────────────────────────────────────────────────────────────

MEAL = {"items": [{"name": "Burger", "qty": "1"}, {"name": "Fries", "qty": "2"}]}


class Service:
    """A kitchen that takes one order, and what its journal says of it."""

    def __init__(self, **order: Any) -> None:
        self.kitchen = LoopbackKitchen()
        self.order_id = self.kitchen.place(MEAL | order)

    def say(self, name: str, **fields: Any) -> None:
        answer = self.kitchen.command(name, {"command_id": new_id()} | fields)
        assert answer.ok, answer

    def update(self, *items: dict[str, Any], **more: Any) -> None:
        self.say("orders:update", order_id=self.order_id, changes={"items": list(items), **more})

    def item(self, name: str) -> str:
        order = self.kitchen.kitchen.book.order(self.order_id)
        return next(str(item.item_id) for item in order.items if item.name == name)

    def at(self, station: str) -> str:
        return f"{self.order_id}.{station}"

    def journal(self, kind: str = "kds") -> list[dict[str, Any]]:
        stream = self.kitchen.kds if kind == "kds" else self.kitchen.orders
        epoch = self.kitchen.read({"stream": stream})["epoch"]
        return list(self.kitchen.read({"stream": stream, "epoch": epoch, "after": 0})["events"])

    def due(self, station: str) -> set[Reading]:
        return due(self.journal())[self.at(station)]

    def shows(self, station: str) -> set[Reading]:
        """What its card says now, by the kitchen's own reckoning."""
        return set(readings(self.kitchen.kitchen.board.tickets[self.at(station)]))


def test_what_is_due_is_every_line_as_it_stands_now() -> None:
    service = Service(notes=[{"text": "cut in half"}])
    for station in ("grill", "fry", EXPO):
        assert service.due(station) == service.shows(station)
    service.update({"item_id": service.item("Fries"), "qty": "3"}, {"name": "Salad", "qty": "1"})
    service.update(allergies=[{"text": "nuts"}])
    for station in ("grill", "fry", "cold", EXPO):
        assert service.due(station) == service.shows(station)
    assert any("3 Fries" in reading.words for reading in service.due("fry"))
    assert any("nuts" in reading.words for reading in service.due("cold"))


def test_a_void_is_due_until_it_was_seen_and_stays_due_for_the_count() -> None:
    service = Service()
    service.update({"item_id": service.item("Fries"), "qty": "0"})
    assert service.due("fry") == service.shows("fry")
    assert any(reading.void for reading in service.due(EXPO))
    service.say("kds:ack_void", ticket_id=service.at("fry"))
    assert any(reading.void for reading in service.due("fry"))


def test_what_was_held_and_voided_was_never_anybodys_to_see() -> None:
    service = Service(hold="parked")
    assert service.due("fry") == set()
    service.update({"item_id": service.item("Fries"), "qty": "0"})
    assert service.due("fry") == service.shows("fry") - {of_header(_header(service, "fry"))}
    assert not any(reading.void for reading in service.due(EXPO))
    service.say("kds:fire", ticket_id=service.at(EXPO))
    assert service.due("grill") == service.shows("grill")


def test_a_cancelled_order_is_due_as_voids_everywhere() -> None:
    service = Service()
    service.say("orders:cancel", order_id=service.order_id)
    for station in ("grill", "fry", EXPO):
        assert service.due(station) == service.shows(station)
        assert all(reading.void for reading in service.due(station) if reading.item_id)


def test_a_card_of_which_nothing_is_left_need_not_tell_what_concerns_the_rest() -> None:
    service = Service()
    service.update({"item_id": service.item("Fries"), "qty": "0"})
    before = service.due("fry")
    service.update(allergies=[{"text": "nuts"}])
    assert service.due("fry") == before
    assert any("nuts" in reading.words for reading in service.due("grill"))


def test_a_void_that_crossed_the_hand_over_is_not_due_and_an_older_one_is() -> None:
    service = Service()
    service.update({"item_id": service.item("Fries"), "qty": "0"})
    for station in ("grill", EXPO):
        service.say("kds:bump", ticket_id=service.at(station))
    journal = service.journal()
    assert not any(reading.void for reading in due(journal)[service.at(EXPO)])
    for event in journal:
        if event["name"] == "kds:order_complete":
            event["at"] = event["at"].replace(event["at"][:4], "2999")
    assert any(reading.void for reading in due(journal)[service.at(EXPO)])


def test_a_ticket_is_whole_when_all_that_is_due_was_read_and_one_old_line_is_not_enough() -> None:
    service = Service()
    old = service.shows("fry")
    service.update({"item_id": service.item("Fries"), "qty": "3"})
    journal = service.journal()
    everything = {one: set(wanted) for one, wanted in due(journal).items()}
    assert shown_whole(journal, everything) == set(tickets(journal))
    assert service.at("fry") not in shown_whole(journal, everything | {service.at("fry"): old})


def test_a_held_ticket_came_when_it_was_fired() -> None:
    service = Service(hold="parked")
    assert came(service.journal()) == {}
    service.say("kds:fire", ticket_id=service.at(EXPO))
    fired = {e["data"]["ticket_id"]: e["at"] for e in service.journal() if e["name"] == "kds:item_fired"}
    assert {one: instant_text(at) for one, at in came(service.journal()).items()} == fired


def test_an_order_that_the_journal_holds_otherwise_than_it_was_meant_is_lost() -> None:
    service = Service()
    ids = [service.item("Burger"), service.item("Fries")]
    meant = {service.order_id: Meant.of(MEAL, ids)}
    assert mistaken(meant, service.journal("orders")) == []
    service.update({"item_id": ids[1], "qty": "3"})
    assert mistaken(meant, service.journal("orders")) == [
        f"order {service.order_id} is not in the journal as its guest meant it"
    ]
    service.say("orders:cancel", order_id=service.order_id)
    meant[service.order_id].cancelled = True
    assert mistaken(meant, service.journal("orders")) == []


def test_two_boards_of_a_station_differ_by_a_mark_and_not_by_what_other_stations_have() -> None:
    service = Service()
    before = service.kitchen.kitchen.board
    assert different(before, before, "grill") == []
    service.say("kds:start", ticket_id=service.at("fry"))
    assert different(before, service.kitchen.kitchen.board, "grill") == []
    assert different(before, service.kitchen.kitchen.board, "fry") == [service.at("fry")]
    assert different(Board(), before, "fry") == [service.at("fry")]


def test_an_order_that_was_handed_over_twice_is_completed_once() -> None:
    assert completed_orders([ORDERS[1], ORDERS[1]]) == {"a"}


def _header(service: Service, station: str) -> Any:
    return service.kitchen.kitchen.board.tickets[service.at(station)].header
