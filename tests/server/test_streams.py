"""Reads: events after a position or a snapshot in pages, never part called whole, never one page of two moments."""

import json

import pytest

from heard.contract.audience import Principal
from heard.errors import BadRequest, Forbidden, NotFound, Unavailable
from heard.kitchen.board import Board
from server import streams
from server.journal import JournalBusy
from server.streams import Wanted

VIEWER = Principal("demo", "viewer", "viewer", ("s1",))


def bytes_of(reply) -> int:
    return len(json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode())


async def read(desk, stream="s1/kds", who=VIEWER, **wanted):
    return await desk.gateway.read(who, stream, Wanted(**wanted))


async def start_of(desk, stream="s1/kds") -> str:
    return desk.kitchen().tails[stream].head.epoch


async def pages_of(desk, stream="s1/kds", **wanted) -> list[dict]:
    pages = [await read(desk, stream, **wanted)]
    while cursor := pages[-1].get("cursor"):
        pages.append(await read(desk, stream, cursor=cursor))
    return pages


# ── Positions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_from_a_position_come_the_events_after_it(desk):
    for _ in range(3):
        await desk.place()
    reply = await read(desk, epoch=await start_of(desk), after=2)
    assert [event["seq"] for event in reply["events"]] == [3, 4, 5, 6]
    assert (reply["recovered"], reply["was_recovering"], reply["more"]) == (True, True, False)
    assert (reply["seq"], reply["head"], reply["stream"]) == (6, 6, "s1/kds")
    assert "snapshot" not in reply


async def test_at_the_head_there_is_nothing_more(desk):
    await desk.place()
    reply = await read(desk, epoch=await start_of(desk), after=2)
    assert (reply["events"], reply["seq"], reply["more"], reply["recovered"]) == ([], 2, False, True)


async def test_without_a_position_comes_a_snapshot(desk):
    order = await desk.place("Burger", "Fries")
    reply = await read(desk)
    assert (reply["recovered"], reply["was_recovering"], reply["more"]) == (False, False, False)
    assert {row["station"] for row in reply["snapshot"]["tickets"]} == {"grill", "fry", "expo"}
    assert {row["order_id"] for row in reply["snapshot"]["tickets"]} == {order["id"]}
    assert reply["seq"] == reply["head"] == 3
    assert set(reply["snapshot"]) >= {"v", "tickets", "stock", "stacks"}
    assert "events" not in reply


@pytest.mark.parametrize("position", [{"epoch": "elsewhere", "after": 1}, {"after": 999}, {"after": 2**53 - 1}])
async def test_a_foreign_or_forged_position_gets_a_snapshot_and_is_told_so(desk, position):
    await desk.place()
    reply = await read(desk, **({"epoch": await start_of(desk)} | position))
    assert "snapshot" in reply
    assert (reply["recovered"], reply["was_recovering"]) == (False, True)


async def test_2000_behind_is_recovered_and_2001_behind_gets_a_snapshot(desk):
    body = {"items": [{"name": "Burger", "qty": "1", "station_hint": ["grill", "fry", "cold"]}]}
    while desk.kitchen().tails["s1/kds"].head.seq < 2_004:
        reply = await desk.call("POST", "/v1/stores/s1/orders", body)
        assert reply.status == 201
    epoch, head = await start_of(desk), desk.kitchen().tails["s1/kds"].head.seq
    assert "events" in await read(desk, epoch=epoch, after=head - 2_000)
    assert "snapshot" in await read(desk, epoch=epoch, after=head - 2_001)
    seqs, after = [], head - 2_000
    while True:
        reply = await read(desk, epoch=epoch, after=after)
        assert len(reply["events"]) <= 300
        assert bytes_of(reply) <= 256 * 1024
        seqs += [event["seq"] for event in reply["events"]]
        after = reply["seq"]
        if not reply["more"]:
            break
    assert seqs == list(range(head - 1_999, head + 1))


async def test_a_limit_holds_and_says_that_there_is_more(desk):
    for _ in range(3):
        await desk.place()
    reply = await read(desk, epoch=await start_of(desk), after=0, limit=2)
    assert ([event["seq"] for event in reply["events"]], reply["seq"], reply["more"]) == ([1, 2], 2, True)


