"""Commands over HTTP: one, or a row of them answered one by one."""

import asyncio

import pytest

from server.journal import StorageFull as JournalFull
from tests.server.desk import some_id

PATH = "/v1/stores/s1/commands"


async def send(desk, body, role="expo", **options):
    return await desk.call("POST", PATH, body, role=role, **options)


def bump(order, station="grill", **fields):
    given = {"command_id": some_id(), "name": "kds:bump", "data": {"ticket_id": f"{order['id']}.{station}"}}
    return given | fields


async def test_one_command_gets_its_answer_and_again_the_same(desk):
    command = bump(await desk.place("Burger"))
    first, again = await send(desk, command), await send(desk, command)
    assert (first.status, first.body["ok"], first.body["result"]) == (200, True, "applied")
    assert {"stream", "epoch", "seq", "name"} == set(first.body["events"][0])
    assert again.body == first.body | {"replayed": True}
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_an_order_may_be_placed_as_a_command(desk):
    order = {"items": [{"name": "Burger", "qty": "1"}]}
    reply = await send(desk, {"command_id": some_id(), "name": "orders:place", "data": {"order": order}}, role="pos")
    assert reply.body["order"]["items"][0]["name"] == "Burger"


async def test_when_it_was_made_and_what_was_seen_go_along(desk):
    order = await desk.place("Burger")
    command = bump(order, made_at="2026-01-01T00:00:00+02:00", seen_seq=1)
    assert (await send(desk, command)).body["result"] == "applied"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"command_id": "short"}, 400, "bad_request"), ({"command_id": 7}, 400, "bad_request"),
        ({"command_id": None}, 400, "bad_request"), ({"name": "kds:explode"}, 400, "bad_request"),
        ({"name": 7}, 400, "bad_request"), ({"data": []}, 400, "bad_request"), ({"nonsense": 1}, 400, "bad_request"),
        ({"data": {"ticket_id": "x.grill", "nonsense": 1}}, 400, "bad_request"), ({"data": {}}, 400, "bad_request"),
        ({"made_at": "yesterday"}, 400, "bad_request"), ({"made_at": 7}, 400, "bad_request"),
        ({"seen_seq": -1}, 400, "bad_request"), ({"seen_seq": "x"}, 400, "bad_request"),
        ({"seen_seq": 2**60}, 400, "bad_request"), ({"data": {"ticket_id": "nothing.grill"}}, 404, "not_found"),
        ({"name": "ops:disconnect", "data": {"connection": "x"}}, 403, "forbidden"),
        ({"name": "orders:cancel", "data": {"order_id": "x"}}, 403, "forbidden"),
    ],
)  # fmt: skip
async def test_a_command_that_cannot_be_is_refused_with_its_code(desk, changes, status, code):
    reply = await send(desk, bump({"id": "x"}) | changes)
    assert (reply.status, reply.body["ok"], reply.body["code"], reply.body["temporary"]) == (status, False, code, False)


@pytest.mark.parametrize(("body", "words"), [([], "between 1 and 64"), ([{}] * 65, "between 1 and 64")])
async def test_a_row_of_none_or_too_many_is_refused(desk, body, words):
    reply = await send(desk, body)
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")
    assert words in reply.body["error"]["message"]


@pytest.mark.parametrize("body", [7, "x", None, {}])
async def test_what_is_no_command_is_refused(desk, body):
    reply = await send(desk, raw=b"null" if body is None else None, body=body)
    assert (reply.status, reply.body["code"]) == (400, "bad_request")


async def test_a_row_of_64_is_answered_one_by_one_in_order(desk):
    orders = [await desk.place("Burger") for _ in range(32)]
    row = [bump(order) for order in orders] + [bump(order, "expo") for order in orders]
    reply = await send(desk, row)
    assert reply.status == 200
    assert [one["result"] for one in reply.body] == ["applied"] * 64
    again = await send(desk, row)
    assert [one["replayed"] for one in again.body] == [True] * 64


async def test_a_final_refusal_does_not_stop_the_row(desk):
    order = await desk.place("Burger")
    row = [bump({"id": "nothing"}), {"nonsense": 1}, 7, bump(order), bump(order)]
    reply = await send(desk, row)
    assert [one.get("code") or one["result"] for one in reply.body] == [
        "not_found", "bad_request", "bad_request", "applied", "already",
    ]  # fmt: skip


async def test_a_temporary_refusal_stops_the_row(desk, monkeypatch):
    order = await desk.place("Burger")
    append, left = desk.gateway.journal.append, [1]

    def filling_up(batch):
        if left:
            left.pop()
            return append(batch)
        future = asyncio.get_running_loop().create_future()
        future.set_exception(JournalFull("no room"))
        return future

    monkeypatch.setattr(desk.gateway.journal, "append", filling_up)
    row = [bump(order, name="kds:start"), bump(order), bump(order, "expo")]
    reply = await send(desk, row)
    assert [one.get("code") or one["result"] for one in reply.body] == ["applied", "storage_full"]
    assert reply.body[1]["temporary"]
    assert reply.body[1]["retry_after_ms"] > 0
    monkeypatch.setattr(desk.gateway.journal, "append", append)
    assert [one["result"] for one in (await send(desk, row)).body] == ["applied"] * 3


async def test_a_draining_gateway_says_503_for_now(desk):
    order = await desk.place("Burger")
    desk.gateway.draining = True
    reply = await send(desk, bump(order))
    assert (reply.status, reply.body["code"], reply.body["temporary"]) == (503, "draining", True)
    assert reply.headers["Retry-After"] == "1"
    placed = await desk.call("POST", "/v1/stores/s1/orders", {"items": [{"name": "x", "qty": 1}]})
    assert (placed.status, placed.body["error"]["code"], placed.headers["Retry-After"]) == (503, "draining", "1")


async def test_another_store_is_not_there(desk):
    reply = await desk.call("POST", "/v1/stores/s2/commands", bump({"id": "x"}), role="expo")
    assert (reply.status, reply.body["code"]) == (404, "not_found")


async def test_no_token_no_answers(desk):
    reply = await send(desk, [bump({"id": "x"})], role="")
    assert (reply.status, reply.body["error"]["code"]) == (401, "invalid_token")
