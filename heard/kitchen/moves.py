"""What cooks and expo ask for, decided: start, bump, undo, recall, hold, fire, rush, acknowledge a void.

Each decision looks at the board and answers with facts, `already`, `superseded`, or a refusal in a sentence. Nothing is
changed here: facts are applied in `facts.py`, by the gateway and by every screen alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from heard.contract import kds
from heard.contract.base import Command, Fact
from heard.contract.kds import LineWas, Mark
from heard.errors import InvalidTransition, NotFound, NotReady, Voided
from heard.kitchen.board import Board, expo_of, open_prep
from heard.kitchen.tickets import HELD, QUEUED, READY, VOIDED, Deed, Line, Ticket, Verdict

Result = Literal["applied", "already", "superseded"]
_F = TypeVar("_F", bound=kds.KdsFact)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command comes to, if it is not refused."""

    result: Result
    facts: tuple[Fact, ...] = ()


ALREADY = Decision("already")


def applied(facts: Iterable[Fact]) -> Decision:
    """These facts; `already` when there are none."""
    written = tuple(facts)
    return Decision("applied", written) if written else ALREADY


def tell(kind: type[_F], ticket: Ticket, items: Iterable[str] = (), /, **more: object) -> _F:
    """A fact about a ticket, with what all kds facts have."""
    return kind.model_validate(
        {
            "order_id": ticket.order_id,
            "ticket_id": ticket.ticket_id,
            "station": ticket.station,
            "stations": ticket.stations,
            "item_ids": tuple(items),
            **more,
        }
    )


# ── Which lines a command means ───────────────────────────────────────────────────────────────────────────────────────


def _named(ticket: Ticket, command: kds.TicketCommand) -> list[Line]:
    """The lines named, or all this station makes.

    Raises:
        NotFound: an item that is not on this ticket.
    """
    if command.item_ids is None:
        return list(ticket.own_lines)
    lines = []
    for item_id in dict.fromkeys(command.item_ids):
        line = ticket.line(item_id)
        if line is None:
            raise NotFound(f"there is no item {item_id} on {ticket.label} at {ticket.station}")
        lines.append(line)
    return lines


def _movable(ticket: Ticket, command: kds.TicketCommand, move: str) -> tuple[list[Line], Result]:
    """The lines that a move moves. Of a whole ticket those that can; named ones all, or the command is refused.

    Raises:
        InvalidTransition, Voided: the table refuses, or another station makes it.
    """
    lines = _named(ticket, command)
    _only_own(ticket, lines)
    verdicts = [line.verdict(move) for line in lines]
    moving = [line for line, verdict in zip(lines, verdicts, strict=True) if not isinstance(verdict, Verdict)]
    stuck = [(verdict, line) for line, verdict in zip(lines, verdicts, strict=True) if isinstance(verdict, Verdict)]
    no = [(verdict, line) for verdict, line in stuck if verdict in (Verdict.VOIDED, Verdict.REFUSED)]
    if no and (command.item_ids is not None or len(no) == len(lines)):
        raise _refusal(ticket, move, *no[0])
    if moving:
        return moving, "applied"
    said = {verdict for verdict, _ in stuck} & {Verdict.ALREADY, Verdict.SUPERSEDED}
    return [], "superseded" if said == {Verdict.SUPERSEDED} else "already"


_DOING = {"start": "started", "bump": "bumped", "hold": "held", "fire": "fired", "recall": "recalled"}


def _refusal(ticket: Ticket, move: str, verdict: Verdict, line: Line) -> InvalidTransition | Voided:
    what = f"{line.item.name} on {ticket.label}"
    if verdict is Verdict.VOIDED:
        return Voided(f"{what} was voided; acknowledge it")
    return InvalidTransition(f"{what} is {line.state} and cannot be {_DOING.get(move, move)}")


def _only_open(ticket: Ticket) -> None:
    if ticket.closed:
        raise InvalidTransition(f"{ticket.label} has left the kitchen; recall it first")


def _only_live(board: Board, ticket: Ticket) -> None:
    _only_open(ticket)
    if not any(line.live for one in board.of_order(ticket.order_id) for line in one.lines):
        raise Voided(f"{ticket.label} was voided; acknowledge it")


