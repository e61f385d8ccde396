"""Who may join a namespace, what it is told first, and how a returning socket gets what it missed."""

import asyncio

import aiohttp
import pytest
import socketio

from tests.server.desk import until


def position(ear, stream="s1/kds", seq=None):
    state = ear.ready["streams"][stream]
    return {stream: {"epoch": state["epoch"], "seq": state["seq"] if seq is None else seq}}


# ── Refused ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("namespace", "role", "claims", "auth", "code"),
    [
        ("/kds", "pos", {}, {}, "forbidden"), ("/kds", "customer", {}, {}, "forbidden"),
        ("/orders", "kitchen", {}, {}, "forbidden"), ("/orders", "customer", {}, {}, "forbidden"),
        ("/ops", "expo", {}, {}, "forbidden"), ("/ops", "pos", {}, {}, "forbidden"),
        ("/kds", "operator", {}, {}, "forbidden"), ("/ops", "pos", {"stores": ["s1", "s2"]}, {}, "forbidden"),
        ("/kds", "expo", {"stores": ["s9"]}, {}, "not_found"), ("/kds", "expo", {}, {"store": "s2"}, "not_found"),
        ("/notifications", "customer", {"stores": ["s9"]}, {}, "not_found"),
        ("/kds", "expo", {}, {"nonsense": 1}, "bad_request"), ("/kds", "expo", {}, {"positions": 7}, "bad_request"),
        ("/kds", "expo", {}, {"positions": {"s1/kds": {"epoch": "e", "seq": -1}}}, "bad_request"),
        ("/kds", "expo", {}, {"store": "../s1"}, "bad_request"),
        ("/kds", "expo", {}, {"client": {"name": "x" * 65}}, "bad_request"),
    ],
)  # fmt: skip
async def test_whoever_may_not_join_is_told_by_code(desk, namespace, role, claims, auth, code):
    refusal = await desk.refused(namespace, {"token": desk.token(role, **claims)} | auth)
    assert refusal["data"] == {"code": code, "temporary": False}
    assert refusal["message"]
    text = desk.gateway.metrics.text().decode()
    assert f'heard_connects_total{{namespace="{namespace}",outcome="{code}"}} 1.0' in text


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, {"token": ""}, {"token": "nonsense"}, {"token": "a.b.c"}])
async def test_without_a_token_of_ours_nobody_joins(desk, auth):
    assert (await desk.refused("/kds", auth))["data"]["code"] == "invalid_token"


async def test_an_expired_token_does_not_join(desk):
    token = desk.token("expo", life_s=10)
    desk.clock.turn(minutes=1)
    assert (await desk.refused("/kds", {"token": token}))["data"]["code"] == "token_expired"


@pytest.mark.parametrize("name", ["token", "access_token", "jwt"])
async def test_a_token_in_the_address_does_not_join(desk, name):
    token = desk.token("expo")
    refusal = await desk.refused("/kds", {"token": token}, url=f"{desk.up.url}/?{name}={token}")
    assert refusal["data"]["code"] == "token_in_url"


async def test_a_namespace_that_is_not_there_is_refused(desk):
    assert (await desk.refused("/nothing", {"token": desk.token("admin")}))["message"] == "Invalid namespace"


async def test_a_token_may_stand_in_the_header_instead(desk):
    headers = {"Authorization": f"Bearer {desk.token('expo')}"}
    client = socketio.AsyncClient(reconnection=False)
    ready = []
    client.on("session:ready", ready.append, namespace="/kds")
    await client.connect(desk.up.url, headers=headers, namespaces=["/kds"])
    await until(lambda: ready)
    await client.shutdown()
    assert ready[0]["role"] == "expo"


# ── Ready ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transports", [("websocket",), ("polling",)])
async def test_the_first_word_says_who_where_and_how_things_stand(desk, transports):
    await desk.place("Burger")
    ear = await desk.socket("/kds", "kitchen", claims={"stations": ["grill"], "life_s": 600}, transports=transports)
    assert ear.heard[0][0] == "session:ready"
    ready = ear.ready
    assert (ready["subject"], ready["role"], ready["store"]) == ("kitchen", "kitchen", "s1")
    assert ready["stations"] == ["grill"]
    assert 595 <= ready["ttl_s"] <= 600
    assert ready["degraded"] is False
    epoch = desk.kitchen().tails["s1/kds"].head.epoch
    assert ready["streams"] == {
        "s1/kds": {"epoch": epoch, "seq": 2, "recovered": False, "was_recovering": False}
    }  # fmt: skip
    assert ready["settings"]["stations"] == ["grill", "fry", "cold", "expo"]
    assert set(ready["settings"]) >= {"display_name", "expo", "gating", "heat_s", "timezone", "day_starts"}
    assert ready["server_time"].endswith("Z")


