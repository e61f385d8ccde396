"""Lines and tickets: their states, the table of moves, and the deeds that can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal

from heard.contract.base import Instant
from heard.contract.kds import EXPO, LineState, LineWas, Mark, TicketHeader, TicketItem
from heard.kitchen.evolve import evolve

HELD, QUEUED, STARTED, READY, VOIDED = LineState
"""The states a line can be in, by their short names."""

MAX_DEEDS = 20
"""How many actions of a ticket can be undone one after the other."""


class Verdict(Enum):
    """What a move means for a line that does not move."""

    ALREADY = "already"
    SUPERSEDED = "superseded"
    VOIDED = "voided"
    REFUSED = "refused"


MOVES: dict[str, dict[LineState, LineState | Verdict]] = {
    "start": {
        HELD: Verdict.REFUSED,
        QUEUED: STARTED,
        STARTED: Verdict.ALREADY,
        READY: Verdict.SUPERSEDED,
        VOIDED: Verdict.VOIDED,
    },
    "bump": {
        HELD: Verdict.REFUSED,
        QUEUED: READY,
        STARTED: READY,
        READY: Verdict.ALREADY,
        VOIDED: Verdict.VOIDED,
    },
    "hold": {
        HELD: Verdict.ALREADY,
        QUEUED: HELD,
        STARTED: Verdict.REFUSED,
        READY: Verdict.REFUSED,
        VOIDED: Verdict.REFUSED,
    },
    "fire": {
        HELD: QUEUED,
        QUEUED: Verdict.ALREADY,
        STARTED: Verdict.ALREADY,
        READY: Verdict.ALREADY,
        VOIDED: Verdict.REFUSED,
    },
    "recall": {
        HELD: Verdict.REFUSED,
        QUEUED: Verdict.ALREADY,
        STARTED: Verdict.ALREADY,
        READY: QUEUED,
        VOIDED: Verdict.REFUSED,
    },
    "ack_void": {
        HELD: Verdict.ALREADY,
        QUEUED: Verdict.ALREADY,
        STARTED: Verdict.ALREADY,
        READY: Verdict.ALREADY,
        VOIDED: VOIDED,
    },
}
"""Move → state before → state after, or why not. An acknowledged void is `already`: see `Line.verdict`."""


class TicketState(StrEnum):
    """Where a ticket stands; `waiting` and `ready` are expo's."""

    HELD = "held"
    OPEN = "open"
    STARTED = "started"
    WAITING = "waiting"
    READY = "ready"
    VOIDED = "voided"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Line:
    """One item at one station. On expo's ticket, what others cook is a watched line: only its hand-over moves."""

    item: TicketItem
    state: LineState = QUEUED
    marks: tuple[Mark, ...] = ()
    begun: bool = False
    """A cook has been on it; stays through a recall or a change."""
    acked: bool = False
    """Voided, and seen to be."""
    handed_over: bool = False
    waits_for_clock: bool = False
    """Held since it was placed: fired by time unless a hand was faster."""
    changed_seq: int = 0
    came_seq: int = 0
    """The kds position of the fact that last put it on the card: added, fired, brought back. 0: it came with it."""
    came_by: str | None = None
    """The command that did."""
    before: TicketItem | None = None
    """What it said before the last change, for `2 → 3`."""
    since: Instant | None = None
    """When it came into this state."""

    @property
    def item_id(self) -> str:
        """The item's id."""
        return self.item.item_id

    @property
    def live(self) -> bool:
        """Not voided."""
        return self.state is not VOIDED

    @property
    def shown(self) -> bool:
        """Whether prep may see it: held items never show, acknowledged voids are gone."""
        return self.state is not HELD and not (self.state is VOIDED and self.acked)

    def verdict(self, move: str) -> LineState | Verdict:
        """The table's word on a move."""
        if move == "ack_void" and self.acked:
            return Verdict.ALREADY
        return MOVES[move][self.state]

    def marked(self, *marks: Mark) -> tuple[Mark, ...]:
        """Its marks and these, in one order for all."""
        return tuple(sorted({*self.marks, *marks}))

    def as_was(self) -> LineWas:
        """What an undo would bring back."""
        return LineWas(
            item_id=self.item_id, state=self.state, begun=self.begun, handed_over=self.handed_over, marks=self.marks
        )


