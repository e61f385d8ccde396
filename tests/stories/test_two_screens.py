"""Two screens of one station, one of them cut and resumed on every way there is: what they show is what happened.

Gateway kitchen, reader, fan-out, connection, session and replica are the real ones; the wire is a list that the test
delivers from, or tears. Nothing here waits for a clock.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.client.clock import ManualClock
from heard.client.connection import Connection, Subscription
from heard.client.links.base import LinkDown, Listeners
from heard.client.replica import Replica
from heard.client.session import Session
from heard.client.status import LinkState
from heard.contract import kds
from heard.contract.base import Command
from heard.contract.envelope import SYSTEM, Answer, Envelope, Position
from heard.contract.kds import EXPO
from heard.contract.registry import COMMANDS, read_command
from heard.contract.session import SessionReady
from heard.errors import HeardError
from heard.kitchen import facts
from heard.kitchen.board import Board
from heard.kitchen.priority import on_wall
from heard.kitchen.rules import Outcome, apply_to_board
from heard.kitchen.tickets import Ticket, TicketState
from kds.cards import Card, card
from kds.look import Look
from server import streams
from server.fanout import Fanout
from server.fanout import Subscription as Ear
from server.journal.memory import MemoryJournal
from server.kitchens import Asked, StoreKitchen
from server.streams import Reader, Wanted
from tests.heard.kitchen.playbook import HOUSE
from tests.heard.kitchen.services import MENU, STEPS, Service, Step
from tests.heard.kitchen.test_planted_bugs import HUNT

STREAM = "s1/kds"
SMALL = {"MAX_BEHIND": 12, "MAX_READ_BYTES": 9_000, "SPARE": 0, "LEAST_ROOM": 2_500}
"""A gateway whose window, replies and pages are so small that every way back is taken."""
READ_EVENTS = 5
LOOK = Look(zone=UTC)


class Gateway(Service):
    """The store's kitchen as it ships. A step of a random service is decided by it, and told by its own fan-out."""

    def __init__(self) -> None:
        super().__init__(HOUSE)
        self.witnesses = ()
        self.fanout = Fanout()
        self.fanout.sender = self
        self.wires: dict[str, Wire] = {}
        self.folds: dict[tuple[str, int], Board] = {}
        self._epochs = count(1)

    async def open(self) -> None:
        """An empty store, in an epoch of its own."""
        epoch = f"epoch-{next(self._epochs)}"
        ids = count(1)
        self.journal = MemoryJournal(lambda: epoch)
        self.store = StoreKitchen(
            tenant="demo", house=self.house, journal=self.journal, publish=self._published, now=lambda: self.now,
            new_id=lambda: f"{epoch}-{next(ids)}",
        )  # fmt: skip
        self.reader = Reader(self.journal, lambda: 0.0)
        await self.store.load()
        self.kitchen, self.order_id, self.last = self.store.committed, "", None
        self.folds[self.epoch, 0] = Board()

    @property
    def epoch(self) -> str:
        return self.store.tails[STREAM].head.epoch

    def do(self, command: Command) -> Outcome:
        """Decided as it is for anybody."""
        if command is self.last:
            return self.outcome  # said again: the first answer is the answer
        before = self.store._state
        pending = self.store._decide(Asked(command, "till", SYSTEM.as_wire(), command.command_id))
        self.last, self.kitchen = command, self.store._state
        if not pending.answer["ok"]:
            raise HeardError.from_wire(pending.answer)
        new = next(iter(set(self.kitchen.book.orders) - set(before.book.orders)), "")
        self.order_id = new or self.order_id
        return self.outcome

    def place(self, *items: str | dict[str, Any], **order: Any) -> str:
        rows = [{"name": item, "qty": "1"} if isinstance(item, str) else {"qty": "1", **item} for item in items]
        self.say("orders:place", order={"items": rows, **order})
        return self.order_id

    def _published(self, tenant: str, stream: str, events: list[Any]) -> None:
        if stream == STREAM:
            for told in events:
                before = self.folds[self.epoch, told.seq - 1]
                self.folds[self.epoch, told.seq] = apply_to_board(before, Envelope.model_validate(told.envelope))
        self.fanout.publish(tenant, stream, events)

    def broadcast(self, sids: Any, _namespace: str, event: str, *args: Any) -> int:
        for sid in sids:
            if sid in self.wires:
                self.wires[sid].send(event, args[0])
        return len(sids)

    def say_heads(self) -> None:
        for _ in range(2):  # the first is only for who was silent
            self.fanout.heads(self._head)

    def _head(self, _tenant: str, stream: str, station: str | None) -> dict[str, Any]:
        head = self.store.tails[stream].head
        view = {} if station is None else {"view": self.store.committed.board.views.get(station, 0)}
        return {"heads": {stream: {"epoch": head.epoch, "seq": head.seq, **view}}, "server_time": self.now.isoformat()}

    async def asked(self, wire: "Wire", event: str, data: dict[str, Any]) -> dict[str, Any]:
        """As a socket of `/kds` is answered."""
        try:
            if event != "stream:subscribe":
                command = read_command(event, data)
                return await self.store.submit(Asked(command, "cook", SYSTEM.as_wire(), command.command_id))
            wanted = Wanted(
                data.get("epoch"), data.get("after"), READ_EVENTS, cursor=data.get("cursor"), station=data["station"]
            )
            answer = await self.reader.store_stream(self.store, "kds", wanted)
        except HeardError as no:
            return no.as_answer()
        if not answer["more"] and wire.sid in self.wires:
            self.fanout.subscribe("demo", STREAM, Ear(wire.sid, "/kds", data["station"]))
        return answer


