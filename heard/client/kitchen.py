"""What a kitchen's screen uses: a board that is always there, a way to act, and the honest state of the link.

The SDK lives in a thread and a loop of its own: a stalled terminal keeps the link, a dead gateway keeps the keys.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from heard.client.backoff import Backoff, Dice
from heard.client.client import HeardClient
from heard.client.clock import Clock
from heard.client.connection import Subscription
from heard.client.feed import ThreadedFeed
from heard.client.history import history_of
from heard.client.links.base import Link, LinkDown
from heard.client.outbox import Outbox, Refusal, Row, row_of
from heard.client.replica import Replica
from heard.client.reporting import Reporting
from heard.client.session import Session
from heard.client.status import LinkState, LinkStatus
from heard.client.tokens import TokenLike, TokenSource
from heard.contract.base import Command
from heard.contract.envelope import Answer, Envelope, Position, store_stream
from heard.contract.kds import EXPO, MAX_SEEN_WITH, Bump, ItemHandedOver, ItemReady, OrderComplete
from heard.contract.registry import read_command
from heard.errors import HeardError, InvalidToken, TokenExpired
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.rules import Outcome

FRAME_S = 0.004
"""The least time between two `on_change`: a screen of 240 frames a second. The facts of one order come one by one, and
all but the first of them wait this long."""
FRAMES_S = 2 * FRAME_S
"""How long after a person acted the gateway begins to hear of it; it is on disk all the while."""
WINDOW = 16
"""How many commands are under way at once, each about another order."""

MAX_DOERS = 2_000
"""Tickets whose last doer is remembered."""
_DOING = frozenset({ItemReady.name, ItemHandedOver.name, OrderComplete.name})

OnHistory = Callable[[Sequence[Envelope] | HeardError], None]
"""Told the events, or why there are none."""

log = logging.getLogger("heard.client")


class KitchenFeed(ThreadedFeed):
    """A station's board, live. Every method and property may be used from any thread; none waits for the network.

    `station` "expo" hears the whole kitchen, any other one its own view. `on_change` is called from the SDK's thread,
    without arguments, after whatever changed: board, status, refusals; several changes may be one call. The outbox
    stays the caller's to close, after `stop`.
    """

    def __init__(  # noqa: PLR0913 - one for each thing an app may bring along; most have a default
        self,
        connect: Callable[[], Link],
        store: str,
        station: str,
        outbox: Outbox,
        *,
        token: TokenLike | TokenSource = None,
        clock: Clock | None = None,
        on_change: Callable[[], None] | None = None,
        device: str | None = None,
        dice: Dice = random.random,
    ) -> None:
        super().__init__(f"heard {store}/{station}", clock)
        self.store = store
        self.station = station
        self.on_change = on_change
        self._connect, self._token, self._device, self._dice = connect, token, device, dice
        self._outbox = outbox
        self._reporting = Reporting(lambda: outbox.unsent)
        self._session = Session(store_stream(store, "kds"), None if station == EXPO else station)
        self._replica = Replica()
        self._shown = self._replica.board
        self._shown_seq = 0
        """What of the kitchen's stream the shown board holds: an act is about that, not about what was heard since."""
        self._shown_wishes: tuple[Command, ...] = ()
        """What the shown board holds on top of it."""
        self._status = self._told
        """As shown, in step with the board: a badge must not turn green before what it vouches for is there."""
        self._troubles: dict[str, str] = {}
        self._lock = threading.Lock()
        """Guards the replica and what is shown of it."""
        self._acting = threading.Lock()
        """Keeps the order of wishes the order of the outbox."""
        self._doers: OrderedDict[str, str] = OrderedDict()
        """Ticket → who did the last of it; the newest of them."""
        self._work = asyncio.Event()
        self._wish_again()

    # ── What a screen reads ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def board(self) -> Board:
        """What to show: what is confirmed, and what was asked for here since. Immutable."""
        return self._shown

    @property
    def confirmed(self) -> Board:
        """What the gateway has told, alone."""
        return self._replica.confirmed

    @property
    def status(self) -> LinkStatus:
        """How the link stands; a refused one says whom to ask for what."""
        status, troubles = self._status, tuple(self._troubles.values())
        reason = status.reason or (troubles[0] if troubles else None)
        if status.state is LinkState.REFUSED and reason and "not hear kds" in reason:
            reason = f"{reason}: ask for a token with role {'expo' if self.station == EXPO else 'kitchen'}"
        return replace(status, position=self._session.position, unsent=self._outbox.unsent, reason=reason)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the gateway refused for good and nobody has dismissed, oldest first."""
        return self._outbox.refusals()

    # ── What a person does ────────────────────────────────────────────────────────────────────────────────────────────

    def do(self, command: Command | type[Command], /, **fields: Any) -> Outcome:
        """Act, now: `feed.do(kds.Bump, ticket_id=ticket.ticket_id)`. When it returns, the board shows it and the disk
        holds it; the gateway hears of it as soon as it can. Id, time and what was on the screen are filled in.

        Raises:
            HeardError: refused by the rules, in the words for whoever stands there; or the disk could not keep it.
        """
        with self._acting:
            made = self._filled(command, fields)
            now = self._clock.now()
            with self._lock:
                board = self._replica.board
                outcome = self._replica.predict(made, now)
            self._outbox.put(row_of(made.name, made.as_wire(), now))
            with self._lock:
                same = board is self._replica.board
                self._replica.wish(made, now, outcome if same else None)
                self._show()
        self._thread.call(self._acted)
        return outcome

    def _filled(self, command: Command | type[Command], fields: dict[str, Any]) -> Command:
        given = command.as_wire() if isinstance(command, Command) else {"command_id": new_id()}
        with self._lock:
            seen_seq, wishes = self._shown_seq, self._shown_wishes
        # From what was told to the app to what it has painted is a frame more, within which no hand can answer.
        wanted = {"made_at": self._clock.now(), "seen_seq": seen_seq} | given | fields
        if command.name == Bump.name and not wanted.get("seen_with"):
            wanted["seen_with"] = _about_the_order_of(str(wanted.get("ticket_id")), wishes)
        return read_command(command.name, wanted)

    def _show(self) -> None:
        """What is known and asked for is what is shown; the lock is held."""
        self._shown, self._shown_seq = self._replica.board, self._replica.confirmed.seq
        self._shown_wishes = self._replica.wishes

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        self._outbox.dismiss(command_id)
        self._thread.call(self._changed.set)

    def vitals(self, **figures: Any) -> None:
        """Tell operators how this screen fares, by the fields of `session:report`: `sound`, `key_ms_p99`,
        `glass_ms_p99`, `screen`. What is not given stays as it was.
        """
        self._reporting.give(**figures)

    def history(self, order_id: str, on_done: OnHistory, /) -> None:
        """Ask the gateway for everything that happened to an order, oldest first.

        `on_done` is called once: from the SDK's thread with the events, or with why there are none; at once where
        nobody can be asked.
        """

        def ask() -> None:
            hung_up = LinkDown("this screen hung up before the answer")
            self._begin(self._told_history(order_id, on_done), "heard history", lambda: on_done(hung_up))

        if self._told.state not in (LinkState.LIVE, LinkState.CATCHING_UP) or not self._thread.call(ask):
            on_done(LinkDown(self._told.reason or "the gateway is not reachable"))

    async def _told_history(self, order_id: str, on_done: OnHistory) -> None:
        try:
            if self._client is None:
                raise LinkDown("not connected")
            answer: Sequence[Envelope] | HeardError = await history_of(self._client.ask, self.store, order_id)
        except HeardError as no:
            answer = no
        on_done(answer)

    def done_by(self, ticket_id: str, /) -> str | None:
        """Who did the last of a ticket, as far as was heard; whoever we are, while it is not told yet."""
        return self._doers.get(ticket_id)

    def _acted(self) -> None:
        # The thread that acted paints what came of it with the same interpreter: its frame goes first.
        asyncio.get_running_loop().call_later(FRAMES_S, self._go_on)

    def _go_on(self) -> None:
        self._work.set()
        self._changed.set()

    # ── The thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        self._client = HeardClient(
            connect=self._connect,
            token=self._token,
            store=self.store,
            name=f"heard-kds/{self.station}",
            device=self._device,
            clock=self._clock,
            dice=self._dice,
            on_status=self._on_status,
            reporting=self._reporting,
        )
        self._client.listen(Subscription(self._session, self._on_events, self._on_snapshot, self._changed.set))
        self._work.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._client.run(), name="heard link")
            tasks.create_task(self._keep_sending(self._client), name="heard sender")
            tasks.create_task(self._keep_publishing(), name="heard publisher")

    # ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_events(self, events: Sequence[Envelope]) -> None:
        with self._lock:
            for envelope in events:
                self._replica.confirm(envelope)
                self._remember_doer(envelope)
        self._changed.set()

    def _remember_doer(self, envelope: Envelope) -> None:
        ticket = envelope.data.get("ticket_id")
        if envelope.name in _DOING and isinstance(ticket, str):
            self._doers[ticket] = envelope.actor.subject
            self._doers.move_to_end(ticket)
            if len(self._doers) > MAX_DOERS:
                self._doers.popitem(last=False)

    def _on_snapshot(self, snapshot: dict[str, Any], at: Position) -> None:
        board = replace(Board.from_snapshot(snapshot), seq=at.seq)
        with self._lock:
            self._replica.reset(board, at.epoch)
        self._changed.set()

    async def _keep_publishing(self) -> None:
        """Tell the screen, once for whatever came together; long lists of wishes are not re-decided for each event."""
        loop = asyncio.get_running_loop()
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = loop.time()
            self._publish()
            await asyncio.sleep(max(FRAME_S, 3 * (loop.time() - began)))

    def _publish(self) -> None:
        try:
            with self._lock:
                self._show()
                self._status = self._told
            if self.on_change is not None:
                self.on_change()
            self._troubles.pop("showing", None)
        except Exception as error:
            log.exception("a change could not be shown")
            self._troubles["showing"] = f"a change could not be shown: {error}"

    # ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _wish_again(self) -> None:
        """What a process before this one promised is still promised."""
        for row in self._outbox.waiting():
            try:
                self._replica.wish(read_command(row.name, row.fields), self._clock.now())
            except HeardError:
                log.warning("a kept %s cannot be predicted by this version; it is sent all the same", row.name)
        self._show()

    async def _keep_sending(self, client: HeardClient) -> None:
        pace = Backoff(base_s=0.1, cap_s=5.0, dice=self._dice)
        while True:
            try:
                await self._work.wait()
                await client.joined(patient=True)
                await self._send_all(client)
                pace.tries = 0
                self._troubles.pop("sending", None)
            except LinkDown:
                await asyncio.sleep(4 * FRAME_S)  # `joined` waits for the next life of the link, which has its own pace
            except HeardError as later:
                log.debug("the outbox waits: %s", later)
                await self._clock.sleep(pace.next(later.retry_after_ms))
            except Exception as error:
                log.exception("sending failed inside")
                self._troubles["sending"] = f"sending failed inside: {type(error).__name__}: {error}"
                await self._clock.sleep(pace.next())

    async def _send_all(self, client: HeardClient) -> None:
        """Everything there is, oldest first.

        Raises:
            HeardError: temporary; what is left is sent later, with the same ids.
        """
        while rows := self._outbox.waiting(WINDOW):
            answers = await asyncio.gather(*(_sent(client, row) for row in _apart(rows)))
            self._settle([(row, answer) for row, answer in answers if isinstance(answer, Answer)])
            failed = next((answer for _, answer in answers if isinstance(answer, Exception)), None)
            if failed is not None:
                raise failed
        self._work.clear()
        if self._outbox.unsent:  # put while the last answers came
            self._work.set()

    def _settle(self, answered: list[tuple[Row, Answer]]) -> None:
        if not answered:
            return
        self._outbox.settle([(row.command_id, answer) for row, answer in answered])
        with self._lock:
            for row, answer in answered:
                self._replica.answered(row.command_id, answer)
        self._changed.set()


def _about_the_order_of(ticket_id: str, wishes: Sequence[Command]) -> list[str]:
    """The ids of those about this ticket or its siblings, the newest of them."""
    order = ticket_id.rpartition(".")[0]
    about = [one for one in wishes if getattr(one, "ticket_id", "").rpartition(".")[0] == order]
    return [one.command_id for one in about][-MAX_SEEN_WITH:]


def _apart(rows: Sequence[Row]) -> list[Row]:
    """The first rows that are about different things: what concerns one order never overtakes, nor is overtaken."""
    apart: dict[str, Row] = {}
    for row in rows:
        if row.about in apart:
            break
        apart[row.about] = row
    return list(apart.values())


_OUR_OWN = (InvalidToken.code, TokenExpired.code)
"""Refusals of the sender, not of what was sent: the command waits for a better token."""


async def _sent(client: HeardClient, row: Row) -> tuple[Row, Answer | HeardError]:
    try:
        answer = Answer.model_validate(await client.ask(row.name, row.fields))
    except HeardError as error:
        return row, error
    if not answer.ok and (answer.temporary or answer.code in _OUR_OWN):
        return row, HeardError.from_wire(answer.as_wire())
    return row, answer
