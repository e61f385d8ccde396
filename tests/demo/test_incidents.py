"""What goes otherwise than ordered is what a till may say, and what it came to is known without asking the gateway."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from demo.incidents import LATEST_S, SHARES, SOONEST_S, Kind, Meant, change, incidents, rows_of
from heard.client.links.loopback import LoopbackKitchen
from heard.contract.orders import UpdateOrder
from heard.ids import new_id

ROWS = {
    "a": {"name": "Smash Burger", "qty": "2"},
    "b": {"name": "Burger Meal", "qty": "1"},
    "c": {"name": "Fries", "qty": "1", "parent_item_id": "b"},
    "d": {"name": "Côte de Bœuf (by weight)", "qty": "0.350", "unit": "kg"},
}


def test_the_same_dice_bring_the_same_trouble_in_the_order_it_comes() -> None:
    dice = Random(7)
    evening = [incidents(dice) for _ in range(2_000)]
    again = Random(7)
    assert evening == [incidents(again) for _ in range(2_000)]
    found = Counter(one.kind for trouble in evening for one in trouble)
    assert set(found) == set(SHARES)
    assert not all(evening)
    for trouble in evening:
        assert [one.after_s for one in trouble] == sorted(one.after_s for one in trouble)
        assert all(SOONEST_S <= one.after_s <= LATEST_S for one in trouble)


@pytest.mark.parametrize("kind", ["added", "quantity", "choice", "voided", "allergy", "hurry"])
def test_every_change_is_one_the_contract_takes_and_leaves_combos_and_weights_alone(kind: Kind) -> None:
    for seed in range(50):
        body = change(kind, ROWS, Random(seed))
        assert body is not None
        UpdateOrder.ingest({"command_id": new_id(), "order_id": new_id(), "changes": body})
        assert {row["item_id"] for row in body.get("items", ()) if "item_id" in row} <= {"a"}


def test_there_is_nothing_to_change_on_an_order_of_one_combo() -> None:
    assert change("quantity", {one: ROWS[one] for one in ("b", "c")}, Random(7)) is None


def placed(kitchen: LoopbackKitchen, body: dict[str, Any]) -> tuple[str, Meant]:
    order_id = kitchen.place(body)
    return order_id, Meant.of(body, [item.item_id for item in book(kitchen, order_id).items])


def book(kitchen: LoopbackKitchen, order_id: str) -> Any:
    return kitchen.kitchen.book.order(order_id)


def patched(kitchen: LoopbackKitchen, order_id: str, meant: Meant, body: dict[str, Any]) -> None:
    answer = kitchen.command("orders:update", {"command_id": new_id(), "order_id": order_id, "changes": body})
    assert answer.ok, answer
    meant.changed(body, [str(item.item_id) for item in book(kitchen, order_id).live_items()])


def test_after_any_changes_the_till_knows_what_the_order_comes_to_and_the_journal_agrees() -> None:
    kitchen, dice = LoopbackKitchen(), Random(7)
    body = {"items": [{"name": "Smash Burger", "qty": "2"}, {"name": "Fries", "qty": "1"}]}
    order_id, meant = placed(kitchen, body)
    for kind in ("added", "quantity", "choice", "voided", "added", "voided", "allergy"):
        patch = change(kind, meant.rows, dice)
        assert patch is not None
        patched(kitchen, order_id, meant, patch)
    assert rows_of(book(kitchen, order_id).as_wire()) == meant.words()
    assert len(meant.rows) == 2


def test_a_cancelled_order_comes_to_nothing() -> None:
    meant = Meant.of({"items": [ROWS["a"]]}, ["a"])
    assert meant.words()
    meant.cancelled = True
    assert meant.words() == {}