class Wire(Listeners):
    """A link: what the gateway says stands on it until it is delivered, and is gone when it is cut."""

    def __init__(self, gateway: Gateway, sid: str) -> None:
        super().__init__()
        self.sid = sid
        self._gateway = gateway
        self._way: deque[tuple[bool, Callable[[], object]]] = deque()
        """What stands on the wire, and whether it is an answer: those are never lost alone."""
        self._over: LinkDown | None = None
        self._asked: set[asyncio.Future[Any]] = set()

    async def open(self, auth: dict[str, Any]) -> None:
        del auth
        self._gateway.wires[self.sid] = self
        head = {"epoch": self._gateway.epoch, "seq": 0, "recovered": False, "was_recovering": False}
        ready = SessionReady(
            subject="cook", role="kitchen", store="s1", stations=("*",), ttl_s=60, streams={STREAM: head},
            settings=None, server_time=self._gateway.now,
        )  # fmt: skip
        self.send(SessionReady.name, ready.as_wire())
        # A socket whose token names one store hears its whole stream until it asks for a view.
        self._gateway.fanout.subscribe("demo", STREAM, Ear(self.sid, "/kds"))

    def send(self, event: str, payload: Any) -> None:
        self._way.append((False, lambda: self.on_event(event, payload)))

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:
        del timeout_s
        if self._over is not None:
            raise self._over
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.add(ack)
        told = await self._gateway.asked(self, event, data)
        self._way.append((True, lambda: None if ack.done() else ack.set_result(told)))
        return await ack

    @property
    def empty(self) -> bool:
        return not self._way

    def deliver(self) -> None:
        """The next thing that stands on the wire."""
        _, hear = self._way.popleft()
        hear()

    def lose(self) -> None:
        """All facts that stand on the wire."""
        self._way = deque(one for one in self._way if one[0])

    def cut(self) -> None:
        if self._over is None:
            self._over = LinkDown("the cable was pulled")
            self._gateway.wires.pop(self.sid, None)
            self._gateway.fanout.forget(self.sid)
            self._way.clear()
            for ack in self._asked:
                if not ack.done():
                    ack.set_exception(self._over)
                    ack.exception()
            self.on_closed(self._over)

    async def close(self) -> None:
        self.cut()


