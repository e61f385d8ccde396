"""Faults planted into the rules, one at a time: a property that lets one pass guards nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from heard.contract import kds
from heard.contract.kds import LineState
from heard.contract.orders import Status
from heard.kitchen import facts, moves, rules
from heard.kitchen.board import Board
from heard.kitchen.tickets import MOVES, Line, Ticket, TicketState
from tests.heard.kitchen.services import HOUSES, SERVICES, Service

HUNT = settings(
    max_examples=400,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""Finds a fault and stops: nothing is shrunk."""


def hunt(how: settings) -> None:
    """Every invariant, over random services."""

    @how
    @given(house=HOUSES, steps=SERVICES)
    def every_invariant(house, steps):
        Service(house).run(steps)

    every_invariant()


def _bump_again(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(MOVES["bump"], LineState.READY, LineState.READY)


def _start_a_void(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(MOVES["start"], LineState.VOIDED, LineState.STARTED)


def _recall_resets_age(patch: pytest.MonkeyPatch) -> None:
    honest = facts._APPLY[kds.TicketRecalled]

    def younger(board: Board, fact: kds.TicketRecalled, stamp: facts.Stamp) -> Board:
        board = honest(board, fact, stamp)
        ticket = board.tickets[fact.ticket_id]
        header = ticket.header.model_copy(update={"placed_at": stamp.at})
        return board.put(replace(ticket, header=header))

    patch.setitem(facts._APPLY, kds.TicketRecalled, younger)


def _held_shows_at_prep(patch: pytest.MonkeyPatch) -> None:
    honest = Ticket.prep_state

    def open_instead(ticket: Ticket) -> TicketState:
        state = honest(ticket)
        return TicketState.OPEN if state is TicketState.HELD else state

    patch.setattr(Ticket, "prep_state", open_instead)


def _expo_closes_over_open_prep(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moves, "_late", lambda *_: [])


def _fold_loses_a_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Line, "marked", lambda line, *_: line.marks)


def _prep_closes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ticket, "has_expo", False)


def _two_alike_are_merged(patch: pytest.MonkeyPatch) -> None:
    def first_of_a_name(board: Board, fact: kds.OrderIncoming, stamp: facts.Stamp) -> Board:
        items = tuple({item.name: item for item in fact.ticket.items}.values())
        ticket = fact.ticket.model_copy(update={"items": items})
        return facts._incoming(board, fact.model_copy(update={"ticket": ticket}), stamp)

    patch.setitem(facts._APPLY, kds.OrderIncoming, first_of_a_name)


def _snapshot_forgets_what_can_be_undone(patch: pytest.MonkeyPatch) -> None:
    honest = Board.snapshot_tickets
    patch.setattr(Board, "snapshot_tickets", lambda board: [{**one, "deeds": []} for one in honest(board)])


def _a_void_is_cooked_all_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "_voided", lambda _board, _ticket, line, _stamp: replace(line, state=LineState.QUEUED))


def _undo_forgets_the_state_before(patch: pytest.MonkeyPatch) -> None:
    honest = facts._put_back

    def queued(ticket, lines, stamp):
        return honest(ticket, [was.model_copy(update={"state": LineState.QUEUED}) for was in lines], stamp)

    patch.setattr(facts, "_put_back", queued)


def _status_starts_anew_each_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "_status", lambda *_: Status.RECEIVED)


def _a_bump_means_what_nobody_has_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moves, "_came_unseen", lambda *_: False)


def _a_course_that_left_cannot_be_recalled(patch: pytest.MonkeyPatch) -> None:
    honest = Board._to_recall
    patch.setattr(
        Board, "_to_recall", lambda board, one: honest(board, one) and board.state(one) is not TicketState.HELD
    )


BUGS = (
    _bump_again,
    _start_a_void,
    _recall_resets_age,
    _held_shows_at_prep,
    _expo_closes_over_open_prep,
    _fold_loses_a_mark,
    _prep_closes,
    _two_alike_are_merged,
    _snapshot_forgets_what_can_be_undone,
    _a_void_is_cooked_all_the_same,
    _undo_forgets_the_state_before,
    _status_starts_anew_each_time,
    _a_bump_means_what_nobody_has_seen,
    _a_course_that_left_cannot_be_recalled,
)


@pytest.mark.parametrize("plant", BUGS, ids=lambda plant: plant.__name__.strip("_"))
def test_the_properties_catch_a_planted_bug(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        hunt(HUNT)


def test_without_a_bug_the_same_hunt_finds_nothing():
    hunt(settings(HUNT, max_examples=40))
