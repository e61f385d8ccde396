"""Orders over HTTP: every row of the table, and what is refused."""

import asyncio
import json

import pytest

ORDERS = "/v1/stores/s1/orders"
SMALLEST = {"items": [{"name": "Burger", "qty": "1"}]}


async def post(desk, body=None, key=None, **options):
    headers = options.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
    return await desk.call("POST", ORDERS, SMALLEST if body is None else body, headers=headers, **options)


# ── Placing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_smallest_order_is_created(desk):
    reply = await post(desk)
    assert reply.status == 201
    assert (reply.body["ok"], reply.body["result"]) == (True, "applied")
    assert [event["name"] for event in reply.body["events"]] == [
        "kds:order_incoming", "kds:order_incoming", "order:created",
    ]  # fmt: skip
    order = reply.body["order"]
    assert (order["status"], order["revision"], order["display_no"]) == ("received", 1, "1")
    assert order["items"][0]["qty"] == "1"


async def test_the_same_key_gets_the_same_answer_and_says_so(desk):
    first, again = await post(desk, key="till-1-order-1"), await post(desk, key="till-1-order-1")
    assert again.status == 201
    assert again.body == first.body | {"replayed": True}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len((await desk.get(ORDERS)).body["orders"]) == 1


async def test_a_hundred_at_once_under_one_key_are_one_order(desk):
    replies = await asyncio.gather(*(post(desk, key="till-1-order-1") for _ in range(100)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body["order"]["id"] for reply in replies}) == 1
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1


async def test_a_key_in_quotes_is_the_same_key(desk):
    await post(desk, key="till-1-order-1")
    assert (await post(desk, key='"till-1-order-1"')).body["replayed"]


async def test_a_key_used_for_something_else_is_a_conflict(desk):
    await post(desk, key="till-1-order-1")
    reply = await post(desk, {"items": [{"name": "Fries", "qty": "1"}]}, key="till-1-order-1")
    assert (reply.status, reply.body["error"]["code"], reply.body["error"]["temporary"]) == (409, "conflict", False)
    reply = await post(desk, key="till-1-order-1", token=desk.token("pos", subject="till-2"))
    assert reply.body["error"]["code"] == "conflict"


@pytest.mark.parametrize("key", ["short", "with space inside", "x" * 65, "../../etc", "käse-12345"])
async def test_a_key_that_is_none_is_refused(desk, key):
    reply = await desk.call("POST", ORDERS, SMALLEST, headers={"Idempotency-Key": key})
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")


async def test_an_event_id_of_the_source_is_a_key_too(desk):
    body = SMALLEST | {"source": {"system": "web"}, "event_id": "evt-1"}
    first, again = await post(desk, body), await post(desk, body)
    assert again.body == first.body | {"replayed": True}
    other = await post(desk, body | {"source": {"system": "app"}})
    assert other.body["order"]["id"] != first.body["order"]["id"]


async def test_source_and_revision_are_a_key_where_there_is_no_event_id(desk):
    body = SMALLEST | {"source": {"system": "web"}, "external_id": "4711", "source_revision": "1"}
    first, again = await post(desk, body), await post(desk, body)
    assert again.body == first.body | {"replayed": True}


async def test_without_any_key_the_same_order_is_two_orders(desk):
    first, again = await post(desk), await post(desk)
    assert first.body["order"]["id"] != again.body["order"]["id"]


async def test_a_full_order_its_source_told_before_is_an_update(desk):
    body = SMALLEST | {"source": {"system": "web"}, "external_id": "4711"}
    first = await post(desk, body)
    changed = await post(desk, body | {"items": [{"name": "Burger", "qty": "2"}]})
    assert (first.status, changed.status) == (201, 200)
    assert changed.body["order"]["id"] == first.body["order"]["id"]
    assert changed.body["order"]["items"][0]["qty"] == "2"
    assert changed.body["order"]["revision"] == 2
    same = await post(desk, body | {"items": [{"name": "Burger", "qty": "2"}]})
    assert (same.status, same.body["result"], same.body["events"]) == (200, "already", [])


def deep(levels: int) -> dict:
    modifier = {"name": "x"}
    for _ in range(levels - 1):
        modifier = {"name": "x", "children": [modifier]}
    return {"items": [{"name": "Burger", "qty": 1, "modifiers": [modifier]}]}


def item(**changes) -> dict:
    return {"items": [{"name": "Burger", "qty": "1"} | changes]}