@dataclass
class Screen:
    """Session, replica and outbox of one screen; a wire at a time, or none."""

    gateway: Gateway
    name: str
    station: str
    replica: Replica = field(default_factory=Replica)
    outbox: list[Command] = field(default_factory=list)
    wire: Wire | None = None
    state: LinkState = LinkState.OFFLINE
    showed: list[tuple[tuple[str, int], Board]] = field(default_factory=list)
    """What was on this screen as confirmed, by position."""

    @property
    def quiet(self) -> bool:
        return self.wire is not None and self.wire.empty

    def __post_init__(self) -> None:
        self.session = Session(STREAM, self.station)
        self._lives = count(1)
        self._commands = count(1)
        self._life: asyncio.Task[None] | None = None

    # ── The link ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def plug_in(self) -> None:
        if self.wire is None:
            self.wire = Wire(self.gateway, f"{self.name}-{next(self._lives)}")
            self._life = asyncio.get_running_loop().create_task(self._live(self.wire))

    async def pull_out(self) -> None:
        if self.wire is not None and self._life is not None:
            self.wire.cut()
            await asyncio.wait({self._life})
            self._life.result()

    async def _live(self, wire: Wire) -> None:
        ear = Subscription(self.session, self._on_events, self._on_snapshot, lambda: None)
        connection = Connection(wire, [ear], self, ManualClock())
        sender = asyncio.get_running_loop().create_task(self._send(connection))
        try:
            await connection.run({})
        except LinkDown:
            self.state = LinkState.OFFLINE
        finally:
            sender.cancel()
            self.wire = None

    async def _send(self, connection: Connection) -> None:
        try:
            while True:
                while self.state not in (LinkState.LIVE, LinkState.CATCHING_UP) or not self.outbox:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                command = self.outbox[0]
                answer = Answer.model_validate(await connection.ask(command.name, command.as_wire()))
                self.outbox.pop(0)
                self.replica.answered(command.command_id, answer)
        except LinkDown:
            return

    def tell(self, **changes: Any) -> None:
        self.state = changes.get("state", self.state)

    def said(self, name: str, payload: Any) -> None:
        raise AssertionError(f"nobody says {name}: {payload}")

    # ── The board ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_events(self, events: Any) -> None:
        for envelope in events:
            self.replica.confirm(envelope)
            self.showed.append(((envelope.epoch, envelope.seq), self.replica.confirmed))

    def _on_snapshot(self, snapshot: dict[str, Any], at: Position) -> None:
        board = Board.from_snapshot(snapshot)
        assert board.seq == at.seq
        self.replica.reset(board, at.epoch)
        self.showed.append(((at.epoch, at.seq), board))

    def act(self, step: Step) -> None:
        """A cook at this screen, whatever the link."""
        cards = list(self.replica.board.at(self.station))
        if not cards or step.verb not in MOVES:
            return
        ticket = cards[step.order % len(cards)]
        fields: dict[str, Any] = {"ticket_id": ticket.ticket_id, "command_id": f"{self.name}-{next(self._commands):06}"}
        if step.item < 3 and step.verb not in ("rush", "undo"):
            fields["item_ids"] = [ticket.lines[step.item % len(ticket.lines)].item_id]
        if step.verb == "rush":
            fields["priority"] = ("normal", "rush", "vip")[step.how % 3]
        if step.verb == "bump":
            fields["seen_with"] = [one.command_id for one in self.replica.wishes]
        command = COMMANDS[f"kds:{step.verb}"].ingest({"seen_seq": self.replica.confirmed.seq} | fields)
        try:
            outcome = self.replica.predict(command, self.gateway.now)
        except HeardError:
            return
        self.outbox.append(command)
        self.replica.wish(command, self.gateway.now, outcome)


MOVES = ("start", "bump", "undo", "recall", "hold", "fire", "ack_void", "rush")


class Evening:
    """A gateway, a screen that stays and one that comes and goes."""

    def __init__(self, station: str, dice: Random) -> None:
        self.gateway = Gateway()
        self.station, self.dice = station, dice
        self.stayed = Screen(self.gateway, "stayed", station)
        self.flaky = Screen(self.gateway, "flaky", station)
        self.screens = (self.stayed, self.flaky)

    async def play(self, steps: list[tuple[str, Step]]) -> None:
        await self._open()
        for screen in self.screens:
            screen.plug_in()
        await self._flow(self.stayed)
        for happening, step in steps:
            await self._happen(happening, step)
        await self._come_to_rest()
        self._compare()
        for screen in self.screens:
            await screen.pull_out()

    async def _open(self) -> None:
        await self.gateway.open()
        self.gateway.place("Burger", "Fries", "Combo")
        self.gateway.place("Burger")
        await self._settled()

    async def _happen(self, happening: str, step: Step) -> None:
        match happening:
            case "cut":
                await self.flaky.pull_out()
            case "mend":
                self.flaky.plug_in()
            case "cook":
                self.screens[step.how % 2].act(step)
            case "restore":
                await self._settled()
                await self._open()
            case "heads":
                await self._settled()
                self.gateway.say_heads()
            case "drop" if self.flaky.wire is not None and self.flaky.state is LinkState.LIVE:
                self.flaky.wire.lose()
            case "add" | "serve" | "till":
                with suppress(HeardError):
                    self._at_the_gateway(happening, step)
                await self._settled()
        for screen in self.screens:
            await self._flow(screen, self.dice.choice((0, 1, 3, 50)) if screen is self.flaky else 50)

    def _at_the_gateway(self, happening: str, step: Step) -> None:
        known = list(self.gateway.kitchen.book.orders)
        match happening:
            case "add":  # a dish that may bring the order to one more station
                self.gateway.order_id = known[step.order % len(known)]
                self.gateway.update({"name": MENU[step.how % len(MENU)], "qty": "1"})
            case "serve":
                ticket_id = f"{known[step.order % len(known)]}.{EXPO}"
                self.gateway.say("kds:bump", ticket_id=ticket_id, force=True)
            case _:
                self.gateway.take(step)

    async def _settled(self) -> None:
        """What the journal was given is written."""
        while self.gateway.store._in_flight:  # noqa: ASYNC110 - nobody signals it, and the loop has nothing else to do
            await asyncio.sleep(0)

    async def _flow(self, screen: Screen, most: int = 50) -> None:
        for _ in range(12):
            await asyncio.sleep(0)
            if screen.wire is not None and most and not screen.wire.empty:
                screen.wire.deliver()
                most -= 1

    async def _come_to_rest(self) -> None:
        for screen in self.screens:
            screen.plug_in()
        for said in range(400):
            await self._settled()
            for screen in self.screens:
                await self._flow(screen)
            quiet = all(one.state is LinkState.LIVE and not one.outbox and one.quiet for one in self.screens)
            if quiet and said > 3:
                return
            if quiet:
                self.gateway.say_heads()
        raise AssertionError("it never came to rest")

    # ── What must be so ───────────────────────────────────────────────────────────────────────────────────────────────

    def _compare(self) -> None:
        truth = self.gateway.store.committed.board
        assert self.gateway.folds[self.gateway.epoch, truth.seq] == truth
        for screen in self.screens:
            assert screen.state is LinkState.LIVE
            assert screen.replica.wishes == ()
            assert screen.replica.board is screen.replica.confirmed
            for position, board in screen.showed:
                the_same_here(self.station, board, self.gateway.folds[position])
            the_same_here(self.station, screen.replica.board, truth)
            assert cards_of(screen.replica.board, self.station) == cards_of(truth, self.station)


