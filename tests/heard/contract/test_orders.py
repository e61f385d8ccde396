"""What an order may look like when it comes in."""

import pytest

from heard.contract.orders import MAX_ITEMS, CancelOrder, Order, OrderCreated, PlaceOrder, UpdateOrder
from heard.errors import BadRequest
from tests.heard.kitchen.playbook import NOON


def place(*items: dict, **order) -> PlaceOrder:
    rows = items or ({"name": "Burger", "qty": "1"},)
    return PlaceOrder.ingest({"command_id": "command-1", "order": {"items": list(rows), **order}})


def update(**changes) -> UpdateOrder:
    return UpdateOrder.ingest({"command_id": "command-1", "order_id": "o1", "changes": changes})


def deep(levels: int) -> dict:
    choice = {"name": "m"}
    for _ in range(levels - 1):
        choice = {"name": "m", "children": [choice]}
    return choice


def test_the_smallest_order():
    order = place().order
    assert (order.kind, order.hold, order.test, order.items[0].unit) == ("full", "none", False, "each")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"qty": "-1"}, "plain decimal"),
        ({"qty": "9999.5"}, "must be at most 9999"),
        ({"qty": "1.2345"}, "3 decimal"),
        ({"qty": 1.0}, "JSON float"),
        ({"qty": "1.5"}, 'a fraction needs a unit like "kg"'),
        ({"qty": None}, "qty"),
        ({"modifiers": [deep(5)]}, "more than 4 deep"),
        ({"modifiers": [deep(4)] * 26}, "more than 100 modifiers"),
        ({"modifiers": [{"name": "m"}] * 101}, "more than 100 modifiers"),
        ({"modifiers": [deep(300)]}, "modifiers"),
        ({"modifiers": [deep(5000)]}, "modifiers"),
        ({"modifiers": [{"name": "m", "action": "burn"}]}, "action"),
        ({"notes": [{"text": "n"}] * 21}, "at most 20"),
        ({"allergies": [{}]}, "needs a code or a text"),
        ({"station_hint": ["Grill!"]}, "station_hint"),
        ({"kitchen_name": {"german": "x"}}, "kitchen_name"),
        ({"kitchen_name": {f"{a}{b}": "x" for a in "abc" for b in "xyz"}}, "kitchen_name"),
        ({"seat": 3}, "seat"),
        ({"price": "4.50"}, "price: is not a field"),
        ({"status": "served", "_role": "admin"}, "is not a field"),
        ({"voided": True}, "voided"),
        ({"prep_seconds": 10**9}, "prep_seconds"),
        ({"course": float("inf")}, "course"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(item, words):
    with pytest.raises(BadRequest) as no:
        place({"name": "Burger", "qty": "1", **item})
    assert words in no.value.message


def test_what_is_just_within_bounds_is_taken():
    place({"name": "Burger", "qty": "9999", "modifiers": [deep(4)] * 25})
    place({"name": "Steak", "qty": "0.333", "unit": "kg"})
    place({"name": "Steak", "qty": "2.000"})
    assert len(place(*[{"name": "x", "qty": "1"}] * MAX_ITEMS).order.items) == MAX_ITEMS


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"items": []}, "at least one item"),
        ({"items": [{"name": "x", "qty": "1"}] * 501}, "at most 500"),
        ({"items": [{"name": "x", "qty": "1", "item_id": "a"}] * 2}, "two items have one item_id"),
        ({"hold": "scheduled"}, "needs the time to fire it"),
        ({"display_no": "123456789"}, "display_no"),
        ({"customer": {"phone_last4": "12345"}}, "phone_last4"),
        ({"customer": {"phone": "+49"}}, "phone: is not a field"),
        ({"total": {"amount": 4.5, "currency": "EUR"}}, "JSON float"),
        ({"total": {"amount": "4.5", "currency": "euro"}}, "currency"),
        ({"covers": -1}, "covers"),
        ({"covers": float("nan")}, "covers"),
        ({"id": "o1"}, "id: is not a field"),
        ({"status": "completed"}, "status: is not a field"),
        ({"revision": 7}, "revision: is not a field"),
        ({"tenant": "other"}, "tenant: is not a field"),
        ({"placed_at": 0}, "placed_at"),
        ({"notes": [{"text": ""}]}, "no visible character"),
        ({"service": "served"}, "service"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(order, words):
    with pytest.raises(BadRequest) as no:
        PlaceOrder.ingest({"command_id": "command-1", "order": {"items": [{"name": "x", "qty": "1"}], **order}})
    assert words in no.value.message


def test_a_void_needs_no_items():
    assert (
        PlaceOrder.ingest({"command_id": "command-1", "order": {"kind": "void", "external_id": "7"}}).order.items == ()
    )


@pytest.mark.parametrize("when", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59+14:00", "2016-12-31T23:59:60Z"])
def test_any_time_a_clock_may_show_is_taken_as_the_clients(when):
    assert place(placed_at=when).order.placed_at is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "changes nothing"),
        ({"items": [{"qty": "1"}]}, "a new item needs a name and a qty"),
        ({"items": [{"name": "x"}]}, "a new item needs a name and a qty"),
        ({"items": [{"name": "x", "qty": "0"}]}, "a new item needs a name and a qty"),
        ({"items": [{"item_id": "a", "qty": 1.5}]}, "JSON float"),
        ({"items": [{"item_id": "a", "voided": True}]}, "is not a field"),
        ({"items": [{"item_id": "a", "qty": "1"}] * 501}, "at most 500"),
        ({"status": "completed"}, "is not a field"),
        ({"hold": "none"}, "is not a field"),
    ],
)
def test_an_update_that_makes_no_sense_is_refused(changes, words):
    with pytest.raises(BadRequest) as no:
        update(**changes)
    assert words in no.value.message


def test_an_update_says_what_it_was_given_and_no_more():
    assert update(table=None).changes.model_fields_set == {"table"}
    assert update(items=[{"item_id": "a", "qty": "0"}]).changes.items[0].model_fields_set == {"item_id", "qty"}


def test_a_cancel_may_have_a_reason():
    assert (
        CancelOrder.ingest({"command_id": "command-1", "order_id": "o", "reason": "guest left"}).reason == "guest left"
    )


def test_a_client_reads_the_order_of_a_fact():
    order = Order.model_validate({"id": "o", "placed_at": NOON, "items": [{"name": "x", "qty": "1"}]})
    assert OrderCreated.model_validate(OrderCreated(order_id="o", order=order).as_wire()).order == order
    assert order.live_items() == order.items