@pytest.mark.parametrize(
    "body",
    [
        [], 7, None, "x", {}, {"items": []}, {"items": {}}, {"items": [7]}, {"items": [{"qty": "1"}]},
        {"items": [{"name": "Burger"}]}, item(name=""), item(name=7), item(name="\u200b"), item(name="a\x00b"),
        item(qty="0"), item(qty=0), item(qty="-1"), item(qty=-1), item(qty=1.5), item(qty=1.0), item(qty=True),
        item(qty="10000"), item(qty="1.2345", unit="kg"), item(qty="1.5"), item(qty="1e3"), item(qty="NaN"),
        item(qty="\u0661"), item(unit="stone"), item(station_hint=["stove"]), item(station_hint=["GRILL"]),
        item(modifiers=[{"name": "x"}] * 101), deep(5), {"items": [{"name": "x", "qty": 1}] * 501},
        SMALLEST | {"nonsense": 1}, SMALLEST | {"status": "served"}, SMALLEST | {"seq": 1}, SMALLEST | {"role": "x"},
        SMALLEST | {"tenant": "rival"}, SMALLEST | {"store": "s2"}, SMALLEST | {"id": "mine"}, item(nonsense=1),
        SMALLEST | {"service": "by_drone"}, SMALLEST | {"placed_at": "yesterday"}, SMALLEST | {"placed_at": 0},
        SMALLEST | {"placed_at": "2026-01-01T00:00:00"}, SMALLEST | {"hold": "scheduled"}, SMALLEST | {"covers": -1},
    ],
)  # fmt: skip
async def test_an_order_that_makes_no_sense_is_refused_and_leaves_nothing(desk, body):
    reply = await desk.call("POST", ORDERS, raw=json.dumps(body).encode())
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")
    assert reply.body["error"]["message"]
    assert (await desk.get(ORDERS)).body["orders"] == []


async def test_a_refusal_names_the_field(desk):
    reply = await post(desk, {"items": [{"name": "Burger", "qty": 1.5}]})
    assert "order.items.0.qty" in reply.body["error"]["fields"]


async def test_what_is_at_its_limit_is_taken(desk):
    assert (await post(desk, deep(4))).status == 201
    assert (await post(desk, item(modifiers=[{"name": "x"}] * 100))).status == 201
    assert (await post(desk, {"items": [{"name": "x", "qty": 1}] * 500})).status == 201
    assert (await post(desk, item(qty="0.125", unit="kg"))).body["order"]["items"][0]["qty"] == "0.125"


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00+05:30", "2016-12-31T23:59:60Z"])
async def test_a_strange_clock_at_the_till_is_its_own_affair(desk, at):
    assert (await post(desk, SMALLEST | {"placed_at": at})).status == 201


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE events; --", "100% _real_", "Burger [no nuts]", "{0.__class__}", "${jndi:ldap://x}", "%s"]
)
async def test_words_stay_words(desk, name):
    order = await desk.place(name)
    assert (await desk.get(f"{ORDERS}/{order['id']}")).body["order"]["items"][0]["name"] == name


async def test_an_unknown_dish_goes_to_the_pass_and_says_so(desk):
    order = await desk.place("Unicorn")
    (told,) = desk.kitchen().tails["s1/kds"].events
    assert told.envelope["data"]["ticket_id"] == f"{order['id']}.expo"
    assert told.envelope["data"]["ticket"]["items"][0]["marks"] == ["UNROUTED"]


@pytest.mark.parametrize(
    ("role", "path", "status", "code"),
    [
        ("", ORDERS, 401, "invalid_token"), ("viewer", ORDERS, 403, "forbidden"), ("kitchen", ORDERS, 403, "forbidden"),
        ("expo", ORDERS, 403, "forbidden"), ("customer", ORDERS, 403, "forbidden"),
        ("pos", "/v1/stores/s2/orders", 404, "not_found"), ("pos", "/v1/stores/nowhere/orders", 404, "not_found"),
    ],
)  # fmt: skip
async def test_whoever_may_not_is_told_why(desk, role, path, status, code):
    reply = await desk.call("POST", path, SMALLEST, role=role)
    assert (reply.status, reply.body["error"]["code"]) == (status, code)


# ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_order_is_shown_with_its_revision(desk):
    order = await desk.place("Burger", customer={"name": "Ann"})
    reply = await desk.get(f"{ORDERS}/{order['id']}")
    assert (reply.status, reply.body) == (200, {"order": order})
    assert reply.headers["ETag"] == '"1"'


