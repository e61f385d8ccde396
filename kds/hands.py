"""What the keys do to the kitchen: each deed asks the feed and answers with a sentence, or with nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from heard.client.clock import Clock
from heard.client.status import LinkState
from heard.contract import kds
from heard.contract.base import Command
from heard.contract.orders import Priority
from heard.errors import HeardError, NotReady, Voided
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.tickets import READY, Ticket
from heard.ui.deeds import Deed, key_words
from heard.ui.words import ENGLISH, Words
from kds.bars import hands_off
from kds.feed import Feed
from kds.fingers import Fingers
from kds.glass import Glass
from kds.items import is_held
from kds.layout import Slot
from kds.recently import recently_done

FORCE_S = 6.0
"""How long a refusal of expo's bump can be answered with force."""
MOVED_S = 0.6
"""After the wall packed itself, a number pressed this soon was meant for what stood there before."""
MAX_DONE = 200
TENS = 10


class Insist(NamedTuple):
    """What was refused a moment ago because a station still has some, and until when force makes it so."""

    ticket_id: str
    item_id: str | None
    """None: the whole ticket."""
    until: float


@dataclass(slots=True)
class Hands:
    """One cook's hands: what they did last, and what they may insist on."""

    feed: Feed
    glass: Glass
    clock: Clock
    deeds: dict[str, Deed]
    words: Words = ENGLISH
    fingers: Fingers = field(default_factory=Fingers)
    done: list[str] = field(default_factory=list)
    """Tickets in the order something was done to them here, last one last: what undo takes back."""
    _insist: Insist | None = None

    def __post_init__(self) -> None:
        """The wall promises an undo only where these hands can keep it."""
        self.glass.undoable = self.done

    # ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def number(self, number: int) -> str | None:
        """Focus the card with this number; the same number again bumps it. None: it meant nothing."""
        mono = self.clock.monotonic()
        if self.fingers.tens and number < TENS:
            number += TENS
        self.fingers.tens = False
        if mono - self.glass.moved_at < MOVED_S:
            self.fingers.forget()
            return self.words("the wall has just moved: look again")
        if self.fingers.dead(f"slot.{number}", mono):
            return None
        if self.glass.numbered(number) is None:
            self.fingers.forget()
            return self.words("there is no card {number}", number=number)
        slot = self._up(number)
        meaning = self.fingers.press(number, slot.ticket_id if slot else None, mono)
        if slot is None or meaning == "nothing":
            return None
        self.glass.focus = slot.ticket_id
        if meaning == "focus":
            return ""
        self.fingers.bumped(f"slot.{number}", mono)
        return self.bump_ticket(slot.ticket_id)

    def tens(self) -> str | None:
        """The next number is ten more; a second `0` is ten itself."""
        self.fingers.tens = not self.fingers.tens
        return None if self.fingers.tens else self.number(TENS)

    def _up(self, number: int) -> Slot | None:
        slot = self.glass.numbered(number)
        return slot if slot is not None and slot.gone_at is None else None

    # ── Deeds ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def press_bump(self) -> str | None:
        """The bump key: done with the card in focus. The key rests after it."""
        mono = self.clock.monotonic()
        if self.fingers.dead("bump", mono):
            return None
        self.fingers.bumped("bump", mono)
        self.fingers.forget()
        return self.bump()

    def bump(self) -> str:
        """Done with the card in focus. What is void only is acknowledged; without a focus the first card gets it.

        On a wall without a card a refused station tries again: a bump bar has no other key for it.
        """
        slot = self.glass.slot_of(self.glass.focus)
        if slot is None or slot.gone_at is not None:
            self.glass.focus = self.glass.next_after(self.glass.focus)
            refused = self.glass.focus is None and self.feed.status.state is LinkState.REFUSED
            return self.retry() if refused else ""
        return self.bump_ticket(slot.ticket_id)

    def bump_ticket(self, ticket_id: str) -> str:
        """Done with this one."""
        why_not = hands_off(self.feed.status, self.glass.station, self.words)
        ticket = self.feed.board.tickets.get(ticket_id)
        if ticket is None or why_not:
            return why_not or self.words("that card is gone")
        if _only_void(ticket):
            return self.ack_void(ticket_id)
        before = self.feed.board
        try:
            self._do(kds.Bump(command_id=new_id(), ticket_id=ticket_id))
        except NotReady as no:
            return self._not_ready(ticket, no)
        except Voided as no:
            return f"{ticket.label}: {no.message}"
        except HeardError as no:
            return _about(ticket, no)
        self._remember(ticket_id, before)
        return ""

    def force(self) -> str:
        """Hand over although a station still has some: only right after it was refused, and only that."""
        insist, self._insist = self._insist, None
        if insist is None or self.clock.monotonic() > insist.until:
            return self.words("nothing to force: bump first, and read what it says")
        items = None if insist.item_id is None else (insist.item_id,)
        command = kds.Bump(command_id=new_id(), ticket_id=insist.ticket_id, item_ids=items, force=True)
        return self._say(insist.ticket_id, command, self.words("handed over"))

    def insists_on(self, ticket_id: str, item_id: str) -> bool:
        """Whether force is about this item of this ticket: tills number the items of every order alike."""
        return self._insist is not None and self._insist[:2] == (ticket_id, item_id)

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
            return self.words("focus a card first")
        wanted: Priority = "normal" if ticket.header.priority == "rush" else "rush"
        command = kds.Rush(command_id=new_id(), ticket_id=ticket.ticket_id, priority=wanted)
        return self._say(
            ticket.ticket_id, command, self.words("RUSH") if wanted == "rush" else self.words("back in line")
        )

    def undo(self) -> str:
        """Take back the last thing done here; after that the one before it."""
        if why_not := hands_off(self.feed.status, self.glass.station, self.words):
            return why_not
        while self.done:
            ticket = self.feed.board.tickets.get(self.done.pop())
            if ticket is not None and ticket.deeds:
                return self._undone(ticket)
        ticket = self._focused()
        return self._undone(ticket) if ticket is not None and ticket.deeds else self.words("nothing to undo")

    def _undone(self, ticket: Ticket) -> str:
        """What cannot be taken back is no more in the way: the next undo goes to what was done before it."""
        before, mine = self.feed.board, ticket.ticket_id
        undo = kds.Undo(command_id=new_id(), ticket_id=mine)
        said = self._say(mine, undo, self.words("taken back"), undo=False)
        if self.feed.board is not before:
            self.glass.focus = mine
        else:
            self.done[:] = [one for one in self.done if one != mine]
        return said

    def recall(self) -> str:
        """Bring back the last card that was done here; again for the one before it."""
        back = next(recently_done(self.feed.board, self.glass.station), None)
        return self.words("nothing to recall today") if back is None else self.recall_ticket(back.ticket_id)

    def recall_ticket(self, ticket_id: str) -> str:
        """Bring back this one, whenever it was done."""
        command = kds.Recall(command_id=new_id(), ticket_id=ticket_id)
        said = self._say(ticket_id, command, self.words("recalled"), undo=False)
        self.glass.focus = ticket_id
        return said

    def hold(self) -> str:
        """Not yet; what is held is fired. A kitchen's hold is taken back with undo too."""
        ticket = self._focused()
        if ticket is None:
            return self.words("focus a card first")
        held = [line.item_id for line in ticket.lines if is_held(self.feed.board, ticket, line)]
        if held:
            fire = kds.Fire(command_id=new_id(), ticket_id=ticket.ticket_id, item_ids=tuple(held))
            return self._say(ticket.ticket_id, fire, self.words("fired"), undo=False)
        return self._say(
            ticket.ticket_id, kds.Hold(command_id=new_id(), ticket_id=ticket.ticket_id), self.words("held")
        )

    def retry(self) -> str:
        """Ask the gateway again to be let in, or look for it now; a sentence."""
        if self.feed.status.live:
            return self.words("Link: live.")
        self.feed.retry()
        return self.words("Link: connecting.")

    # ── Single items ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_item(self, kind: type[kds.TicketCommand], ticket_id: str, item_id: str) -> str:
        """Start, bump, recall, hold, fire or acknowledge one item of a ticket alone."""
        command = kind.ingest({"command_id": new_id(), "ticket_id": ticket_id, "item_ids": [item_id]})
        return self._say(ticket_id, command, "", undo=kind in _TAKEN_BACK, item_id=item_id)

    # ── The way to the feed ───────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, command: Command) -> None:
        self.feed.do(command)

    def deed(self, name: str) -> str:
        """One of the deeds that need no more than their name. Raises: KeyError."""
        return _DEEDS[name](self)

    def _focused(self) -> Ticket | None:
        return self.feed.board.tickets.get(self.glass.focus or "")

    def _on_focus(self, ticket_id: str | None, make: Callable[[str], Command], done: str, *, undo: bool = True) -> str:
        wanted = ticket_id or self.glass.focus
        if wanted is None:
            return self.words("focus a card first")
        return self._say(wanted, make(wanted), done, undo=undo)

    def _say(
        self, ticket_id: str, command: Command, done: str, *, undo: bool = True, item_id: str | None = None
    ) -> str:
        why_not = hands_off(self.feed.status, self.glass.station, self.words)
        ticket = self.feed.board.tickets.get(ticket_id)
        if ticket is None or why_not:
            return why_not or self.words("that card is gone")
        before = self.feed.board
        try:
            self._do(command)
        except NotReady as no:
            return self._not_ready(ticket, no, item_id)
        except HeardError as no:
            return _about(ticket, no)
        if undo:
            self._remember(ticket_id, before)
        if done and self.feed.board is before:
            return self.words("it is so already")
        return f"{ticket.label} {done}" if done else ""

    def _remember(self, ticket_id: str, before: Board) -> None:
        """For undo, which must not take back something older in place of what changed nothing."""
        if self.feed.board is not before:
            self.done.append(ticket_id)
            del self.done[:-MAX_DONE]

    def _not_ready(self, ticket: Ticket, no: NotReady, item_id: str | None = None) -> str:
        self._insist = Insist(ticket.ticket_id, item_id, self.clock.monotonic() + FORCE_S)
        key = key_words(self.deeds["force"])
        return self.words("{label}: {why} - {key} hands it over anyway", label=ticket.label, why=no.message, key=key)


_TAKEN_BACK = (kds.Start, kds.Bump, kds.Hold)
"""What undo takes back when it was done to an item."""


def _about(ticket: Ticket, no: HeardError) -> str:
    return no.message if ticket.label in no.message else f"{ticket.label}: {no.message}"


def _only_void(ticket: Ticket) -> bool:
    """Whether all that is left to do here is to see that something is off."""
    open_ones = [line for line in ticket.lines if line.live and line.state is not READY]
    if ticket.is_expo:
        open_ones = [line for line in ticket.lines if line.live]
    return not open_ones and any(not line.live and not line.acked for line in ticket.lines)


_DEEDS: dict[str, Callable[[Hands], str]] = {
    "start": Hands.start,
    "undo": Hands.undo,
    "recall": Hands.recall,
    "ack_void": Hands.ack_void,
    "rush": Hands.rush,
    "hold": Hands.hold,
    "force": Hands.force,
}
"""What the keymap calls them."""
