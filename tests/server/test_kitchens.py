"""A store's kitchen: decided in one turn, durable before told, and rolled back whole when a write fails."""

import asyncio
from datetime import UTC, datetime

import pytest

from heard.contract.orders import CancelOrder, PlaceOrder, UpdateOrder
from heard.contract.registry import read_command
from heard.errors import Conflict, Internal, StorageFull, Unavailable
from heard.kitchen.routing import Dish, House
from server.gateway import digest
from server.journal import BadBatch, JournalBroken, JournalBusy, MemoryJournal
from server.journal import StorageFull as JournalFull
from server.kitchens import Asked, StoreKitchen, Tail
from tests.server.desk import Clock, some_id, until

HOUSE = House(
    store="s1", dishes=(Dish(name="Burger", stations=("grill",)), Dish(name="Fish", stations=("grill", "fry")))
)
EXPO = {"subject": "pass", "role": "expo"}


class HeldJournal:
    """A journal whose disk waits for the test: `write` lets the oldest batches through, or fails the oldest one."""

    def __init__(self, inner: MemoryJournal) -> None:
        self.inner = inner
        self.held: list = []
        self.holding = False
        self.unreadable = False

    def append(self, batch):
        if not self.holding:
            return self.inner.append(batch)
        future = asyncio.get_running_loop().create_future()
        self.held.append((batch, future))
        return future

    async def write(self, *, fail: Exception | None = None) -> None:
        batch, future = self.held.pop(0)
        try:
            rows = () if fail else await self.inner.append(batch)
        except Exception as error:  # noqa: BLE001 - handed on, as a journal would
            fail = error
        if fail:
            future.set_exception(fail)
        else:
            future.set_result(rows)
        await asyncio.sleep(0)

    async def answer(self, *key):
        if self.unreadable:
            raise JournalBusy("another program holds the journal")
        return await self.inner.answer(*key)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Pass:
    """A kitchen, its journal, and what it told."""

    def __init__(self, journal: HeldJournal, kitchen: StoreKitchen, told: list) -> None:
        self.journal, self.kitchen, self.told = journal, kitchen, told

    def start(self, command, subject="pass") -> "asyncio.Task":
        actor = EXPO | {"subject": subject}
        asked = Asked(command, subject, actor, digest(command))
        return asyncio.create_task(self.kitchen.submit(asked), name=command.name)

    async def held(self, count: int) -> None:
        await until(lambda: len(self.journal.held) == count)

    async def do(self, command, subject="pass"):
        return await self.start(command, subject)

    async def order(self, *names: str, **fields) -> str:
        return (await self.do(place(*names, **fields)))["order"]["id"]

    def names(self) -> list[str]:
        return [told.envelope["name"] for _, told in self.told]


def place(*names: str, command_id: str | None = None, **fields) -> PlaceOrder:
    items = [{"name": name, "qty": "1"} for name in names or ("Burger",)]
    return PlaceOrder.ingest({"command_id": command_id or some_id(), "order": {"items": items} | fields})


def move(name: str, ticket: str, command_id: str | None = None, **fields):
    return read_command(f"kds:{name}", {"command_id": command_id or some_id(), "ticket_id": ticket, **fields})


def kitchen_on(journal, told: list, tenant: str = "demo") -> StoreKitchen:
    return StoreKitchen(
        tenant=tenant, house=HOUSE, journal=journal, now=Clock(), new_id=some_id,
        publish=lambda _tenant, stream, events: told.extend((stream, event) for event in events),
    )  # fmt: skip


@pytest.fixture
async def held():
    journal = HeldJournal(MemoryJournal(lambda: "e1"))
    told: list = []
    kitchen = kitchen_on(journal, told)
    await kitchen.load()
    return Pass(journal, kitchen, told)


# ── Pipelining ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_told_and_nobody_answered_before_it_is_durable(held):
    held.journal.holding = True
    task = held.start(place())
    await held.held(1)
    assert not task.done()
    assert held.told == []
    assert len(held.kitchen.committed.book.orders) == 0
    await held.journal.write()
    answer = await task
    assert answer["ok"]
    assert answer["result"] == "applied"
    assert held.names() == ["kds:order_incoming", "kds:order_incoming", "order:created"]