def _only_own(ticket: Ticket, lines: Iterable[Line]) -> None:
    own = set(_ids(ticket.own_lines))
    for line in lines:
        if line.item_id not in own:
            makers = " and ".join(line.item.stations)
            raise InvalidTransition(f"{line.item.name} on {ticket.label} is made at {makers}, not at {ticket.station}")


# ── Prep ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def start(board: Board, command: kds.Start) -> Decision:
    """I am on it."""
    ticket = board.ticket(command.ticket_id)
    lines, result = _movable(ticket, command, "start")
    return applied([tell(kds.ItemStarted, ticket, _ids(lines))]) if lines else Decision(result)


def bump(board: Board, command: kds.Bump) -> Decision:
    """My part is done; at expo, handed over."""
    ticket = board.ticket(command.ticket_id)
    if ticket.is_expo:
        return _hand_over(board, ticket, command)
    lines, result = _movable(ticket, command, "bump")
    meant = [line for line in lines if not _came_unseen(line, command)]
    if lines and not meant:
        return Decision("superseded")
    return applied(_bumped(ticket, meant, command)) if meant else Decision(result)


def _came_unseen(line: Line, command: kds.Bump) -> bool:
    """Whether a bump of the whole card cannot have meant a line: it was added, fired or brought back after the card was
    read, and not by the same hand. What a bump names it means.
    """
    if command.item_ids is not None or command.seen_seq is None:
        return False
    return line.came_seq > command.seen_seq and line.came_by not in command.seen_with


def _bumped(ticket: Ticket, lines: list[Line], command: kds.Bump) -> list[Fact]:
    """Ready; and what changed after the cook's screen was painted comes back, the old work noted."""
    facts: list[Fact] = [tell(kds.ItemReady, ticket, _ids(lines), reason=command.reason)]
    unseen = [line for line in lines if command.seen_seq is not None and line.changed_seq > command.seen_seq]
    if unseen:
        back = [
            LineWas(item_id=line.item_id, state=QUEUED, begun=True, marks=line.marked(Mark.CHANGED)) for line in unseen
        ]
        facts.append(tell(kds.ItemReopened, ticket, _ids(unseen), lines=back, undo=False))
    return facts


def hold(board: Board, command: kds.Hold) -> Decision:
    """Not yet; at expo, nowhere yet."""
    return _everywhere(board, command, "hold", kds.ItemHeld)


def fire(board: Board, command: kds.Fire) -> Decision:
    """Cook now; at expo, everywhere."""
    return _everywhere(board, command, "fire", kds.ItemFired)


def _everywhere(board: Board, command: kds.Hold | kds.Fire, move: str, kind: type[kds.KdsFact]) -> Decision:
    ticket = board.ticket(command.ticket_id)
    _only_open(ticket)
    _named(ticket, command)
    facts, refused = [], None
    for one in board.of_order(ticket.order_id) if ticket.is_expo else (ticket,):
        here = command if command.item_ids is None else _only(command, one)
        if here is None or not _named(one, here):
            continue
        try:
            lines, _ = _movable(one, here, move)
        except (InvalidTransition, Voided) as no:
            refused = no
            continue
        if lines:
            facts.append(tell(kind, one, _ids(lines), reason=command.reason))
    if refused and (not facts or command.item_ids is not None):
        raise refused
    return applied(facts)


def _only(command: kds.Hold | kds.Fire, ticket: Ticket) -> kds.Hold | kds.Fire | None:
    """The command for the items of this ticket alone; None when it names none of them."""
    ours = {line.item_id for line in ticket.own_lines}
    if not ticket.is_expo and not ours & set(command.item_ids or ()):
        return None
    named = tuple(one for one in command.item_ids or () if one in ours)
    return command.model_copy(update={"item_ids": named}) if named else None


def ack_void(board: Board, command: kds.AckVoid) -> Decision:
    """Seen."""
    ticket = board.ticket(command.ticket_id)
    lines = _named(ticket, command) if command.item_ids is not None else list(ticket.lines)
    seen = [line for line in lines if line.verdict("ack_void") is VOIDED]
    return applied([tell(kds.VoidAcknowledged, ticket, _ids(seen))]) if seen else ALREADY


