"""The SDK's front door: a client that stays connected, catches up by itself, and raises what the gateway raises."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any, Self

from heard.client.backoff import Backoff, Dice
from heard.client.clock import Clock, SystemClock
from heard.client.connection import READ_S, Connection, Subscription
from heard.client.links.base import Link, LinkDown
from heard.client.reporting import LOOK_S, Reporting
from heard.client.session import Session
from heard.client.status import LinkState, LinkStatus
from heard.client.tokens import TokenLike, TokenSource, token_source
from heard.contract.base import Command
from heard.contract.envelope import Answer, Envelope, Position
from heard.contract.session import Report
from heard.errors import HeardError
from heard.ids import new_id

LOOK_AGAIN_S = 5.0
"""How often a refused client looks whether its token is another one now."""
MAX_UNREAD = 10_000

log = logging.getLogger("heard.client")


class StartedOver(Exception):
    """The stream could not be followed without a gap: here is how it stands now. Iterate again to go on from there."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        super().__init__("the stream started over")
        self.snapshot = snapshot


class Following:
    """A stream being heard. Iterate for its facts in order, each once; `snapshot` is how it stood before the first."""

    def __init__(self) -> None:
        self.snapshot: dict[str, Any] = {}
        self._items: asyncio.Queue[Envelope | Exception | None] = asyncio.Queue()
        self._begun = False
        self._caught_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def caught_up(self) -> Self:
        """Wait until it has everything there was. Raises: HeardError, refused."""
        await asyncio.shield(self._caught_up)
        return self

    def __aiter__(self) -> AsyncIterator[Envelope]:
        return self

    async def __anext__(self) -> Envelope:
        """The next fact.

        Raises:
            StartedOver: what was missed cannot be told one by one. HeardError: refused for good.
        """
        item = await self._items.get()
        if isinstance(item, StartedOver):
            self.snapshot = item.snapshot
        if isinstance(item, Exception):
            raise item
        if item is None:
            self._items.put_nowait(None)
            raise StopAsyncIteration
        return item

    def hear(self, events: Sequence[Envelope]) -> None:
        """Facts that follow. Raises: OverflowError when nobody reads them: a snapshot is cheaper by then."""
        if self._items.qsize() > MAX_UNREAD:
            while not self._items.empty():
                self._items.get_nowait()
            raise OverflowError("nobody reads what is heard")
        for event in events:
            self._items.put_nowait(event)

    def restart(self, snapshot: dict[str, Any], _at: Position) -> None:
        """A snapshot: the first one is where it begins, any other one is a break that the reader must see."""
        if self._begun:
            self._items.put_nowait(StartedOver(snapshot))
        else:
            self._begun, self.snapshot = True, snapshot

    def settled(self) -> None:
        """Everything there was is in."""
        if not self._caught_up.done():
            self._caught_up.set_result(None)

    def refused(self, error: HeardError) -> None:
        """There will be no more, for this reason."""
        if not self._caught_up.done():
            self._caught_up.set_exception(error)
            self._caught_up.exception()  # looked at: the subscriber may have given up waiting
        self._items.put_nowait(error)

    def close(self) -> None:
        """There will be no more."""
        self._items.put_nowait(None)


