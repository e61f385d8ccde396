"""Where a socket stands, in words that travel with its events: connection state recovery, kept by the client alone.

Socket.IO's own recovery (stock clients from 4.6 on): the answer of a CONNECT carries a `pid`, every event ends in an
offset, and a client that returns gives back the pid with the last offset it was sent. Both say the same here, as of two
moments: a tag drawn for this pid, and each stream the socket hears with epoch, seq and station. So nothing of a client
is kept while it is away, and whoever restarts, ages or forges gets what the journal has for his token, or nothing.

    9sX2bQmT0aZk~s1/kds,4be0c1d2e3f4,41,grill~s1/orders,0a1b2c3d4e5f,17~s1/ops
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

from heard.contract.base import SUBJECT
from heard.contract.envelope import is_live
from heard.contract.session import MAX_RECOVERED_STREAMS

_TAG_BYTES = 9
_TAG = re.compile(r"[A-Za-z0-9_-]{12}", re.ASCII)
_NAME = r"[a-z0-9][a-z0-9_-]{0,31}"
_PART = re.compile(
    rf"(?P<stream>{_NAME}/[a-z]{{1,16}}|user/{SUBJECT.pattern})"
    rf"(?:,(?P<epoch>[A-Za-z0-9_-]{{1,64}}),(?P<seq>0|[1-9][0-9]{{0,14}})(?:,(?P<station>{_NAME}))?)?",
    re.ASCII,
)


class Place(NamedTuple):
    """Where somebody stands in a stream, or in a station's view of it; a live stream has no places: `epoch` is None."""

    epoch: str | None = None
    seq: int = 0
    station: str | None = None


class Trail:
    """Where one socket stands in each stream it hears, and how that is told to it."""

    __slots__ = ("_told", "places", "tag")

    def __init__(self, places: Mapping[str, Place], tag: str | None = None) -> None:
        self.places = dict(places)
        self.tag = tag or secrets.token_urlsafe(_TAG_BYTES)
        self._told: str | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What an offset says; None when it is none of ours."""
        tag, *parts = text.split("~")
        if not _TAG.fullmatch(tag) or len(parts) > MAX_RECOVERED_STREAMS:
            return None
        found = [_PART.fullmatch(part) for part in parts]
        places = {one["stream"]: _place(one) for one in found if one is not None}
        sound = len(places) == len(parts) and all((one.epoch is None) == is_live(name) for name, one in places.items())
        return cls(places, tag) if sound else None

    @property
    def offset(self) -> str:
        """What follows each event, and what is found in a pid."""
        if self._told is None:
            self._told = "~".join((self.tag, *(_part(stream, place) for stream, place in self.places.items())))
        return self._told

    @property
    def full(self) -> bool:
        """Whether it names as many streams as it may."""
        return len(self.places) >= MAX_RECOVERED_STREAMS

    def hears(self, stream: str, place: Place) -> None:
        """The socket hears a stream, or a view of it, from that place on."""
        self.places[stream] = place
        self._told = None

    def forgets(self, stream: str) -> None:
        """The socket hears it no more."""
        self.places.pop(stream, None)
        self._told = None

    def reached(self, stream: str, seq: int) -> bool:
        """Note that all of a stream up to there was said, as far as it is heard; False if it was before."""
        place = self.places[stream]
        if seq <= place.seq:
            return False
        self.places[stream] = place._replace(seq=seq)
        self._told = None
        return True


def returning(pid: str | None, offset: str | None, own: Iterable[str]) -> Trail | None:
    """Where a client that returns stands; None when it is new, or was not here with these streams of its own.

    An offset that goes with another pid is from before this one was given: stock clients keep their last offset when
    they get a fresh pid, and give it back until the next event. What counts then is where things stood with the pid.
    """
    first = Trail.read(pid) if pid is not None else None
    if first is None or first.places.keys() != set(own):
        return None
    if offset is None:
        return first
    last = Trail.read(offset)
    return first if last is not None and last.tag != first.tag else last


def _part(stream: str, place: Place) -> str:
    if place.epoch is None:
        return stream
    view = "" if place.station is None else f",{place.station}"
    return f"{stream},{place.epoch},{place.seq}{view}"


def _place(found: re.Match[str]) -> Place:
    return Place(found["epoch"], int(found["seq"] or 0), found["station"])
