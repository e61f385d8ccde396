"""What every journal promises, held against each of them."""

import asyncio
import math
from typing import Any

import pytest

from server.journal import (
    AnswerExists,
    BadBatch,
    Batch,
    Head,
    HeadMoved,
    Journal,
    JournalClosed,
    JournalError,
    open_journal,
)
from tests.server.journal.samples import AT, answer, batch, entry


async def seqs(journal: Journal, stream: str = "s1/kds", tenant: str = "demo") -> list[int]:
    return [fact.seq for fact in await journal.read(tenant, stream, 0, 10_000)]


async def test_facts_are_numbered_from_one_without_holes_in_each_stream(journal: Journal):
    first = await journal.append(batch("s1/kds", "s1/orders", "s1/kds"))
    second = await journal.append(batch("s1/orders"))
    assert [(fact.entry.stream, fact.seq) for fact in first] == [("s1/kds", 1), ("s1/orders", 1), ("s1/kds", 2)]
    assert [(fact.entry.stream, fact.seq) for fact in second] == [("s1/orders", 2)]


async def test_a_fact_is_read_back_as_it_was_written(journal: Journal):
    whole = entry(
        data={"name": "Crème brûlée 🍮", "items": [1, None, True, {"deep": "\x00"}]},
        private={"phone": "+49 30 1234"},
        trace="00-4bf9-00f0-01",
        prevs={"grill": 4, "expo": 7},
    )
    bare = entry(cause=None, data={})
    written = await journal.append(Batch("demo", (whole, bare)))
    assert await journal.read("demo", "s1/kds", 0, 10) == list(written)
    assert [fact.entry for fact in written] == [whole, bare]


async def test_what_was_written_does_not_change_with_the_dict_it_came_in(journal: Journal):
    data = {"order_id": "o1"}
    await journal.append(Batch("demo", (entry(data=data),)))
    data["order_id"] = "changed"
    (fact,) = await journal.read("demo", "s1/kds", 0, 10)
    assert fact.entry.data == {"order_id": "o1"}


async def test_a_read_is_bounded_on_both_sides_and_by_its_limit(journal: Journal):
    await journal.append(batch(*["s1/kds"] * 9))

    async def read(after: int, limit: int, before: int | None = None) -> list[int]:
        return [fact.seq for fact in await journal.read("demo", "s1/kds", after, limit, before)]

    assert await read(4, 3) == [5, 6, 7]
    assert await read(4, 100, before=7) == [5, 6]
    assert await read(-5, 2) == [1, 2]
    assert await read(9, 10) == await read(0, 0) == await read(0, -1) == await read(5, 9, before=2) == []
    assert await journal.read("demo", "s2/kds", 0, 10) == []


async def test_what_happened_to_an_order_is_read_without_the_rest(journal: Journal):
    about = [entry(data={"order_id": f"o{n % 3}"}) for n in range(9)]
    aside = [entry("s1/orders", data={"order_id": "o1"}), entry(data={"sku": "o1"}), entry(data={"order_id": ["o1"]})]
    last = entry(data={"order_id": "o1"}, private={"name": "Ann"})
    written = await journal.append(Batch("demo", (*about, *aside, last)))
    await journal.append(Batch("rival", (entry(data={"order_id": "o1"}),)))
    assert await journal.read_order("demo", "s1/kds", "o1", 0, 10) == [written[1], written[4], written[7], written[12]]
    assert [fact.seq for fact in await journal.read_order("demo", "s1/kds", "o1", 2, 2)] == [5, 8]
    assert [fact.seq for fact in await journal.read_order("demo", "s1/orders", "o1", 0, 10)] == [1]
    assert [fact.seq for fact in await journal.read_order("rival", "s1/kds", "o1", -3, 10)] == [1]
    for order, stream, limit in (("o9", "s1/kds", 10), ("o1", "s2/kds", 10), ("o1", "s1/kds", 0), ("o1", "s1/kds", -1)):
        assert await journal.read_order("demo", stream, order, 0, limit) == []


