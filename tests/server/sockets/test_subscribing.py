"""Subscriptions: a read and then live, whole or as a station's view, until told otherwise."""

import asyncio

import pytest

from tests.server.desk import until


async def test_a_snapshot_and_then_live(desk):
    await desk.place("Burger")
    ear = await desk.socket()
    read = await ear.subscribe("s1/kds")
    assert (read["seq"], len(read["snapshot"]["tickets"]), read["more"]) == (2, 2, False)
    await desk.place("Burger")
    await until(lambda: len(ear.envelopes) == 2)
    assert ear.seqs == [3, 4]


async def test_a_view_is_live_with_the_event_before(desk):
    ear = await desk.socket("/kds", "kitchen")
    await desk.place("Fries")
    read = await ear.subscribe("s1/kds", station="grill")
    assert (read["seq"], read["snapshot"]["views"].get("grill", 0)) == (2, 0)
    for name in ("Burger", "Salad", "Burger"):
        await desk.place(name)
    await until(lambda: len(ear.of("kds:order_incoming")) >= 6)
    live = [event for event in ear.of("kds:order_incoming") if "prev" in event]
    assert [(event["prev"], event["seq"]) for event in live] == [(0, 3), (3, 4), (4, 7), (7, 8)]


async def test_the_view_may_change_and_become_whole_again(desk):
    ear = await desk.socket()
    await ear.subscribe("s1/kds", station="grill")
    await ear.subscribe("s1/kds", station="fry")
    await desk.place("Burger")
    await desk.place("Fries")
    await until(lambda: len(ear.envelopes) == 2)
    await ear.subscribe("s1/kds")
    await desk.place("Salad")
    await until(lambda: len(ear.envelopes) == 4)
    assert [(event["seq"], event.get("prev")) for event in ear.envelopes] == [(3, 0), (4, 3), (5, None), (6, None)]


async def test_from_a_position_comes_what_was_missed_and_then_live(desk):
    for _ in range(3):
        await desk.place("Burger")
    ear = await desk.socket()
    epoch = ear.ready["streams"]["s1/kds"]["epoch"]
    read = await ear.subscribe("s1/kds", epoch=epoch, after=2)
    await desk.place("Burger")
    await until(lambda: len(ear.envelopes) == 2)
    assert [event["seq"] for event in read["events"]] + ear.seqs == [3, 4, 5, 6, 7, 8]


async def test_nothing_is_missed_or_doubled_however_it_pours(desk):
    """A view subscribed while orders arrive: read and live events are one chain of `prev`."""
    ears = [await desk.socket("/kds", "kitchen") for _ in range(3)]
    pouring = [asyncio.create_task(pour(desk, 25)) for _ in range(4)]
    epoch = ears[0].ready["streams"]["s1/kds"]["epoch"]
    chains = await asyncio.gather(*(chain(ear, epoch) for ear in ears))
    await asyncio.gather(*pouring)
    last = desk.kitchen().committed.board.views["grill"]
    for ear, (events, at) in zip(ears, chains, strict=True):
        await until(lambda ear=ear, at=at: max([at, *(event["seq"] for event in ear.envelopes)]) >= last)
        whole = events + [event for event in ear.envelopes if "prev" in event]
        assert [event["prev"] for event in whole] == [0, *(event["seq"] for event in whole[:-1])]
        assert whole[-1]["seq"] == last


async def chain(ear, epoch):
    """Subscribe to the grill from the start on, asking again while there is more; what came, and up to where."""
    events, after = [], 0
    while True:
        read = await ear.subscribe("s1/kds", epoch=epoch, after=after, station="grill")
        events += read["events"]
        after = read["seq"]
        if not read["more"]:
            return events, after


async def pour(desk, count):
    for _ in range(count):
        await desk.place("Burger")