def the_same_here(station: str, shown: Board, truth: Board) -> None:
    """Every ticket of the station as it is. A screen that hears of no new day keeps yesterday's done ones longer."""
    here, there = _tickets(station, shown), _tickets(station, truth)
    assert {one: here.get(one) for one in there} == there
    for one in here.keys() - there.keys():
        assert shown.state(here[one]) is TicketState.DONE
        assert here[one].header.service_day < truth.day
    stack = [one for one in shown.stacks.get(station, ()) if one in there]
    assert stack == list(truth.stacks.get(station, ()))


def _tickets(station: str, board: Board) -> dict[str, Ticket]:
    return {ticket.ticket_id: ticket for ticket in board.at(station)}


def cards_of(board: Board, station: str) -> list[Card]:
    return [card(board, ticket, LOOK) for ticket in on_wall(board, station)]


HAPPENINGS = st.sampled_from(
    ("till",) * 6
    + ("add", "add", "serve", "serve")
    + ("cook",) * 5
    + ("cut", "cut", "mend", "mend", "drop", "heads", "restore")
)
EVENINGS = st.lists(st.tuples(HAPPENINGS, STEPS), min_size=10, max_size=50)
STATIONS = st.sampled_from(("grill", "fry", "cold"))


@pytest.fixture(scope="module", autouse=True)
def small_replies() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(streams, name, value)
        yield


SEEDS = st.integers(0, 2**32)


@given(station=STATIONS, steps=EVENINGS, seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_screen_that_comes_and_goes_shows_what_the_one_that_stays_and_the_journal_say(station, steps, seed):
    asyncio.run(Evening(station, Random(seed)).play(steps))


def _a_station_that_came_late_does_not_hear_that_the_order_left(patch: pytest.MonkeyPatch) -> None:
    honest = facts._complete

    def known_only(board: Board, fact: kds.OrderComplete, stamp: facts.Stamp) -> Board:
        return honest(board, fact, stamp) if fact.ticket_id in board.tickets else board

    patch.setitem(facts._APPLY, kds.OrderComplete, known_only)


def _a_snapshot_is_of_another_moment_than_its_position(patch: pytest.MonkeyPatch) -> None:
    honest = streams._reply
    patch.setattr(streams, "_reply", lambda stream, head, seq, wanted: honest(stream, head, max(0, seq - 1), wanted))


@pytest.mark.parametrize(
    "plant",
    [
        _a_station_that_came_late_does_not_hear_that_the_order_left,
        _a_snapshot_is_of_another_moment_than_its_position,
    ],
    ids=lambda plant: plant.__name__.strip("_"),
)
def test_the_comparison_notices_a_planted_fault(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch):
    plant(monkeypatch)

    @HUNT
    @given(station=STATIONS, steps=EVENINGS, seed=SEEDS)
    def compare(station, steps, seed):
        asyncio.run(Evening(station, Random(seed)).play(steps))

    with pytest.raises(AssertionError):
        compare()