async def test_the_second_command_is_decided_on_the_first_before_that_is_durable(held):
    order = await held.order("Burger")
    held.journal.holding = True
    first, second = held.start(move("start", f"{order}.grill")), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write()
    await held.journal.write()
    assert [(await task)["result"] for task in (first, second)] == ["applied", "applied"]
    assert held.names()[-5:-2] == ["kds:item_started", "order:status_changed", "kds:item_ready"]
    seqs = [told.seq for stream, told in held.told if stream == "s1/kds"]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_an_answer_names_the_very_places_its_facts_were_written_to(held):
    held.journal.holding = True
    tasks = [held.start(place("Fish")) for _ in range(3)]
    await held.held(3)
    for _ in tasks:
        await held.journal.write()
    told = {(stream, event.envelope["epoch"], event.seq): event.envelope["name"] for stream, event in held.told}
    refs = [event for task in tasks for event in (await task)["events"]]
    assert {(ref["stream"], ref["epoch"], ref["seq"]): ref["name"] for ref in refs} == told
    assert len(refs) == len(told) == 12


async def test_every_view_is_a_chain_of_its_own(held):
    order = await held.order("Burger")
    await held.order("Fish")
    await held.do(move("bump", f"{order}.grill"))
    for station in ("grill", "fry", "expo"):
        heard = [told for stream, told in held.told if stream == "s1/kds" and station in told.prevs]
        assert [told.prevs[station] for told in heard] == [0, *(told.seq for told in heard[:-1])]
        assert held.kitchen.committed.board.views[station] == heard[-1].seq


# ── When a write fails ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_write_takes_down_what_was_decided_on_it_and_nothing_stays(held):
    order = await held.order("Burger")
    before = held.kitchen.committed
    told = len(held.told)
    held.journal.holding = True
    first, second = held.start(move("start", f"{order}.grill")), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write(fail=JournalFull("no room"))
    await held.journal.write()
    with pytest.raises(StorageFull):
        await first
    with pytest.raises(Unavailable):
        await second
    assert held.kitchen.committed == before
    assert len(held.told) == told
    held.journal.holding = False
    assert (await held.do(move("start", f"{order}.grill")))["result"] == "applied"


async def test_a_command_that_failed_may_be_sent_again_under_its_id(held):
    held.journal.holding = True
    command = place()
    task = held.start(command)
    await held.held(1)
    await held.journal.write(fail=JournalFull("no room"))
    with pytest.raises(StorageFull):
        await task
    held.journal.holding = False
    answer = await held.do(command)
    assert answer["result"] == "applied"
    assert "replayed" not in answer
    assert len(held.kitchen.committed.book.orders) == 1


async def test_already_is_not_answered_when_the_fact_it_rests_on_was_never_written(held):
    order = await held.order("Burger")
    held.journal.holding = True
    first, second = held.start(move("bump", f"{order}.grill")), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write(fail=JournalFull("no room"))
    await held.journal.write()
    for task in (first, second):
        with pytest.raises((StorageFull, Unavailable)):
            await task
    held.journal.holding = False
    assert (await held.do(move("bump", f"{order}.grill")))["result"] == "applied"


async def test_a_refusal_is_not_given_when_the_fact_it_rests_on_was_never_written(held):
    order = await held.order("Burger")
    held.journal.holding = True
    cancel = CancelOrder.ingest({"command_id": some_id(), "order_id": order})
    first, second = held.start(cancel), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write(fail=JournalFull("no room"))
    await held.journal.write()
    with pytest.raises(StorageFull):
        await first
    with pytest.raises(Unavailable):
        await second


async def test_a_failed_answer_without_facts_does_not_undo_what_was_decided_after_it(held):
    order = await held.order("Burger")
    await held.do(move("start", f"{order}.grill"))
    held.journal.holding = True
    already, bump = held.start(move("start", f"{order}.grill")), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write(fail=BadBatch("a test wants it so"))
    await held.journal.write()
    with pytest.raises(Internal):
        await already
    assert (await bump)["result"] == "applied"
    held.journal.holding = False
    again = await held.do(move("bump", f"{order}.grill"))
    assert again["result"] == "already"


