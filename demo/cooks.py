"""Robot cooks: each works one station through the SDK, with as many hands and as much hurry as the evening needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from heard.client.kitchen import KitchenFeed
from heard.contract.base import Command
from heard.contract.kds import AckVoid, Bump, LineState, Recall, Start
from heard.errors import HeardError
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.priority import age, on_wall
from heard.kitchen.tickets import Ticket, TicketState

LOOK_EVERY_S = 0.1
HANDS = 4
"""Tickets a station works on at once."""
PREP_S = 240
"""How long a dish takes whose menu entry does not say."""
PASS_S = 25
"""How long a complete order stands at the pass."""
SECOND_THOUGHTS = 0.03
"""Share of bumps that are recalled a moment later."""

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
    _done_at: dict[str, float] = field(default_factory=dict)

    async def work(self) -> None:
        """Cook until cancelled."""
        while True:
            for command in self._next(self.feed.board):
                await self._do(command)
            await asyncio.sleep(LOOK_EVERY_S)

    def _next(self, board: Board) -> list[Command]:
        """What to do now: take on what hands are free for, bump what is done, acknowledge what was voided."""
        now, cards = self.clock(), [card for card in on_wall(board, self.station) if self.sees(card)]
        self._done_at = {one: at for one, at in self._done_at.items() if one in {card.ticket_id for card in cards}}
        commands: list[Command] = [_seen(card) for card in cards if _voided(card)]
        for card in cards:
            if card.ticket_id in self._done_at:
                if now >= self._done_at[card.ticket_id] or self.hurry:
                    commands.append(Bump(command_id=new_id(), ticket_id=card.ticket_id))
            elif self._may_begin(board, card):
                self._done_at[card.ticket_id] = now + self._takes(card)
                if self.station != "expo":
                    commands.append(Start(command_id=new_id(), ticket_id=card.ticket_id))
        return commands

    def _may_begin(self, board: Board, card: Ticket) -> bool:
        if self.patience_s and age(card, datetime.now(UTC)).total_seconds() < self.patience_s:
            return False
        if self.station == "expo":
            return board.state(card) is TicketState.READY
        return len(self._done_at) < HANDS or self.hurry

    def _takes(self, card: Ticket) -> float:
        prep = max((line.item.prep_seconds or PREP_S for line in card.own_lines if line.live), default=PREP_S)
        seconds = PASS_S if self.station == "expo" else prep
        return seconds * self.dice.uniform(0.6, 1.2) / self.speed

    async def _do(self, command: Command) -> None:
        try:
            await self.act(command)
        except HeardError:
            return  # somebody was faster, or the till changed its mind: look again
        if isinstance(command, Bump):
            self._done_at.pop(command.ticket_id, None)
            self.tally.bumps += 1
            if self.station != "expo" and not self.hurry and self.dice.random() < SECOND_THOUGHTS:
                self.tally.recalled += 1
                await self._do(Recall(command_id=new_id(), ticket_id=command.ticket_id, reason="second look"))


def _voided(card: Ticket) -> bool:
    return any(line.state is LineState.VOIDED and not line.acked for line in card.lines)


def _seen(card: Ticket) -> AckVoid:
    return AckVoid(command_id=new_id(), ticket_id=card.ticket_id)


async def by_sdk(feed: KitchenFeed, command: Command) -> None:
    """Act through the SDK. The outbox writes to disk, so the loop is not made to wait for it."""
    await asyncio.to_thread(feed.do, command)
