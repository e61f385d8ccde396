"""Cards: what a cook reads."""

from __future__ import annotations

from dataclasses import replace

from heard.contract import kds
from heard.text import cells
from kds.cards import Card, Look, card

LOOK = Look(width=30)


def lines(shown: Card) -> list[str]:
    return [("".join(part.text for part in row.row)).rstrip() for row in shown.rows]


def text(still, order_id, station="grill", look=LOOK):
    return lines(card(still.board, still.ticket(order_id, station), look))


def test_an_item_is_its_quantity_and_its_name_and_its_modifiers_say_what_to_do(still):
    order = still.place(
        {
            "name": "Burger",
            "qty": 2,
            "modifiers": [
                {"name": "onions", "action": "no"},
                {"name": "cheddar", "action": "extra"},
                {"name": "rice", "action": "side", "children": [{"name": "brown", "action": "choice"}]},
            ],
            "notes": [{"text": "cut in half"}],
        }
    )
    assert text(still, order) == [
        "2 Burger",
        "  NO onions",
        "  EXTRA cheddar",
        "  SIDE rice",
        "    brown",
        "  * cut in half",
    ]


def test_an_allergy_has_a_line_of_its_own_wherever_it_was_said(still):
    said = [
        still.place("Burger", allergies=[{"code": "nuts", "text": "severe"}]),
        still.place({"name": "Burger", "qty": 1, "allergies": [{"code": "sesame"}]}),
        still.place({"name": "Burger", "qty": 1, "notes": [{"text": "allergy: milk"}]}),
        still.place("Burger", notes=[{"text": "guest is coeliac"}]),
    ]
    firsts = [text(still, one)[0] for one in said]
    assert firsts == ["! ALLERGY nuts: severe", "! ALLERGY sesame", "! ALLERGY milk", "! ALLERGY guest is coeliac"]
    assert all(card(still.board, still.ticket(one), LOOK).alarms == ("ALLERGY",) for one in said)


def test_an_allergy_said_twice_is_one_line(still):
    order = still.place({"name": "Burger", "qty": 1, "allergies": [{"code": "nuts"}]}, allergies=[{"code": "Nuts"}])
    assert sum("ALLERGY" in line for line in text(still, order)[:2]) == 1


def test_a_change_shows_the_old_and_the_new_quantity(still):
    order = still.place({"name": "Burger", "qty": 2, "item_id": "b"})
    still.change(order, items=[{"item_id": "b", "qty": 3}, {"name": "Burger", "qty": 1}])
    shown = text(still, order)
    assert shown[0] == "3 Burger"
    assert "CHANGED 2→3" in shown[1]
    assert "ADD-ON" in shown[3]


def test_a_void_stays_struck_through_until_it_was_seen(still):
    order = still.place({"name": "Burger", "qty": 2, "item_id": "b"}, "Burger")
    still.change(order, items=[{"item_id": "b", "qty": 0}])
    shown = card(still.board, still.ticket(order), LOOK)
    assert "VOID" in lines(shown)[1]
    assert shown.blocks[0][0].row[-1].role == "card.void"
    assert shown.alarms == ("VOID",)
    still.act(kds.AckVoid, f"{order}.grill")
    assert text(still, order) == ["1 Burger"]


def test_who_else_makes_it_is_said(still):
    order = still.place("Melt")
    assert "ALSO AT: FRY" in text(still, order)[1]


def test_priority_promise_and_start_are_words(still):
    order = still.place("Burger", priority="rush", promised_at="2026-11-20T18:30:00Z", table="7", service="dine_in")
    still.act(kds.Start, f"{order}.grill")
    shown = card(still.board, still.ticket(order), LOOK)
    assert "RUSH" in lines(shown)[0]
    assert "STARTED" in lines(shown)[0]
    assert "18:30" in " ".join(lines(shown))
    assert shown.words == ("DINE-IN", "T7")
    assert shown.blocks[0][0].mark.text == LOOK.glyphs["started"]


def test_held_items_never_show_at_prep_and_are_grey_at_expo(still):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "b"}, "Burger")
    still.act(kds.Hold, f"{order}.grill", item_ids=("b",))
    assert text(still, order) == ["1 Burger"]
    at_expo = card(still.board, still.ticket(order, "expo"), LOOK)
    assert any("HELD" in line for line in lines(at_expo))


def test_expo_sees_every_item_with_the_mark_of_its_stations(still):
    order = still.place("Melt", "Fries")
    glyphs = LOOK.glyphs

    def marks() -> list[str]:
        shown = card(still.board, still.ticket(order, "expo"), LOOK)
        return [block[0].row[0].text.strip() for block in shown.blocks]

    assert marks() == [glyphs["none"], glyphs["none"]]
    still.act(kds.Bump, f"{order}.grill")
    assert marks() == [glyphs["some"], glyphs["none"]]
    still.act(kds.Bump, f"{order}.fry")
    assert marks() == [glyphs["done"], glyphs["done"]]
    melt = still.ticket(order, "expo").lines[0].item_id
    still.act(kds.Bump, f"{order}.expo", item_ids=(melt,))
    assert marks() == [glyphs["over"], glyphs["done"]]
    assert "READY" in text(still, order, "expo")[0]


def test_expo_reads_which_stations_are_still_at_it(still):
    order = still.place("Melt")
    still.act(kds.Bump, f"{order}.fry")
    shown = text(still, order, "expo")
    assert "grill" in shown[0]
    assert "fry" not in shown[0]


def test_a_name_that_fills_its_line_does_not_hide_who_still_has_it(still):
    order = still.place({"name": "A very long burger", "qty": 1, "station_hint": ["grill", "fry"]})
    narrow = replace(LOOK, width=26)
    assert text(still, order, "expo", narrow) == ["·  1 A very long burger", "     grill fry"]


def test_parts_of_a_combo_stand_under_it_and_none_is_lost_in_a_circle(still):
    order = still.place(
        {"name": "Burger", "qty": 1, "item_id": "a", "parent_item_id": "b"},
        {"name": "Burger", "qty": 2, "item_id": "b", "parent_item_id": "a"},
        {"name": "Burger", "qty": 3, "item_id": "c", "parent_item_id": "d"},
        {"name": "Burger", "qty": 4, "item_id": "d"},
    )
    shown = text(still, order)
    assert len(shown) == 4
    assert shown[0] == "4 Burger"
    assert shown[1].startswith("3 └")


def test_quantities_are_exact_and_carry_their_unit(still):
    order = still.place({"name": "Burger", "qty": "0.250", "unit": "kg"})
    assert text(still, order) == ["0.25kg Burger"]


def test_no_line_is_wider_than_the_card(still):
    long = "Grilled-Halloumi-with-roasted-peppers-and-a-very-long-name 王小明王小明王小明王小明王小明王小明"
    order = still.place(
        {"name": long, "qty": 1, "modifiers": [{"name": long, "action": "no"}], "notes": [{"text": f"allergy {long}"}]},
        customer={"name": long},
        notes=[{"text": long}],
    )
    for station in ("expo",):
        shown = card(still.board, still.ticket(order, station), Look(width=25))
        assert all(cells("".join(part.text for part in row.row)) <= 25 for row in shown.rows)
