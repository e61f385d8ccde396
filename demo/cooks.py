"""Robot cooks: each works one station through the SDK, with as many hands and as much hurry as the evening needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from heard.client.kitchen import KitchenFeed
from heard.contract.base import Command
from heard.contract.kds import EXPO, AckVoid, Bump, Fire, LineState, Recall, Start
from heard.errors import HeardError
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.priority import age, on_wall
from heard.kitchen.tickets import HELD, READY, Line, Ticket, TicketState

LOOK_EVERY_S = 0.1
HANDS = 8
"""Tickets a station works on at once."""
PREP_S = 240
"""How long a dish takes whose menu entry does not say."""
PASS_S = 25
"""How long a complete order stands at the pass."""
SECOND_THOUGHTS = 0.03
"""Share of bumps that are recalled a moment later: by the cook, or by the guest who sends a dish back."""
HALF_DONE = 0.3
"""What is left to do of a dish that was begun before this crew looked at it."""
BETWEEN_COURSES_S = 60
"""How long a table sits over an empty plate before the next course is called."""

Hand = Callable[[Command], Awaitable[None]]
"""How a cook acts: through the SDK, or with a key on a real screen."""


@dataclass(slots=True)
class Tally:
    """What the cooks did."""

    bumps: int = 0
    recalled: int = 0


@dataclass(slots=True)
class Cook:
    """One station's crew. `clock` is monotonic s; `hurry` makes everything immediate."""

    feed: KitchenFeed
    station: str
    speed: float
    dice: Random
    clock: Callable[[], float]
    act: Hand
    tally: Tally = field(default_factory=Tally)
    hurry: bool = False
    patience_s: float = 0.0
    """How long a ticket must have waited before this crew takes it on."""
    sees: Callable[[Ticket], bool] = lambda _: True
    """Whether a card stands on the crew's screen: what nobody has read nobody cooks."""
    tidy: Callable[[], Awaitable[None]] | None = None
    """What the crew does for its screen between two looks at it."""
    _done_at: dict[str, float] = field(default_factory=dict)
    _course_at: dict[str, float] = field(default_factory=dict)
    """Ticket → when its next course is called."""

    async def work(self) -> None:
        """Cook until cancelled."""
        while True:
            for command in self._next(self.feed.board):
                await self._do(command)
            if self.tidy is not None:
                await self.tidy()
            await asyncio.sleep(LOOK_EVERY_S)

    def _next(self, board: Board) -> list[Command]:
        """What to do now: take on what hands are free for, bump what is done, acknowledge what was voided."""
        now, cards = self.clock(), [card for card in on_wall(board, self.station) if self.sees(card)]
        self._done_at = {one: at for one, at in self._done_at.items() if one in {card.ticket_id for card in cards}}
        commands: list[Command] = [_seen(card) for card in cards if _voided(card) and self._looks_after(card)]
        commands += self._courses(board) if self.station == EXPO else []
        for card in cards:
            if card.ticket_id in self._done_at:
                if now >= self._done_at[card.ticket_id] or self.hurry:
                    commands.append(Bump(command_id=new_id(), ticket_id=card.ticket_id))
            elif self._may_begin(board, card):
                self._done_at[card.ticket_id] = now + self._takes(card)
                if self.station != EXPO:
                    commands.append(Start(command_id=new_id(), ticket_id=card.ticket_id))
        return commands

    def _looks_after(self, card: Ticket) -> bool:
        """Whether this crew minds a card: all of its own, of somebody else's those that were left too long."""
        return not self.patience_s or age(card, datetime.now(UTC)).total_seconds() >= self.patience_s

    def _may_begin(self, board: Board, card: Ticket) -> bool:
        if not self._looks_after(card):
            return False
        if self.station == EXPO:
            return board.state(card) is TicketState.READY
        return len(self._done_at) < HANDS or self.hurry

    def _courses(self, board: Board) -> list[Command]:
        """Call what is held: the first course at once, each other one a while after the one before it is ready."""
        calls: list[Command] = []
        tables = {card.ticket_id: card for card in board.at(EXPO) if not card.closed and self._calls(board, card)}
        self._course_at = {one: at for one, at in self._course_at.items() if one in tables}
        for one, card in tables.items():
            pause = BETWEEN_COURSES_S / self.speed if _eating(board, card) else 0.0
            if self.hurry or self.clock() >= self._course_at.setdefault(one, self.clock() + pause):
                self._course_at.pop(one, None)
                calls.append(Fire(command_id=new_id(), ticket_id=one, item_ids=_next_course(board, card)))
        return calls

    def _calls(self, board: Board, card: Ticket) -> bool:
        """Whether the next course is this crew's to call: what waits for the clock is the gateway's."""
        return (self.hurry or card.header.fire_at is None) and _waits_for_a_call(board, card)

    def _takes(self, card: Ticket) -> float:
        prep = max((line.item.prep_seconds or PREP_S for line in card.own_lines if line.live), default=PREP_S)
        seconds = float(PASS_S if self.station == EXPO else prep)
        if any(line.state is LineState.STARTED for line in card.own_lines):
            seconds *= HALF_DONE
        return seconds * self.dice.uniform(0.6, 1.2) / self.speed

    async def _do(self, command: Command) -> None:
        try:
            await self.act(command)
        except HeardError:
            return  # somebody was faster, or the till changed its mind: look again
        if isinstance(command, Bump):
            self._done_at.pop(command.ticket_id, None)
            self.tally.bumps += 1
            if not self.hurry and self.dice.random() < SECOND_THOUGHTS:
                self.tally.recalled += 1
                await self._do(self._recall(command.ticket_id))

    def _recall(self, ticket_id: str) -> Recall:
        """A cook looks again; a guest sends one dish back, or the whole table."""
        if self.station != EXPO:
            return Recall(command_id=new_id(), ticket_id=ticket_id, reason="second look")
        ticket = self.feed.board.tickets.get(ticket_id)
        live = [line.item_id for line in ticket.lines if line.live] if ticket else []
        sent_back = (self.dice.choice(live),) if live else None
        return Recall(command_id=new_id(), ticket_id=ticket_id, item_ids=sent_back, reason="the guest sent it back")