async def test_what_is_decided_between_a_failure_and_its_victims_stands(held):
    order = await held.order("Burger")
    held.journal.holding = True
    first, second = held.start(move("start", f"{order}.grill")), held.start(move("bump", f"{order}.grill"))
    await held.held(2)
    await held.journal.write(fail=JournalFull("no room"))
    third = held.start(move("hold", f"{order}.grill"))
    await held.held(2)
    await held.journal.write()
    await held.journal.write()
    with pytest.raises(StorageFull):
        await first
    with pytest.raises(Unavailable):
        await second
    assert (await third)["result"] == "applied"


async def test_a_broken_journal_refuses_for_now_and_says_so(held):
    held.journal.holding = True
    task = held.start(place())
    await held.held(1)
    await held.journal.write(fail=JournalBroken("disk"))
    with pytest.raises(Unavailable) as refused:
        await task
    assert refused.value.retry_after_ms


async def test_a_called_off_write_is_a_failed_one(held):
    held.journal.holding = True
    task = held.start(place())
    await held.held(1)
    held.journal.held.pop()[1].cancel()
    with pytest.raises(Unavailable):
        await task
    assert held.kitchen._state == held.kitchen.committed


async def test_an_unreadable_journal_refuses_for_now(held):
    held.journal.unreadable = True
    with pytest.raises(Unavailable):
        await held.do(place())


