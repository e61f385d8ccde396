"""The board of a screen: what the gateway confirmed, and on top what the people here have asked for since.

Pure. The same rules that decide at the gateway predict here, so a bump is gone at once, and a refusal is refused in the
same words. Wishes are decided again when what they stand on has changed, and only when somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heard.contract.base import Command
from heard.contract.envelope import Answer, Envelope
from heard.contract.kds import KdsFact
from heard.errors import BadRequest, HeardError
from heard.kitchen.board import Board
from heard.kitchen.facts import Stamp, apply_fact
from heard.kitchen.moves import MOVES
from heard.kitchen.rules import Kitchen, Moment, Outcome, apply_to_board, decide

_Told = tuple[KdsFact, ...]


@dataclass(slots=True)
class _Wish:
    """A command without an echo yet. `rest`: its echo has begun, these predicted facts of it are still to come."""

    command: Command
    now: datetime
    facts: _Told = ()
    rest: _Told | None = None
    until: int | None = None
    """Answered: moot once the confirmed board has come to this seq."""


class Replica:
    """A confirmed board and the wishes on top of it."""

    def __init__(self, confirmed: Board | None = None, epoch: str = "") -> None:
        self.confirmed = confirmed or Board()
        self._epoch = epoch
        self._wishes: dict[str, _Wish] = {}
        self._predicted: Board | None = None

    @property
    def board(self) -> Board:
        """What a screen shows; the confirmed board itself while nobody wishes anything."""
        if not self._wishes:
            return self.confirmed
        if self._predicted is None:
            self._predicted = self._redecided()
        return self._predicted

    @property
    def wishes(self) -> tuple[Command, ...]:
        """What was asked for and has not come true yet, oldest first."""
        return tuple(wish.command for wish in self._wishes.values())

    # ── Wishing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def predict(self, command: Command, now: datetime) -> Outcome:
        """What the gateway would say, as far as this board knows; nothing is changed.

        Raises:
            HeardError: it would refuse, in these words.
        """
        return _decided(self.board, command, now)

    def wish(self, command: Command, now: datetime, outcome: Outcome | None = None) -> None:
        """Show a command as if it were so. `outcome`: its prediction, if the board has not changed since."""
        wish = _Wish(command, now, _kds(outcome) if outcome else ())
        self._wishes[command.command_id] = wish
        self._predicted = outcome.after.board if outcome else None

    def _redecided(self) -> Board:
        board = self.confirmed
        for wish in self._wishes.values():
            board = _granted(board, wish)
        return board

    # ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def confirm(self, envelope: Envelope) -> None:
        """A fact that follows: it counts, and the wish that caused it has come true."""
        self.confirmed = apply_to_board(self.confirmed, envelope)
        if self._wishes:
            self._predicted = None
            self._echoed(envelope)

    def _echoed(self, envelope: Envelope) -> None:
        for key, wish in list(self._wishes.items()):
            if key == envelope.cause:
                # A command's facts come one by one: what is still to come stays shown, or the card would flicker.
                wish.rest = _without(wish.facts if wish.rest is None else wish.rest, envelope)
            over = wish.rest is not None and (key != envelope.cause or not wish.rest)
            if over or (wish.until is not None and wish.until <= self.confirmed.seq):
                del self._wishes[key]

    def answered(self, command_id: str, answer: Answer) -> None:
        """A wish was decided. One that was applied stays until its facts are heard; any other one is over."""
        wish = self._wishes.get(command_id)
        if wish is None:
            return
        last = max((event.seq for event in answer.events or () if self._ours(event.stream, event.epoch)), default=0)
        if answer.ok and last > self.confirmed.seq:
            wish.until = last
        else:
            self._forget(command_id)

    def _ours(self, stream: str, epoch: str) -> bool:
        return stream.endswith("/kds") and epoch == self._epoch

    def reset(self, board: Board, epoch: str) -> None:
        """Start over from a snapshot; wishes are decided anew on top of it."""
        met = [key for key, wish in self._wishes.items() if wish.rest is not None or wish.until is not None]
        kept = met if epoch == self._epoch else []
        self.confirmed, self._epoch, self._predicted = board, epoch, None
        for key in met:
            until = self._wishes[key].until
            if key not in kept or until is None or until <= board.seq:
                self._forget(key)

    def _forget(self, command_id: str) -> None:
        del self._wishes[command_id]
        self._predicted = None


def _decided(board: Board, command: Command, now: datetime) -> Outcome:
    if type(command) not in MOVES:
        raise BadRequest(f"{command.name} is not for a screen to predict")
    return decide(Kitchen(board), command, Moment(now))


def _granted(board: Board, wish: _Wish) -> Board:
    """The board with a wish on top. Refused by now, it adds nothing: its answer will say so."""
    if wish.rest is not None:
        for fact in wish.rest:
            board = apply_fact(board, fact, Stamp(board.seq + 1, wish.now, wish.command.command_id))
        return board
    try:
        outcome = _decided(board, wish.command, wish.now)
    except HeardError:
        wish.facts = ()
        return board
    wish.facts = _kds(outcome)
    return outcome.after.board


def _kds(outcome: Outcome) -> _Told:
    return tuple(fact for fact in outcome.facts if isinstance(fact, KdsFact))


def _without(facts: _Told, envelope: Envelope) -> _Told:
    """The facts predicted, less the one now heard; none when it was not among them."""
    told = [(fact.name, fact.ticket_id) for fact in facts]
    heard = (envelope.name, envelope.data.get("ticket_id"))
    if heard not in told:
        return ()
    at = told.index(heard)
    return facts[:at] + facts[at + 1 :]
