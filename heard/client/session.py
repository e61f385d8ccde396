"""A place in a stream: what to do with each event heard, so that none is missed and none counts twice.

Pure. A session outlives connections. It knows the position of the last event that counted; whatever does not follow it
is asked for again, and what cannot be made whole is started over from a snapshot: never a part called the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from heard.contract.envelope import Envelope, Position, Read
from heard.contract.session import Head
from heard.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Deliver:
    """The next one."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Skip:
    """Seen before, or not for this view."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something is missing after this position."""

    after: Position


@dataclass(frozen=True, slots=True)
class StartOver:
    """The stream is not the one we knew: a snapshot is due."""


Verdict = Deliver | Skip | Ask | StartOver
SKIP, START_OVER = Skip(), StartOver()


@dataclass(frozen=True, slots=True)
class Progress:
    """What a read brought: a whole snapshot, or events that follow; `again`: the next question, None when caught up."""

    events: tuple[Envelope, ...] = ()
    snapshot: dict[str, Any] | None = None
    again: dict[str, Any] | None = None


class NotWhole(Unavailable):
    """The gateway's answers do not add up, twice running. Tried again later, from the start."""


class Session:
    """One stream as one client hears it; with `station`, that station's view of it."""

    def __init__(self, stream: str, station: str | None = None) -> None:
        self.stream = stream
        self.station = station
        self.position: Position | None = None
        self.last = 0
        """Of a view: the seq of its last event, which the next one's `prev` must name."""
        self._left: str | None = None
        self._pages: list[Read] = []
        self._faults = 0

    # ── Live ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def receive(self, envelope: Envelope) -> Verdict:
        """What to do with an event; one to deliver moves the position."""
        verdict = self._verdict(envelope)
        if isinstance(verdict, Deliver):
            self.last = envelope.seq or 0
            self.position = Position(envelope.epoch or "", self.last)
        return verdict

    def _verdict(self, envelope: Envelope) -> Verdict:
        here = self.position
        if here is None or envelope.seq is None or envelope.epoch != here.epoch:
            # What was on its way when we left an epoch must not send us back to it.
            return SKIP if here is not None and envelope.epoch == self._left else START_OVER
        if envelope.seq <= here.seq:
            return SKIP
        if self.station is None:
            return Deliver(envelope) if envelope.seq == here.seq + 1 else Ask(here)
        return self._view_verdict(envelope, here)

    def _view_verdict(self, envelope: Envelope, here: Position) -> Verdict:
        if envelope.prev is not None:
            return Deliver(envelope) if envelope.prev == self.last else Ask(here)
        # Without `prev` it comes from the whole stream, which the gateway sends until the view is subscribed.
        return Ask(here) if self.station in envelope.data.get("stations", ()) else SKIP

    def heard_head(self, head: Head, view: int | None = None) -> Ask | StartOver | None:
        """Whether a silent stream has more than we heard. `view`: the seq of the view's last event, where told."""
        here = self.position
        if here is None or head.epoch != here.epoch:
            return START_OVER
        if self.station is not None and view is not None:
            return Ask(here) if view > self.last else None
        return Ask(here) if head.seq > here.seq else None

    # ── Catching up ───────────────────────────────────────────────────────────────────────────────────────────────────

    def request(self, cursor: str | None = None) -> dict[str, Any]:
        """The fields of the `stream:subscribe` that brings what is missing."""
        wanted: dict[str, Any] = {"stream": self.stream}
        if self.station is not None:
            wanted["station"] = self.station
        if cursor is not None:
            wanted["cursor"] = cursor
        elif self.position is not None:
            wanted |= {"epoch": self.position.epoch, "after": self.position.seq}
        return wanted

    def start_over(self) -> dict[str, Any]:
        """Forget the position; the question that brings a snapshot."""
        self._left = self.position.epoch if self.position else self._left
        self.position, self.last, self._pages = None, 0, []
        return self.request()

    def take(self, read: Read) -> Progress:
        """What an answer to `request` brings.

        Raises:
            NotWhole: it does not follow, for the second time.
        """
        progress = self._taken(read) if read.stream == self.stream else None
        if progress is None:
            return self._fault()
        self._faults = 0
        return progress

    def _taken(self, read: Read) -> Progress | None:
        return self._page(read) if read.snapshot is not None else self._events(read)

    def _fault(self) -> Progress:
        self._faults += 1
        again = self.start_over()
        if self._faults > 1:
            self._faults = 0
            raise NotWhole("what the gateway sent is not whole; starting over")
        return Progress(again=again)

    def _page(self, read: Read) -> Progress | None:
        if self._pages and (self._pages[0].epoch, self._pages[0].seq) != (read.epoch, read.seq):
            return None  # pages of two positions are no snapshot
        if read.cursor is not None and any(read.cursor == page.cursor for page in self._pages):
            return None
        self._pages.append(read)
        if read.cursor is not None:
            return Progress(again=self.request(read.cursor))
        snapshot = _joined([page.snapshot or {} for page in self._pages])
        self._pages = []
        self.position = Position(read.epoch, read.seq)
        self._left = None if self._left == read.epoch else self._left
        self.last = int(snapshot.get("views", {}).get(self.station, 0))
        return Progress(snapshot=snapshot, again=self.request() if read.more or read.head > read.seq else None)

    def _events(self, read: Read) -> Progress | None:
        here, self._pages = self.position, []
        if here is None or read.epoch != here.epoch or not read.recovered or read.events is None:
            return None
        fresh = self._following(read.events)
        if fresh is None or self.position is None or (self.station is None and self.position.seq < read.seq):
            return None
        self.position = Position(read.epoch, max(self.position.seq, read.seq))
        behind = read.more or read.head > self.position.seq
        if behind and self.position.seq == here.seq:
            return None  # asked, answered, and no further: asking again would go on for ever
        return Progress(events=tuple(fresh), again=self.request() if behind else None)

    def _following(self, events: list[dict[str, Any]]) -> list[Envelope] | None:
        fresh = []
        for event in events:
            try:
                verdict = self.receive(Envelope.model_validate(event))
            except ValidationError:
                return None
            if isinstance(verdict, Deliver):
                fresh.append(verdict.envelope)
            elif not isinstance(verdict, Skip):
                return None
        return fresh


def _joined(pages: list[dict[str, Any]]) -> dict[str, Any]:
    """A snapshot from its pages: lists go on from page to page, the rest is the same on each."""
    whole = dict(pages[-1])
    for key, value in whole.items():
        if isinstance(value, list):
            whole[key] = [one for page in pages for one in page.get(key, ())]
    return whole