async def test_whoever_hangs_up_does_not_take_the_command_with_him(held):
    held.journal.holding = True
    command = place()
    task = held.start(command)
    await held.held(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await held.journal.write()
    await until(lambda: held.told)
    held.journal.holding = False
    assert (await held.do(command))["replayed"]


async def test_whoever_hangs_up_does_not_take_along_who_asked_the_same(held):
    held.journal.holding = True
    command = place()
    first, second = held.start(command), held.start(command)
    await held.held(1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await held.journal.write()
    assert (await second)["replayed"]


# ── Once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_hundred_times_at_once_is_one_row_and_one_answer(held):
    command = place(command_id="the-same-id")
    answers = await asyncio.gather(*(held.start(command) for _ in range(100)))
    assert len(held.kitchen.committed.book.orders) == 1
    assert held.names().count("order:created") == 1
    first = [answer for answer in answers if "replayed" not in answer]
    assert len(first) == 1
    assert all(answer | {"replayed": True} == first[0] | {"replayed": True} for answer in answers)


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_same_command_later_gets_the_first_answer(held, restarted):
    command = place("Fish", customer={"name": "Ann"}, tab="Ann's")
    answer = await held.do(command)
    if restarted:
        held.kitchen = kitchen_on(held.journal, held.told)
        await held.kitchen.load()
    assert await held.do(command) == answer | {"replayed": True}


async def test_a_refusal_is_kept_as_well(held):
    order = await held.order("Burger")
    close = move("bump", f"{order}.expo")
    refused = await held.do(close)
    assert refused["code"] == "not_ready"
    await held.do(move("bump", f"{order}.grill"))
    assert await held.do(close) == refused | {"replayed": True}


async def test_when_a_command_was_made_does_not_make_it_another(held):
    command = place(command_id="the-same-id")
    await held.do(command)
    later = command.model_copy(update={"made_at": datetime.now(UTC), "seen_seq": 7})
    assert (await held.do(later))["replayed"]


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_reused_id_is_a_conflict(held, at_once):
    mine, other = place("Burger", command_id="the-same-id"), place("Fish", command_id="the-same-id")
    first = held.start(mine)
    if not at_once:
        await first
    for command, subject in ((other, "pass"), (mine, "somebody")):
        with pytest.raises(Conflict):
            await held.do(command, subject)
    assert (await first)["ok"]
    assert len(held.kitchen.committed.book.orders) == 1


async def test_a_stored_answer_holds_no_personal_data_but_a_repeated_one_does(held):
    command = place(customer={"name": "Ann", "ref": "ann"}, table="4")
    await held.do(command)
    stored = await held.journal.answer("demo", "s1", command.command_id)
    assert "Ann" not in str(stored.answer)
    assert (await held.do(command))["order"]["customer"]["name"] == "Ann"


async def test_forgotten_answers_in_memory_are_read_from_the_journal(held, monkeypatch):
    monkeypatch.setattr("server.kitchens.RECENT", 2)
    commands = [place() for _ in range(5)]
    answers = [await held.do(command) for command in commands]
    assert len(held.kitchen._recent) == 2
    assert [await held.do(command) for command in commands] == [answer | {"replayed": True} for answer in answers]


# ── From the journal ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_kitchen_rebuilt_from_the_journal_is_the_one_that_was(held):
    order = await held.order("Fish", "Burger", customer={"name": "Ann"}, notes=[{"text": "hurry"}])
    await held.do(move("bump", f"{order}.fry"))
    await held.do(move("rush", f"{order}.expo", priority="vip"))
    update = {"command_id": some_id(), "order_id": order, "changes": {"items": [{"name": "Soup", "qty": 2}]}}
    await held.do(UpdateOrder.ingest(update))
    other = await held.order("Burger")
    await held.do(CancelOrder.ingest({"command_id": some_id(), "order_id": other, "reason": "left"}))
    again = kitchen_on(held.journal, [])
    await again.load()
    assert again.committed == held.kitchen.committed
    assert {stream: (tail.head, list(tail.events)) for stream, tail in again.tails.items()} == {
        stream: (tail.head, list(tail.events)) for stream, tail in held.kitchen.tails.items()
    }


async def test_personal_data_is_journalled_apart(held):
    await held.order("Burger", customer={"name": "Ann", "phone_last4": "1234"})
    rows = [row.entry for stream in ("s1/kds", "s1/orders") for row in await held.journal.read("demo", stream, 0, 99)]
    assert all("Ann" not in str(entry.data) and "1234" not in str(entry.data) for entry in rows)
    assert any("Ann" in str(entry.private) for entry in rows)


async def test_a_customer_no_token_can_be_for_opens_no_stream(held):
    for ref in ("../../s1/kds", "a b", "x" * 65, "ann\n"):
        await held.order("Burger", customer={"ref": ref})
    assert set(await held.journal.heads("demo")) == {"s1/kds", "s1/orders"}


async def test_a_guest_gets_the_facts_of_his_orders_on_a_stream_of_his_own(held):
    order = await held.order("Burger", customer={"ref": "ann"})
    await held.order("Burger", customer={"ref": "bob"})
    await held.do(move("bump", f"{order}.grill"))
    heard = [told.envelope for stream, told in held.told if stream == "user/ann"]
    assert [envelope["name"] for envelope in heard] == ["order:created", "order:status_changed", "order:item_ready"]
    assert {envelope["data"]["order_id"] for envelope in heard} == {order}
    assert [envelope["seq"] for envelope in heard] == [1, 2, 3]
    assert {envelope["stream"] for envelope in heard} == {"user/ann"}


async def test_two_tenants_with_one_store_name_never_meet(held):
    rival = kitchen_on(held.journal, [], "rival")
    await rival.load()
    command = place(command_id="the-same-id")
    await held.do(command)
    asked = Asked(command, "pass", EXPO, digest(command))
    assert "replayed" not in await rival.submit(asked)
    assert rival.tails["s1/kds"].head.seq == held.kitchen.tails["s1/kds"].head.seq == 2
    assert set(rival.committed.book.orders).isdisjoint(held.kitchen.committed.book.orders)


# ── The tail ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tail_gives_what_it_holds_and_says_when_it_does_not_reach_back(held, monkeypatch):
    for _ in range(4):
        await held.order("Burger")
    whole = held.kitchen.tails["s1/kds"]
    short = Tail(whole.head)
    short.events = type(whole.events)(whole.events, maxlen=3)
    assert [told.seq for told in short.after(6)] == [7, 8]
    assert [told.seq for told in short.after(5)] == [6, 7, 8]
    assert short.after(4) is None
    assert short.after(8) == []
    empty = Tail(whole.head)
    assert empty.after(8) == []
    assert empty.after(7) is None
