"""Cards: what a cook reads."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from heard.contract import kds
from heard.text import cells
from heard.ui.themes import shipped
from kds.cards import Card, card, promise
from kds.look import Look

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


def test_what_was_ordered_later_stands_under_a_rule_and_comes_last(still):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "a"})
    still.change(order, items=[{"name": "Cola", "qty": 2, "station_hint": ["grill"]}, {"name": "Melt", "qty": 1}])
    shown = text(still, order)
    assert shown[:3] == ["1 Burger", f"─ ADD-ON {'─' * 20}", "2 Cola"]
    assert sum("ADD-ON" in line for line in shown) == 1


def test_a_part_added_to_a_combo_stays_under_it_and_says_so(still):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "a"})
    still.change(order, items=[{"name": "Burger", "qty": 2, "parent_item_id": "a"}])
    assert text(still, order) == ["1 Burger", "2 └ Burger", "     ADD-ON"]


def test_a_change_shows_which_choices_are_new_and_which_are_no_more(still):
    burger = {"name": "Burger", "qty": 1, "item_id": "b"}
    order = still.place(burger | {"modifiers": [{"name": "onions", "action": "no"}, {"name": "rare"}]})
    still.change(order, items=[burger | {"modifiers": [{"name": "rare"}, {"name": "bacon", "action": "extra"}]}])
    shown = card(still.board, still.ticket(order), LOOK)
    assert lines(shown) == ["1 Burger", "   CHANGED", "  was NO onions", "  rare", "   NEW  EXTRA bacon"]
    assert shown.rows[2].row[-1].role == "card.void"


def test_a_guest_who_wants_it_without_reads_the_word_and_the_name_is_struck(still):
    order = still.place({"name": "Burger", "qty": 1, "modifiers": [{"name": "onions", "action": "no"}]})
    row = card(still.board, still.ticket(order), LOOK).rows[1].row
    assert [(part.text, part.role) for part in row[1:]] == [
        ("NO", "card.no"), (" ", "card.text"), ("onions", "card.without"),
    ]  # fmt: skip


@pytest.mark.parametrize("service", ["dine_in", "pickup", "delivery", "curbside", "drive_thru", "catering"])
@pytest.mark.parametrize("theme", sorted(shipped()[0]))
def test_a_service_is_an_icon_of_one_cell_and_a_word(still, service, theme):
    look = replace(LOOK, glyphs=dict(shipped()[0][theme].glyphs))
    order = still.place("Burger", service=service)
    icon, word = card(still.board, still.ticket(order), replace(look, width=40)).words[0].split()
    assert len(icon) == cells(icon) == cell_len(icon) == 1
    assert unicodedata.category(icon) not in ("Mn", "Me", "Cf")
    assert word == service.upper().replace("_", "-")


def test_who_sits_where_who_serves_and_who_paid_are_on_the_card(still):
    order = still.place("Burger", covers=4, server="Maya [x]", paid=False, test=True, source={"system": "web"})
    assert text(still, order)[:2] == [" TEST  4 covers", "server Maya [x] NOT PAID web"]


@pytest.mark.parametrize(
    ("in_s", "words", "role"),
    [
        (6 * 3600, "for 00:00, in 6h00", "card.word"),
        (1800, "for 18:30, in 30 min", "card.word"),
        (241, "for 18:04, in 5 min", "card.due"),
        (0, "for 18:00, now", "card.due"),
        (-59, "for 17:59, now", "card.due"),
        (-60, " for 17:59, 1 min LATE ", "card.overdue"),
        (-7200, " for 16:00, 2h00 LATE ", "card.overdue"),
    ],
)
def test_a_promise_counts_down_and_is_loud_when_it_is_broken(clock, in_s, words, role):
    told = promise(clock.now() + timedelta(seconds=in_s), clock.now(), LOOK)
    assert [(part.text, part.role) for part in told.row] == [(words, role)]


def test_a_card_in_pieces_says_on_each_what_was_voided(still):
    order = still.place({"name": "Burger", "qty": 2, "item_id": "v"}, "Melt", allergies=[{"code": "nuts"}])
    still.change(order, items=[{"item_id": "v", "qty": 0}])
    shown = card(still.board, still.ticket(order), LOOK)
    assert ["".join(part.text for part in row.row) for row in shown.repeated] == ["! ALLERGY nuts", " VOID  2 Burger"]


def test_large_cards_keep_their_items_apart_and_combos_together(still):
    order = still.place(
        {"name": "Burger", "qty": 1, "item_id": "a"}, {"name": "Fries", "qty": 2, "parent_item_id": "a"}, "Melt"
    )
    large = card(still.board, still.ticket(order, "expo"), replace(LOOK, width=49, size="large"))
    assert [line.split()[:3] for line in lines(large)] == [
        ["·", "1", "Burger"],
        ["·", "2", "└"],
        [],
        ["·", "1", "Melt"],
    ]
    assert large.height == 3 + 4


def test_a_huge_name_is_in_block_letters_and_one_without_glyphs_is_text_and_whole(still):
    order = still.place("Burger", {"name": "王小明 Burger [GF]", "qty": 1, "station_hint": ["grill"]})
    shown = card(still.board, still.ticket(order), replace(LOOK, width=66, size="huge"))
    first, second = shown.blocks
    assert [len(block) for block in (first, second)] == [4, 1]
    assert "Burger" not in "".join(lines(shown)[:3])
    assert lines(shown)[4] == " 1 王小明 Burger [GF]"
    assert {part.role for row in first[:3] for part in row.row} == {"card.text", "card.qty", "card.name"}


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
    assert "RUSH" in lines(shown)[1]
    assert "STARTED" in lines(shown)[1]
    assert "18:30" in " ".join(lines(shown))
    assert lines(shown)[0] == "for 18:30"
    assert shown.words == ("◉ DINE-IN", "T7")
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