async def test_a_reply_never_grows_beyond_256_kib(desk):
    notes = [{"text": "ä" * 900} for _ in range(40)]
    for _ in range(5):
        await desk.place(notes=notes)
    reply = await read(desk, epoch=await start_of(desk), after=0)
    assert reply["more"]
    assert 1 <= len(reply["events"]) < 10
    assert bytes_of(reply) <= 256 * 1024


@pytest.mark.parametrize("wanted", [{"after": 1}, {"limit": 0}, {"limit": 301}, {"limit": -1}])
async def test_a_question_without_sense_is_refused(wanted):
    with pytest.raises(BadRequest):
        Wanted(**wanted)


# ── Snapshots in pages ────────────────────────────────────────────────────────────────────────────────────────────────


async def fill(desk, orders=12):
    notes = [{"text": "x" * 990} for _ in range(25)]
    return [await desk.place("Burger", notes=notes) for _ in range(orders)]


@pytest.mark.parametrize(("stream", "part"), [("s1/kds", "tickets"), ("s1/orders", "orders")])
async def test_a_large_snapshot_comes_in_pages_of_one_moment(desk, stream, part):
    placed = await fill(desk)
    pages = await pages_of(desk, stream)
    assert len(pages) > 1
    assert all(bytes_of(page) <= 256 * 1024 for page in pages)
    assert {(page["epoch"], page["seq"]) for page in pages} == {(pages[0]["epoch"], pages[0]["head"])}
    rows = [row for page in pages for row in page["snapshot"][part]]
    found = [row["order_id" if part == "tickets" else "id"] for row in rows]
    assert set(found) == {order["id"] for order in placed}
    assert len(found) == len(placed) * (2 if part == "tickets" else 1)
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]


async def test_what_happens_while_pages_are_turned_is_not_in_them_and_not_forgotten(desk):
    await fill(desk)
    first = await read(desk)
    late = await desk.place("Salad")
    pages = [first]
    while cursor := pages[-1].get("cursor"):
        pages.append(await read(desk, cursor=cursor))
    assert {page["seq"] for page in pages} == {first["seq"]}
    assert late["id"] not in {row["order_id"] for page in pages for row in page["snapshot"]["tickets"]}
    last = pages[-1]
    assert last["more"]
    assert last["head"] == first["seq"] + 2
    rest = await read(desk, epoch=last["epoch"], after=last["seq"])
    assert [event["data"]["order_id"] for event in rest["events"]] == [late["id"]] * 2


async def test_the_pages_together_are_the_board(desk):
    await fill(desk)
    pages = await pages_of(desk)
    whole = pages[0]["snapshot"] | {"tickets": [row for page in pages for row in page["snapshot"]["tickets"]]}
    assert Board.from_snapshot(whole) == desk.kitchen().committed.board


async def test_a_cursor_that_is_not_ours_or_of_another_stream_is_refused(desk):
    await fill(desk)
    cursor = (await read(desk))["cursor"]
    token = cursor.rpartition(":")[0]
    for wrong in ("nonsense", "a:b", f"{token}:99", f"{token}:-1", f"{token}:x", f"{token}:²", f"{token}:01", token):
        with pytest.raises(BadRequest):
            await read(desk, cursor=wrong)
    with pytest.raises(BadRequest):
        await read(desk, "s1/orders", cursor=cursor)
    with pytest.raises(BadRequest):
        await read(desk, cursor=cursor, station="grill")


async def test_a_cursor_of_another_tenant_is_refused(desk):
    await fill(desk)
    cursor = (await read(desk))["cursor"]
    with pytest.raises(BadRequest):
        await read(desk, who=Principal("rival", "v", "viewer", ("s1",)), cursor=cursor)


async def test_a_cursor_is_kept_for_a_while_only(desk, monkeypatch):
    await fill(desk)
    at = [0.0]
    monkeypatch.setattr(desk.gateway.reader, "_monotonic", lambda: at[0])
    cursor = (await read(desk))["cursor"]
    at[0] = streams.CURSOR_LIFE_S + 1.0
    with pytest.raises(BadRequest):
        await read(desk, cursor=cursor)
    await read(desk)
    assert len(desk.gateway.reader._books) == 1


async def test_only_so_many_cursors_are_kept(desk, monkeypatch):
    monkeypatch.setattr(streams, "MAX_CURSORS", 2)
    await fill(desk)
    first = (await read(desk))["cursor"]
    for _ in range(2):
        await read(desk)
    with pytest.raises(BadRequest):
        await read(desk, cursor=first)
    assert len(desk.gateway.reader._books) == 2


