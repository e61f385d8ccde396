"""What goes otherwise than ordered: guests change their minds, tills send twice. Pure dice, in the till's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from demo.guests import any_item, category, choices

Kind = Literal["again", "added", "quantity", "choice", "voided", "allergy", "hurry", "cancelled"]

SHARES: dict[Kind, float] = {
    "again": 0.06,  # the same order under the same key, as a till does that heard no answer
    "added": 0.08,
    "quantity": 0.05,
    "choice": 0.05,
    "voided": 0.05,
    "allergy": 0.02,
    "hurry": 0.02,
    "cancelled": 0.025,
}
"""How often each happens to an order."""
SOONEST_S, LATEST_S = 15.0, 420.0
"""When, in kitchen seconds after the order: before anybody looked at it, or in the middle of it."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that will happen to an order."""

    kind: Kind
    after_s: float
    """Kitchen seconds after the order was taken."""


def incidents(dice: Random) -> list[Incident]:
    """What will happen to the next order, first things first; mostly nothing."""
    drawn = [kind for kind, share in SHARES.items() if dice.random() < share]
    return sorted((Incident(kind, dice.uniform(SOONEST_S, LATEST_S)) for kind in drawn), key=lambda one: one.after_s)


def change(kind: Kind, rows: Mapping[str, Mapping[str, Any]], dice: Random) -> dict[str, Any] | None:
    """The body of a PATCH; `rows` are the order's as it stands, by item id. None where there is nothing to change."""
    if kind == "allergy":
        return {"allergies": [{"text": "nuts", "from": "the guest, just now"}]}
    if kind == "hurry":
        return {"priority": "rush"}
    if kind == "added":
        return {"items": [any_item(dice)]}
    one = _single_row(rows, dice)
    return None if one is None else {"items": [{"item_id": one, **_changed(kind, rows, one, dice)}]}


def _single_row(rows: Mapping[str, Mapping[str, Any]], dice: Random) -> str | None:
    """A row by itself: what is weighed or part of a combo is left as it is."""
    parents = {row.get("parent_item_id") for row in rows.values()}
    bound = {one for one, row in rows.items() if row.get("parent_item_id") or "unit" in row}
    free = [one for one in rows if one not in parents | bound]
    return dice.choice(free) if free else None


def _changed(kind: Kind, rows: Mapping[str, Mapping[str, Any]], one: str, dice: Random) -> dict[str, Any]:
    if kind == "voided":
        return {"qty": "0"}
    if kind == "quantity":
        return {"qty": str(int(rows[one]["qty"]) + dice.choice((1, 1, 2)))}
    return {"modifiers": choices(category(rows[one]["name"]), dice)}


# ── What an order comes to ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Meant:
    """What a guest's order came to in the guest's own words, after all that was changed and acknowledged."""

    rows: dict[str, dict[str, Any]]
    """Item id → the row as it was sent; what was voided is not among them."""
    cancelled: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any], item_ids: Sequence[str]) -> Meant:
        """An order as it was sent, with the ids that were given to its rows."""
        return cls(dict(zip(item_ids, body["items"], strict=True)))

    def changed(self, body: Mapping[str, Any], item_ids: Sequence[str]) -> None:
        """An acknowledged PATCH; `item_ids` are all of the order's now."""
        new = iter([one for one in item_ids if one not in self.rows])
        for row in body.get("items", ()):
            one = row.get("item_id") or next(new)
            said = {name: value for name, value in row.items() if name != "item_id"}
            if said.get("qty") == "0":
                del self.rows[one]
            else:
                self.rows[one] = self.rows.get(one, {}) | said

    def words(self) -> dict[str, tuple[Any, ...]]:
        """Item id → what it comes to, comparable with `rows_of`."""
        return {} if self.cancelled else {one: _words(row) for one, row in self.rows.items()}


def rows_of(order: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What an order of the journal comes to: its rows that are not voided."""
    return {row["item_id"]: _words(row) for row in order["items"] if not row.get("voided")}


def _words(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What it is, how much of it, how: whatever a guest would send back if it were otherwise."""
    notes = tuple(note["text"] for note in row.get("notes", ()))
    return row["name"], row["qty"], row.get("unit", "each"), tuple(_choices(row.get("modifiers", ()))), notes


def _choices(modifiers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    for one in modifiers:
        yield one.get("action", "choice"), one["name"], tuple(_choices(one.get("children", ())))
