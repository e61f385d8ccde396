"""What a source's retelling of an order comes to: rows are paired one by one and never merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from heard.contract.orders import Item, ItemChange, Order, OrderChanges, OrderFields, OrderIn


def delta(known: Order, incoming: OrderIn) -> OrderChanges:
    """A delta's rows change the rows they name, by our item id or the source's own; the others are additions."""
    changes: list[dict[str, Any]] = []
    for item in incoming.items:
        pair = next((one for one in known.live_items() if _names(item, one)), None)
        if item.qty and item.change != "voided":
            changes.append(_as_change(item) | ({"item_id": pair.item_id} if pair else {}))
        elif pair:
            changes.append({"item_id": pair.item_id, "qty": 0})
    return _as_changes(incoming, changes)


def _names(item: Item, ours: Item) -> bool:
    if item.item_id:
        return item.item_id == ours.item_id
    return item.external_item_id is not None and item.external_item_id == ours.external_item_id


def difference(known: Order, incoming: OrderIn) -> OrderChanges:
    """What turns the order we have into the full one its source tells: rows paired one by one, never merged."""
    told = [item for item in incoming.items if item.qty and item.change != "voided"]
    pairs = _paired(known.live_items(), told)
    changes: list[dict[str, Any]] = []
    for n, item in enumerate(told):
        ours = pairs.get(n)
        if ours is None:
            changes.append(_as_change(item))
        elif given := _different(ours, item):
            changes.append({"item_id": ours.item_id, **given})
    kept = {ours.item_id for ours in pairs.values()}
    changes += [{"item_id": gone.item_id, "qty": 0} for gone in known.live_items() if gone.item_id not in kept]
    return _as_changes(incoming, changes)


def _paired(ours: Iterable[Item], told: list[Item]) -> dict[int, Item]:
    """Which row of ours each told row is: first those that say the same, so that of two alike only one changes."""
    left, pairs = list(ours), {}
    for same in (lambda one, item: _same_row(one, item) and not _different(one, item), _same_row):
        for n, item in enumerate(told):
            pair = next((one for one in left if same(one, item)), None) if n not in pairs else None
            if pair is not None:
                left.remove(pair)
                pairs[n] = pair
    return pairs


def _different(ours: Item, told: Item) -> dict[str, Any]:
    """What the source says of a row that we have otherwise; what the menu filled in is not taken away again."""
    given = {name: getattr(told, name) for name in _COMPARED if getattr(told, name) != getattr(ours, name)}
    menu = {name for name in ("kitchen_name", "category", "prep_seconds") if getattr(told, name) is None}
    return {name: value for name, value in given.items() if name not in menu}


def _as_changes(incoming: OrderIn, changes: list[dict[str, Any]]) -> OrderChanges:
    # Not validated as a whole: a full order can void as many rows as it adds, more than one update may list.
    return OrderChanges.model_construct(
        _fields_set={*_top(incoming), "items"},
        **_top(incoming),
        items=tuple(ItemChange.model_validate(c) for c in changes),
    )


_COMPARED = tuple(name for name in ItemChange.model_fields if name != "item_id" and name in Item.model_fields)


def _top(incoming: OrderIn) -> dict[str, Any]:
    return {name: getattr(incoming, name) for name in incoming.model_fields_set if name in OrderFields.model_fields}


def _as_change(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.model_fields_set if name in _COMPARED}


def _same_row(ours: Item, theirs: Item) -> bool:
    if ours.external_item_id or theirs.external_item_id:
        return ours.external_item_id == theirs.external_item_id
    return (ours.sku, ours.name) == (theirs.sku, theirs.name)


def is_old(theirs: str | None, ours: str | None) -> bool:
    """Whether a source's revision is one we have, or one before it."""
    if theirs is None or ours is None:
        return False
    if theirs.isdecimal() and ours.isdecimal():
        return int(theirs) <= int(ours)
    return theirs <= ours