# ── Views ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_view_holds_what_its_station_hears_each_with_the_one_before(desk):
    for name in ("Burger", "Fries", "Burger"):
        await desk.place(name)
    reply = await read(desk, epoch=await start_of(desk), after=0, station="fry")
    assert [(event["seq"], event["prev"]) for event in reply["events"]] == [(3, 0), (4, 3)]
    assert (reply["seq"], reply["more"]) == (6, False)
    assert all("fry" in event["data"]["stations"] for event in reply["events"])


async def test_a_view_with_a_limit_goes_on_where_it_stopped(desk):
    for name in ("Burger", "Fries", "Burger"):
        await desk.place(name)
    epoch, seqs, after = await start_of(desk), [], 0
    while True:
        reply = await read(desk, epoch=epoch, after=after, station="grill", limit=1)
        seqs += [(event["prev"], event["seq"]) for event in reply["events"]]
        after = reply["seq"]
        if not reply["more"]:
            break
    assert seqs == [(0, 1), (1, 2), (2, 5), (5, 6)]


async def test_a_view_of_a_snapshot_holds_whole_orders(desk):
    await desk.place("Burger", "Fries")
    await desk.place("Salad")
    reply = await read(desk, station="grill")
    assert {row["station"] for row in reply["snapshot"]["tickets"]} == {"grill", "fry", "expo"}
    assert reply["snapshot"]["views"]["grill"] == 3


async def test_the_pass_sees_every_order_in_its_view(desk):
    await desk.place("Burger")
    await desk.place("Salad")
    reply = await read(desk, epoch=await start_of(desk), after=0, station="expo")
    assert [(event["seq"], event["prev"]) for event in reply["events"]] == [(1, 0), (2, 1), (3, 2), (4, 3)]


async def test_a_view_of_no_station_or_of_another_stream_is_refused(desk):
    with pytest.raises(BadRequest, match="grill"):
        await read(desk, station="gril")
    with pytest.raises(BadRequest):
        await read(desk, "s1/orders", station="grill")


# ── Who may read ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "stream", ["s9/kds", "s2/kds", "s1/nothing", "user/bob", "kds", "", "s1/inventory", "s1/kds/x"]
)
async def test_what_is_not_there_or_out_of_reach_reads_the_same(desk, stream):
    with pytest.raises(NotFound):
        await read(desk, stream)


async def test_a_role_reads_what_its_row_says(desk):
    with pytest.raises(Forbidden):
        await read(desk, "s1/orders", Principal("demo", "cook", "kitchen", ("s1",)))


# ── A person's stream ─────────────────────────────────────────────────────────────────────────────────────────────────

ANN = Principal("demo", "ann", "customer", ("s1",))


async def test_a_guest_reads_the_facts_of_his_orders(desk):
    order = await desk.place("Burger", customer={"ref": "ann"})
    await desk.command("kds:bump", ticket_id=f"{order['id']}.grill")
    start = await read(desk, "user/ann", ANN)
    assert (start["snapshot"], start["seq"], start["recovered"]) == ({"v": 1}, 3, False)
    reply = await read(desk, "user/ann", ANN, epoch=start["epoch"], after=0)
    assert [event["name"] for event in reply["events"]] == [
        "order:created", "order:status_changed", "order:item_ready",
    ]  # fmt: skip
    assert (reply["seq"], reply["head"], reply["more"], reply["recovered"]) == (3, 3, False, True)
    reply = await read(desk, "user/ann", ANN, epoch=start["epoch"], after=0, limit=1)
    assert (reply["seq"], reply["more"]) == (1, True)


async def test_a_journal_that_cannot_be_read_is_a_temporary_refusal(desk, monkeypatch):
    async def busy(*_):
        raise JournalBusy("another program holds it")

    monkeypatch.setattr(desk.gateway.journal, "open_stream", busy)
    with pytest.raises(Unavailable):
        await read(desk, "user/ann", ANN)


async def test_only_so_many_people_are_remembered(desk, monkeypatch):
    monkeypatch.setattr("server.streams.MAX_PEOPLE", 2)
    for guest in ("ann", "bob", "cid"):
        await desk.place("Burger", customer={"ref": guest})
    assert [stream for _, stream in desk.gateway.reader.heads] == ["user/bob", "user/cid"]