async def test_answers_to_appends_come_in_the_order_of_the_calls(journal: Journal):
    order: list[int] = []
    bad = Batch("demo", (entry(data={"qty": math.nan}),))
    moved = batch("s1/kds", expected={"s1/kds": 99})
    for number, given in enumerate([batch("s1/kds"), bad, batch("s2/kds"), moved, batch("s1/kds")] * 20):
        future = journal.append(given)
        future.add_done_callback(lambda done, number=number: order.append(number) or done.exception())
    await journal.append(batch("s1/kds"))
    assert order == list(range(100))
    assert await seqs(journal) == list(range(1, 42))


async def test_an_append_may_count_on_the_ones_before_it(journal: Journal):
    futures = [journal.append(batch("s1/kds", expected={"s1/kds": head})) for head in range(30)]
    assert [fact.seq for recorded in await asyncio.gather(*futures) for fact in recorded] == list(range(1, 31))


async def test_a_moved_head_refuses_that_batch_alone(journal: Journal):
    beside = journal.append(batch("s1/kds"))
    moved = journal.append(batch("s1/orders", "s1/kds", expected={"s1/orders": 0, "s1/kds": 0}, answer=answer()))
    after = journal.append(batch("s1/kds"))
    with pytest.raises(HeadMoved) as refusal:
        await moved
    assert (refusal.value.stream, refusal.value.expected, refusal.value.found) == ("s1/kds", 0, 1)
    assert [fact.seq for fact in await beside + await after] == [1, 2]
    assert await journal.heads("demo") == {"s1/kds": Head("e1", 2)}
    assert await journal.answer("demo", "s1", "command-1") is None


async def test_the_same_command_id_is_answered_once(journal: Journal):
    first = journal.append(batch("s1/kds", answer=answer()))
    again = journal.append(batch("s1/kds", expected={"s1/kds": 99}, answer=answer()))
    await first
    for repeated in (again, journal.append(batch("s1/kds", answer=answer()))):
        with pytest.raises(AnswerExists) as refusal:
            await repeated
        assert (refusal.value.store, refusal.value.command_id) == ("s1", "command-1")
    assert await seqs(journal) == [1]
    assert await journal.answer("demo", "s1", "command-1") == answer()


async def test_an_answer_without_facts_is_kept(journal: Journal):
    assert await journal.append(Batch("demo", (), answer=answer())) == ()
    assert await journal.answer("demo", "s1", "command-1") == answer()
    assert await journal.tenants() == []


async def test_an_unknown_command_has_no_answer(journal: Journal):
    assert await journal.answer("demo", "s1", "command-1") is None


async def test_tenants_see_nothing_of_each_other(journal: Journal):
    await journal.append(batch("s1/kds", answer=answer()))
    await journal.append(batch("s1/kds", "s1/kds", tenant="other", answer=answer()))
    assert await seqs(journal) == [1]
    assert await seqs(journal, tenant="other") == [1, 2]
    assert await journal.heads("demo") == {"s1/kds": Head("e1", 1)}
    assert await journal.heads("other") == {"s1/kds": Head("e2", 2)}
    assert await journal.answer("nobody", "s1", "command-1") is None
    assert await journal.tenants() == ["demo", "other"]


async def test_stores_of_a_tenant_have_answers_of_their_own(journal: Journal):
    await journal.append(batch("s1/kds", answer=answer()))
    await journal.append(batch("s2/kds", answer=answer(store="s2")))
    assert await journal.answer("demo", "s2", "command-1") == answer(store="s2")


async def test_a_stream_is_opened_once_and_keeps_its_epoch(journal: Journal):
    assert await journal.open_stream("demo", "s1/kds") == Head("e1", 0)
    (fact,) = await journal.append(batch("s1/kds", expected={"s1/kds": 0}))
    assert (fact.epoch, fact.seq) == ("e1", 1)
    assert await journal.open_stream("demo", "s1/kds") == Head("e1", 1)
    assert await journal.open_stream("demo", "user/ann") == Head("e2", 0)
    assert await journal.heads("demo") == {"s1/kds": Head("e1", 1), "user/ann": Head("e2", 0)}


async def test_opening_a_stream_waits_for_the_appends_before_it(journal: Journal):
    appended = journal.append(batch("s1/kds"))
    assert await journal.open_stream("demo", "s1/kds") == Head("e1", 1)
    assert appended.done()