class HeardClient:
    """Stays connected to a gateway, in the event loop it is used in.

        async with HeardClient("http://127.0.0.1:8787", token=Path("token")) as client:
            answer = await client.send("orders:place", order={"items": [{"name": "Burger", "qty": "1"}]})

    `connect` makes a fresh link for each attempt; by default a Socket.IO one to `url` in these `namespaces`. `store` is
    needed for commands when the token reaches several.
    """

    def __init__(  # noqa: PLR0913 - one for each thing an app may bring along; all have a default
        self,
        url: str | None = None,
        *,
        token: TokenLike | TokenSource = None,
        store: str | None = None,
        namespaces: Sequence[str] = ("/orders",),
        connect: Callable[[], Link] | None = None,
        name: str = "heard-sdk",
        device: str | None = None,
        clock: Clock | None = None,
        dice: Dice = random.random,
        on_status: Callable[[LinkStatus], None] | None = None,
        reporting: Reporting | None = None,
    ) -> None:
        self.status = LinkStatus()
        self._reporting = reporting or Reporting()
        self._connect = connect or _socket_links(url, namespaces)
        self._tokens = token_source(token)
        self._token: str | None = None
        about = {"name": name, "version": _version()} | ({"device": device} if device else {})
        self._about: dict[str, Any] = {"client": about} | ({"store": store} if store else {})
        self._clock = clock or SystemClock()
        self._backoff = Backoff(dice=dice)
        self._on_status = on_status
        self._subscriptions: list[Subscription] = []
        self._following: list[Following] = []
        self._connection: Connection | None = None
        self._refusal: HeardError | None = None
        self._moved = asyncio.Event()
        self._poked = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._refresher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self.run(), name="heard client")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        for following in self._following:
            following.close()

    # ── Saying ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, command: Command | str, /, *, timeout_s: float = 30.0, **fields: Any) -> Answer:
        """Send a command, or the name of one with its fields, and get its answer.

        It carries one id however often it has to be sent, so a link that breaks in between does no harm.

        Raises:
            LinkDown: no answer in `timeout_s`; whether it was carried out is not known. HeardError: refused.
        """
        name, wire = _said(command, fields)
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._answered(name, wire)
        except TimeoutError:
            raise LinkDown(f"no answer within {timeout_s:g} s: {self.status.reason or 'the gateway is slow'}") from None
        if not answer.ok:
            raise HeardError.from_wire(answer.as_wire())
        return answer

    async def _answered(self, name: str, wire: dict[str, Any]) -> Answer:
        while True:
            await self.joined()
            try:
                return Answer.model_validate(await self.ask(name, wire))
            except LinkDown as down:
                log.debug("%s had no answer: %s; sending it again", name, down)
                await asyncio.sleep(0.02)

    async def ask(self, event: str, data: dict[str, Any], timeout_s: float = READ_S) -> Any:
        """One request over the link of now; its ack as it came. Raises: LinkDown."""
        if self._connection is None:
            raise LinkDown(self.status.reason or "not connected")
        return await self._connection.ask(event, data, timeout_s)

    def vitals(self, **figures: Any) -> None:
        """Tell operators how this client fares, by the fields of `session:report`; kept and sent every few seconds."""
        self._reporting.give(**figures)

    async def joined(self, *, patient: bool = False) -> None:
        """Wait until the gateway has let us in. Raises: HeardError, when it will not; never if `patient`."""
        while self.status.state not in (LinkState.LIVE, LinkState.CATCHING_UP):
            if self._refusal is not None and not patient:
                raise self._refusal.with_traceback(None)  # raised again and again: without its past
            await self._moved.wait()

    # ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def subscribe(self, stream: str, *, station: str | None = None, timeout_s: float = 30.0) -> Following:
        """Hear a stream from now on, through every reconnect; returns when it has caught up.

        Raises:
            LinkDown: it had not after `timeout_s`. HeardError: this stream is not for us.
        """
        following = Following()
        subscription = Subscription(
            Session(stream, station), following.hear, following.restart, following.settled, following.refused
        )
        self._following.append(following)
        self.listen(subscription)
        try:
            async with asyncio.timeout(timeout_s):
                return await following.caught_up()
        except TimeoutError:
            self._let_go(following)
            raise LinkDown(f"{stream}: {self.status.reason or 'the gateway is slow'}") from None
        except BaseException:
            self._let_go(following)
            raise

    async def unsubscribe(self, following: Following) -> None:
        """Hear no more of it; its iteration ends."""
        following.close()
        mine = self._let_go(following)
        if mine is not None:
            with suppress(LinkDown):
                await self.ask("stream:unsubscribe", {"stream": mine.session.stream})

    def _let_go(self, following: Following) -> Subscription | None:
        """Forget who hears a stream; the subscription it had, if it has not been refused."""
        if following in self._following:
            self._following.remove(following)
        mine = next((one for one in self._subscriptions if one.on_caught_up == following.settled), None)
        if mine is not None:
            self._subscriptions.remove(mine)
        return mine

    def listen(self, subscription: Subscription) -> None:
        """Hear a stream through callbacks, from now on and through every reconnect. A stream has one subscriber."""
        if any(one.session.stream == subscription.session.stream for one in self._subscriptions):
            raise ValueError(f"{subscription.session.stream} has a subscriber already")
        self._subscriptions.append(subscription)
        if self._connection is not None:
            self._connection.join(subscription)

    # ── Staying connected ─────────────────────────────────────────────────────────────────────────────────────────────

    def retry(self) -> None:
        """Try again now, whatever was being waited for."""
        self._refusal = None
        self._poked.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        reporter = asyncio.create_task(self._keep_reporting(), name="heard reporter")
        try:
            while True:
                error = await self._one_life()
                if error.temporary and not (isinstance(error, LinkDown) and error.final):
                    await self._stay_offline(error)
                else:
                    await self._stay_away(error)
        finally:
            reporter.cancel()

    async def _one_life(self) -> HeardError:
        began: float | None = None
        if self.status.state is not LinkState.OFFLINE or self.status.reason is None:
            self.tell(state=LinkState.CONNECTING)
        try:
            self._token = await self._tokens.token()
            self._connection = Connection(self._connect(), self._subscriptions, self, self._clock)
            began = self._clock.monotonic()
            await self._connection.run(self._auth())
        except HeardError as error:
            return error
        except Exception as error:
            log.exception("the link failed inside")
            return LinkDown(f"something went wrong inside: {type(error).__name__}: {error}")
        finally:
            self._leave()
            if began is not None:
                self._backoff.lasted(self._clock.monotonic() - began)

    def _auth(self) -> dict[str, Any]:
        return self._about | ({"token": self._token} if self._token else {})

    def _leave(self) -> None:
        self._connection = None
        if self._refresher is not None:
            self._refresher.cancel()

    async def _keep_reporting(self) -> None:
        """Say how this client fares, on each link until it turns out that the gateway does not want to know."""
        last: Connection | None = None
        wanted = True
        while True:
            link = self._connection
            if link is None or self.status.state is not LinkState.LIVE or (link is last and not wanted):
                await self._moved.wait()
                continue
            if link is not last:
                self._reporting.anew()
            last, wanted = link, await self._reported(link)
            await asyncio.sleep(LOOK_S)

    async def _reported(self, link: Connection) -> bool:
        """Report what is due over this link; whether to go on with it."""
        sessions = [one.session for one in self._subscriptions]
        positions = {one.stream: one.position.seq for one in sessions if one.position is not None}
        try:
            report = self._reporting.due(positions, self._clock.monotonic())
            answer = await link.ask(Report.name, report.as_wire()) if report else {}
        except Exception as error:  # noqa: BLE001 - what is wrong with the link, its own life tells
            log.debug("the report was not heard: %s", error)
            return isinstance(error, LinkDown)
        return not (isinstance(answer, dict) and answer.get("ok") is False and not answer.get("temporary"))

    async def _stay_offline(self, error: HeardError) -> None:
        streak = self._backoff.tries
        log.log(logging.WARNING if streak == 0 else logging.DEBUG, "the link is down: %s", error)
        self.tell(state=LinkState.OFFLINE, reason=error.message, attempt=streak + 1)
        await self._pause(self._backoff.next(error.retry_after_ms))

    async def _stay_away(self, error: HeardError) -> None:
        """Refused: the same again would be refused again, until the token is a new one or somebody says try."""
        log.error("the gateway refuses this client: %s", error)
        self._refusal = error
        self.tell(state=LinkState.REFUSED, reason=error.message)
        for following in self._following:
            following.refused(error)
        while not await self._pause(LOOK_AGAIN_S) and not await self._has_new_token():
            pass
        self._refusal = None
        self.tell(state=LinkState.CONNECTING, reason=None)

    async def _has_new_token(self) -> bool:
        try:
            return await self._tokens.token() != self._token
        except Exception as error:  # noqa: BLE001 - the source is the app's own and may raise anything
            log.debug("no other token yet: %s", error)
            return False

    async def _pause(self, seconds: float) -> bool:
        """Wait, unless poked; whether it was."""
        waits = {
            asyncio.create_task(self._clock.sleep(seconds), name="heard pause"),
            asyncio.create_task(self._poked.wait(), name="heard poke"),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return self._poked.is_set()
        finally:
            self._poked.clear()
            for one in waits:
                one.cancel()

    # ── What a connection tells ───────────────────────────────────────────────────────────────────────────────────────

    def tell(self, **changes: Any) -> None:
        """How the link fares."""
        before = self.status
        state = changes.get("state", before.state)
        if state is not before.state:
            changes["since"] = self._clock.monotonic()
        self.status = replace(before, **changes)
        if state is not before.state:
            self._moved.set()
            self._moved = asyncio.Event()
        if self._on_status is not None:
            self._on_status(self.status)

    def said(self, name: str, payload: Any) -> None:
        """Messages that are no facts."""
        match name:
            case "auth:expiring" if self._refresher is None or self._refresher.done():
                # Every namespace is told; one renewal is for the whole connection.
                self._refresher = asyncio.create_task(self._refresh(), name="heard refresh")
            case "limit:warning":
                log.warning("near a limit: %s", payload)
            case _:
                log.debug("heard %s", name)

    async def _refresh(self) -> None:
        """A new token for the connection as it stands, if there is one."""
        try:
            token = await self._tokens.token()
            if token is None or token == self._token:
                return
            answer = await self.ask("auth:refresh", {"token": token})
            if isinstance(answer, dict) and answer.get("ok") is False:
                raise HeardError.from_wire(answer)
            self._token = token
        except HeardError as error:
            log.warning("the token could not be renewed: %s", error)


def _said(command: Command | str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(command, Command):
        return command.name, command.as_wire()
    return command, {"command_id": new_id(), **fields}


def _socket_links(url: str | None, namespaces: Sequence[str]) -> Callable[[], Link]:
    from heard.client.links.socket import SocketLink

    if url is None:
        raise ValueError("a client needs the url of a gateway, or a way to connect")
    return lambda: SocketLink(url, namespaces=namespaces)


def _version() -> str:
    try:
        return version("heard")
    except PackageNotFoundError:
        return "0"
