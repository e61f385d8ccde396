"""The glass: what is painted, what changes, what may not be out of sight."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from heard.contract import kds
from heard.contract.base import instant_text
from kds.cards import card
from kds.glass import IDLE_S, Glass
from kds.look import Look
from kds.sizes import SIZES


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
    assert all(spot.end - spot.x <= 2 for spot in dirt)
    assert glass.tick(clock.now(), clock.monotonic()) == []


def test_age_heats_by_word_as_well(glass, still, clock):
    still.place("Burger")
    for seconds, words in ((0, "0:00"), (300, "5:00 !"), (180, "8:00 !!"), (240, "12:00 LATE"), (3000, "1h02 LATE")):
        clock.advance(seconds)
        show(glass, still, clock)
        assert words in text(glass)[0]


def test_a_ghost_says_bumped_of_a_course_that_is_done_and_held_of_one_that_was_put_off(glass, still, clock):
    first, second = still.place("Burger", "Melt"), still.place("Burger", "Melt")
    for order in (first, second):
        later = [still.ticket(order).lines[1].item_id]
        still.act(kds.Hold, f"{order}.grill", item_ids=later)
    glass.undoable = [f"{first}.grill"]
    show(glass, still, clock)
    still.act(kds.Bump, f"{first}.grill")
    still.act(kds.Hold, f"{second}.grill")
    show(glass, still, clock)
    painted = "".join(text(glass))
    assert "#1 BUMPED" in painted
    assert "u undo 8s" in painted
    assert "#2 HELD" in painted


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
    assert [part.strip() for part in shown[-1].split("|")] == ["41 more →", "22 more →", "3 more, next page →", ""]
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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width_and_height", [(80, 22), (100, 28), (200, 58), (250, 78)])
def test_in_every_size_what_must_not_be_hidden_is_named_or_in_sight(size, width_and_height, glass, still, clock):
    glass.resize_text(size)
    glass.resize(*width_and_height)
    void = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, *["Burger"] * 60)
    promised = still.place(*["Melt"] * 9, promised_at=instant_text(clock.now()))
    allergic = still.place("Burger", allergies=[{"code": "nuts"}])
    fresh = [still.place(*["Burger"] * 5, priority="vip") for _ in range(60)]
    still.change(void, items=[{"item_id": "v", "qty": 0}])
    clock.advance(60)
    show(glass, still, clock)
    musts = {"VOID": void, "LATE": promised, "ALLERGY": allergic}
    for _ in range(len(glass.pages)):
        glass.paint(clock.now(), clock.monotonic())
        for word, order in musts.items():
            label = still.ticket(order).label
            named = label in dict(glass.hidden(clock.now()).alarms).get(word, ())
            pieces = glass.pieces_of(f"{order}.grill")
            assert named is not bool(pieces)
            said = {span.text.strip() for piece in pieces for row in piece.rows for span in row.row}
            assert word == "LATE" or all(any(word in text for text in said) for _ in pieces)
        glass.turn(1)
    assert len(fresh) == 60


@pytest.mark.parametrize("size", SIZES)
def test_every_piece_of_a_long_card_repeats_its_number_and_what_is_alarming(size, glass, still, clock):
    glass.resize_text(size)
    order = still.place(
        *["Burger"] * 40, {"name": "Melt", "qty": 1, "item_id": "v"}, allergies=[{"code": "nuts"}], service="pickup"
    )
    still.change(order, items=[{"item_id": "v", "qty": 0}])
    show(glass, still, clock)
    seen = 0
    for page, pieces in enumerate(glass.pages):
        if page:
            assert glass.turn(1)
        glass.paint(clock.now(), clock.monotonic())
        for piece in pieces:
            cells = [glass.lines[y][piece.column] for y in range(piece.y, piece.y + piece.height)]
            said = "\n".join("".join(part.text for part in cell.row) for cell in cells)
            assert "#1" in said
            assert "ALLERGY nuts" in said
            assert "VOID  1 Melt" in said
            assert ("CONTINUED" in said) is not piece.first
            assert ("more" in said) is not piece.last
            seen += 1
    assert seen > 2


def test_large_shows_number_and_age_in_big_letters_and_a_second_touches_no_more_than_they_do(glass, still, clock):
    glass.resize(100, 28)
    glass.resize_text("large")
    order = still.place("Burger", service="dine_in", table="7")
    show(glass, still, clock)
    first, second, *_ = text(glass)
    assert glass.widths == (50, 50)
    assert "▄▄" in first
    assert "#1 ◉ DINE-IN" in first
    assert "T7" in second
    assert "1 Burger" in text(glass)[3]
    assert glass.headers() == {0: (f"{order}.grill",)}
    clock.advance(1)
    dirt = glass.tick(clock.now(), clock.monotonic())
    assert {spot.y for spot in dirt} <= {0, 1, 2}
    assert all(45 <= spot.x < spot.end == 50 for spot in dirt)


def test_a_ghost_in_large_still_counts_its_undo_down(glass, still, clock):
    glass.resize_text("large")
    order = still.place("Burger")
    glass.undoable = [f"{order}.grill"]
    show(glass, still, clock)
    still.act(kds.Bump, f"{order}.grill")
    show(glass, still, clock)
    assert "#1 BUMPED" in text(glass)[0]
    assert "u undo 8s" in text(glass)[2]
    clock.advance(2.5)
    assert glass.tick(clock.now(), clock.monotonic())
    assert "u undo 6s" in text(glass)[2]


def test_a_wall_too_low_for_huge_letters_writes_in_the_next_smaller_size_and_remembers_what_was_asked(glass, still):
    glass.resize_text("huge")
    glass.resize(70, 16)
    assert (glass.look.size, glass.text_size) == ("large", "huge")
    glass.resize(70, 12)
    assert glass.look.size == "normal"
    glass.resize(100, 28)
    assert glass.look.size == "huge"


def test_what_was_promised_counts_down_on_the_glass(glass, still, clock):
    still.place("Burger", promised_at=instant_text(clock.now() + timedelta(minutes=10)))
    show(glass, still, clock)
    assert "for 18:10, in 10 min" in text(glass)[1]
    clock.advance(61)
    dirt = glass.tick(clock.now(), clock.monotonic())
    assert "for 18:10, in 9 min" in text(glass)[1]
    assert {spot.y for spot in dirt} == {0, 1}
    clock.advance(1)
    assert {spot.y for spot in glass.tick(clock.now(), clock.monotonic())} == {0}
    clock.advance(600)
    glass.tick(clock.now(), clock.monotonic())
    assert "1 min LATE" in text(glass)[1]


def test_a_small_wall_says_so(glass):
    glass.resize(39, 20)
    assert glass.too_small
    glass.resize(60, 16)
    assert not glass.too_small


def test_cards_are_folded_once_the_wall_has_a_size_and_not_before(still, clock, monkeypatch):
    folded = []

    def told(board, ticket, look):
        folded.append(look.width)
        return card(board, ticket, look)

    monkeypatch.setattr("kds.glass.card", told)
    for _ in range(3):
        still.place("Burger")
    one = Glass("grill", Look(zone=UTC))
    one.show(still.board, clock.monotonic())
    assert folded == []
    one.resize(80, 22)
    assert folded == [one.look.width] * 3
    assert one.up == 3
