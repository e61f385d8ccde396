"""Screens of the kitchen that left without meaning to and are not back, and the stations where nobody is now."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.picture import Picture
from heard.contract.ops import ClosedRow, ConnectionRow

SCREENS = frozenset({"kitchen", "expo"})
"""Roles of those who stand in a kitchen: it waits for them. Everybody else may come and go."""
MEANT = frozenset({"client_left", "shutdown", "moved", "replaced"})
"""Ends after which nobody is missed: its own wish, or it is at once here again."""
MISSED = timedelta(minutes=10)
"""How long one is missed whose station has somebody."""
DESERTED = timedelta(hours=1)
"""How long one is missed whose station has nobody."""

Screen = tuple[str, str | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gone:
    """One that is missed."""

    row: ClosedRow
    places: tuple[str, ...]
    """Its stations; of one without any, like a pass, its role."""
    deserted: tuple[str, ...]
    """Those of them where nobody is."""
    ago: timedelta


class Missing:
    """Who is missed. Of each screen only its last departure counts; they are looked for when somebody left."""

    def __init__(self) -> None:
        self._closed: tuple[ClosedRow, ...] = ()
        self._left: tuple[ClosedRow, ...] = ()
        self._of: Picture | None = None
        self._gone: tuple[Gone, ...] = ()

    def of(self, picture: Picture) -> tuple[Gone, ...]:
        """Those who left last first."""
        if picture is not self._of:
            self._of, self._gone = picture, self._look(picture)
        return self._gone

    def _look(self, picture: Picture) -> tuple[Gone, ...]:
        now = picture.at
        if now is None:
            return ()
        if picture.closed is not self._closed:
            self._closed, self._left = picture.closed, tuple(_left(picture.closed, now))
        if not self._left:
            return ()
        here, manned = _here(picture)
        gone = (_gone(row, manned, now) for row in self._left if _screen(row) not in here)
        return tuple(one for one in gone if one.ago <= (DESERTED if one.deserted else MISSED))


def _gone(row: ClosedRow, manned: Set[str], now: datetime) -> Gone:
    places = row.stations or (row.role,)
    deserted = tuple(one for one in places if one not in manned)
    return Gone(row, places, deserted, max(timedelta(), now - row.until))


def _left(closed: tuple[ClosedRow, ...], now: datetime) -> Iterator[ClosedRow]:
    since, known = now - DESERTED, set[Screen]()
    for row in closed:
        if row.until < since:
            return
        if row.role in SCREENS and (screen := _screen(row)) not in known:
            known.add(screen)
            if row.code not in MEANT:
                yield row


def _here(picture: Picture) -> tuple[set[Screen], set[str]]:
    """The screens that are on, and the stations and roles that have somebody."""
    here, manned = set[Screen](), set[str]()
    for row in picture.connections.values():
        if row.role in SCREENS:
            here.add(_screen(row))
            manned.add(row.role)
            manned.update(row.stations)
    return here, manned


def _screen(row: ClosedRow | ConnectionRow) -> Screen:
    return row.subject, row.device, row.stations
