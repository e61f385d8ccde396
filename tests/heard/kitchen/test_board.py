"""The board: stacks, days, views, snapshots."""

import json

import pytest

from heard.errors import NotFound
from heard.kitchen.board import Board, in_work, station_of, ticket_id
from heard.kitchen.rules import apply_to_board
from tests.heard.kitchen.playbook import Play


def busy() -> Play:
    """Orders in every state, with marks, voids, deeds and stacks."""
    play = Play()
    play.place("Burger", "Fries", notes=[{"text": "allergic to nuts"}], table="4")
    play.cook("bump", "expo", force=True)
    play.wait(minutes=1)
    play.place({"name": "Steak", "qty": "0.350", "unit": "kg"}, "Mystery", customer={"name": "Bo"}, priority="vip")
    play.cook("start", "grill")
    play.cook("rush", "grill", priority="normal")
    play.wait(minutes=1)
    play.place("Combo", "Salad", hold="scheduled", fire_at="2026-11-20T13:00:00Z")
    play.cook("fire", "cold")
    play.cook("bump", "cold")
    play.update({"dish": "Salad", "qty": "2", "modifiers": [{"name": "egg", "action": "no"}]})
    play.wait(minutes=1)
    play.place("Burger", "Steak")
    play.update({"dish": "Burger", "qty": "0"})
    play.cook("ack_void", "grill")
    return play


def through_json(board: Board) -> Board:
    return Board.from_snapshot(json.loads(json.dumps({**board.snapshot_rest(), "tickets": board.snapshot_tickets()})))


def test_a_snapshot_describes_the_board_it_was_taken_from():
    board = busy().board
    assert through_json(board) == board


def test_folding_goes_on_from_a_snapshot_as_if_it_had_not_been():
    play = busy()
    kds = [envelope for envelope in play.log if envelope.stream == "s1/kds"]
    for n in range(len(kds)):
        whole = Board()
        for envelope in kds[:n]:
            whole = apply_to_board(whole, envelope)
        late = through_json(whole)
        for envelope in kds[n:]:
            late = apply_to_board(late, envelope)
        assert late == play.board


def test_a_snapshot_tells_oldest_tickets_first_and_what_can_be_recalled():
    play = busy()
    rest, tickets = play.board.snapshot_rest(), play.board.snapshot_tickets()
    placed = [envelope.data["order_id"] for envelope in play.log if envelope.name == "order:created"]
    assert list(dict.fromkeys(ticket["order_id"] for ticket in tickets)) == placed
    assert rest["seq"] == play.board.seq
    assert rest["stacks"]["expo"] == [f"{placed[0]}.expo"]


def test_an_empty_snapshot_is_an_empty_board():
    assert Board.from_snapshot({"tickets": []}) == Board()
    assert through_json(Board()) == Board()


def test_the_last_done_ticket_is_on_top_of_its_stations_stack():
    play = Play()
    first, second = play.place("Burger"), play.place("Burger")
    for order in (second, first):
        play.order_id = order
        play.cook("bump", "grill")
    assert play.board.stacks["grill"] == (f"{second}.grill", f"{first}.grill")
    play.cook("recall", "grill")
    assert play.board.stacks["grill"] == (f"{second}.grill",)


def test_what_was_voided_is_not_on_a_stack():
    play = Play()
    play.place("Burger")
    play.cook("bump", "grill")
    play.cancel()
    play.cook("ack_void", "grill")
    assert play.state("grill") == "done"
    assert play.board.stacks["grill"] == ()


def test_a_new_day_takes_along_only_what_is_open():
    play = Play()
    over = play.place("Burger")
    play.cook("bump", "expo", force=True)
    unseen = play.place("Burger")
    play.cancel()
    play.wait(days=1)
    new = play.place("Burger")
    assert set(play.board.orders) == {unseen, new}
    assert f"{over}.grill" not in play.board.tickets
    assert play.board.stacks["expo"] == ()
    assert play.board.day == "2026-11-21"
    play.order_id = unseen
    for station in ("grill", "expo"):
        assert play.cook("ack_void", station).result == "applied"


def test_views_know_what_each_station_heard_last():
    play = Play()
    play.place("Burger")
    play.place("Fries")
    assert dict(play.board.views) == {"grill": 2, "expo": 4, "fry": 4}


def test_an_unknown_ticket_is_not_found_in_few_words():
    with pytest.raises(NotFound) as no:
        Board().ticket("x" * 5000)
    assert len(no.value.message) < 150


def test_small_words():
    assert station_of(ticket_id("a.b", "grill")) == "grill"
    play = Play()
    play.place("Burger", "Fries")
    play.cook("start", "grill")
    assert [in_work(play.line(at, dish)) for at, dish in (("grill", "Burger"), ("fry", "Fries"))] == [True, False]
    assert Board().status("nothing") == "cancelled"


# ── A station that came to an order late ──────────────────────────────────────────────────────────────────────────────


def late_at_fry() -> Play:
    """An order of the grill's that got its fries later: fry's view has heard of no ticket but its own."""
    play = Play()
    play.place("Burger")
    play.update({"name": "Fries", "qty": "1"})
    return play


def view(play: Play, station: str) -> Board:
    board = Board()
    for envelope in play.log:
        if station in envelope.data.get("stations", ()):
            board = apply_to_board(board, envelope)
    return board


def test_a_station_that_came_late_hears_that_the_order_left_and_came_back():
    play = late_at_fry()
    for verb, station in [("bump", "fry"), ("bump", "grill"), ("bump", "expo"), ("recall", "expo"), ("bump", "fry")]:
        play.cook(verb, station)
        assert view(play, "fry").ticket(f"{play.order_id}.fry") == play.ticket("fry")
    assert play.state("fry") == "done"


def test_a_station_that_came_late_hears_of_a_recall_that_names_others_alone():
    play = late_at_fry()
    for station in ("fry", "grill", "expo"):
        play.cook("bump", station)
    play.cook("recall", "grill")
    assert not play.ticket("fry").closed
    assert view(play, "fry").ticket(f"{play.order_id}.fry") == play.ticket("fry")


def test_a_station_that_came_late_drops_nothing_of_yesterday_that_may_be_recalled():
    play = late_at_fry()
    play.cook("bump", "fry")
    late, day_after = play.order_id, play.ticket("fry").ticket_id
    play.wait(days=1)
    play.place("Fries")
    play.order_id = late
    play.cook("recall", "fry")
    assert view(play, "fry").ticket(day_after) == play.ticket("fry")
    assert view(play, "fry").state(play.ticket("fry")) == "open"