async def test_each_namespace_of_one_connection_joins_its_own_stream(desk):
    orders, kds, person = await desk.sockets(("/orders", "/kds", "/notifications"), "manager")
    assert [list(ear.ready["streams"]) for ear in (orders, kds, person)] == [
        ["s1/orders"],
        ["s1/kds"],
        ["user/manager"],
    ]
    assert len(desk.gateway.fanout._by_sid) == 3
    await desk.place("Burger")
    await until(lambda: orders.of("order:created") and kds.of("kds:order_incoming"))
    assert orders.of("kds:order_incoming") == kds.of("order:created") == []


async def test_a_token_for_several_stores_joins_nothing_by_itself(desk):
    ear = await desk.socket("/kds", "expo", claims={"stores": ["s1", "s2"]})
    assert (ear.ready["store"], ear.ready["streams"], ear.ready["settings"]) == (None, {}, None)
    assert (await ear.subscribe("s2/kds"))["seq"] == 0
    refused = await ear.call("kds:bump", {"command_id": "some-command", "ticket_id": "x.grill"})
    assert (refused["code"], "store" in refused["message"]) == ("bad_request", True)


async def test_a_token_for_several_stores_may_name_one(desk):
    ear = await desk.socket("/kds", "expo", claims={"stores": ["s1", "s2"]}, store="s2")
    assert (ear.ready["store"], list(ear.ready["streams"])) == ("s2", ["s2/kds"])


async def test_a_token_for_all_stores_may_name_one(desk):
    ear = await desk.socket("/kds", "admin", claims={"stores": ["*"]}, store="s2")
    assert list(ear.ready["streams"]) == ["s2/kds"]


# ── Coming back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_missed_comes_first_and_then_the_rest(desk):
    first = await desk.socket()
    await first.client.disconnect()
    for _ in range(3):
        await desk.place("Burger")
    ear = await desk.socket(positions=position(first))
    assert ear.ready["streams"]["s1/kds"] | {"epoch": ""} == {
        "epoch": "", "seq": 6, "recovered": True, "was_recovering": True,
    }  # fmt: skip
    await desk.place("Burger")
    await until(lambda: len(ear.envelopes) == 8)
    assert ear.seqs == list(range(1, 9))
    assert ear.heard[0][0] == "session:ready"


async def test_there_is_no_gap_and_no_double_while_orders_pour_in(desk):
    """A socket that comes and goes at any moment hears, all in all, every event once and in order."""
    ear, seqs = await desk.socket(), []
    pouring = asyncio.create_task(pour(desk, 100, lambda: len(seqs) + len(ear.envelopes)))
    while not pouring.done():
        await until(lambda ear=ear: len(ear.envelopes) > 3 or pouring.done())
        await ear.client.disconnect()
        seqs += ear.seqs
        ear = await desk.socket(positions=position(ear, seq=seqs[-1] if seqs else 0))
        assert ear.ready["streams"]["s1/kds"]["recovered"]
    await pouring
    await until(lambda: len(seqs) + len(ear.envelopes) >= 200)
    assert seqs + ear.seqs == list(range(1, 201))


async def pour(desk, count, heard):
    """Place orders without end, but never so far ahead of the hearer that he would need a snapshot."""
    for n in range(1, count + 1):
        await desk.place("Burger")
        await until(lambda n=n: heard() > 2 * n - 40)


@pytest.mark.parametrize("known", [{"epoch": "elsewhere", "seq": 1}, {"seq": 999}])
async def test_a_foreign_or_forged_position_gets_nothing_pushed(desk, known):
    await desk.place("Burger")
    epoch = desk.kitchen().tails["s1/kds"].head.epoch
    ear = await desk.socket(positions={"s1/kds": {"epoch": epoch} | known})
    state = ear.ready["streams"]["s1/kds"]
    assert (state["recovered"], state["was_recovering"], state["seq"]) == (False, True, 2)
    await ear.subscribe("s1/kds")
    assert ear.envelopes == []


async def test_more_than_64_kib_is_not_pushed_unasked(desk):
    first = await desk.socket()
    notes = [{"text": "x" * 990} for _ in range(20)]
    for _ in range(3):
        await desk.place("Burger", notes=notes)
    ear = await desk.socket(positions=position(first))
    assert ear.ready["streams"]["s1/kds"]["recovered"] is False
    read = await ear.subscribe("s1/kds", epoch=first.ready["streams"]["s1/kds"]["epoch"], after=0)
    assert [event["seq"] for event in read["events"]] == [1, 2, 3, 4, 5, 6]
    assert ear.envelopes == []