@pytest.mark.parametrize("wanted", ["nothing", "../s2", "%2e%2e", "a b", "x" * 300])
async def test_an_order_that_is_not_there_is_not_found(desk, wanted):
    reply = await desk.get(f"{ORDERS}/{wanted}")
    assert (reply.status, reply.body["error"]["code"]) == (404, "not_found")


async def test_another_tenants_order_reads_like_none(desk):
    order = await desk.place("Burger")
    token = desk.token("viewer", tenant="rival")
    theirs = await desk.get(f"{ORDERS}/{order['id']}", token=token)
    none = await desk.get(f"{ORDERS}/{'0' * len(order['id'])}", token=token)
    assert theirs.status == none.status == 404
    assert theirs.body["error"]["message"].replace(order["id"], "") == (
        none.body["error"]["message"].replace("0" * len(order["id"]), "")
    )


async def test_orders_are_listed_oldest_first_in_pages(desk):
    placed = [(await desk.place("Burger"))["id"] for _ in range(5)]
    seen, after = [], ""
    while True:
        page = (await desk.get(f"{ORDERS}?limit=2&after={after}")).body
        assert len(page["orders"]) <= 2
        seen += [order["id"] for order in page["orders"]]
        if not page["more"]:
            break
        after = seen[-1]
    assert seen == placed


async def test_orders_are_listed_by_status(desk):
    first, second, third = [await desk.place("Burger") for _ in range(3)]
    await desk.command("kds:bump", ticket_id=f"{first['id']}.grill")
    await desk.call("POST", f"{ORDERS}/{second['id']}/cancel")

    async def listed(status):
        return [order["id"] for order in (await desk.get(f"{ORDERS}?status={status}")).body["orders"]]

    assert await listed("ready") == [first["id"]]
    assert await listed("cancelled") == [second["id"]]
    assert await listed("received,ready") == [first["id"], third["id"]]
    assert await listed("completed") == []


@pytest.mark.parametrize(
    "query", ["status=nonsense", "status=", "limit=0", "limit=301", "limit=-1", "limit=x", "limit=1.5", "limit=²"]
)
async def test_a_list_that_makes_no_sense_is_refused(desk, query):
    reply = await desk.get(f"{ORDERS}?{query}")
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")


async def test_a_cook_reads_no_orders(desk):
    for path in (ORDERS, f"{ORDERS}/x"):
        assert (await desk.get(path, role="kitchen")).status == 403
        assert (await desk.get(path, role="")).status == 401


# ── Changing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def patch(desk, order, changes, **headers):
    return await desk.call("PATCH", f"{ORDERS}/{order['id']}", changes, headers=headers)


async def test_top_level_fields_given_replace(desk):
    order = await desk.place("Burger", table="4", notes=[{"text": "old"}])
    reply = await patch(desk, order, {"table": "5"})
    assert (reply.status, reply.body["result"]) == (200, "applied")
    assert (reply.body["order"]["table"], reply.body["order"]["revision"]) == ("5", 2)
    assert reply.body["order"]["notes"] == order["notes"]


async def test_rows_are_changed_voided_and_added(desk):
    order = await desk.place("Burger", "Fries")
    burger, fries = (row["item_id"] for row in order["items"])
    changes = [{"item_id": burger, "qty": 3}, {"item_id": fries, "qty": "0"}, {"name": "Salad", "qty": 1}]
    now = (await patch(desk, order, {"items": changes})).body["order"]["items"]
    assert [(row["name"], row["qty"], row.get("voided", False)) for row in now] == [
        ("Burger", "3", False), ("Fries", "1", True), ("Salad", "1", False),
    ]  # fmt: skip


async def test_every_answer_that_shows_an_order_has_the_tag_that_the_next_change_may_give(desk):
    placed = await post(desk, SMALLEST | {"source": {"system": "web"}, "external_id": "4711"}, key="order-one")
    order = placed.body["order"]
    updated = await post(desk, item(qty="2") | {"source": {"system": "web"}, "external_id": "4711"}, key="order-two")
    changed = await patch(desk, order, {"table": "5"}, **{"If-Match": updated.headers["ETag"]})
    again = await post(desk, SMALLEST | {"source": {"system": "web"}, "external_id": "4711"}, key="order-one")
    taken_back = await cancel(desk, order)
    answers = [placed, updated, changed, again, taken_back]
    assert [answer.status for answer in answers] == [201, 200, 200, 201, 200]
    assert [answer.headers["ETag"] for answer in answers] == ['"1"', '"2"', '"3"', '"1"', '"3"']
    assert all(answer.headers["ETag"] == f'"{answer.body["order"]["revision"]}"' for answer in answers)


