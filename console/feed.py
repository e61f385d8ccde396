"""A store's operations, live: what the console's screens read, and the one thing they may do about a connection.

The SDK lives in a thread and a loop of its own: a stalled terminal keeps the link, a dead gateway keeps the keys.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from console.picture import Picture, apply, begin
from heard.client.backoff import Dice
from heard.client.client import HeardClient
from heard.client.clock import Clock
from heard.client.connection import Subscription
from heard.client.feed import ThreadedFeed
from heard.client.links.base import Link, LinkDown
from heard.client.session import Session
from heard.client.status import LinkState, LinkStatus
from heard.client.tokens import TokenLike, TokenSource
from heard.contract.audience import ROLES
from heard.contract.envelope import Envelope, Position, store_stream
from heard.contract.ops import Disconnect, OpsSnapshot
from heard.contract.registry import read_fact
from heard.errors import HeardError

NAMESPACE = "/ops"
FRAME_S = 0.05
"""The least time between two `on_change`: samples come once a second, but many who connect at once come one by one."""
ANSWER_S = 10.0
"""How long a command may take."""
HEARERS = tuple(role for role, powers in ROLES.items() if "ops" in powers.hears)
"""Roles that a console is for."""

log = logging.getLogger("heard.console")

OnAnswer = Callable[[HeardError | None], None]
"""Told once how a command ended: None when it was carried out, else why not. Called from the feed's thread."""
HowToLeave = Literal["forced", "moved"]
"""`forced` stays away until a person acts, `moved` comes back at once."""


class Feed(Protocol):
    """A store's operations as a screen sees them. All of it may be used from any thread; nothing waits for a link."""

    on_change: Callable[[], None] | None
    """Set by the screen; called, perhaps from another thread, when anything here is new."""

    @property
    def store(self) -> str:
        """Which store this is."""
        ...

    @property
    def picture(self) -> Picture:
        """How it stands; immutable. While the link is down: how it stood."""
        ...

    @property
    def status(self) -> LinkStatus:
        """How the link stands, who we are (`subject`, `role`), and why not if it is not live."""
        ...

    @property
    def may_act(self) -> bool:
        """Whether our role may throw a connection off. The gateway decides; this saves a person a useless question."""
        ...

    def now(self) -> datetime:
        """The time by the gateway's clock, as near as it is known here: what ages are counted with."""
        ...

    def disconnect(
        self,
        connection: str,
        reason: str | None = None,
        code: HowToLeave = "forced",
        on_answer: OnAnswer | None = None,
    ) -> None:
        """Throw a connection off; `reason` is told to whoever stands there."""
        ...

    def retry(self) -> None:
        """Try to connect now instead of later."""
        ...


class OpsFeed(ThreadedFeed):
    """The real feed. `on_change` is called from its own thread, several changes may be one call.

    `connect` makes a fresh link to `/ops` for each attempt. After each break it starts over from a snapshot: what was
    said meanwhile is not told again, for in a live stream the latest wins.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        store: str,
        *,
        token: TokenLike | TokenSource = None,
        clock: Clock | None = None,
        on_change: Callable[[], None] | None = None,
        dice: Dice = random.random,
    ) -> None:
        super().__init__(f"heard ops {store}", clock)
        self.on_change = on_change
        self._store = store
        self._connect, self._token, self._dice = connect, token, dice
        self._picture = Picture()
        self._trouble: str | None = None

    # ── What a screen reads ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def store(self) -> str:
        """Which store this is."""
        return self._store

    @property
    def picture(self) -> Picture:
        """How it stands, or stood when the link went down."""
        return self._picture

    @property
    def status(self) -> LinkStatus:
        """How the link stands; a refused one says whom to ask for what."""
        status = self._told
        reason = status.reason or self._trouble
        if status.state is LinkState.REFUSED and reason and "not hear ops" in reason:
            reason = f"{reason}: ask for a token with role {_any_of(HEARERS)}"
        return replace(status, reason=reason)

    @property
    def may_act(self) -> bool:
        """Whether our role may throw a connection off."""
        powers = next((powers for role, powers in ROLES.items() if role == self._told.role), None)
        return powers is not None and Disconnect.name in powers.commands

    def now(self) -> datetime:
        """The time by the gateway's clock."""
        return self._clock.now() + timedelta(seconds=self._told.skew_s or 0.0)

    # ── What a person does ────────────────────────────────────────────────────────────────────────────────────────────

    def disconnect(
        self,
        connection: str,
        reason: str | None = None,
        code: HowToLeave = "forced",
        on_answer: OnAnswer | None = None,
    ) -> None:
        """Throw a connection off; sent again with the same id should the link break meanwhile."""
        fields = {"connection": connection, "code": code} | ({"reason": reason} if reason else {})

        def tell(outcome: HeardError | None) -> None:
            if on_answer is not None:
                on_answer(outcome)

        hung_up = LinkDown("the console hung up before the answer; whether it was done is not known")
        asking = partial(self._answered, fields, tell)
        if not self._thread.call(lambda: self._begin(asking(), "heard disconnect", lambda: tell(hung_up))):
            tell(LinkDown("the console has hung up"))

    async def _answered(self, fields: dict[str, str], tell: OnAnswer) -> None:
        outcome: HeardError | None = None
        try:
            assert self._client is not None  # noqa: S101 - the loop runs because the client does
            await self._client.send(Disconnect.name, timeout_s=ANSWER_S, **fields)
        except HeardError as error:
            outcome = error
        tell(outcome)

    # ── The thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        self._client = HeardClient(
            connect=self._connect,
            token=self._token,
            store=self._store,
            name="heard-console",
            clock=self._clock,
            dice=self._dice,
            on_status=self._on_status,
        )
        session = Session(store_stream(self._store, "ops"))
        self._client.listen(Subscription(session, self._on_events, self._on_snapshot, self._changed.set))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._client.run(), name="heard link")
            tasks.create_task(self._keep_publishing(), name="heard publisher")

    # ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_snapshot(self, snapshot: dict[str, Any], _at: Position) -> None:
        try:
            whole = OpsSnapshot.model_validate(snapshot)
        except ValidationError as faults:
            raise LinkDown(f"the gateway's snapshot cannot be read: {faults.error_count()} faults") from faults
        self._picture = begin(whole, self._picture)
        self._changed.set()

    def _on_events(self, events: Sequence[Envelope]) -> None:
        for envelope in events:
            try:
                fact = read_fact(envelope)
                self._picture = self._picture if fact is None else apply(self._picture, fact, envelope.at)
            except ValueError as fault:
                # It would be the same the next time: better one fact less than a snapshot over and over.
                log.warning("a fact %s cannot be read: %s", envelope.name, fault)
        self._changed.set()

    async def _keep_publishing(self) -> None:
        """Tell the screen, once for whatever came together."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._publish()
            await asyncio.sleep(FRAME_S)

    def _publish(self) -> None:
        try:
            if self.on_change is not None:
                self.on_change()
            self._trouble = None
        except Exception as error:
            log.exception("a change could not be shown")
            self._trouble = f"a change could not be shown: {type(error).__name__}: {error}"


def _any_of(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
