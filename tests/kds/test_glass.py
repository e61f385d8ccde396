"""The glass: what is painted, what changes, what may not be out of sight."""

from __future__ import annotations

from datetime import UTC

import pytest

from heard.contract import kds
from kds.cards import Look
from kds.glass import IDLE_S, Glass


@pytest.fixture
def glass():
    one = Glass("grill", Look(zone=UTC))
    one.resize(80, 22)
    return one


def text(glass):
    return [
        "".join(f"{cell.edge.text}{''.join(part.text for part in cell.row)}|" if cell else "|" for cell in line)
        for line in glass.lines
    ]


def show(glass, still, clock):
    glass.show(still.board, clock.monotonic())
    return glass.paint(clock.now(), clock.monotonic())


def test_a_second_touches_nothing_but_the_clocks(glass, still, clock):
    for _ in range(5):
        still.place("Burger", "Melt")
    show(glass, still, clock)
    clock.advance(1)
    dirt = glass.tick(clock.now(), clock.monotonic())
    assert len(dirt) == 5
    assert all(spot.end - spot.x <= 8 for spot in dirt)
    assert glass.tick(clock.now(), clock.monotonic()) == []


def test_age_heats_by_word_as_well(glass, still, clock):
    still.place("Burger")
    for seconds, words in ((0, "0:00"), (300, "5:00 !"), (180, "8:00 !!"), (240, "12:00 LATE"), (3000, "1h02 LATE")):
        clock.advance(seconds)
        show(glass, still, clock)
        assert words in text(glass)[0]


def test_a_bumped_card_is_a_ghost_that_counts_down_then_its_place_is_empty(glass, still, clock):
    first, second = still.place("Burger"), still.place("Burger")
    glass.undoable = [f"{first}.grill"]
    show(glass, still, clock)
    still.act(kds.Bump, f"{first}.grill")
    show(glass, still, clock)
    assert "BUMPED" in text(glass)[0]
    assert "u undo 8s" in text(glass)[0]
    assert glass.numbered(2).ticket_id == f"{second}.grill"
    clock.advance(3)
    glass.tick(clock.now(), clock.monotonic())
    assert "u undo 5s" in text(glass)[0]
    clock.advance(5.1)
    assert glass.expired(clock.monotonic())
    show(glass, still, clock)
    assert "BUMPED" not in "".join(text(glass))
    assert glass.numbered(2).ticket_id == f"{second}.grill"


def test_the_wall_packs_itself_only_when_the_keys_were_left_alone(glass, still, clock):
    first, second = still.place("Burger"), still.place("Burger")
    show(glass, still, clock)
    glass.used_at = clock.monotonic()
    still.act(kds.Bump, f"{first}.grill")
    show(glass, still, clock)
    clock.advance(IDLE_S - 1)
    assert not glass.rest(clock.monotonic())
    clock.advance(2)
    assert glass.rest(clock.monotonic())
    assert glass.numbered(1).ticket_id == f"{second}.grill"


def test_late_allergic_and_void_cards_on_other_pages_are_named(glass, still, clock):
    for _ in range(12):
        still.place(*["Burger"] * 6)
    still.place("Burger", allergies=[{"code": "nuts"}])
    void = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, "Burger")
    still.change(void, items=[{"item_id": "v", "qty": 0}])
    show(glass, still, clock)
    hidden = glass.hidden(clock.now())
    assert len(glass.pages) > 1
    assert hidden.before == 0
    assert hidden.after > 0
    assert dict(hidden.alarms) == {"ALLERGY": ("#13",), "VOID": ("#14",)}
    clock.advance(1000)
    assert len(dict(glass.hidden(clock.now()).alarms)["LATE"]) == hidden.after
    glass.turn(1)
    assert glass.hidden(clock.now()).before > 0


def test_a_card_of_sixty_lines_has_a_header_in_each_column(glass, still, clock):
    order = still.place(*["Burger"] * 60, allergies=[{"code": "nuts"}])
    show(glass, still, clock)
    shown = text(glass)
    assert shown[0].count("#1") == 3
    assert shown[0].count("CONTINUED") == 2
    assert sum(line.count("ALLERGY") for line in shown) == 3
    assert sum("CONTINUED →" in line for line in shown) == 1
    assert glass.headers() == {0: (f"{order}.grill",)}


def test_expo_sees_ready_cards_first_but_they_do_not_jump(still, clock):
    expo = Glass("expo", Look(zone=UTC))
    expo.resize(80, 22)
    slow, quick = still.place("Burger"), still.place("Fries")
    show(expo, still, clock)
    still.act(kds.Bump, f"{quick}.fry")
    show(expo, still, clock)
    assert [slot.ticket_id for slot in expo.slots] == [f"{slow}.expo", f"{quick}.expo"]
    expo.repack()
    assert [slot.ticket_id for slot in expo.slots] == [f"{quick}.expo", f"{slow}.expo"]


def test_a_small_wall_says_so(glass):
    glass.resize(39, 20)
    assert glass.too_small
    glass.resize(60, 16)
    assert not glass.too_small