DeedKind = Literal["start", "bump", "hold", "rush", "close", "forced"]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did to a ticket, with what an undo needs to take it back."""

    kind: DeedKind
    lines: tuple[LineWas, ...] = ()
    priority: Literal["normal", "rush", "vip"] = "normal"
    cause: str | None = None

    def touches(self, item_ids: frozenset[str]) -> bool:
        """Whether it moved any of these items."""
        return any(line.item_id in item_ids for line in self.lines)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One station's part of one order."""

    ticket_id: str
    order_id: str
    station: str
    stations: tuple[str, ...]
    """All stations of the order."""
    header: TicketHeader
    lines: tuple[Line, ...]
    came_at: Instant
    fired_at: Instant
    """Where the fire clock counts from; the ticket clock counts from `header.placed_at`."""
    deeds: tuple[Deed, ...] = ()
    closed: bool = False
    """The whole order left the kitchen."""
    seq: int = 0
    """The kds position of the last fact that touched it."""

    @property
    def is_expo(self) -> bool:
        """Whether this is the pass's card."""
        return self.station == EXPO

    @property
    def has_expo(self) -> bool:
        """Whether the order comes together at a pass."""
        return EXPO in self.stations

    @property
    def own_lines(self) -> tuple[Line, ...]:
        """The lines this station makes; at expo those nobody else does."""
        return tuple(line for line in self.lines if not line.item.stations) if self.is_expo else self.lines

    @property
    def label(self) -> str:
        """`#41`, for sentences."""
        return f"#{self.header.display_no}"

    def line(self, item_id: str) -> Line | None:
        """The line of an item, or None."""
        return next((line for line in self.lines if line.item_id == item_id), None)

    def prep_state(self) -> TicketState:
        """Where a prep ticket stands: a fold over its lines, held nowhere else."""
        live = [line for line in self.lines if line.live]
        unseen = any(not line.live and not line.acked for line in self.lines)
        if not live:
            return TicketState.VOIDED if unseen else TicketState.DONE
        if not unseen and all(line.state is READY for line in live):
            return TicketState.DONE
        # What is done of it waits beside what is held: until the next course is called there is nothing to do here.
        if not unseen and all(line.state in (HELD, READY) for line in live):
            return TicketState.HELD
        return TicketState.STARTED if any(line.state in (STARTED, READY) for line in live) else TicketState.OPEN

    @property
    def held_back(self) -> bool:
        """Of a card that is held: somebody put it off. If not, what was called of it is done."""
        undone = not any(line.state is READY for line in self.lines)
        return undone or (bool(self.deeds) and self.deeds[-1].kind == "hold")

    def with_lines(self, change: dict[str, Line]) -> Ticket:
        """The ticket with these lines in place of its own of the same items."""
        return evolve(self, lines=tuple(change.get(line.item_id, line) for line in self.lines))

    def did(self, deed: Deed) -> Ticket:
        """Remember an action, to be undone."""
        return evolve(self, deeds=(*self.deeds, deed)[-MAX_DEEDS:])

    def forgot(self, item_ids: frozenset[str]) -> Ticket:
        """Somebody else touched these items: actions up to the last one on them can no longer be undone."""
        last = max((n for n, deed in enumerate(self.deeds, 1) if deed.touches(item_ids)), default=0)
        return self if not last else evolve(self, deeds=self.deeds[last:])

    def unclosed(self) -> Ticket:
        """Recalled: the close, and what was done before it, can no longer be undone."""
        last = max((n for n, deed in enumerate(self.deeds, 1) if deed.kind == "close"), default=0)
        return self if not last else evolve(self, deeds=self.deeds[last:])

    def undone(self) -> Ticket:
        """The last action is taken back."""
        return evolve(self, deeds=self.deeds[:-1])