# ── Expo ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _hand_over(board: Board, ticket: Ticket, command: kds.Bump) -> Decision:
    if ticket.closed:
        return ALREADY
    lines = _named(ticket, command) if command.item_ids is not None else list(ticket.lines)
    live = [line for line in lines if line.live]
    if not live or (command.item_ids is not None and len(live) < len(lines)):
        raise Voided(f"{ticket.label} was voided; acknowledge it")
    waiting = [line for line in live if not line.handed_over]
    leaving = [line for line in waiting if not _came_unseen(line, command)]
    if waiting and not leaving:
        return Decision("superseded")
    if command.item_ids is not None and not leaving:
        return ALREADY
    siblings = [one for one in board.of_order(ticket.order_id) if not one.is_expo]
    late = _late(siblings, {line.item_id for line in leaving})
    if late and not command.force:
        raise NotReady(_still(open_prep(siblings) if command.item_ids is None else _counts(late)))
    if not command.force:
        _none_held(ticket, leaving)
    facts: list[Fact] = [tell(kds.ItemReady, one, _ids(open_), forced=True) for one, open_ in late]
    others = [line for line in ticket.lines if line.live and line not in leaving and not line.handed_over]
    if command.item_ids is not None or len(leaving) < len(waiting):
        facts.append(tell(kds.ItemHandedOver, ticket, _ids(leaving)))
    if not others:
        facts.append(tell(kds.OrderComplete, ticket, _ids(line for line in ticket.lines if line.live)))
    return applied(facts)


def _none_held(ticket: Ticket, leaving: list[Line]) -> None:
    """What expo makes itself moves by the table too: held is not bumped."""
    own = set(_ids(ticket.own_lines))
    for line in leaving:
        if line.item_id in own and line.state is HELD:
            raise _refusal(ticket, "bump", Verdict.REFUSED, line)


def _late(siblings: list[Ticket], items: set[str]) -> list[tuple[Ticket, list[Line]]]:
    """Prep lines of these items that are still to make, by ticket."""
    late = [(one, [line for line in one.lines if line.item_id in items and _unmade(line)]) for one in siblings]
    return [(one, lines) for one, lines in late if lines]


def _unmade(line: Line) -> bool:
    return line.live and line.state is not READY


def _counts(late: list[tuple[Ticket, list[Line]]]) -> dict[str, int]:
    return {one.station: len(lines) for one, lines in late}


def _still(left: dict[str, int]) -> str:
    return ", ".join(f"{station} still has {count}" for station, count in left.items())


# ── Taking back ───────────────────────────────────────────────────────────────────────────────────────────────────────


def undo(board: Board, command: kds.Undo) -> Decision:
    """Take back this ticket's last action, if nobody touched those lines since."""
    ticket = board.ticket(command.ticket_id)
    if not ticket.deeds:
        raise InvalidTransition(f"there is nothing to undo on {ticket.label} at {ticket.station}")
    deed = ticket.deeds[-1]
    if not ticket.is_expo and _out_of_hand(board, ticket, deed):
        raise InvalidTransition(f"{ticket.label} was handed over at expo; recall it instead")
    if deed.kind == "rush":
        _only_live(board, ticket)
    return applied(_take_back(board, ticket, deed))


def _out_of_hand(board: Board, ticket: Ticket, deed: Deed) -> bool:
    """Expo has it: the whole order, or what this deed was about."""
    expo = expo_of(board.of_order(ticket.order_id))
    over = frozenset(line.item_id for line in expo.lines if line.handed_over) if expo else frozenset()
    return (ticket.closed and ticket.has_expo) or deed.kind == "forced" or deed.touches(over)


def _take_back(board: Board, ticket: Ticket, deed: Deed) -> list[Fact]:
    if deed.kind == "rush":
        now = ticket.header.priority
        return [tell(kds.PriorityChanged, ticket, priority=deed.priority, was=now, undo=True)]
    items = [line.item_id for line in deed.lines]
    forced = _forced_by(board, ticket, deed)
    if deed.kind == "close":
        return [tell(kds.OrderReopened, ticket, items, lines=deed.lines), *forced]
    reopened = [tell(kds.OrderReopened, ticket, items)] if ticket.closed else []
    return [*reopened, tell(kds.ItemReopened, ticket, items, lines=deed.lines), *forced]


