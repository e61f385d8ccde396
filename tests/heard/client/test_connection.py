"""One life of a link, with the link's end held by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from heard.client import LinkDown, LinkState, ManualClock
from heard.client.connection import MAX_RESTARTS, Connection, Subscription
from heard.client.links.base import Listeners
from heard.client.session import Session
from heard.contract.envelope import Envelope, Position
from heard.errors import Forbidden, HeardError, TooManyRequests
from tests.heard.client.conftest import eventually
from tests.heard.client.test_session import wire

READY = {
    "subject": "ann", "role": "kitchen", "store": "s1", "stations": ["grill"], "ttl_s": 60,
    "server_time": "2026-11-20T18:00:00Z",
}  # fmt: skip


class Scripted(Listeners):
    """A link whose answers are written down beforehand; the last one is given for ever."""

    def __init__(self, *answers: Any, greeting: Any = READY) -> None:
        super().__init__()
        self.answers = list(answers)
        self.greeting = greeting
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.closed = 0

    async def open(self, _: dict[str, Any]) -> None:
        self.on_event("session:ready", self.greeting)
        self.on_event("session:ready", self.greeting)

    async def request(self, event: str, data: dict[str, Any], _: float) -> Any:
        await asyncio.sleep(0)
        self.asked.append((event, data))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def close(self) -> None:
        self.closed += 1


class Heard:
    """Who listens: a subscriber and an observer in one."""

    def __init__(self) -> None:
        self.events: list[int | None] = []
        self.snapshots: list[tuple[dict[str, Any], Position]] = []
        self.caught_up = 0
        self.refusals: list[HeardError] = []
        self.states: list[LinkState] = []
        self.sayings: list[tuple[str, Any]] = []
        self.indigestible: set[int | None] = set()
        self.unreadable_snapshots = False

    def subscription(self, stream: str = "s1/kds", *, must: bool = False) -> Subscription:
        refused = None if must else self.refusals.append
        return Subscription(Session(stream), self.take, self.restart, self.settle, refused)

    def take(self, events: Sequence[Envelope]) -> None:
        for event in events:
            if event.seq in self.indigestible:
                raise KeyError(event.seq)
            self.events.append(event.seq)

    def restart(self, snapshot: dict[str, Any], at: Position) -> None:
        if self.unreadable_snapshots:
            raise KeyError("tickets")
        self.snapshots.append((snapshot, at))

    def settle(self) -> None:
        self.caught_up += 1

    def tell(self, **changes: Any) -> None:
        self.states += [changes["state"]] if "state" in changes else []

    def said(self, name: str, payload: Any) -> None:
        self.sayings.append((name, payload))


def snapshot(seq: int, **more: Any) -> dict[str, Any]:
    given = {
        "stream": "s1/kds",
        "epoch": "e1",
        "recovered": False,
        "was_recovering": False,
        "snapshot": {"tickets": []},
    }
    return given | {"seq": seq, "head": seq} | more


def events(*seqs: int) -> dict[str, Any]:
    missed = [wire(seq) for seq in seqs]
    return snapshot(seqs[-1], recovered=True, events=missed) | {"snapshot": None}


Run = Callable[..., tuple[asyncio.Task[None], Connection]]


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    tasks: list[asyncio.Task[None]] = []

    def start(
        link: Scripted, heard: Heard, *subscriptions: Subscription, clock: ManualClock | None = None
    ) -> tuple[asyncio.Task[None], Connection]:
        connection = Connection(link, list(subscriptions), heard, clock or ManualClock())
        tasks.append(asyncio.create_task(connection.run({})))
        return tasks[-1], connection

    yield start
    for task in tasks:
        task.cancel()
        await asyncio.wait({task})


async def test_it_catches_up_and_then_lives(run: Run) -> None:
    link, heard = Scripted(snapshot(3), events(5)), Heard()
    run(link, heard, heard.subscription())
    await eventually(lambda: heard.states == [LinkState.CATCHING_UP, LinkState.LIVE])
    link.on_event("kds:item_ready", wire(4))
    link.on_event("kds:item_ready", wire(4))
    link.on_event("kds:item_ready", wire(6))
    await eventually(lambda: heard.events == [4, 5])
    assert link.asked[-1] == ("stream:subscribe", {"stream": "s1/kds", "epoch": "e1", "after": 4})


async def test_what_is_asked_of_a_dead_link_is_refused_without_asking(run: Run) -> None:
    link, heard = Scripted(snapshot(3)), Heard()
    task, connection = run(link, heard, heard.subscription())
    await eventually(lambda: LinkState.LIVE in heard.states)
    link.on_closed(LinkDown("cut"))
    with pytest.raises(LinkDown, match="cut"):
        await connection.ask("kds:bump", {})
    with pytest.raises(LinkDown, match="cut"):
        await task
    assert link.closed == 1


@pytest.mark.parametrize("payload", [None, {"subject": 1}])
async def test_a_greeting_nobody_can_read_ends_it(run: Run, payload: Any) -> None:
    task, _ = run(Scripted(snapshot(3), greeting=payload), Heard())
    with pytest.raises(LinkDown, match="greeting cannot be read"):
        await task


async def test_a_goodbye_nobody_can_read_is_one_all_the_same(run: Run) -> None:
    link, heard = Scripted(snapshot(3)), Heard()
    task, _ = run(link, heard)
    await eventually(lambda: LinkState.LIVE in heard.states)
    link.on_event("session:goodbye", "bye")
    with pytest.raises(LinkDown, match="the gateway said goodbye"):
        await task


async def test_more_than_can_be_taken_in_ends_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heard.client.connection.MAX_INBOX", 5)
    link, heard = Scripted(snapshot(3)), Heard()
    task, _ = run(link, heard, heard.subscription())
    await eventually(lambda: LinkState.LIVE in heard.states)
    for seq in range(4, 20):
        link.on_event("kds:item_ready", wire(seq))
    with pytest.raises(LinkDown, match="more came"):
        await task
    assert heard.events == [4, 5, 6, 7, 8]


async def test_a_snapshot_that_is_no_longer_kept_is_begun_again(run: Run) -> None:
    gone = {"ok": False, "code": "bad_request", "message": "cursor: no such page any more", "temporary": False}
    link, heard = Scripted(snapshot(3, more=True, cursor="c1"), gone, snapshot(9)), Heard()
    run(link, heard, heard.subscription())
    await eventually(lambda: heard.caught_up)
    assert [at for _, at in heard.snapshots] == [("e1", 9)]


async def test_an_answer_nobody_can_read_ends_it(run: Run) -> None:
    task, _ = run(Scripted({"stream": 1}), heard := Heard(), heard.subscription())
    with pytest.raises(LinkDown, match="answer cannot be read"):
        await task


async def test_a_stream_that_must_be_heard_and_is_refused_ends_it(run: Run) -> None:
    link, heard = Scripted({"ok": False, **Forbidden("not for you").as_wire()}), Heard()
    task, _ = run(link, heard, heard.subscription(must=True))
    with pytest.raises(Forbidden, match="not for you"):
        await task


async def test_a_stream_refused_for_now_ends_it_to_be_tried_later(run: Run) -> None:
    link, heard = Scripted({"ok": False, **TooManyRequests("too fast", retry_after_ms=50).as_wire()}), Heard()
    task, _ = run(link, heard, heard.subscription())
    with pytest.raises(TooManyRequests):
        await task
    assert heard.refusals == []


async def test_an_event_that_is_never_digested_does_not_go_on_for_ever(run: Run) -> None:
    link, heard = Scripted(snapshot(3, head=4, more=True), events(4), snapshot(3, head=4, more=True)), Heard()
    link.answers = [answer for _ in range(MAX_RESTARTS + 2) for answer in (snapshot(3, head=4), events(4))]
    heard.indigestible = {4}
    task, _ = run(link, heard, heard.subscription())
    with pytest.raises(LinkDown, match="could not be made whole"):
        await task


async def test_a_snapshot_that_is_never_digested_is_not_gone_on_from(run: Run) -> None:
    link, heard = Scripted(snapshot(3)), Heard()
    heard.unreadable_snapshots = True
    subscription = heard.subscription()
    task, _ = run(link, heard, subscription)
    with pytest.raises(LinkDown, match="could not be made whole"):
        await task
    assert subscription.session.position is None
    assert heard.caught_up == 0


async def test_a_live_event_that_is_not_digested_brings_a_new_picture_and_leaves_the_link(run: Run) -> None:
    link, heard = Scripted({"stream": "s1/ops", "epoch": None, "seq": None, "snapshot": {"v": 1}}), Heard()
    heard.indigestible = {None}
    task, _ = run(link, heard, heard.subscription("s1/ops"))
    await eventually(lambda: heard.caught_up)
    link.on_event("connection:opened", wire(1) | {"stream": "s1/ops", "epoch": None, "seq": None})
    await eventually(lambda: len(heard.snapshots) == 2)
    assert not task.done()


async def test_a_live_stream_has_a_picture_and_then_the_latest(run: Run) -> None:
    picture = {"stream": "s1/ops", "epoch": None, "seq": None, "snapshot": {"v": 1, "connections": []}}
    link, heard = Scripted(picture), Heard()
    run(link, heard, heard.subscription("s1/ops"))
    await eventually(lambda: heard.caught_up)
    assert heard.snapshots == [({"v": 1, "connections": []}, ("", 0))]
    link.on_event("connection:opened", wire(1) | {"stream": "s1/ops", "epoch": None, "seq": None})
    await eventually(lambda: heard.events == [None])


async def test_a_live_picture_in_pages_is_one_picture(run: Run) -> None:
    def page(*rows: int, **more: Any) -> dict[str, Any]:
        return {"stream": "s1/ops", "snapshot": {"v": 1, "connections": list(rows)} | more.pop("rest", {})} | more

    first = page(1, 2, more=True, cursor="2.0", rest={"totals": {"opened": 3}, "buckets_ms": [1]})
    link = Scripted(first, page(3, more=True, cursor="3.0"), page(4, more=False), page(9))
    heard = Heard()
    run(link, heard, heard.subscription("s1/ops"))
    await eventually(lambda: heard.caught_up)
    whole = {"v": 1, "connections": [1, 2, 3, 4], "totals": {"opened": 3}, "buckets_ms": [1]}
    assert heard.snapshots == [(whole, ("", 0))]
    assert [asked.get("cursor") for _, asked in link.asked] == [None, "2.0", "3.0"]


@pytest.mark.parametrize("answer", [{"stream": "s1/ops"}, [], "no", {"stream": "s1/ops", "snapshot": 7}])
async def test_a_live_picture_nobody_can_read_ends_it(run: Run, answer: Any) -> None:
    heard = Heard()
    task, _ = run(Scripted(answer), heard, heard.subscription("s1/ops"))
    await asyncio.wait({task})
    assert isinstance(task.exception(), LinkDown)


async def test_a_live_picture_without_end_ends_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heard.client.connection.MAX_LIVE_PAGES", 3)
    endless = {"stream": "s1/ops", "snapshot": {"connections": []}, "more": True, "cursor": "again"}
    link, heard = Scripted(endless), Heard()
    task, _ = run(link, heard, heard.subscription("s1/ops"))
    await asyncio.wait({task})
    assert isinstance(task.exception(), LinkDown)
    assert len(link.asked) == 3


async def test_what_is_no_fact_is_passed_on_and_foreign_streams_are_left(run: Run) -> None:
    link, heard = Scripted(snapshot(3)), Heard()
    run(link, heard, heard.subscription())
    await eventually(lambda: LinkState.LIVE in heard.states)
    link.on_event("kds:item_ready", wire(1) | {"stream": "s9/kds"})
    link.on_event("stream:head", {"heads": {"s9/kds": {"epoch": "e", "seq": 1}}})
    link.on_event("ops:announce", ["hello"])
    await eventually(lambda: heard.sayings == [("ops:announce", ["hello"])])