async def test_old_answers_are_forgotten_and_their_ids_free_again(journal: Journal):
    old = [answer(f"old-{number}", at="2026-01-01T00:00:00.000Z") for number in range(600)]
    await asyncio.gather(*(journal.append(Batch("demo", (), answer=one)) for one in [*old, answer("new")]))
    assert await journal.forget_answers(AT) == 600
    assert await journal.forget_answers(AT) == 0
    assert await journal.answer("demo", "s1", "new") == answer("new")
    await journal.append(Batch("demo", (), answer=old[0]))


async def test_many_facts_in_one_batch_are_one_append(journal: Journal):
    recorded = await journal.append(batch(*["s1/kds", "s1/orders"] * 250))
    assert len(recorded) == 500
    assert await seqs(journal, "s1/orders") == list(range(1, 251))


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"qty": math.nan}},
        {"data": {"qty": math.inf}},
        {"data": {"name": "\ud800"}},
        {"data": {"when": 1j}},
        {"private": {"name": "\udfff"}},
        {"private": {"name": {1, 2}}},
        {"actor": {"subject": "\ud800"}},
        {"prevs": {"grill": math.nan}},
        {"id": "\ud800"},
        {"name": "\udc00"},
        {"stream": "s1/\ud800"},
        {"cause": "\ud800"},
        {"trace": 7.5},
        {"at": None},
    ],
    ids=repr,
)
async def test_what_cannot_be_kept_is_refused_alone_and_whole(journal: Journal, changes: dict[str, Any]):
    before = journal.append(batch("s1/kds"))
    bad = journal.append(Batch("demo", (entry(), entry(**changes)), answer=answer()))
    after = journal.append(batch("s1/kds"))
    with pytest.raises(BadBatch):
        await bad
    assert [fact.seq for fact in await before + await after] == [1, 2]
    assert await journal.answer("demo", "s1", "command-1") is None


async def test_an_answer_that_cannot_be_kept_is_refused(journal: Journal):
    loop: dict[str, Any] = {}
    loop["again"] = loop
    for body in ({"message": "\ud800"}, {"left": math.nan}, loop):
        given = answer()
        with pytest.raises(BadBatch):
            await journal.append(Batch("demo", (), answer=type(given)("s1", "c", "d", "ann", body, AT)))


async def test_giving_up_on_an_append_does_not_take_it_back(journal: Journal):
    futures = [journal.append(batch("s1/kds")) for _ in range(10)]
    for future in futures[::2]:
        future.cancel()
    assert [(await future)[0].seq for future in futures[1::2]] == [2, 4, 6, 8, 10]
    assert await seqs(journal) == list(range(1, 11))


async def test_counters_tell_what_was_written(journal: Journal):
    await journal.append(batch("s1/kds", "s1/orders"))
    with pytest.raises(HeadMoved):
        await journal.append(batch("s1/kds", expected={"s1/kds": 9}))
    stats = journal.stats()
    assert (stats.appends, stats.events, stats.queued, stats.full, stats.broken) == (1, 2, 0, False, False)


async def test_closing_writes_what_was_appended_before(journal: Journal):
    futures = [journal.append(batch("s1/kds")) for _ in range(50)]
    await journal.close()
    assert [(await future)[0].seq for future in futures] == list(range(1, 51))


async def test_a_closed_journal_says_so(journal: Journal):
    await journal.close()
    await journal.close()
    calls = [
        journal.append(batch("s1/kds")),
        journal.answer("demo", "s1", "command-1"),
        journal.open_stream("demo", "s1/kds"),
        journal.heads("demo"),
        journal.tenants(),
        journal.read("demo", "s1/kds", 0, 1),
        journal.forget_answers(AT),
    ]
    for call in calls:
        with pytest.raises(JournalClosed):
            await call


async def test_every_error_is_a_journal_error_with_a_sentence():
    for url in ("postgresql://localhost/heard", "sqlite:", "sqlite:///", "heard.db", ""):
        with pytest.raises(JournalError, match="say memory: or sqlite:///PATH"):
            await open_journal(url)
