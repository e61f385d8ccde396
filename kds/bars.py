"""What the two bars and the all-day panel say: pure rows from the board, the link and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from heard.client.outbox import Refusal
from heard.client.status import LinkState, LinkStatus
from heard.contract.audience import EVERY, ROLES
from heard.contract.kds import Bump
from heard.kitchen.board import Board
from heard.kitchen.tickets import HELD, Ticket
from heard.text import cells, one_line
from heard.ui.ages import age_text, clock_text
from heard.ui.badge import badge
from heard.ui.deeds import Deed, first_key
from heard.ui.spans import Row, Span, clipped, width
from heard.ui.words import ENGLISH, Words
from kds.glass import Hidden

AVERAGE_OVER = timedelta(minutes=120)


@dataclass(frozen=True, slots=True)
class Top:
    """What the upper bar knows."""

    station: str
    store: str
    up: int
    page: int
    pages: int
    hidden: Hidden
    average: timedelta | None
    refused_link: str = ""
    """What is said of a gateway that refuses this station, which a cook who looks at cards alone would not notice."""
    alerts: Row = ()
    """What rang and waits for somebody."""
    sound: Row = ()
    """That nothing can be heard, where that is so."""
    refused: int = 0
    """Refusals that nobody has put away."""
    refused_key: str = ""
    """The key that shows them."""
    words: Words = ENGLISH


def top_bar(top: Top, now: datetime, zone: tzinfo, room: int) -> tuple[Row, Row]:
    """Station, count, what other pages hold at the left; average and clock at the right."""
    words = top.words
    left = [
        Span(f" {one_line(top.station)} ", "bar.strong"),
        Span(f" {words.many('{n} open', '{n} open', top.up)} ", "bar.text"),
    ]
    if top.refused_link:
        left.append(Span(f" {top.refused_link} ", "bar.alarm"))
    refused = []
    if top.refused:
        key = f" ({top.refused_key})" if top.refused_key else ""
        refused.append(Span(f" {words.many('{n} REFUSED', '{n} REFUSED', top.refused)}{key} ", "bar.alarm"))
    clock = (*top.sound, Span(f" {clock_text(now, zone, seconds=True)} ", "bar.strong"))
    taken = width(left) + width(refused) + width(_pages(top, 0)) + width(clock) + 1
    left += [*_as_fit(top.alerts, room - taken), *refused]
    left += _pages(top, room - width(left) - width(clock) - width(_alarms(top.hidden, 0, words)) - 1)
    rung = {part.text.strip() for part in top.alerts}
    alarms = _alarms(top.hidden, room - width(left) - width(clock) - 1, words)
    left += [alarm for alarm in alarms if alarm.text.strip() not in rung]
    average_words = words("avg {time}", time=age_text(top.average)) if top.average is not None else ""
    right = [Span(f" {average_words} ", "bar.dim")] if average_words else []
    store = [Span(f" {one_line(top.store)} ", "bar.dim")] if top.store else []
    for extra in (store, right):
        if width(left) + width(extra) + width(clock) + 1 > room:
            extra.clear()
    return (*left, *store), (*right, *clock)


def _as_fit(alerts: Row, room: int) -> Iterator[Span]:
    """The most urgent alerts as far as there is room: the flash tells of them too, but nothing else of other pages."""
    for alert in alerts:
        if (room := room - cells(alert.text)) < 0:
            return
        yield alert


def _pages(top: Top, room: int) -> list[Span]:
    """Which page this is and what others hold; in short where there is little room."""
    if top.pages < 2:
        return []
    words, before, after = top.words, top.hidden.before, top.hidden.after
    whole = [Span(f" {words('page {page}/{pages}', page=top.page + 1, pages=top.pages)} ", "bar.text")]
    whole += [Span(f" {words.many('{n} before', '{n} before', before)} ", "bar.strong")] if before else []
    whole += [Span(f" {words.many('{n} more', '{n} more', after)} → ", "bar.strong")] if after else []
    if width(whole) <= room:
        return whole
    return [Span(f" {top.page + 1}/{top.pages}{f' +{after}→' if after else ''} ", "bar.strong")]


def _alarms(hidden: Hidden, room: int, words: Words) -> list[Span]:
    """The cards elsewhere that may not be forgotten: by number while there is room, by count when there is not."""
    spans = []
    for word, labels in hidden.alarms:
        said = words(word)
        text = f" {said} {' '.join(labels)} "
        if cells(text) > max(8, room // max(1, len(hidden.alarms))):
            text = f" {len(labels)} {said} "
        role = "bar.warn" if word == "LATE" else "bar.alarm"
        spans.append(Span(text, role))
    return spans


def bottom_bar(  # noqa: PLR0913 - all that may stand there
    status: LinkStatus, mono: float, deeds: Mapping[str, Deed], banner: str, room: int, *,
    alert: Span | None = None, timing: str = "", keys: Sequence[Span] = (), words: Words = ENGLISH,
) -> tuple[Row, Row]:  # fmt: skip
    """The link at the left, a sentence or the keys at the right; the last key, help, is kept whatever the width.

    An alert stands beside the link where no sentence is said. Where the gateway refuses, the key that tries again is
    kept as well, and its sentence takes the place of help if it needs that.
    """
    link = badge(status, mono, words)
    keys = keys or wall_keys(deeds, words)
    kept = [*_retry_key(status, deeds, words), *keys[-1:]]
    if banner:
        return _said(link, one_line(banner), kept, room)
    link = clipped((*link, *([alert] if alert else ())), max(0, room - width(kept) - 1))
    said_keys: list[Span] = []
    left = room - width(link) - width(kept) - 2
    for key in keys[:-1]:
        if (left := left - cells(key.text)) < 0:
            break
        said_keys.append(key)
    if timing and cells(timing) + 1 <= left:
        link = (*link, Span(f" {timing}", "bar.dim"))
    return link, (*said_keys, *kept)


def _said(link: Row, banner: str, kept: list[Span], room: int) -> tuple[Row, Row]:
    """A sentence beside the link: how long it has stood so and what is unsent are never covered, the rest of it is."""
    said = Span(f" {banner} ", "bar.banner")
    state = clipped(tuple(part for part in link if part.role != "bar.dim"), room)
    if width(state) + width((said,)) + width(kept) + 2 > room and len(kept) > 1:
        kept = kept[:1]
    free = max(0, room - width(state) - width(kept) - 2)
    return (*state, Span(" ", "bar.text"), *clipped((said,), free)), tuple(kept)


def _retry_key(status: LinkStatus, deeds: Mapping[str, Deed], words: Words) -> list[Span]:
    """The way back from a refusal, which nothing but a person can take."""
    if status.state is not LinkState.REFUSED or not first_key(deeds, "retry"):
        return []
    return [_key(deeds, deeds["retry"], words)]


def _key(deeds: Mapping[str, Deed], deed: Deed, words: Words) -> Span:
    return Span(f" {first_key(deeds, deed.id)} {words(deed.footer)} ", "bar.key")


def cut_off(status: LinkStatus, deeds: Mapping[str, Deed], words: Words = ENGLISH) -> str:
    """For the upper bar: that the gateway refuses this station, with the key that tries again; empty: it does not."""
    if status.state is not LinkState.REFUSED:
        return ""
    key = first_key(deeds, "retry")
    return f"{words('CUT OFF')} ({key})" if key else words("CUT OFF")


def wall_keys(deeds: Mapping[str, Deed], words: Words = ENGLISH, *, offline: bool = False) -> list[Span]:
    """What the footer of the wall offers, help last; trying again only where the gateway is away."""
    wanted = [deed for deed in deeds.values() if deed.footer and (deed.id != "retry" or offline)]
    ordered = [*(deed for deed in wanted if deed.id != "help"), *(deed for deed in wanted if deed.id == "help")]
    return [_key(deeds, deed, words) for deed in ordered if deed.keys]


def average(board: Board, station: str, now: datetime) -> timedelta | None:
    """How long tickets of the last two hours took here, from placed to done; None before the first."""
    times = []
    for ticket_id in reversed(board.stacks.get(station, ())):
        ticket = board.tickets.get(ticket_id)
        done = done_at(ticket) if ticket else None
        if ticket is None or done is None:
            continue
        if now - done > AVERAGE_OVER:
            break
        times.append(max(timedelta(0), done - _begun_at(ticket)))
    return sum(times, timedelta(0)) / len(times) if times else None


def _begun_at(ticket: Ticket) -> datetime:
    """Since when it could be worked on: a course is not late because the one before it was being eaten."""
    return ticket.fired_at if ticket.fired_at > ticket.came_at else ticket.header.placed_at


def done_at(ticket: Ticket) -> datetime | None:
    """When the last that was called of it came to where it is; None of a ticket that is all void."""
    done = (line.since for line in ticket.lines if line.live and line.state is not HELD and line.since)
    return max(done, default=None)


def hands_off(status: LinkStatus, station: str, words: Words = ENGLISH) -> str:
    """Why the keys would do nothing here, before anybody finds out by pressing them; empty where they work."""
    powers = next((powers for role, powers in ROLES.items() if role == status.role), None)
    if powers is None:
        return ""
    if Bump.name not in powers.commands:
        return words("to look at only: role {role} bumps nothing", role=status.role)
    if powers.every_station or {EVERY, station} & set(status.stations):
        return ""
    works_at = ", ".join(status.stations) or words("no station")
    return words("to look at only: this token works at {places}, not at {station}", places=works_at, station=station)


def refusal_words(refusal: Refusal, board: Board, more: int, words: Words = ENGLISH) -> str:
    """A command the gateway would not have, with the card it was about, and how many more wait to be said."""
    ticket = board.tickets.get(refusal.ticket_id or "")
    about = f"{ticket.label}: " if ticket and ticket.label not in refusal.message else ""
    return f"{about}{refusal.message}" + (f" ({words.many('{n} more', '{n} more', more)})" if more else "")