async def test_a_refusal_has_no_tag(desk):
    order = await desk.place("Burger")
    reply = await patch(desk, order, {"table": "5"}, **{"If-Match": '"7"'})
    assert (reply.status, reply.headers.get("ETag")) == (409, None)


async def test_whoever_was_slower_gets_a_conflict(desk):
    order = await desk.place("Burger")
    assert (await patch(desk, order, {"table": "5"}, **{"If-Match": '"1"'})).status == 200
    reply = await patch(desk, order, {"table": "6"}, **{"If-Match": '"1"'})
    assert (reply.status, reply.body["error"]["code"]) == (409, "conflict")
    assert (await patch(desk, order, {"table": "6"}, **{"If-Match": 'W/"2"'})).status == 200
    assert (await patch(desk, order, {"table": "7"}, **{"If-Match": "3"})).status == 200


@pytest.mark.parametrize("tag", ["", "*", '"x"', "-1", '"1", "2"', "9" * 30])
async def test_a_revision_that_is_none_is_refused(desk, tag):
    order = await desk.place("Burger")
    assert (await patch(desk, order, {"table": "5"}, **{"If-Match": tag})).status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {}, [], 7, {"nonsense": 1}, {"items": [{"qty": 1}]}, {"items": [{"item_id": "nothing", "qty": 1}]},
        {"status": "completed"}, {"items": [{"name": "x", "qty": 1.5}]}, {"revision": 9}, {"order_id": "x"},
    ],
)  # fmt: skip
async def test_a_change_that_makes_no_sense_is_refused(desk, changes):
    order = await desk.place("Burger")
    reply = await patch(desk, order, changes)
    assert reply.status in {400, 404}, reply
    assert (await desk.get(f"{ORDERS}/{order['id']}")).body["order"] == order


async def test_a_repeated_change_is_one_change(desk):
    order = await desk.place("Burger")
    body = {"items": [{"name": "Salad", "qty": 1}]}
    first, again = [await patch(desk, order, body, **{"Idempotency-Key": "add-a-salad"}) for _ in range(2)]
    assert again.body == first.body | {"replayed": True}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(again.body["order"]["items"]) == 2


async def test_an_order_that_is_not_there_cannot_be_changed(desk):
    reply = await patch(desk, {"id": "nothing"}, {"table": "5"})
    assert (reply.status, reply.body["error"]["code"]) == (404, "not_found")


# ── Taking back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def cancel(desk, order, body=None, key=None):
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.call("POST", f"{ORDERS}/{order['id']}/cancel", body, headers=headers)


async def test_an_order_is_taken_back_with_or_without_a_reason(desk):
    first, second = await desk.place("Burger"), await desk.place("Burger")
    reply = await cancel(desk, first, {"reason": "guest left"})
    assert (reply.status, reply.body["order"]["status"]) == (200, "cancelled")
    assert (await cancel(desk, second)).body["order"]["status"] == "cancelled"
    told = [event.envelope for event in desk.kitchen().tails["s1/orders"].events]
    reasons = [event["data"].get("reason") for event in told if event["name"] == "order:cancelled"]
    assert reasons == ["guest left", None]


async def test_taking_back_twice_is_already_so(desk):
    order = await desk.place("Burger")
    await cancel(desk, order)
    reply = await cancel(desk, order)
    assert (reply.status, reply.body["result"], reply.body["events"]) == (200, "already", [])


async def test_taking_back_under_one_key_is_one_answer(desk):
    order = await desk.place("Burger")
    first, again = [await cancel(desk, order, {"reason": "x"}, key="cancel-it-please") for _ in range(2)]
    assert again.body == first.body | {"replayed": True}


async def test_a_completed_order_stays(desk):
    order = await desk.place("Burger")
    await desk.command("kds:bump", ticket_id=f"{order['id']}.expo", force=True)
    reply = await cancel(desk, order, key="cancel-it-please")
    assert (reply.status, reply.body["error"]["code"]) == (409, "invalid_transition")
    again = await cancel(desk, order, key="cancel-it-please")
    assert again.body == reply.body
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "body", [{"reason": 7}, {"nonsense": 1}, [], {"order_id": "other"}, {"command_id": "another1"}]
)
async def test_a_cancel_that_makes_no_sense_is_refused(desk, body):
    order = await desk.place("Burger")
    assert (await cancel(desk, order, body)).status == 400
