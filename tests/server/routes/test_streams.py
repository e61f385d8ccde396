"""Streams over HTTP: after a position, a view, a page, and waiting for the next event."""

import asyncio

import pytest

from tests.server.desk import until

KDS = "/v1/streams/s1/kds"


async def start(desk, path=KDS):
    return (await desk.get(path)).body["epoch"]


async def test_a_stream_is_read_from_its_beginning(desk):
    for _ in range(3):
        await desk.place()
    epoch = await start(desk)
    page = (await desk.get(f"{KDS}?epoch={epoch}&after=0&limit=4")).body
    assert ([event["seq"] for event in page["events"]], page["seq"], page["head"], page["more"]) == (
        [1, 2, 3, 4], 4, 6, True,
    )  # fmt: skip
    rest = (await desk.get(f"{KDS}?epoch={epoch}&after=4")).body
    assert ([event["seq"] for event in rest["events"]], rest["more"]) == ([5, 6], False)


async def test_every_event_is_a_whole_envelope(desk):
    await desk.place(role="pos")
    events = (await desk.get(f"{KDS}?epoch={await start(desk)}&after=0")).body["events"]
    for event in events:
        assert set(event) == {
            "id", "v", "store", "stream", "epoch", "seq", "at", "name", "data", "cause", "actor",
        }  # fmt: skip
        assert event["actor"] == {"subject": "pos", "role": "pos"}
        assert set(event["data"]) >= {"order_id", "ticket_id", "station", "stations", "item_ids"}


async def test_a_view_is_read_with_station(desk):
    await desk.place("Burger")
    await desk.place("Fries")
    page = (await desk.get(f"{KDS}?epoch={await start(desk)}&after=0&station=fry")).body
    assert [(event["seq"], event["prev"]) for event in page["events"]] == [(3, 0), (4, 3)]


async def test_pages_of_a_snapshot_are_turned_by_cursor(desk):
    notes = [{"text": "x" * 990} for _ in range(25)]
    for _ in range(8):
        await desk.place(notes=notes)
    pages = [(await desk.get(KDS)).body]
    while cursor := pages[-1].get("cursor"):
        pages.append((await desk.get(f"{KDS}?cursor={cursor}")).body)
    assert len(pages) > 1
    assert sum(len(page["snapshot"]["tickets"]) for page in pages) == 16


@pytest.mark.parametrize(
    "query",
    [
        "after=1", "epoch=x&after=-1", "epoch=x&after=x", "epoch=x&after=1.5", "epoch=x&after=99999999999999999999",
        "limit=0", "limit=301", "limit=x", "wait=26", "wait=-1", "wait=x", "cursor=nonsense", "station=stove",
        "station=",
    ],
)  # fmt: skip
async def test_a_question_without_sense_is_refused(desk, query):
    reply = await desk.get(f"{KDS}?{query}")
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/v1/streams/s2/kds", 404), ("viewer", "/v1/streams/s1/nothing", 404),
        ("viewer", "/v1/streams/s1/inventory", 404), ("viewer", "/v1/streams/user/somebody", 404),
        ("kitchen", "/v1/streams/s1/orders", 403), ("pos", KDS, 403), ("customer", KDS, 403), ("", KDS, 401),
        ("operator", "/v1/streams/s1/ops", 404),
    ],
)  # fmt: skip
async def test_whoever_may_not_read_is_told_why(desk, role, path, status):
    assert (await desk.get(path, role=role)).status == status


async def test_a_guest_reads_his_own_stream(desk):
    await desk.place(customer={"ref": "ann"})
    token = desk.token("customer", subject="ann")
    epoch = (await desk.get("/v1/streams/user/ann", token=token)).body["epoch"]
    page = (await desk.get(f"/v1/streams/user/ann?epoch={epoch}&after=0", token=token)).body
    assert [event["name"] for event in page["events"]] == ["order:created"]


# ── Waiting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def waiting(desk, path, epoch, after, role="viewer", token=None):
    """A long poll that is under way."""
    task = asyncio.create_task(desk.get(f"{path}?epoch={epoch}&after={after}&wait=25", role=role, token=token))
    await until(lambda: desk.gateway.fanout._waiters)
    return task


async def test_a_long_poll_is_answered_by_the_next_event(desk):
    poll = await waiting(desk, KDS, await start(desk), 0)
    await desk.place("Burger")
    page = (await poll).body
    assert [event["seq"] for event in page["events"]] == [1, 2]


async def test_a_guest_may_wait_for_his_order(desk):
    token = desk.token("customer", subject="ann")
    epoch = (await desk.get("/v1/streams/user/ann", token=token)).body["epoch"]
    poll = await waiting(desk, "/v1/streams/user/ann", epoch, 0, token=token)
    await desk.place(customer={"ref": "ann"})
    assert [event["seq"] for event in (await poll).body["events"]] == [1]


async def test_a_long_poll_that_has_something_does_not_wait(desk):
    await desk.place("Burger")
    page = (await desk.get(f"{KDS}?epoch={await start(desk)}&after=0&wait=25")).body
    assert len(page["events"]) == 2


async def test_a_long_poll_ends_empty_after_its_time(desk):
    page = (await desk.get(f"{KDS}?epoch={await start(desk)}&after=0&wait=1")).body
    assert (page["events"], page["more"]) == ([], False)


async def test_following_by_long_poll_misses_and_doubles_nothing(desk):
    epoch, seqs, after = await start(desk), [], 0
    placing = asyncio.create_task(_place_many(desk, 40))
    while len(seqs) < 80:
        page = (await desk.get(f"{KDS}?epoch={epoch}&after={after}&wait=5&limit=7")).body
        seqs += [event["seq"] for event in page["events"]]
        after = page["seq"]
    await placing
    assert seqs == list(range(1, 81))


async def _place_many(desk, count):
    for _ in range(count):
        await desk.place("Burger")