def _voided(card: Ticket) -> bool:
    return any(line.state is LineState.VOIDED and not line.acked for line in card.lines)


def _stands(board: Board, card: Ticket, line: Line) -> set[LineState]:
    """In which states an item is, at those who make it."""
    made = [one for one in board.item_lines(card.order_id, line.item_id) if one.live]
    return {one.state for one in made} or {line.state}


def _held(board: Board, card: Ticket) -> list[Line]:
    """Rows nobody may see yet."""
    return [line for line in card.lines if line.live and _stands(board, card, line) == {HELD}]


def _waits_for_a_call(board: Board, card: Ticket) -> bool:
    """Something is held, and all that others were called to make before it is ready."""
    held = {line.item_id for line in _held(board, card)}
    called = [line for line in card.lines if line.live and line.item_id not in held and line.item.stations]
    return bool(held) and all(_stands(board, card, line) == {READY} for line in called)


def _eating(board: Board, card: Ticket) -> bool:
    """A course is on the table."""
    return len(_held(board, card)) < sum(line.live for line in card.lines)


def _next_course(board: Board, card: Ticket) -> tuple[str, ...]:
    held = _held(board, card)
    first = min(line.item.course or 0 for line in held)
    return tuple(line.item_id for line in held if (line.item.course or 0) == first)


def _seen(card: Ticket) -> AckVoid:
    return AckVoid(command_id=new_id(), ticket_id=card.ticket_id)


async def by_sdk(feed: KitchenFeed, command: Command) -> None:
    """Act through the SDK. The outbox writes to disk, so the loop is not made to wait for it."""
    await asyncio.to_thread(feed.do, command)
