"""Facts that meet a board which does not know what they speak of."""

import pytest

from heard.contract import kds
from heard.contract.orders import OrderCompleted
from heard.contract.registry import FACTS, read_fact
from heard.kitchen.board import Board
from heard.kitchen.facts import _APPLY, Stamp, apply_fact
from heard.kitchen.rules import Kitchen, Moment, apply_to_board, decide
from tests.heard.kitchen.playbook import CAFE, NOON, Play

STAMP = Stamp(7, NOON, "command-1")


def samples() -> list[kds.KdsFact]:
    play = Play()
    play.place("Burger", "Fries")
    for verb, station in [("start", "grill"), ("bump", "grill"), ("undo", "grill"), ("hold", "fry"), ("fire", "fry")]:
        play.cook(verb, station)
    play.update({"dish": "Burger", "qty": "2"})
    play.cook("rush", "grill", priority="vip")
    play.cook("bump", "expo", "Burger", force=True)
    play.cook("bump", "expo", force=True)
    play.cook("undo", "expo")
    play.cook("recall", "expo")
    play.cancel()
    play.cook("ack_void", "grill")
    facts = [read_fact(envelope) for envelope in play.log]
    return [fact for fact in facts if isinstance(fact, kds.KdsFact)]


def test_every_kds_fact_has_its_place_in_the_table():
    assert set(_APPLY) == set(kds.FACTS)
    assert {type(fact) for fact in samples()} == set(kds.FACTS)


@pytest.mark.parametrize("fact", [fact for fact in samples() if not isinstance(fact, kds.OrderIncoming)])
def test_a_fact_about_a_ticket_that_is_not_there_moves_only_the_position(fact):
    board = apply_fact(Board(), fact, STAMP)
    assert (board.tickets, board.seq) == (Board().tickets, 7)
    assert board.views["grill"] == 7


@pytest.mark.parametrize("fact", samples())
def test_a_fact_twice_leaves_a_board_that_can_be_read(fact):
    play = Play()
    play.place("Burger", "Fries")
    board = apply_fact(apply_fact(play.board, fact, STAMP), fact, STAMP._replace(seq=8))
    assert board.seq == 8
    assert [str(board.state(ticket)) for ticket in board.tickets.values()]


def test_facts_of_other_streams_change_nothing():
    board = Board()
    assert apply_fact(board, OrderCompleted(order_id="o"), STAMP) is board
    assert {FACTS[name] for name in FACTS if name.startswith("kds:")} == set(kds.FACTS)


def test_a_repeated_incoming_ticket_keeps_the_work_done():
    play = Play()
    play.place("Burger")
    incoming = read_fact(play.log[0])
    play.cook("start", "grill")
    board = apply_fact(play.board, incoming, STAMP)
    assert board.tickets[f"{play.order_id}.grill"].lines[0].state == "started"


def test_a_line_nobody_knows_is_left_alone():
    play = Play()
    play.place("Burger")
    fact = kds.ItemReopened(
        order_id=play.order_id,
        ticket_id=f"{play.order_id}.grill",
        station="grill",
        stations=("grill", "expo"),
        lines=(kds.LineWas(item_id="nobody", state="queued"),),
    )
    board = apply_fact(play.board, fact, STAMP)
    assert board.tickets[f"{play.order_id}.grill"].lines == play.ticket("grill").lines


def test_a_station_that_came_late_to_an_order_predicts_no_close():
    play = Play(CAFE)
    play.place("Burger")
    before = len(play.log)
    play.update({"name": "Fries", "qty": "1"})
    fry = Board()
    for envelope in play.log[before:]:
        if "fry" in envelope.data.get("stations", ()):
            fry = apply_to_board(fry, envelope)
    bump = kds.Bump(command_id="command-x", ticket_id=f"{play.order_id}.fry")
    predicted = decide(Kitchen(fry), bump, Moment(NOON))
    assert [fact.name for fact in predicted.facts if fact.name.startswith("kds:")] == ["kds:item_ready"]
    play.do(bump)
    assert play.status == "in_progress"
