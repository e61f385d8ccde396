"""What the keys do to the kitchen: each deed asks the feed and answers with a sentence, or with nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from heard.client.clock import Clock
from heard.contract import kds
from heard.contract.base import Command
from heard.contract.orders import Priority
from heard.errors import HeardError, NotReady, Voided
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.tickets import READY, Ticket
from kds.feed import Feed
from kds.glass import Glass
from kds.keys import Deed, key_words

FORCE_S = 6.0
"""How long a refusal of expo's bump can be answered with force."""
MOVED_S = 0.6
"""After the wall packed itself, a number pressed this soon was meant for what stood there before."""
MAX_DONE = 200


@dataclass(slots=True)
class Hands:
    """One cook's hands: what they did last, and what they may insist on."""

    feed: Feed
    glass: Glass
    clock: Clock
    deeds: dict[str, Deed]
    done: list[str] = field(default_factory=list)
    """Tickets in the order something was done to them here, last one last: what undo takes back."""
    _insist: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        """The wall promises an undo only where these hands can keep it."""
        self.glass.undoable = self.done

    def bump(self) -> str:
        """Done with the card in focus. What is void only is acknowledged; without a focus the first card gets it."""
        slot = self.glass.slot_of(self.glass.focus)
        if slot is None or slot.gone_at is not None:
            self.glass.focus = self.glass.next_after(self.glass.focus)
            return ""
        return self.bump_ticket(slot.ticket_id)

    def bump_ticket(self, ticket_id: str) -> str:
        """Done with this one."""
        ticket = self.feed.board.tickets.get(ticket_id)
        if ticket is None:
            return "that card is gone"
        if _only_void(ticket):
            return self.ack_void(ticket_id)
        try:
            self._do(kds.Bump(command_id=new_id(), ticket_id=ticket_id))
        except NotReady as no:
            self._insist = (ticket_id, self.clock.monotonic() + FORCE_S)
            return f"{ticket.label}: {no.message} - {key_words(self.deeds['force'])} hands it over anyway"
        except Voided as no:
            return f"{ticket.label}: {no.message}"
        except HeardError as no:
            return _about(ticket, no)
        self.done.append(ticket_id)
        return ""

    def force(self) -> str:
        """Hand over although a station still has some: only right after it was refused, and only that card."""
        insist, self._insist = self._insist, None
        if insist is None or self.clock.monotonic() > insist[1]:
            return "nothing to force: bump first, and read what it says"
        return self._say(insist[0], kds.Bump(command_id=new_id(), ticket_id=insist[0], force=True), "handed over")

    def ack_void(self, ticket_id: str | None = None) -> str:
        """Seen: what is struck through is off."""
        return self._on_focus(ticket_id, lambda one: kds.AckVoid(command_id=new_id(), ticket_id=one), "", undo=False)

    def start(self) -> str:
        """On it."""
        return self._on_focus(None, lambda one: kds.Start(command_id=new_id(), ticket_id=one), "")

    def rush(self) -> str:
        """Before the others, or back in line."""
        ticket = self._focused()
        if ticket is None:
            return "focus a card first"
        wanted: Priority = "normal" if ticket.header.priority == "rush" else "rush"
        command = kds.Rush(command_id=new_id(), ticket_id=ticket.ticket_id, priority=wanted)
        return self._say(ticket.ticket_id, command, "RUSH" if wanted == "rush" else "back in line")

    def undo(self) -> str:
        """Take back the last thing done here; after that the one before it."""
        while self.done:
            ticket = self.feed.board.tickets.get(self.done.pop())
            if ticket is not None and ticket.deeds:
                return self._undone(ticket)
        ticket = self._focused()
        return self._undone(ticket) if ticket is not None and ticket.deeds else "nothing to undo"

    def _undone(self, ticket: Ticket) -> str:
        said = self._say(
            ticket.ticket_id, kds.Undo(command_id=new_id(), ticket_id=ticket.ticket_id), "taken back", undo=False
        )
        self.glass.focus = ticket.ticket_id
        return said

    def recall(self) -> str:
        """Bring back the last card that was done here; again for the one before it."""
        board = self.feed.board
        back = _last_done(board, self.glass.station)
        if back is None:
            return "nothing to recall today"
        said = self._say(
            back.ticket_id, kds.Recall(command_id=new_id(), ticket_id=back.ticket_id), "recalled", undo=False
        )
        self.glass.focus = back.ticket_id
        return said

    # ── The way to the feed ───────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, command: Command) -> None:
        self.feed.do(command)

    def _focused(self) -> Ticket | None:
        return self.feed.board.tickets.get(self.glass.focus or "")

    def _on_focus(self, ticket_id: str | None, make: Callable[[str], Command], done: str, *, undo: bool = True) -> str:
        wanted = ticket_id or self.glass.focus
        if wanted is None:
            return "focus a card first"
        return self._say(wanted, make(wanted), done, undo=undo)

    def _say(self, ticket_id: str, command: Command, done: str, *, undo: bool = True) -> str:
        ticket = self.feed.board.tickets.get(ticket_id)
        if ticket is None:
            return "that card is gone"
        try:
            self._do(command)
        except HeardError as no:
            return _about(ticket, no)
        if undo:
            self.done.append(ticket_id)
            del self.done[:-MAX_DONE]
        return f"{ticket.label} {done}" if done else ""


def _about(ticket: Ticket, no: HeardError) -> str:
    return no.message if ticket.label in no.message else f"{ticket.label}: {no.message}"


def _only_void(ticket: Ticket) -> bool:
    """Whether all that is left to do here is to see that something is off."""
    open_ones = [line for line in ticket.lines if line.live and line.state is not READY]
    if ticket.is_expo:
        open_ones = [line for line in ticket.lines if line.live]
    return not open_ones and any(not line.live and not line.acked for line in ticket.lines)


def _last_done(board: Board, station: str) -> Ticket | None:
    """The last done ticket that has anything to bring back; a voided one has not."""
    found = (board.tickets.get(one) for one in reversed(board.stacks.get(station, ())))
    return next((one for one in found if one is not None and any(line.live for line in one.lines)), None)
