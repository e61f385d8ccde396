"""The link badge: the honest truth about what is shown, in words; colour only adds to it."""

from __future__ import annotations

from heard.client.status import LinkState, LinkStatus
from heard.ui.ages import short_age
from heard.ui.spans import Row, Span
from heard.ui.words import ENGLISH, Words, later

STALE_S = 12.0
"""A live link says where its streams stand every 5 s: silence for longer means that we do not know."""

_WORDS = {
    LinkState.CONNECTING: (later("CONNECTING"), "bar.busy"),
    LinkState.CATCHING_UP: (later("CATCHING UP"), "bar.busy"),
    LinkState.LIVE: (later("LIVE"), "bar.live"),
    LinkState.OFFLINE: (later("OFFLINE"), "bar.offline"),
    LinkState.REFUSED: (later("REFUSED"), "bar.refused"),
}


def state_word(state: LinkState, words: Words = ENGLISH) -> str:
    """What a badge calls a state."""
    return words(_WORDS[state][0])


def badge(status: LinkStatus, mono: float, words: Words = ENGLISH) -> Row:
    """State, age of what we know, unsent commands, position; most important first, so that it may be cut."""
    word, role = _WORDS[status.state]
    parts = [Span(f" {words(word)} ", role)]
    if status.state is not LinkState.LIVE:
        parts.append(Span(f" {short_age(mono - status.since)}", "bar.text"))
    elif is_stale(status, mono):
        parts.append(Span(f" {words('STALE')} ", "bar.warn"))
    if status.unsent:
        parts.append(Span(f" {words.many('{n} unsent', '{n} unsent', status.unsent)}", "bar.strong"))
    if status.last_event is not None:
        parts.append(Span(f" {words('last {age}', age=short_age(mono - status.last_event))}", "bar.dim"))
    if status.position is not None:
        parts.append(Span(f" #{status.position.seq}", "bar.dim"))
    return tuple(parts)


def is_stale(status: LinkStatus, mono: float) -> bool:
    """Whether a link that calls itself live has been silent for too long to be believed."""
    heard = max((at for at in (status.last_event, status.last_heard, status.since) if at is not None), default=None)
    return status.state is LinkState.LIVE and heard is not None and mono - heard > STALE_S
