"""The pass calls courses one after the other; a crew leaves your cards to you until they have waited too long."""

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from demo.cooks import BETWEEN_COURSES_S, Cook
from heard.client.links.loopback import LoopbackKitchen
from heard.contract.base import Command
from heard.contract.kds import AckVoid, Fire, Start
from heard.ids import new_id

DINNER = {
    "hold": "awaiting_release",
    "items": [
        {"name": "Salad", "qty": "1", "course": 1},
        {"name": "Burger", "qty": "1", "course": 2},
        {"name": "Fries", "qty": "1", "course": 2},
    ],
}


class Crew:
    """A cook at a kitchen in memory, with a clock turned by hand."""

    def __init__(self, station: str, **more: Any) -> None:
        self.kitchen, self.now = LoopbackKitchen(), 0.0
        self.feed: Any = SimpleNamespace(board=None)
        self.cook = Cook(self.feed, station, 1.0, Random(7), lambda: self.now, self._act, **more)

    async def _act(self, command: Command) -> None:
        self.say(command.name, **command.as_wire())

    def say(self, name: str, **fields: Any) -> None:
        answer = self.kitchen.command(name, {"command_id": new_id()} | fields)
        assert answer.ok, answer

    def place(self, body: dict[str, Any]) -> str:
        return self.kitchen.place(body)

    def next(self) -> list[Command]:
        self.feed.board = self.kitchen.kitchen.board
        return self.cook._next(self.feed.board)

    def called(self) -> list[str]:
        """The dishes that are called now; the calls are made."""
        names = []
        for command in self.next():
            assert isinstance(command, Fire)
            ticket = self.feed.board.tickets[command.ticket_id]
            names += [line.item.name for line in ticket.lines if line.item_id in (command.item_ids or ())]
            self.say(command.name, **command.as_wire())
        return names


def test_the_first_course_is_called_at_once_and_the_next_a_while_after_it_is_ready() -> None:
    crew = Crew("expo")
    order = crew.place(DINNER)
    assert crew.called() == ["Salad"]
    assert crew.called() == []
    crew.say("kds:bump", ticket_id=f"{order}.cold")
    assert crew.called() == []
    crew.now += BETWEEN_COURSES_S
    assert crew.called() == ["Burger", "Fries"]


def test_in_a_hurry_the_next_course_waits_for_the_one_before_and_for_nothing_else() -> None:
    crew = Crew("expo", hurry=True)
    order = crew.place(DINNER)
    assert crew.called() == ["Salad"]
    assert crew.called() == []
    crew.say("kds:bump", ticket_id=f"{order}.cold")
    assert crew.called() == ["Burger", "Fries"]


def test_what_waits_for_the_clock_is_the_gateways_to_call() -> None:
    body = DINNER | {"hold": "scheduled", "fire_at": "2999-01-01T00:00:00Z"}
    crew = Crew("expo")
    crew.place(body)
    assert crew.called() == []
    crew.cook.hurry = True
    assert crew.called() == ["Salad"]


def test_a_course_of_drinks_keeps_nobody_waiting_for_the_pass_itself() -> None:
    crew = Crew("expo")
    drink = {"name": "Water", "qty": "1", "course": 1}
    crew.place(DINNER | {"items": [drink, *DINNER["items"][1:]]})
    assert crew.called() == ["Water"]
    crew.called()
    crew.now += BETWEEN_COURSES_S
    assert crew.called() == ["Burger", "Fries"]


def test_your_cards_are_yours_until_they_have_waited_too_long() -> None:
    crew = Crew("grill", patience_s=600.0)
    burgers = {"items": [{"name": "Burger", "qty": "1"}, {"name": "Burger", "qty": "2"}]}
    order = crew.place(burgers)
    item = crew.kitchen.kitchen.book.order(order).items[0].item_id
    crew.say("orders:update", order_id=order, changes={"items": [{"item_id": item, "qty": "0"}]})
    assert crew.next() == []
    old = crew.place(burgers | {"placed_at": "2020-01-01T00:00:00Z"})
    assert [(type(one), one.ticket_id) for one in crew.next()] == [(Start, f"{old}.grill")]


@pytest.mark.parametrize("reads", [True, False])
def test_nobody_acknowledges_a_void_that_was_not_read(reads: bool) -> None:
    crew = Crew("grill", sees=lambda _: reads)
    order = crew.place({"items": [{"name": "Burger", "qty": "1"}]})
    crew.say("orders:cancel", order_id=order)
    assert any(isinstance(one, AckVoid) for one in crew.next()) is reads
