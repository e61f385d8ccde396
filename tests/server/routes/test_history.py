"""What happened to one order, over HTTP and over a socket: the same door."""

import pytest

from heard.ids import new_id

ALL = "/v1/stores/s1/orders/{}/events"


async def a_meal(desk):
    """An order that went through the kitchen, and another one beside it."""
    order = (await desk.place("Burger", "Fries"))["id"]
    await desk.place("Burger")
    await desk.command("kds:bump", ticket_id=f"{order}.grill", role="kitchen")
    await desk.command("kds:bump", ticket_id=f"{order}.fry")
    await desk.command("kds:bump", ticket_id=f"{order}.expo")
    return order


async def test_everything_about_an_order_is_told_in_its_order(desk):
    order = await a_meal(desk)
    told = (await desk.get(ALL.format(order))).body
    assert (told["order_id"], told["more"]) == (order, False)
    assert {event["data"]["order_id"] for event in told["events"]} == {order}
    names = [event["name"] for event in told["events"]]
    assert names[:4] == [*["kds:order_incoming"] * 3, "order:created"]
    assert names.index("kds:item_ready") < names.index("order:status_changed") < names.index("kds:order_complete")
    assert names[-1] == "order:completed"
    assert [event["actor"]["role"] for event in told["events"] if event["name"] == "kds:item_ready"] == [
        "kitchen",
        "expo",
    ]
    for stream in ("s1/kds", "s1/orders"):
        seqs = [event["seq"] for event in told["events"] if event["stream"] == stream]
        assert seqs == sorted(seqs)


@pytest.mark.parametrize(
    ("role", "streams"),
    [
        ("kitchen", {"s1/kds"}), ("expo", {"s1/kds", "s1/orders"}), ("pos", {"s1/orders"}),
        ("manager", {"s1/kds", "s1/orders"}), ("viewer", {"s1/kds", "s1/orders"}), ("admin", {"s1/kds", "s1/orders"}),
    ],
)  # fmt: skip
async def test_each_role_is_told_what_it_hears_anyway(desk, role, streams):
    order = await a_meal(desk)
    told = (await desk.get(ALL.format(order), role=role)).body
    assert {event["stream"] for event in told["events"]} == streams


@pytest.mark.parametrize("role", ["operator", "customer"])
async def test_who_hears_of_no_order_is_refused(desk, role):
    order = await a_meal(desk)
    reply = await desk.get(ALL.format(order), role=role)
    assert (reply.status, reply.body["error"]["code"]) == (403, "forbidden")


async def test_an_order_of_others_is_as_unknown_as_one_that_never_was(desk):
    order = await a_meal(desk)
    rival = await desk.get(ALL.format(order), token=desk.token("viewer", tenant="rival"))
    never = await desk.get(ALL.format(new_id()))
    elsewhere = await desk.get(f"/v1/stores/s2/orders/{order}/events", token=desk.token("viewer", stores=["s1", "s2"]))
    beyond = await desk.get(f"/v1/stores/s2/orders/{order}/events")
    assert [reply.status for reply in (rival, never, elsewhere, beyond)] == [404] * 4
    words = [reply.body["error"]["message"] for reply in (rival, elsewhere)]
    assert words == [f"there is no order {order}"] * 2
    assert (await desk.get(ALL.format("x" * 200))).status == 404


async def test_pages_are_turned_by_cursor_and_nothing_is_told_twice(desk, monkeypatch):
    order = await a_meal(desk)
    whole = (await desk.get(ALL.format(order))).body["events"]
    monkeypatch.setattr("server.streams.MAX_READ_EVENTS", 3)
    pages = [(await desk.get(ALL.format(order))).body]
    while pages[-1]["more"]:
        pages.append((await desk.get(f"{ALL.format(order)}?cursor={pages[-1]['cursor']}")).body)
    assert [len(page["events"]) for page in pages[:-1]] == [3] * (len(pages) - 1)
    assert "cursor" not in pages[-1]
    assert [event["id"] for page in pages for event in page["events"]] == [event["id"] for event in whole]


async def test_a_page_is_cut_by_its_weight_as_well(desk, monkeypatch):
    order = await a_meal(desk)
    monkeypatch.setattr("server.streams.MAX_READ_BYTES", 10)
    page = (await desk.get(ALL.format(order))).body
    assert (len(page["events"]), page["more"]) == (1, True)


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "-1.2", "1.²", "9" * 40 + ".1", "1.%202"])
async def test_a_cursor_that_is_none_of_ours_is_a_bad_request(desk, cursor):
    order = await a_meal(desk)
    reply = await desk.get(f"{ALL.format(order)}?cursor={cursor}")
    assert (reply.status, reply.body["error"]["code"]) == (400, "bad_request")


async def test_over_a_socket_it_is_the_same(desk):
    order = await a_meal(desk)
    ear = await desk.socket("/kds", "kitchen")
    told = await ear.call("stream:history", {"order_id": order})
    assert told == (await desk.get(ALL.format(order), role="kitchen")).body
    assert (await ear.call("stream:history", {"order_id": "never-was"}))["code"] == "not_found"
    assert (await ear.call("stream:history", {"order_id": order, "store": "s2"}))["code"] == "not_found"
    assert (await ear.call("stream:history", {"order_id": order, "cursor": "x"}))["code"] == "bad_request"
    assert (await ear.call("stream:history", {"order_id": 5}))["code"] == "bad_request"


async def test_any_namespace_may_ask(desk):
    order = await a_meal(desk)
    ear = await desk.socket("/orders", "pos")
    told = await ear.call("stream:history", {"order_id": order})
    assert {event["stream"] for event in told["events"]} == {"s1/orders"}


async def test_a_restart_changes_nothing(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    order = await a_meal(desk)
    before = (await desk.get(ALL.format(order))).body
    await desk.close()
    desk = await open_desk(journal="sqlite:///journal.db")
    assert (await desk.get(ALL.format(order))).body == before