async def test_positions_of_streams_that_are_not_heard_here_are_passed_over(desk):
    ear = await desk.socket(positions={"s1/orders": {"epoch": "x", "seq": 1}, "nonsense": {"epoch": "x", "seq": 1}})
    assert ear.ready["streams"]["s1/kds"]["was_recovering"] is False


async def test_whoever_hangs_up_while_joining_leaves_no_seat(desk):
    async with aiohttp.ClientSession() as http:
        query = "/socket.io/?EIO=4&transport=polling"
        token = desk.token("expo")
        for _ in range(3):
            async with http.get(desk.up.url + query) as answer:
                sid = (await answer.text()).split('"sid":"')[1].split('"')[0]
            frames = f'40/kds,{{"token":"{token}"}}\x1e41/kds,\x1e1'
            async with http.post(f"{desk.up.url}{query}&sid={sid}", data=frames) as answer:
                assert answer.status == 200
    ear = await desk.socket()
    assert "heard_sockets 1.0" in desk.gateway.metrics.text().decode()
    assert ear.ready


# ── A person's own stream ─────────────────────────────────────────────────────────────────────────────────────────────


async def guest(desk, **auth):
    return await desk.socket("/notifications", "customer", claims={"subject": "ann"}, **auth)


async def test_a_guest_hears_of_his_own_orders_only(desk):
    ear = await guest(desk)
    state = ear.ready["streams"]["user/ann"]
    assert (state["seq"], state["recovered"], state["was_recovering"]) == (0, False, False)
    await desk.place("Burger", customer={"ref": "bob"})
    order = await desk.place("Burger", customer={"ref": "ann"})
    await desk.command("kds:bump", ticket_id=f"{order['id']}.grill")
    await until(lambda: len(ear.envelopes) == 3)
    assert [event["name"] for event in ear.envelopes] == [
        "order:created", "order:status_changed", "order:item_ready",
    ]  # fmt: skip
    assert {event["data"]["order_id"] for event in ear.envelopes} == {order["id"]}
    assert (ear.seqs, ear.envelopes[0]["epoch"]) == ([1, 2, 3], state["epoch"])


async def test_a_guest_who_comes_back_gets_what_he_missed(desk):
    first = await guest(desk)
    await first.client.disconnect()
    order = await desk.place("Burger", customer={"ref": "ann"})
    ear = await guest(desk, positions=position(first, "user/ann"))
    assert ear.ready["streams"]["user/ann"] | {"epoch": ""} == {
        "epoch": "", "seq": 1, "recovered": True, "was_recovering": True,
    }  # fmt: skip
    await desk.command("kds:bump", ticket_id=f"{order['id']}.grill")
    await until(lambda: len(ear.envelopes) == 3)
    assert ear.seqs == [1, 2, 3]


async def test_a_guest_misses_and_doubles_nothing_while_his_orders_pour_in(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    ear = await guest(desk)
    pouring = asyncio.create_task(pour_for_ann(desk, 60))
    seqs: list[int] = []
    while not pouring.done():
        await until(lambda ear=ear: len(ear.envelopes) > 2 or pouring.done())
        await ear.client.disconnect()
        seqs += ear.seqs
        ear = await guest(desk, positions=position(ear, "user/ann", seqs[-1] if seqs else 0))
        if not ear.ready["streams"]["user/ann"]["recovered"]:
            break
    await pouring
    if ear.ready["streams"]["user/ann"]["recovered"]:
        await until(lambda: len(seqs) + len(ear.envelopes) >= 60)
        assert seqs + ear.seqs == list(range(1, 61))
    else:  # somebody was faster than the read: he is told so, and asks
        assert ear.ready["streams"]["user/ann"]["seq"] >= len(seqs)


async def pour_for_ann(desk, count):
    for _ in range(count):
        await desk.place("Burger", customer={"ref": "ann"})


async def test_a_guest_cannot_listen_to_the_store(desk):
    ear = await guest(desk)
    for stream in ("s1/orders", "s1/kds", "s1/ops"):
        assert (await ear.subscribe(stream))["code"] == "forbidden"
    for stream in ("user/bob", "user/", "s2/orders", "*", "t:demo:s:s1"):
        assert (await ear.subscribe(stream))["code"] == "not_found"


async def test_a_guest_reads_his_stream_over_the_socket_too(desk):
    ear = await guest(desk)
    await desk.place("Burger", customer={"ref": "ann"})
    await until(lambda: ear.envelopes)
    read = await ear.subscribe("user/ann", epoch=ear.ready["streams"]["user/ann"]["epoch"], after=0)
    assert ([event["seq"] for event in read["events"]], read["more"]) == ([1], False)
