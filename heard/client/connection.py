"""One life of a link: hello, catch up, listen, to the end. What outlives it (session, outbox, replica) is not here."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Protocol

from pydantic import TypeAdapter, ValidationError

from heard.client.answers import read_as
from heard.client.clock import Clock
from heard.client.links.base import Link, LinkDown
from heard.client.session import Ask, Deliver, Progress, Session, StartOver, Verdict
from heard.client.status import LinkState
from heard.contract.base import Instant
from heard.contract.envelope import LIVE_KINDS, Envelope, LiveRead, Position, Read
from heard.contract.goodbyes import SessionGoodbye
from heard.contract.session import Head, SessionReady
from heard.errors import BadRequest, HeardError

READY_S = 5.0
READ_S = 10.0
STALE_S = 15.0
"""Heads are announced every 5 s: three missed ones mean that nobody speaks to us any more."""
MAX_INBOX = 20_000
MAX_RESTARTS = 5
MAX_LIVE_PAGES = 1_000

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_LIVE = tuple(f"/{kind}" for kind in LIVE_KINDS)

log = logging.getLogger("heard.client")


@dataclass(slots=True, eq=False)
class Subscription:
    """Somebody who hears a stream. `on_events` gets events that follow each other; if it raises, it gets a snapshot."""

    session: Session
    on_events: Callable[[Sequence[Envelope]], None]
    on_snapshot: Callable[[dict[str, Any], Position], None]
    on_caught_up: Callable[[], None]
    on_refused: Callable[[HeardError], None] | None = None
    """Told that the stream is not for us; None makes that the end of the whole connection."""


class Observer(Protocol):
    """Who wants to know how a connection fares."""

    def tell(self, **changes: Any) -> None:
        """Fields of `LinkStatus` that are new."""
        ...

    def said(self, name: str, payload: Any) -> None:
        """Something that is neither fact nor head."""
        ...


_Item = tuple[str, Any] | Subscription | LinkDown


class Connection:
    """One link from open to end; one reader takes everything in the order it came."""

    def __init__(self, link: Link, subscriptions: list[Subscription], observer: Observer, clock: Clock) -> None:
        self._link = link
        self._subscriptions = subscriptions
        self._observer = observer
        self._clock = clock
        self._inbox: deque[_Item] = deque()
        self._filled = asyncio.Event()
        self._ready: asyncio.Future[SessionReady] = asyncio.get_running_loop().create_future()
        self._down: LinkDown | None = None
        self._last_heard = clock.monotonic()
        self._watchdog: asyncio.Task[None] | None = None

    async def run(self, auth: dict[str, Any]) -> NoReturn:
        """Live.

        Raises:
            LinkDown: it ended. HeardError: it was refused, the link or a stream that must be heard.
        """
        self._link.on_event, self._link.on_closed = self._heard, self._ended
        try:
            await self._link.open(auth)
            await self._hello()
            for subscription in list(self._subscriptions):
                await self._catch_up(subscription, subscription.session.request())
            self._observer.tell(state=LinkState.LIVE, reason=None, attempt=0)
            while True:
                await self._handle(await self._next())
        finally:
            self._ended(LinkDown("closed by this side"))
            self._ready.cancel()
            if self._watchdog:
                self._watchdog.cancel()
            await self._link.close()

    async def ask(self, event: str, data: dict[str, Any], timeout_s: float = READ_S) -> Any:
        """A request over this link, timed. Raises: LinkDown."""
        if self._down is not None:
            raise self._down.with_traceback(None)
        asked = self._clock.monotonic()
        reply = await self._link.request(event, data, timeout_s)
        self._observer.tell(rtt_ms=(self._clock.monotonic() - asked) * 1000)
        return reply

    def join(self, subscription: Subscription) -> None:
        """One more who hears, from when everything before has been taken in."""
        self._put(subscription)

    # ── What the link tells ───────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, name: str, payload: Any) -> None:
        self._last_heard = self._clock.monotonic()
        if name == SessionReady.name:
            self._greeted(payload)
        elif name == "session:goodbye":
            self._ended(_last_words(payload))
        elif len(self._inbox) >= MAX_INBOX:
            self._ended(LinkDown("more came than could be taken in"))
        else:
            self._put((name, payload))

    def _greeted(self, payload: Any) -> None:
        # Each namespace of a connection greets; the first one counts.
        if self._ready.done():
            return
        try:
            self._ready.set_result(SessionReady.model_validate(payload))
        except ValidationError as error:
            self._ended(LinkDown(f"the gateway's greeting cannot be read: {error.error_count()} faults"))

    def _ended(self, why: LinkDown) -> None:
        if self._down is None:
            self._down = why
            self._put(why)
            if not self._ready.done():
                self._ready.set_exception(why)
                self._ready.exception()  # looked at: nobody may be waiting

    def _put(self, item: _Item) -> None:
        self._inbox.append(item)
        self._filled.set()

    async def _next(self) -> _Item:
        while not self._inbox:
            self._filled.clear()
            await self._filled.wait()
        return self._inbox.popleft()

    # ── The reader ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _hello(self) -> None:
        try:
            async with asyncio.timeout(READY_S):
                ready = await self._ready
        except TimeoutError:
            raise LinkDown("the gateway took the connection and did not greet") from None
        self._observer.tell(
            state=LinkState.CATCHING_UP,
            reason=None,
            last_heard=self._last_heard,
            settings=ready.settings,
            subject=ready.subject,
            role=ready.role,
            store=ready.store,
            stations=ready.stations,
            degraded=ready.degraded,
            skew_s=self._skew_s(ready.server_time),
        )

    async def _handle(self, item: _Item) -> None:
        match item:
            case LinkDown():
                raise item
            case Subscription():
                await self._catch_up_live(item, item.session.request())
            case ("stream:head", payload):
                await self._heads(payload)
            case (name, {"stream": str(stream), "seq": _} as payload):
                await self._fact(name, stream, payload)
            case (name, payload):
                self._observer.said(name, payload)

    async def _fact(self, name: str, stream: str, payload: dict[str, Any]) -> None:
        subscription = self._of(stream)
        if subscription is None:
            return
        self._observer.tell(last_event=self._last_heard, last_heard=self._last_heard)
        try:
            envelope = Envelope.model_validate(payload)
        except ValidationError:
            log.warning("an event %s of %s cannot be read; asking for it again", name, stream)
            await self._catch_up_live(subscription, subscription.session.request())
            return
        if envelope.seq is not None:
            await self._follow(subscription, subscription.session.receive(envelope))
        elif not self._delivered(subscription, (envelope,)):
            await self._catch_up_live(subscription, subscription.session.request())

    async def _heads(self, payload: Any) -> None:
        self._observer.tell(last_heard=self._last_heard)
        with suppress(KeyError, ValidationError):
            self._observer.tell(skew_s=self._skew_s(_INSTANT.validate_python(payload["server_time"])))
        self._watch()
        for stream, head in dict(payload.get("heads", {})).items():
            subscription = self._of(stream)
            if subscription is not None:
                self._observer.tell(head=head.get("view", head.get("seq")))
                verdict = subscription.session.heard_head(Head.model_validate(head), head.get("view"))
                if verdict is not None:
                    await self._follow(subscription, verdict)

    def _skew_s(self, server_time: datetime) -> float:
        """What came late says a little too little: the way here is not known."""
        return (server_time - self._clock.now()).total_seconds()

    async def _follow(self, subscription: Subscription, verdict: Verdict) -> None:
        match verdict:
            case Deliver(envelope):
                if not self._delivered(subscription, (envelope,)):
                    await self._catch_up_live(subscription, subscription.session.start_over())
            case Ask():
                await self._catch_up_live(subscription, subscription.session.request())
            case StartOver():
                await self._catch_up_live(subscription, subscription.session.start_over())

    def _of(self, stream: str) -> Subscription | None:
        return next((one for one in self._subscriptions if one.session.stream == stream), None)

    # ── Catching up ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _catch_up_live(self, subscription: Subscription, wanted: dict[str, Any]) -> None:
        self._observer.tell(state=LinkState.CATCHING_UP)
        await self._catch_up(subscription, wanted)
        self._observer.tell(state=LinkState.LIVE)

    async def _catch_up(self, subscription: Subscription, wanted: dict[str, Any] | None) -> None:
        try:
            if subscription.session.stream.endswith(_LIVE):
                await self._tune_in(subscription)
            else:
                await self._read_on(subscription, wanted)
        except HeardError as no:
            if no.temporary or subscription.on_refused is None:
                raise
            if subscription in self._subscriptions:  # it may have been let go of while it was asked for
                self._subscriptions.remove(subscription)
            subscription.on_refused(no)
            return
        subscription.on_caught_up()

    async def _tune_in(self, subscription: Subscription) -> None:
        """A live stream has no positions: how it stands now, and from there the latest wins."""
        pages = [page := await self._live_page(subscription.session.request())]
        while page.more and page.cursor is not None:
            if len(pages) >= MAX_LIVE_PAGES:
                raise LinkDown(f"{subscription.session.stream} has no end")
            pages.append(page := await self._live_page(subscription.session.request(page.cursor)))
        subscription.on_snapshot(_all_of([page.snapshot for page in pages]), Position("", 0))

    async def _live_page(self, wanted: dict[str, Any]) -> LiveRead:
        return read_as(LiveRead, await self.ask("stream:subscribe", wanted))

    async def _read_on(self, subscription: Subscription, wanted: dict[str, Any] | None) -> None:
        restarts = 0
        while wanted is not None:
            progress = await self._read(subscription.session, wanted)
            wanted = progress.again
            if not self._taken(subscription, progress):
                wanted, restarts = subscription.session.start_over(), restarts + 1
            if restarts > MAX_RESTARTS:
                raise LinkDown(f"{subscription.session.stream} could not be made whole")

    async def _read(self, session: Session, wanted: dict[str, Any]) -> Progress:
        reply = await self.ask("stream:subscribe", wanted)
        try:
            return session.take(read_as(Read, reply))
        except BadRequest:
            if "cursor" not in wanted:
                raise
            # The snapshot is no longer kept: its pages so far are worth nothing.
            return Progress(again=session.start_over())

    def _taken(self, subscription: Subscription, progress: Progress) -> bool:
        at = subscription.session.position
        if progress.snapshot is not None and at is not None and not self._shown(subscription, progress.snapshot, at):
            return False
        return not progress.events or self._delivered(subscription, progress.events)

    def _shown(self, subscription: Subscription, snapshot: dict[str, Any], at: Position) -> bool:
        # The session stands at the snapshot's position already: one that was not taken in must not be gone on from.
        try:
            subscription.on_snapshot(snapshot, at)
        except Exception:
            log.exception("a snapshot of %s could not be taken in; starting over", subscription.session.stream)
            return False
        return True

    def _delivered(self, subscription: Subscription, events: Sequence[Envelope]) -> bool:
        try:
            subscription.on_events(events)
        except Exception:
            log.exception("an event of %s could not be taken in; starting over", subscription.session.stream)
            return False
        return True

    # ── The watchdog ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        """From the first announced head on, silence is a fault: no green badge over a dead stream."""
        if self._watchdog is None:
            self._watchdog = asyncio.create_task(self._bark(), name="heard watchdog")

    async def _bark(self) -> None:
        while self._clock.monotonic() - self._last_heard < STALE_S:
            await self._clock.sleep(STALE_S - (self._clock.monotonic() - self._last_heard))
        self._ended(LinkDown(f"nothing was heard for {STALE_S:.0f} s"))


def _last_words(payload: Any) -> LinkDown:
    try:
        words = SessionGoodbye.model_validate(payload)
    except ValidationError:
        return LinkDown("the gateway said goodbye")
    return LinkDown(words.sentence, goodbye=words)


def _all_of(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A live snapshot from its pages: the first one, its lists going on through the others."""
    whole = dict(pages[0])
    for page in pages[1:]:
        whole |= {name: [*whole.get(name, ()), *rows] for name, rows in page.items() if isinstance(rows, list)}
    return whole
