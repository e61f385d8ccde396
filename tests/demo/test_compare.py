"""The count at the end notices what it is there to notice: planted faults, one by one."""

from typing import Any

import pytest

from demo.compare import Summary, created_orders, doubled, lost, percentiles, tickets


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
