"""The predicted board: confirmed facts, and wishes on top."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from heard.client.clock import ManualClock
from heard.client.links.loopback import LoopbackKitchen
from heard.client.replica import Replica
from heard.contract import kds
from heard.contract.envelope import Answer, Envelope
from heard.contract.kds import LineState
from heard.errors import BadRequest, InvalidTransition, NotFound
from heard.kitchen.tickets import TicketState
from tests.heard.client.conftest import MEAL

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
GRILL, FRY, EXPO = "s1-1.grill", "s1-1.fry", "s1-1.expo"


class Line:
    """A replica that hears a kitchen one fact at a time, when the test says so."""

    def __init__(self, kitchen: LoopbackKitchen) -> None:
        self.kitchen = kitchen
        self.replica = Replica(epoch=kitchen.epoch)

    def hear(self, most: int = 1_000) -> None:
        """The facts not heard yet."""
        after = self.replica.confirmed.seq
        for event in self.kitchen.read({"stream": "s1/kds", "epoch": self.kitchen.epoch, "after": after})["events"][
            :most
        ]:
            self.replica.confirm(Envelope.model_validate(event))

    def wish(self, kind: type[kds.TicketCommand], ticket: str, command_id: str, **more: Any) -> kds.TicketCommand:
        command = kind(command_id=command_id, ticket_id=ticket, **more)
        self.replica.wish(command, NOW, self.replica.predict(command, NOW))
        return command

    def say(self, command: kds.TicketCommand) -> Answer:
        return self.kitchen.command(command.name, command.as_wire())

    def state(self, ticket: str) -> TicketState:
        board = self.replica.board
        return board.state(board.ticket(ticket))


@pytest.fixture
def line(kitchen: LoopbackKitchen) -> Line:
    kitchen.place(MEAL)
    one = Line(kitchen)
    one.hear()
    return one


def test_while_nobody_wishes_the_board_is_the_confirmed_one(line: Line) -> None:
    assert line.replica.board is line.replica.confirmed
    assert line.replica.board == line.kitchen.kitchen.board


def test_predicting_changes_nothing(line: Line) -> None:
    outcome = line.replica.predict(kds.Bump(command_id="command-1", ticket_id=GRILL), NOW)
    assert outcome.result == "applied"
    assert line.replica.board is line.replica.confirmed


def test_a_refusal_is_predicted_in_the_gateways_words(line: Line) -> None:
    hold = kds.Hold(command_id="command-2", ticket_id=GRILL)
    line.say(kds.Start(command_id="command-1", ticket_id=GRILL))
    line.hear()
    with pytest.raises(InvalidTransition) as predicted:
        line.replica.predict(hold, NOW)
    assert predicted.value.message == line.say(hold).message
    with pytest.raises(NotFound):
        line.replica.predict(kds.Bump(command_id="command-3", ticket_id="no.grill"), NOW)


def test_only_the_kitchens_commands_are_predicted(line: Line) -> None:
    from heard.contract.orders import CancelOrder

    with pytest.raises(BadRequest):
        line.replica.predict(CancelOrder(command_id="command-1", order_id="s1-1"), NOW)


def test_a_wish_shows_at_once_and_its_echo_drops_it(line: Line) -> None:
    command = line.wish(kds.Bump, GRILL, "command-1")
    assert line.state(GRILL) is TicketState.DONE
    assert line.replica.confirmed.state(line.replica.confirmed.ticket(GRILL)) is TicketState.OPEN
    line.say(command)
    line.hear()
    assert line.replica.wishes == ()
    assert line.replica.board is line.replica.confirmed
    assert line.state(GRILL) is TicketState.DONE


def test_an_undo_is_not_done_twice_when_its_echo_comes_before_its_answer(line: Line) -> None:
    for n, kind in enumerate((kds.Start, kds.Bump)):
        line.say(kind(command_id=f"command-{n}", ticket_id=GRILL))
    line.hear()
    undo = line.wish(kds.Undo, GRILL, "command-9")
    answer = line.say(undo)
    line.hear()
    assert line.replica.board.ticket(GRILL).lines[0].state is LineState.STARTED
    line.replica.answered("command-9", answer)
    assert line.replica.board.ticket(GRILL).lines[0].state is LineState.STARTED


def test_an_answer_before_the_echo_keeps_the_wish_until_the_facts_are_here(line: Line) -> None:
    command = line.wish(kds.Bump, GRILL, "command-1")
    line.replica.answered("command-1", line.say(command))
    assert line.state(GRILL) is TicketState.DONE
    line.hear()
    assert line.replica.wishes == ()


def test_a_command_of_many_facts_never_flickers(line: Line) -> None:
    command = line.wish(kds.Bump, EXPO, "command-1", force=True)
    line.say(command)
    states = []
    for _ in range(3):
        line.hear(1)
        states.append((line.state(GRILL), line.state(FRY), line.state(EXPO)))
    assert states == [(TicketState.DONE,) * 3] * 3
    assert line.replica.board is line.replica.confirmed


def test_what_is_left_of_an_echo_goes_with_the_next_fact_of_somebody_else(line: Line) -> None:
    command = line.wish(kds.Bump, EXPO, "command-1", force=True)
    line.say(command)
    line.hear(1)
    seq = line.replica.confirmed.seq
    stranger = line.kitchen.read({"stream": "s1/kds", "epoch": line.kitchen.epoch, "after": seq})["events"][0]
    line.replica.confirm(Envelope.model_validate(stranger | {"cause": "somebody-else"}))
    assert line.replica.wishes == ()


def test_a_refused_wish_gives_the_card_back(line: Line) -> None:
    command = line.wish(kds.Bump, GRILL, "command-1")
    line.kitchen.command("orders:cancel", {"order_id": "s1-1"})
    answer = line.say(command)
    assert not answer.ok
    line.replica.answered("command-1", answer)
    assert line.state(GRILL) is TicketState.OPEN
    line.hear()
    assert line.state(GRILL) is TicketState.VOIDED


def test_a_wish_refused_by_what_came_meanwhile_shows_the_truth_before_its_answer(line: Line) -> None:
    line.wish(kds.Bump, GRILL, "command-1")
    line.kitchen.command("orders:cancel", {"order_id": "s1-1"})
    line.hear()
    assert line.state(GRILL) is TicketState.VOIDED


@pytest.mark.parametrize("result", ["already", "superseded"])
def test_an_answer_without_facts_ends_the_wish(line: Line, result: Any) -> None:
    line.wish(kds.Bump, GRILL, "command-1")
    line.replica.answered("command-1", Answer(ok=True, result=result, events=()))
    assert line.replica.wishes == ()
    line.replica.answered("command-1", Answer(ok=True, result=result))


def test_wishes_stand_on_a_new_snapshot_too(line: Line) -> None:
    line.wish(kds.Bump, GRILL, "command-1")
    line.replica.reset(line.kitchen.kitchen.board, "e2")
    assert line.state(GRILL) is TicketState.DONE


def test_answered_wishes_do_not_outlive_the_epoch_they_were_answered_in(line: Line) -> None:
    line.replica.answered("command-1", line.say(line.wish(kds.Bump, GRILL, "command-1")))
    board = line.replica.confirmed
    line.replica.reset(board, "e2")
    assert line.replica.board is board


def test_answered_wishes_wait_for_a_snapshot_that_holds_them(line: Line) -> None:
    line.replica.answered("command-1", line.say(line.wish(kds.Bump, GRILL, "command-1")))
    line.replica.reset(line.replica.confirmed, line.kitchen.epoch)
    assert line.state(GRILL) is TicketState.DONE
    line.replica.reset(line.kitchen.kitchen.board, line.kitchen.epoch)
    assert line.replica.wishes == ()


def test_an_answer_of_an_epoch_long_gone_ends_the_wish(line: Line) -> None:
    answer = line.say(line.wish(kds.Bump, GRILL, "command-1"))
    line.replica.reset(line.replica.confirmed, "e2")
    line.replica.answered("command-1", answer)
    assert line.replica.wishes == ()


def test_a_wish_made_on_a_board_that_has_changed_is_decided_again(line: Line) -> None:
    line.replica.wish(kds.Bump(command_id="command-1", ticket_id=GRILL), NOW)
    assert line.state(GRILL) is TicketState.DONE


def test_wishes_are_decided_again_only_when_something_changed(line: Line) -> None:
    line.wish(kds.Bump, GRILL, "command-1")
    assert line.replica.board is line.replica.board
    line.wish(kds.Start, FRY, "command-2")
    before = line.replica.board
    line.hear()
    assert line.replica.board is before


def test_an_event_costs_well_under_a_millisecond_on_a_full_board(clock: ManualClock) -> None:
    kitchen = LoopbackKitchen(clock=clock)
    for _ in range(100):
        kitchen.place(MEAL)
    line = Line(kitchen)
    line.hear()
    for n in range(1, 101):
        kitchen.command("kds:bump", {"command_id": f"command-{n}", "ticket_id": f"s1-{n}.grill"})
    events = kitchen.read({"stream": "s1/kds", "epoch": kitchen.epoch, "after": line.replica.confirmed.seq})["events"]
    best = timedelta.max
    for _ in range(3):
        replica = Replica(line.replica.confirmed, kitchen.epoch)
        began = time.perf_counter()
        for event in events:
            replica.confirm(Envelope.model_validate(event))
        best = min(best, timedelta(seconds=time.perf_counter() - began) / len(events))
    assert best < timedelta(milliseconds=1)
    print("per event", best)
