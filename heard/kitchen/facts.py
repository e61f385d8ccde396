"""What each kds fact does to the board: one small function a fact, and the table that `apply` reads.

A fact never fails: it happened. What it names and the board does not know is left alone, so that a station's view, a
snapshot taken late or a newer gateway's fact cannot stop a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from heard.contract import kds
from heard.contract.base import Fact
from heard.contract.kds import LineState, Mark
from heard.kitchen.board import Board, in_work
from heard.kitchen.evolve import evolve
from heard.kitchen.tickets import HELD, QUEUED, READY, STARTED, VOIDED, Deed, DeedKind, Line, Ticket


class Stamp(NamedTuple):
    """What an envelope says beside the fact itself."""

    seq: int
    at: datetime
    cause: str | None = None


def apply_fact(board: Board, fact: Fact, stamp: Stamp) -> Board:
    """The board after a fact; facts of other streams change nothing."""
    if not isinstance(fact, kds.KdsFact):
        return board
    board = _APPLY[type(fact)](board, fact, stamp)
    heard = dict.fromkeys(fact.stations, stamp.seq)
    return evolve(board, seq=stamp.seq, views=board.views.update(heard))


def _incoming(board: Board, fact: kds.OrderIncoming, stamp: Stamp) -> Board:
    board = board.turned(fact.ticket.service_day)
    if fact.ticket_id in board.tickets:
        return board
    header = kds.TicketHeader.model_construct(**{name: getattr(fact.ticket, name) for name in _HEADER})
    ticket = Ticket(
        ticket_id=fact.ticket_id,
        order_id=fact.order_id,
        station=fact.station,
        stations=fact.stations,
        header=header,
        lines=tuple(_new_line(item, stamp) for item in fact.ticket.items),
        came_at=stamp.at,
        fired_at=stamp.at,
        seq=stamp.seq,
    )
    if board.orders.get(fact.order_id) != fact.stations:
        board = evolve(board, orders=board.orders.set(fact.order_id, fact.stations))
    others = (one for one in board.of_order(fact.order_id) if one.stations != fact.stations)
    return board.put(ticket, *(evolve(one, stations=fact.stations) for one in others))


_HEADER = tuple(kds.TicketHeader.model_fields)


def _new_line(item: kds.TicketItem, stamp: Stamp) -> Line:
    state = HELD if item.held else QUEUED
    return Line(item=item, state=state, marks=item.marks, waits_for_clock=item.held, since=stamp.at)


def _changed(board: Board, fact: kds.OrderChanged, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is None:
        return board
    moved = {change.line.item_id: change for change in fact.changed}
    change = {line.item_id: line for line in ticket.lines}
    for line in ticket.lines:
        if line.item_id in fact.voided:
            change[line.item_id] = _voided(board, ticket, line, stamp)
        elif line.item_id in moved:
            change[line.item_id] = _line_changed(line, moved[line.item_id], stamp, expo=ticket.is_expo)
    added = [item for item in fact.added if item.item_id not in change or not change[item.item_id].live]
    change |= {item.item_id: _came(_new_line(item, stamp), stamp) for item in added}
    if fact.ticket and fact.ticket.priority != ticket.header.priority:
        ticket = _without_rush(ticket)
    ticket = evolve(ticket, lines=tuple(change.values()), header=fact.ticket or ticket.header)
    ticket = _cut_short(ticket, {*fact.voided, *moved, *(item.item_id for item in added)}, stamp)
    return board.put(ticket)


def _came(line: Line, stamp: Stamp) -> Line:
    """The line, now first on the card, or back on it: a bump of a card that was read before was not about it."""
    return evolve(line, came_seq=stamp.seq, came_by=stamp.cause)


def _line_changed(line: Line, change: kds.LineChange, stamp: Stamp, *, expo: bool) -> Line:
    """The `changed (cooking)` column: work on the old words starts again; other changes only mark."""
    marks = [Mark.CHANGED]
    changed = evolve(line, item=change.line, before=change.before)
    if expo and bool(line.item.stations) is not bool(change.line.stations):
        # Expo makes now what it watched, or the other way round: nobody has begun with it yet.
        changed = evolve(changed, state=HELD if change.line.held else QUEUED, begun=False, since=stamp.at)
    elif change.cooking and not (expo and line.item.stations):
        marks += [Mark.RECALLED] if line.state is READY else []
        state = QUEUED if in_work(line) else line.state
        changed = evolve(changed, state=state, since=stamp.at if state is not line.state else line.since)
    seq = stamp.seq if change.cooking else line.changed_seq
    handed_over = line.handed_over and not change.cooking
    return evolve(changed, marks=line.marked(*marks), handed_over=handed_over, changed_seq=seq)


def _voided(board: Board, ticket: Ticket, line: Line, stamp: Stamp) -> Line:
    # A held line was never shown at prep: nobody needs to acknowledge that it is gone. Expo's line of what others make
    # does not move with theirs, so theirs are asked, which the same command voided just before.
    watched = ticket.is_expo and line.item.stations
    makers = board.item_lines(ticket.order_id, line.item_id) if watched else (line,)
    never_shown = all(one.acked or one.state is HELD for one in makers)
    return evolve(line, state=VOIDED, acked=line.acked or never_shown, since=stamp.at)


def _item_voided(board: Board, fact: kds.ItemVoided, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    return board if ticket is None else _foreign(board, fact, stamp, lambda line: _voided(board, ticket, line, stamp))


def _acknowledged(board: Board, fact: kds.VoidAcknowledged, stamp: Stamp) -> Board:
    return _foreign(board, fact, stamp, lambda line: evolve(line, acked=not line.live))


def _started(board: Board, fact: kds.ItemStarted, stamp: Stamp) -> Board:
    return _own(board, fact, stamp, "start", lambda line: _into(line, STARTED, stamp))


def _ready(board: Board, fact: kds.ItemReady, stamp: Stamp) -> Board:
    return _own(board, fact, stamp, "forced" if fact.forced else "bump", lambda line: _into(line, READY, stamp))


def _handed_over(board: Board, fact: kds.ItemHandedOver, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    own = {line.item_id for line in ticket.own_lines} if ticket else set()
    return _own(board, fact, stamp, "bump", lambda line: _over(line, stamp, made_here=line.item_id in own))


def _over(line: Line, stamp: Stamp, *, made_here: bool) -> Line:
    return evolve(_into(line, READY, stamp) if made_here else line, handed_over=True, since=stamp.at)


def _held(board: Board, fact: kds.ItemHeld, stamp: Stamp) -> Board:
    return _own(board, fact, stamp, "hold", lambda line: _into(line, HELD, stamp))


def _fired(board: Board, fact: kds.ItemFired, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is None:
        return board
    ticket = _touched(ticket, fact, stamp, lambda line: evolve(_into(line, QUEUED, stamp), waits_for_clock=False))
    return board.put(evolve(ticket, fired_at=stamp.at))


def _into(line: Line, state: LineState, stamp: Stamp) -> Line:
    line = _came(line, stamp) if line.state is HELD else line
    return evolve(line, state=state, begun=line.begun or state in (STARTED, READY), since=stamp.at)


def _complete(board: Board, fact: kds.OrderComplete, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    # The view of a station that came to the order late does not hold expo's ticket: its own is closed all the same.
    if ticket is not None and ticket.is_expo:
        own = {line.item_id for line in ticket.own_lines}
        leaving = {line.item_id: line for line in ticket.lines if line.live and not line.handed_over}
        ticket, before = _same_hand(ticket, stamp)
        deed = Deed("close", (*before, *(line.as_was() for line in leaving.values())), cause=stamp.cause)
        over = {one: _over(line, stamp, made_here=one in own) for one, line in leaving.items()}
        seen = {line.item_id: evolve(line, acked=True) for line in ticket.lines if not line.live}
        board = board.put(evolve(ticket.with_lines(over | seen).did(deed), seq=stamp.seq))
    return _close(board, fact.order_id, closed=True)


def _same_hand(ticket: Ticket, stamp: Stamp) -> tuple[Ticket, tuple[kds.LineWas, ...]]:
    """Handing over the last item closes the order: one bump, so one undo takes back both."""
    if stamp.cause is None or not ticket.deeds or ticket.deeds[-1].cause != stamp.cause:
        return ticket, ()
    return ticket.undone(), ticket.deeds[-1].lines


def _close(board: Board, order_id: str, *, closed: bool) -> Board:
    tickets = [evolve(ticket, closed=closed) for ticket in board.of_order(order_id) if ticket.closed is not closed]
    return board.put(*tickets)


def _order_reopened(board: Board, fact: kds.OrderReopened, stamp: Stamp) -> Board:
    board = _close(board, fact.order_id, closed=False)
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is None or not ticket.is_expo:
        return board
    return board.put(evolve(_put_back(ticket, fact.lines, stamp).undone(), seq=stamp.seq))


def _item_reopened(board: Board, fact: kds.ItemReopened, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is None:
        return board
    back = _put_back(ticket, fact.lines, stamp)
    back = back.undone() if fact.undo else back.forgot(frozenset(line.item_id for line in fact.lines))
    return board.put(evolve(back, seq=stamp.seq))


def _put_back(ticket: Ticket, lines: Iterable[kds.LineWas], stamp: Stamp) -> Ticket:
    change = {}
    for was in lines:
        line = ticket.line(was.item_id)
        if line is not None:
            change[was.item_id] = evolve(
                _came(line, stamp) if _off(line) and not _off(was) else line,
                state=was.state,
                begun=was.begun,
                handed_over=was.handed_over,
                marks=line.marks if was.marks is None else was.marks,
                since=stamp.at,
            )
    return ticket.with_lines(change)


def _off(line: Line | kds.LineWas) -> bool:
    """Nothing is to be done with it: held, ready, gone."""
    return line.state in (HELD, READY, VOIDED) or line.handed_over


def _recalled(board: Board, fact: kds.TicketRecalled, stamp: Stamp) -> Board:
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is not None:
        own = {line.item_id for line in ticket.own_lines}
        board = _foreign(board, fact, stamp, lambda line: _back(line, stamp, made_here=line.item_id in own))
        if fact.restart_fire_clock:
            board = board.put(evolve(board.tickets[fact.ticket_id], fired_at=stamp.at))
    # As with the close: what is known of the order is open again, whichever of its tickets is named.
    if any(one.closed for one in board.of_order(fact.order_id)):
        board = board.put(*(one.unclosed() for one in board.of_order(fact.order_id)))
    return _close(board, fact.order_id, closed=False)


def _back(line: Line, stamp: Stamp, *, made_here: bool) -> Line:
    line = _came(line, stamp) if _off(line) and line.live else line
    line = evolve(line, marks=line.marked(Mark.RECALLED), handed_over=False)
    return evolve(line, state=QUEUED, since=stamp.at) if made_here and line.live else line


def _priority(board: Board, fact: kds.PriorityChanged, stamp: Stamp) -> Board:
    """For all tickets of the order; only the last to say so, at its ticket, can take it back."""
    for ticket in board.of_order(fact.order_id):
        here = ticket.ticket_id == fact.ticket_id
        header = ticket.header.model_copy(update={"priority": fact.priority})
        kept = ticket.undone() if here and fact.undo else _without_rush(ticket)
        ticket = evolve(kept, header=header, seq=stamp.seq)  # noqa: PLW2901 - the ticket as it goes on
        if here and not fact.undo:
            ticket = ticket.did(Deed("rush", priority=fact.was, cause=stamp.cause))  # noqa: PLW2901
        board = board.put(ticket)
    return board


def _without_rush(ticket: Ticket) -> Ticket:
    return evolve(ticket, deeds=tuple(deed for deed in ticket.deeds if deed.kind != "rush"))


def _own(board: Board, fact: kds.KdsFact, stamp: Stamp, kind: DeedKind, change: Callable[[Line], Line]) -> Board:
    """A move of this ticket's own people: it can be undone."""
    ticket = board.tickets.get(fact.ticket_id)
    if ticket is None:
        return board
    lines = [line for line in ticket.lines if line.item_id in fact.item_ids]
    deed = Deed(kind, tuple(line.as_was() for line in lines), cause=stamp.cause)
    ticket = ticket.with_lines({line.item_id: change(line) for line in lines}).did(deed)
    return board.put(evolve(ticket, seq=stamp.seq))


