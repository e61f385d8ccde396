"""What each letter does: it asks the hands, or reads something out; a sentence or more, or none where news says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from heard.client.status import LinkState
from heard.contract import kds
from heard.contract.kds import EXPO
from kds.items import is_held
from kds.spoken.letters import RETRY, Letter, help_lines
from kds.spoken.lists import order, tallies
from kds.spoken.seat import Seat
from kds.spoken.typed import Typed

Answer = Callable[[Seat, Typed], Iterable[str]]


def answered(seat: Seat, asked: Typed) -> Iterable[str]:
    """What a line comes to: the letter is judged before the number chooses anything."""
    letter = seat.letters.get(asked.letter)
    if wrong := _misplaced(seat, asked, letter) or seat.choose(asked):
        return [wrong]
    if letter is None:
        return _heard(seat, asked)
    if asked.done is not None:
        return _to_done(seat, asked.letter, asked.done)
    if _is_lost(seat, letter):
        return [seat.words("choose a card first: type its number")]
    return _done(seat, asked, letter)


def _misplaced(seat: Seat, asked: Typed, letter: Letter | None) -> str:
    """Why this letter cannot stand here; empty: it can, or there is none."""
    if letter is None:
        return seat.words("{letter} is no letter here; h helps", letter=asked.letter) if asked.letter else ""
    if asked.card is not None and letter.about == "nothing":
        return seat.words("{letter} takes no number; h helps", letter=asked.letter)
    return ""


def _is_lost(seat: Seat, letter: Letter) -> bool:
    """Whether what the letter is about was never chosen, or is gone: an item's letter is never its whole card's."""
    if letter.about not in ("card", "item"):
        return False
    return seat.mine is None or (letter.about == "item" and seat.item is not None and seat.line is None)


def _done(seat: Seat, asked: Typed, letter: Letter) -> Iterable[str]:
    """What the letter does, and whose card somebody was at with it."""
    before, chosen = seat.feed.board, seat.glass.focus
    said = [one for one in _DOES[letter.letter](seat, asked) if one]
    if seat.feed.board is not before:  # undo and recall choose what they bring back, bump lets go of what it was at
        seat.ringer.touched(chosen if letter.about in ("card", "item") else seat.glass.focus)
    elif letter.about in ("item", "named") and not said:
        said = [seat.words("it is so already")]
    if seat.glass.focus != chosen:  # brought back, and nobody named it: the next b must not be its
        seat.choose_nothing()
    return said


# ── Reading out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _heard(seat: Seat, asked: Typed) -> Iterable[str]:
    """What was named, or how things are."""
    words, board = seat.words, seat.feed.board
    if asked.done is not None and (done := seat.done.numbered(asked.done)) is not None:
        return [*order(board, done, seat.look), words("d{number} r brings it back.", number=asked.done)]
    if asked.card is not None and (mine := seat.mine) is not None:
        choices = words("b bump, s start, v void seen, h help.")
        said = seat.cards.paragraph(mine) if seat.item is None else seat.cards.item_paragraph(mine, seat.item)
        return [f"{said} {choices}"]
    open_now = words.many("{n} card is open.", "{n} cards are open.", len(seat.cards.cards()))
    unsent = seat.feed.status.unsent
    waiting = words.many("{n} command is not sent yet.", "{n} commands are not sent yet.", unsent)
    silent = seat.ringer.why_not()
    parts = (seat.link.said(seat.feed.status), open_now, waiting if unsent else "", f"{silent}." if silent else "")
    return [" ".join(part for part in parts if part)]


def _listing(seat: Seat, _: Typed) -> Iterable[str]:
    """Every card, first to cook first."""
    tickets = seat.feed.board.tickets
    cards = [tickets[one] for one in seat.cards.cards() if one in tickets]
    nothing = seat.words("Nothing to hand over.") if seat.glass.station == EXPO else seat.words("Nothing to cook.")
    return [seat.cards.paragraph(one) for one in cards] or [nothing]


def _all_day(seat: Seat, asked: Typed) -> Iterable[str]:
    """How many of each dish are open; asked for again, with choices."""
    again = seat.letter_before == asked.letter
    return [tallies(seat.feed.board, seat.glass.station, seat.look, with_choices=again)]


def _recently(seat: Seat, asked: Typed) -> Iterable[str]:
    """What was done here; asked for again, what was done before that."""
    return seat.done.read(seat.glass.station, seat.look, seat.zone, on=seat.letter_before == asked.letter)


def _order(seat: Seat, _: Typed) -> Iterable[str]:
    """The order of the card chosen."""
    return () if seat.mine is None else order(seat.feed.board, seat.mine, seat.look)


def _expo(seat: Seat, _: Typed) -> Iterable[str]:
    """Expo's cards, and back."""
    if seat.station == EXPO:
        return [seat.words("this is expo")]
    known = seat.turn_to(seat.station if seat.glass.station == EXPO else EXPO)
    return [seat.words("Station {station}:", station=seat.glass.station)] if known else []


