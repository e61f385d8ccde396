"""The invariants of the kitchen, over random services."""

from operator import attrgetter

from hypothesis import example, given
from hypothesis import strategies as st

from heard.kitchen.board import Board
from heard.kitchen.priority import on_wall
from heard.kitchen.rules import apply
from heard.kitchen.tallies import all_day
from tests.heard.kitchen.playbook import HOUSE
from tests.heard.kitchen.services import HOUSES, SERVICES, Service, board_of_snapshot, fold, kds_stream


@given(house=HOUSES, steps=SERVICES)
def test_every_invariant_holds_after_every_command(house, steps):
    Service(house).run(steps)


def unwatched(house, steps) -> Service:
    service = Service(house)
    service.witnesses = ()
    return service.run(steps)


@given(house=HOUSES, steps=SERVICES)
def test_the_board_is_the_fold_of_the_kds_stream_alone(house, steps):
    service = unwatched(house, steps)
    assert fold(kds_stream(service)) == service.board


@given(house=HOUSES, steps=SERVICES, cut=st.floats(0, 1))
def test_folding_goes_on_from_any_snapshot(house, steps, cut):
    service = unwatched(house, steps)
    stream = kds_stream(service)
    n = round(cut * len(stream))
    assert fold(stream[n:], board_of_snapshot(fold(stream[:n]))) == service.board


@given(house=HOUSES, steps=SERVICES, dice=st.randoms(use_true_random=False))
def test_apply_never_fails_however_facts_are_lost_repeated_and_shuffled(house, steps, dice):
    service = unwatched(house, steps)
    heard = [one for one in service.log for _ in range(dice.choice((0, 1, 1, 1, 2)))]
    dice.shuffle(heard)
    kitchen = service.kitchen.__class__()
    for envelope in heard:
        kitchen = apply(kitchen, envelope)
        readable(kitchen.board)


def readable(board: Board) -> None:
    """Whatever a screen asks of a board has an answer."""
    for station in HOUSE.stations:
        on_wall(board, station)
        all_day(board, station, choice=attrgetter("name"))
    for order_id in board.orders:
        board.status(order_id)
    assert board_of_snapshot(board).tickets == board.tickets


@given(house=HOUSES, steps=SERVICES, station=st.sampled_from(HOUSE.stations))
@example(house=HOUSE, steps=[], station="cold")
def test_a_stations_view_shows_what_the_whole_board_shows_of_that_station(house, steps, station):
    service = unwatched(house, steps)
    view = fold([one for one in kds_stream(service) if station in one.data["stations"]])
    whole = {ticket.ticket_id: ticket.lines for ticket in on_wall(service.board, station)}
    if station != "expo":
        assert {ticket.ticket_id: _without_seq(ticket.lines) for ticket in on_wall(view, station)} == {
            one: _without_seq(lines) for one, lines in whole.items()
        }


def _without_seq(lines):
    return [(line.item, line.state, line.marks, line.acked, line.begun) for line in lines]