def _foreign(board: Board, fact: kds.KdsFact, stamp: Stamp, change: Callable[[Line], Line]) -> Board:
    """A move that is not undone, and ends the undoing of what it touches."""
    ticket = board.tickets.get(fact.ticket_id)
    return board if ticket is None else board.put(_touched(ticket, fact, stamp, change))


def _touched(ticket: Ticket, fact: kds.KdsFact, stamp: Stamp, change: Callable[[Line], Line]) -> Ticket:
    lines = {line.item_id: change(line) for line in ticket.lines if line.item_id in fact.item_ids}
    return _cut_short(ticket.with_lines(lines), set(lines), stamp)


def _cut_short(ticket: Ticket, item_ids: set[str], stamp: Stamp) -> Ticket:
    return evolve(ticket.forgot(frozenset(item_ids)), seq=stamp.seq)


_APPLY: dict[type[Fact], Callable[[Board, Any, Stamp], Board]] = {
    kds.OrderIncoming: _incoming,
    kds.OrderChanged: _changed,
    kds.ItemVoided: _item_voided,
    kds.ItemStarted: _started,
    kds.ItemReady: _ready,
    kds.ItemHandedOver: _handed_over,
    kds.OrderComplete: _complete,
    kds.ItemReopened: _item_reopened,
    kds.OrderReopened: _order_reopened,
    kds.TicketRecalled: _recalled,
    kds.ItemHeld: _held,
    kds.ItemFired: _fired,
    kds.PriorityChanged: _priority,
    kds.VoidAcknowledged: _acknowledged,
}