def _forced_by(board: Board, ticket: Ticket, deed: Deed) -> list[Fact]:
    """The prep lines that the same command at expo closed over: they come back with it."""
    if not ticket.is_expo or deed.cause is None:
        return []
    return [
        tell(kds.ItemReopened, one, _ids_was(one.deeds[-1]), lines=one.deeds[-1].lines)
        for one in board.of_order(ticket.order_id)
        if one.deeds and one.deeds[-1].kind == "forced" and one.deeds[-1].cause == deed.cause
    ]


def recall(board: Board, command: kds.Recall) -> Decision:
    """Bring back what was done: a prep ticket and expo's; from expo, every station of the items named."""
    ticket = board.ticket(command.ticket_id)
    tickets = board.of_order(ticket.order_id)
    back = _recalled_items(board, ticket, command)
    if not back:
        return ALREADY
    stations = tickets if ticket.is_expo else [one for one in tickets if one is ticket or one.is_expo]
    return applied(_recalls(stations, back, command))


def _recalled_items(board: Board, ticket: Ticket, command: kds.Recall) -> list[str]:
    if not ticket.is_expo:
        return _ids(_movable(ticket, command, "recall")[0])
    lines = [line for line in (_named(ticket, command) if command.item_ids else ticket.lines) if line.live]
    if not lines:
        raise InvalidTransition(f"{ticket.label} was voided and cannot be recalled")
    return [line.item_id for line in lines if line.handed_over or _made(board, ticket, line)]


def _made(board: Board, ticket: Ticket, line: Line) -> bool:
    return any(one.state is READY for one in board.item_lines(ticket.order_id, line.item_id))


def _recalls(tickets: Iterable[Ticket], back: list[str], command: kds.Recall) -> list[Fact]:
    facts: list[Fact] = []
    for one in tickets:
        own = set(_ids(one.own_lines))
        here = [line for line in one.lines if line.item_id in back and line.live]
        items = _ids(line for line in here if line.item_id not in own or line.state is READY)
        if items:
            clock = command.restart_fire_clock
            facts.append(tell(kds.TicketRecalled, one, items, reason=command.reason, restart_fire_clock=clock))
    return facts


def rush(board: Board, command: kds.Rush) -> Decision:
    """Before the others, or back in line."""
    ticket = board.ticket(command.ticket_id)
    _only_live(board, ticket)
    if ticket.header.priority == command.priority:
        return ALREADY
    return applied([tell(kds.PriorityChanged, ticket, priority=command.priority, was=ticket.header.priority)])


# ── What a move means for the order ───────────────────────────────────────────────────────────────────────────────────


def closes(board: Board, order_id: str) -> kds.OrderComplete | None:
    """Where a store has no expo, the last ready line closes the order, at the ticket it stood on."""
    tickets = board.of_order(order_id)
    if not tickets or tickets[0].has_expo or any(one.closed for one in tickets):
        return None
    if len(tickets) < len(board.orders[order_id]):
        return None  # the view of a station that came to the order late does not hold the others' tickets
    if open_prep(tickets) or not any(line.live for one in tickets for line in one.lines):
        return None
    last = max(tickets, key=lambda one: one.seq)
    return tell(kds.OrderComplete, last, _ids(line for line in last.lines if line.live))


def _ids(lines: Iterable[Line]) -> list[str]:
    return [line.item_id for line in lines]


def _ids_was(deed: Deed) -> list[str]:
    return [line.item_id for line in deed.lines]


def is_waiting(line: Line) -> bool:
    """Held for a time to come."""
    return line.state is HELD and line.waits_for_clock


MOVES: dict[type[Command], Callable[..., Decision]] = {
    kds.Start: start,
    kds.Bump: bump,
    kds.Undo: undo,
    kds.Recall: recall,
    kds.Hold: hold,
    kds.Fire: fire,
    kds.AckVoid: ack_void,
    kds.Rush: rush,
}