async def test_while_there_is_more_to_read_the_stream_is_not_live_yet(desk):
    ear = await desk.socket("/kds", "admin", claims={"stores": ["*"]})
    notes = [{"text": "x" * 990} for _ in range(25)]
    for _ in range(8):
        await desk.place("Burger", notes=notes)
    read = await ear.subscribe("s1/kds")
    assert read["more"]
    await desk.place("Burger")
    while cursor := read.get("cursor"):
        read = await ear.subscribe("s1/kds", cursor=cursor)
    assert (read["more"], read["seq"], read["head"]) == (True, 16, 18)
    rest = await ear.subscribe("s1/kds", epoch=read["epoch"], after=read["seq"])
    assert ([event["seq"] for event in rest["events"]], rest["more"]) == ([17, 18], False)
    await desk.place("Burger")
    await until(lambda: len(ear.envelopes) == 2)
    assert ear.seqs == [19, 20]


async def test_an_unsubscribed_stream_is_silent(desk):
    ear = await desk.socket()
    assert await ear.call("stream:unsubscribe", {"stream": "s1/kds"}) == {"ok": True, "result": "applied"}
    assert await ear.call("stream:unsubscribe", {"stream": "s1/kds"}) == {"ok": True, "result": "already"}
    await desk.place("Burger")
    assert (await ear.subscribe("s1/kds"))["seq"] == 2
    assert ear.envelopes == []


async def test_another_stream_of_the_store_may_be_heard_in_the_same_namespace(desk):
    ear = await desk.socket("/kds", "manager")
    await ear.subscribe("s1/orders")
    await desk.place("Burger")
    await until(lambda: ear.of("order:created") and ear.of("kds:order_incoming"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "bad_request"), ({"stream": 7}, "bad_request"), ({"stream": "s1/kds", "nonsense": 1}, "bad_request"),
        ({"stream": "s1/kds", "after": 1}, "bad_request"), ({"stream": "s1/kds", "station": "stove"}, "bad_request"),
        ({"stream": "s1/kds", "epoch": "e", "after": -1}, "bad_request"),
        ({"stream": "s1/kds", "cursor": "nonsense"}, "bad_request"),
        ({"stream": "s1/orders", "station": "grill"}, "bad_request"), ({"stream": "x" * 101}, "bad_request"),
        ({"stream": "s2/kds"}, "not_found"), ({"stream": "s1/nothing"}, "not_found"),
        ({"stream": "s1/inventory"}, "not_found"), ({"stream": "s1/dashboard"}, "not_found"),
        ({"stream": "*"}, "not_found"), ({"stream": "s2/ops"}, "not_found"), ({"stream": "user/bob"}, "not_found"),
    ],
)  # fmt: skip
async def test_a_subscription_that_cannot_be_is_refused_and_leaves_nothing(desk, fields, code):
    ear = await desk.socket("/kds", "manager")
    before = desk.gateway.fanout.count()
    assert (await ear.call("stream:subscribe", fields))["code"] == code
    assert desk.gateway.fanout.count() == before


async def test_a_station_that_is_not_there_is_refused_with_those_that_are(desk):
    ear = await desk.socket("/kds", "manager")
    said = (await ear.subscribe("s1/kds", station="stove"))["message"]
    assert said.startswith("there is no station stove here; there is grill")


async def test_a_role_without_the_kind_is_refused(desk):
    ear = await desk.socket("/kds", "kitchen")
    assert (await ear.subscribe("s1/orders"))["code"] == "forbidden"


async def test_whoever_left_is_forgotten(desk):
    ear = await desk.socket()
    await ear.subscribe("s1/kds", station="grill")
    await ear.client.disconnect()
    await until(lambda: desk.gateway.fanout.count() == 0)


async def test_a_silent_stream_says_where_it_stands(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.HEADS_EVERY_S", 0.02)
    desk = await open_desk()
    await desk.place("Burger")
    whole, view = await desk.socket(), await desk.socket()
    person = await desk.socket("/notifications", "customer", claims={"subject": "ann"})
    await view.subscribe("s1/kds", station="fry")
    epoch = whole.ready["streams"]["s1/kds"]["epoch"]
    head = await whole.first("stream:head")
    assert head["heads"] == {"s1/kds": {"epoch": epoch, "seq": 2}}
    assert head["server_time"].endswith("Z")
    await until(
        lambda: {"epoch": epoch, "seq": 2, "view": 0} in [one["heads"]["s1/kds"] for one in view.of("stream:head")]
    )
    own = person.ready["streams"]["user/ann"]["epoch"]
    assert (await person.first("stream:head"))["heads"] == {"user/ann": {"epoch": own, "seq": 0}}