# ── Doing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bump(seat: Seat, _: Typed) -> Iterable[str]:
    """Done with what is chosen. It is chosen no more: the next b must not be the next card's."""
    mine, line = seat.mine, seat.line
    seat.choose_nothing()
    if mine is None:
        return []
    if line is None:
        return [seat.hands.bump_ticket(mine.ticket_id)]
    return [seat.hands.on_item(kds.Bump if line.live else kds.AckVoid, mine.ticket_id, line.item_id)]


def _start(seat: Seat, _: Typed) -> Iterable[str]:
    return [_on_item(seat, kds.Start) if seat.item else seat.hands.start()]


def _ack_void(seat: Seat, _: Typed) -> Iterable[str]:
    return [_on_item(seat, kds.AckVoid) if seat.item else seat.hands.ack_void()]


def _hold(seat: Seat, _: Typed) -> Iterable[str]:
    mine, line = seat.mine, seat.line
    if mine is None or line is None:
        return [seat.hands.hold()]
    return [_on_item(seat, kds.Fire if is_held(seat.feed.board, mine, line) else kds.Hold)]


def _recall(seat: Seat, asked: Typed) -> Iterable[str]:
    """What was named, else the last card that was done."""
    if asked.card is None:
        return [seat.hands.recall()]
    return [_on_item(seat, kds.Recall) if seat.item else seat.hands.recall_ticket(seat.glass.focus or "")]


def _on_item(seat: Seat, kind: type[kds.TicketCommand]) -> str:
    return seat.hands.on_item(kind, seat.glass.focus or "", seat.item or "")


def _to_done(seat: Seat, letter: str, number: int) -> Iterable[str]:
    """With a card of the list: bring it back, or hear all of its order."""
    ticket = seat.done.numbered(number)
    if ticket is None or letter not in ("r", "i"):
        return [seat.words("d{number} r brings it back.", number=number)]
    if letter == "i":
        return order(seat.feed.board, ticket, seat.look)
    seat.ringer.touched(ticket.ticket_id)
    said = seat.hands.recall_ticket(ticket.ticket_id)
    seat.choose_nothing()
    return [said]


def _retry(seat: Seat, _: Typed) -> Iterable[str]:
    """Knock at the gateway again; what comes of a refusal is news, that it is asked again too."""
    refused = seat.feed.status.state is LinkState.REFUSED
    said = seat.hands.retry()
    return [] if refused else [said]


# ── Sound ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mute(seat: Seat, _: Typed) -> Iterable[str]:
    """Silence for a while, longer, or no more."""
    said = seat.ringer.mute()
    seat.sound.known()
    seat.kept.change(mute_until=seat.ringer.settings.mute_until)
    return [said]


def _turn(seat: Seat, asked: Typed) -> Iterable[str]:
    """Louder or softer."""
    said = seat.ringer.turn(1 if asked.letter == ">" else -1)
    seat.kept.change(volume=seat.ringer.settings.volume)
    return [said]


_DOES: dict[str, Answer] = {
    "b": _bump,
    "s": _start,
    "v": _ack_void,
    "p": _hold,
    "!": lambda seat, _: [seat.hands.rush()],
    "i": _order,
    "f": lambda seat, _: [seat.hands.force()],
    "u": lambda seat, _: [seat.hands.undo()],
    "r": _recall,
    "d": _recently,
    "l": _listing,
    "a": _all_day,
    "e": _expo,
    RETRY: _retry,
    "m": _mute,
    "<": _turn,
    ">": _turn,
    "h": lambda seat, _: help_lines(seat.letters, seat.words),
}
"""Every letter but q, which ends the conversation."""
