"""Connection state recovery: a stock client that returns has missed nothing and hears nothing twice, or is told."""

import asyncio
import random
from itertools import pairwise

import pytest
import socketio

from heard.contract.session import MAX_RECOVERED_STREAMS
from heard.errors import Unavailable
from server.journal import JournalBusy
from server.sockets.recovery import Place, Trail
from tests.server.desk import STORES, until
from tests.server.sockets.stock import Stock

NOTES = [{"text": "x" * 990} for _ in range(20)]
"""About 20 KB in each of an order's facts."""


@pytest.fixture
async def stock(desk):
    """An expo's screen with recovery that has joined."""
    return await Stock(desk).back()


def state(stock, stream="s1/kds"):
    found = stock.ready["streams"][stream]
    return found["recovered"], found["was_recovering"], found["seq"]


async def orders(desk, count, *names, **fields):
    for _ in range(count):
        await desk.place(*names, **fields)


# ── Who asks for it ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_whoever_does_not_ask_gets_no_pid_and_one_argument(desk):
    plain = await Stock(desk).back(recovery=False)
    await desk.place("Burger")
    await plain.heard_up_to(2)
    assert (plain.pid, set(plain.offsets)) == (None, {None})


async def test_whoever_asks_gets_a_pid_and_an_offset_with_everything(desk, stock):
    await desk.place("Burger")
    await stock.tell("kds:bump", {"command_id": "some-command", "ticket_id": "nothing.grill"})
    desk.gateway.fanout.heads(desk.gateway.head)
    desk.gateway.fanout.heads(desk.gateway.head)
    await until(lambda: stock.of("command:refused") and stock.of("stream:head"))
    assert stock.recovered is False
    assert all(Trail.read(offset).tag == Trail.read(stock.pid).tag for offset in stock.offsets)
    epoch = desk.kitchen().tails["s1/kds"].head.epoch
    assert Trail.read(stock.pid).places == {"s1/kds": Place(epoch, 0)}
    assert Trail.read(stock.offset).places == {"s1/kds": Place(epoch, 2)}


async def test_the_token_s_end_and_what_operators_hear_carry_it_too(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.HEADS_EVERY_S", 0.02)
    desk = await open_desk()
    stock = await Stock(desk, "/ops", "operator", life_s=30).back()
    await desk.socket()
    await until(lambda: stock.of("connection:opened") and stock.of("auth:expiring"))
    assert None not in stock.offsets


async def test_a_goodbye_carries_none_and_takes_none_away(desk, stock):
    await desk.place("Burger")
    await stock.heard_up_to(2)
    before = stock.offset
    await desk.close()
    await until(lambda: stock.of("session:goodbye"))
    assert (stock.offsets[-1], stock.offset) == (None, before)


async def test_others_on_the_stream_are_sent_one_argument(desk, stock):
    ear = await desk.socket()
    await desk.place("Burger")
    await stock.heard_up_to(2)
    await until(lambda: ear.seqs == [1, 2])
    assert all(len(row) == 2 for row in ear.heard)


async def test_a_client_of_another_language_is_none_the_worse_for_it(desk):
    client, heard = socketio.AsyncClient(reconnection=False), []
    client.on("*", lambda *row: heard.append(row), namespace="/kds")
    await client.connect(
        desk.up.url, auth={"token": desk.token("expo"), "recovery": True}, namespaces=["/kds"], transports=["websocket"]
    )
    desk.stack.push_async_callback(client.shutdown)
    await desk.place("Burger")
    await until(lambda: len(heard) == 3)
    assert [payload.get("seq") for _, payload, _ in heard] == [None, 1, 2]
    assert (await client.call("stream:unsubscribe", {"stream": "s1/kds"}, namespace="/kds"))["ok"]


# ── Coming back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_missed_comes_in_order_and_once_and_then_the_rest(desk, stock):
    await desk.place("Burger")
    await stock.heard_up_to(2)
    await stock.drop()
    await orders(desk, 3, "Burger")
    await stock.back()
    assert stock.recovered is True
    assert state(stock) == (True, True, 8)
    await desk.place("Burger")
    assert await stock.heard_up_to(10) == list(range(1, 11))
    assert stock.log[:3] == ["connect", "session:ready", "kds:order_incoming"]


async def test_who_missed_nothing_is_recovered_too(stock):
    for _ in range(3):
        pid = stock.pid
        await stock.back()
        assert (stock.recovered, stock.pid, state(stock)) == (True, pid, (True, True, 0))
    assert stock.seqs() == []


async def test_before_the_first_event_too(desk):
    stock = Stock(desk)
    stock.deaf_after = 0
    await stock.connect()
    await stock.drop()
    await orders(desk, 2, "Burger")
    stock.deaf_after = None
    assert stock.offset is None
    await stock.back()
    assert (stock.recovered, await stock.heard_up_to(4)) == (True, [1, 2, 3, 4])


async def test_who_is_cut_off_while_it_catches_up_gets_the_rest(desk, stock):
    await stock.drop()
    await orders(desk, 5, "Burger")
    for taken in (1, 3, 4):  # the greeting, and then so many events
        stock.deaf_after = taken
        await stock.connect()
        await until(lambda: stock.deaf_after == 0)
    stock.deaf_after = None
    await stock.back()
    assert stock.recovered
    assert await stock.heard_up_to(10) == list(range(1, 11))


async def test_a_restart_makes_no_difference(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    stock = await Stock(desk).back()
    unused = Stock(desk)
    unused.deaf_after = 0
    await unused.connect()
    await desk.place("Burger")
    await stock.heard_up_to(2)
    await desk.close()
    desk = await open_desk(journal="sqlite:///journal.db")
    await orders(desk, 2, "Burger")
    for one in (stock, unused):
        one.desk, one.deaf_after = desk, None
        await one.back()
        await desk.place("Burger")
        assert one.recovered
    assert await stock.heard_up_to(10) == list(range(1, 11))
    assert await unused.heard_up_to(10) == list(range(1, 11))


async def test_a_client_may_be_idle_for_days(desk, stock):
    await stock.drop()
    desk.clock.turn(days=30)
    stock.auth["token"] = desk.token("expo")
    await desk.place("Burger")
    await stock.back()
    assert (stock.recovered, await stock.heard_up_to(2)) == (True, [1, 2])


async def test_coming_and_going_at_any_moment_loses_and_doubles_nothing(desk, stock):
    dice = random.Random(7)
    count = 120
    pouring = asyncio.create_task(pour(desk, count, stock))
    while stock.seqs()[-1:] != [2 * count]:
        stock.deaf_after = dice.randrange(12)
        await stock.connect()
        assert stock.recovered
        await until(lambda: stock.deaf_after == 0 or stock.seqs()[-1:] == [2 * count])
        await stock.drop()
    await pouring
    assert stock.seqs() == list(range(1, 2 * count + 1))


async def pour(desk, count, stock):
    """Place orders without end, but never so far ahead of the hearer that he would need a snapshot."""
    for n in range(1, count + 1):
        await desk.place("Burger")
        await until(lambda n=n: len(stock.seqs()) > 2 * n - 100)


async def test_a_guest_whose_orders_pour_in_loses_and_doubles_nothing(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    dice = random.Random(7)
    guest = await Stock(desk, "/notifications", "customer", subject="ann").back()
    pouring = asyncio.create_task(orders(desk, 60, "Burger", customer={"ref": "ann"}))
    while guest.seqs("user/ann")[-1:] != [60]:
        guest.deaf_after = dice.randrange(8)
        await guest.connect()
        assert guest.recovered
        await until(lambda: guest.deaf_after == 0 or guest.seqs("user/ann")[-1:] == [60])
        await guest.drop()
    await pouring
    assert guest.seqs("user/ann") == list(range(1, 61))


# ── Several streams ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_subscriptions_come_back_each_from_where_it_stood(desk, stock):
    await desk.place("Burger")
    assert (await stock.subscribe("s1/kds", station="grill"))["seq"] == 2
    assert (await stock.subscribe("s1/orders"))["seq"] == 1
    await stock.drop()
    await orders(desk, 1, "Burger")
    await orders(desk, 1, "Fries")
    await orders(desk, 1, "Burger")
    await stock.back()
    assert stock.recovered
    assert list(stock.ready["streams"]) == ["s1/kds", "s1/orders"]
    assert (state(stock), state(stock, "s1/orders")) == ((True, True, 8), (True, True, 4))
    await until(lambda: len(stock.seqs("s1/orders")) == 3)
    await desk.place("Burger")
    await stock.heard_up_to(5, "s1/orders")
    await stock.heard_up_to(10)
    viewed = [event for event in stock.of("kds:order_incoming") if "prev" in event]
    chain = [2, 3, 4, 7, 8, 9, 10]
    assert [(event["prev"], event["seq"]) for event in viewed] == list(pairwise(chain))
    assert stock.seqs("s1/orders") == [2, 3, 4, 5]
    told = [payload["at"] for _, payload in stock.heard if payload.get("stream")]
    assert told == sorted(told)


async def test_what_was_unsubscribed_stays_so(desk, stock):
    await stock.subscribe("s1/orders")
    await stock.call("stream:unsubscribe", {"stream": "s1/kds"})
    await stock.back()
    assert (stock.recovered, list(stock.ready["streams"])) == (True, ["s1/orders"])
    await desk.place("Burger")
    await stock.heard_up_to(1, "s1/orders")
    assert stock.seqs() == []


async def test_the_offset_knows_of_a_subscription_before_it_is_answered(stock):
    await stock.subscribe("s1/orders")
    await stock.call("stream:unsubscribe", {"stream": "s1/orders"})
    assert stock.log[2:] == ["stream:head", "ack", "stream:head", "ack"]
    assert [head["heads"] for head in stock.of("stream:head")] == [{}, {}]
    assert [list(Trail.read(offset).places) for offset in stock.offsets[-2:]] == [["s1/kds", "s1/orders"], ["s1/kds"]]


async def test_a_view_that_is_silent_in_a_busy_kitchen_moves_on_with_it(desk, stock):
    await stock.subscribe("s1/kds", station="cold")
    for _ in range(4):
        await orders(desk, 50, "Fries")
        for _ in range(2):
            desk.gateway.fanout.heads(desk.gateway.head)
    await until(lambda: Trail.read(stock.offset).places["s1/kds"].seq == 400)
    await stock.drop()
    await desk.place("Salad")
    await stock.back()
    assert stock.recovered
    assert await stock.heard_up_to(402) == [401, 402]


async def test_a_person_s_stream_comes_back_beside_a_store_s(desk):
    stock = await Stock(desk).back()
    await stock.subscribe("user/expo")
    await stock.drop()
    await desk.place("Burger", customer={"ref": "expo"})
    await stock.back()
    await stock.heard_up_to(2)
    assert (stock.recovered, stock.seqs("user/expo"), stock.seqs()) == (True, [1], [1, 2])


async def test_what_happens_while_the_journal_is_read_is_neither_lost_nor_told_twice(desk, monkeypatch):
    stock = await Stock(desk).back()
    await stock.subscribe("user/expo")
    await stock.drop()
    await desk.place("Burger", customer={"ref": "expo"})
    read, late = desk.gateway.journal.read, ["Fries", "Salad"]

    async def slowly(*asked):
        rows = await read(*asked)
        if late:
            await desk.place(late.pop(), customer={"ref": "expo"})
        return rows

    monkeypatch.setattr(desk.gateway.journal, "read", slowly)
    await stock.back()
    await desk.place("Burger", customer={"ref": "expo"})
    await stock.heard_up_to(8)
    await stock.heard_up_to(4, "user/expo")
    assert (stock.recovered, late) == (True, [])
    assert (stock.seqs("user/expo"), stock.seqs()) == ([1, 2, 3, 4], list(range(1, 9)))


async def test_a_token_for_several_stores_comes_back_to_what_it_subscribed_to(desk):
    stock = await Stock(desk, stores=["s1", "s2"]).back()
    await stock.back()
    assert stock.recovered is False  # it heard nothing: there was nothing to recover
    await stock.subscribe("s2/kds")
    await stock.back()
    assert (stock.recovered, list(stock.ready["streams"])) == (True, ["s2/kds"])


async def test_there_is_an_end_to_the_streams_one_socket_hears(open_desk):
    desk = await open_desk(stores=[STORES[0].model_copy(update={"id": f"s{n}"}) for n in range(10)])
    stock = await Stock(desk, "/kds", "admin", stores=["*"]).back()
    streams = [f"s{n}/{kind}" for n in range(10) for kind in ("kds", "orders")]
    for stream in streams[:MAX_RECOVERED_STREAMS]:
        assert (await stock.subscribe(stream))["seq"] == 0
    assert (await stock.subscribe(streams[MAX_RECOVERED_STREAMS]))["code"] == "bad_request"
    assert (await stock.subscribe(streams[0]))["seq"] == 0
    await stock.back()
    assert (stock.recovered, list(stock.ready["streams"])) == (True, streams[:MAX_RECOVERED_STREAMS])


# ── Live streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_live_stream_is_heard_again_beside_one_that_is_recovered(desk):
    stock = await Stock(desk, "/kds", "admin").back()
    await stock.subscribe("s1/ops")
    await stock.back()
    assert stock.recovered
    assert stock.ready["streams"]["s1/ops"] == {
        "epoch": None, "seq": None, "recovered": False, "was_recovering": False,
    }  # fmt: skip
    await desk.socket()
    await until(lambda: stock.of("connection:opened"))


async def test_who_hears_live_streams_only_is_not_told_that_nothing_was_missed(desk):
    stock = await Stock(desk, "/ops", "operator").back()
    await stock.back()
    assert stock.recovered is False


# ── Not recovered: a fresh pid, and the way everybody comes in ────────────────────────────────────────────────────────


async def fresh(desk, stock, **auth):
    """Come back, be told that it was in vain, and be well from there."""
    before = stock.pid
    await stock.back(**auth)
    assert (stock.recovered, stock.pid == before) == (False, False)
    assert state(stock)[:2] == (False, False)
    seen, head = len(stock.seqs()), state(stock)[2]
    await desk.place("Burger")
    assert (await stock.heard_up_to(head + 2))[seen:] == [head + 1, head + 2]
    await stock.back()
    assert stock.recovered


def forged(stock, **place):
    trail = Trail.read(stock.offset)
    trail.hears("s1/kds", trail.places["s1/kds"]._replace(**place))
    return trail.offset


@pytest.mark.parametrize("place", [{"seq": 999}, {"seq": 10**15 - 1}, {"epoch": "elsewhere"}, {"station": "nowhere"}])
async def test_a_forged_place_is_none(desk, stock, place):
    stock.offset = forged(stock, **place)
    await fresh(desk, stock)


@pytest.mark.parametrize("offset", ["nonsense", "", "~", "9" * 4096, "\u0000", '{"seq": 1}'])
async def test_a_string_that_is_no_offset_is_none(desk, stock, offset):
    stock.offset = offset
    await fresh(desk, stock)


@pytest.mark.parametrize("pid", ["nonsense", "", "x" * 4096])
async def test_a_string_that_is_no_pid_is_none(desk, stock, pid):
    stock.pid = pid
    await fresh(desk, stock)


@pytest.mark.parametrize("known", [{"pid": 7}, {"pid": "x" * 4097}, {"offset": ["x"]}, {"recovery": "perhaps"}])
async def test_what_is_no_string_at_all_is_refused(desk, known):
    stock = await Stock(desk).connect(**known)
    assert stock.refusal["data"] == {"code": "bad_request", "temporary": False}


async def test_whoever_was_away_for_more_than_300_events_asks(desk, stock, monkeypatch):
    await stock.drop()
    await orders(desk, 150, "Burger")
    monkeypatch.setattr("server.sockets.starting.MAX_READ_BYTES", 2**30)
    await stock.back()
    assert (stock.recovered, len(await stock.heard_up_to(300))) == (True, 300)
    await stock.drop()
    await orders(desk, 151, "Burger")
    await fresh(desk, stock)


async def test_more_than_a_reply_holds_is_asked_for(desk, stock):
    await stock.drop()
    await orders(desk, 5, "Burger", notes=NOTES)
    await stock.back()
    assert (stock.recovered, await stock.heard_up_to(10)) == (True, list(range(1, 11)))
    await stock.drop()
    await orders(desk, 7, "Burger", notes=NOTES)
    await fresh(desk, stock)


async def test_the_streams_count_together(desk, stock):
    await stock.subscribe("s1/orders")
    await stock.drop()
    await orders(desk, 101, "Burger")
    await fresh(desk, stock)


async def test_another_journal_is_another_epoch(open_desk):
    desk = await open_desk()
    stock = await Stock(desk).back()
    await desk.close()
    stock.desk = desk = await open_desk()
    await fresh(desk, stock)


async def test_another_tenant_s_store_of_the_same_name_is_another_store(desk, stock):
    stock.auth["token"] = desk.token("expo", tenant="rival")
    before = stock.pid
    await desk.place("Burger")
    await stock.heard_up_to(2)
    await stock.back()
    assert (stock.recovered, stock.pid == before, state(stock)) == (False, False, (False, False, 0))


async def test_another_store_of_the_same_token_is_another_socket(desk):
    stock = await Stock(desk, stores=["s1", "s2"]).back(store="s1")
    await stock.back(store="s2")
    assert (stock.recovered, list(stock.ready["streams"])) == (False, ["s2/kds"])


async def test_a_stream_the_token_does_not_reach_any_more_recovers_nothing(desk, stock):
    await stock.subscribe("s1/orders")
    stock.auth["token"] = desk.token("kitchen")
    await stock.back()
    assert (stock.recovered, list(stock.ready["streams"])) == (False, ["s1/kds"])


@pytest.mark.parametrize("stream", ["user/somebody", "s2/kds", "s9/kds", "s1/inventory", "s1/nothing"])
async def test_nobody_smuggles_in_a_stream(desk, stock, stream):
    stock.offset += f"~{stream},{desk.kitchen().tails['s1/kds'].head.epoch},0"
    await fresh(desk, stock)


@pytest.mark.parametrize("stream", ["s2/ops", "s9/ops", "s1/ops"])
async def test_nobody_smuggles_in_a_live_stream(desk, stock, stream):
    stock.offset += f"~{stream}"
    await fresh(desk, stock)


async def test_a_token_for_all_stores_does_not_make_one_up(desk):
    stock = await Stock(desk, "/kds", "admin", stores=["*"]).back(store="s1")
    stock.offset += "~nowhere/ops"
    await stock.back(store="s1")
    assert (stock.recovered, list(stock.ready["streams"])) == (False, ["s1/kds"])


async def test_an_offset_of_an_earlier_pid_does_not_count(desk, stock):
    """Stock clients keep their last offset when they get a fresh pid, and give it back until the next event."""
    old = stock.offset
    stock.pid = "nonsense"
    await stock.back()
    await desk.place("Burger")
    stock.offset = old
    await stock.drop()
    stock.heard.clear()
    await stock.back()
    assert (stock.recovered, await stock.heard_up_to(2)) == (True, [1, 2])


# ── Beside positions ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_where_pid_and_offset_will_do_positions_do_not_count(desk, stock):
    await desk.place("Burger")
    await stock.heard_up_to(2)
    epoch = stock.ready["streams"]["s1/kds"]["epoch"]
    await stock.back(positions={"s1/kds": {"epoch": epoch, "seq": 0}})
    await desk.place("Burger")
    assert (stock.recovered, await stock.heard_up_to(4)) == (True, [1, 2, 3, 4])


async def test_where_they_will_not_positions_do(desk):
    await orders(desk, 2, "Burger")
    epoch = desk.kitchen().tails["s1/kds"].head.epoch
    stock = Stock(desk)
    stock.deaf_after = 2  # the greeting and one event
    await stock.connect(positions={"s1/kds": {"epoch": epoch, "seq": 1}})
    await until(lambda: stock.deaf_after == 0)
    assert (stock.recovered, state(stock), stock.seqs()) == (False, (True, True, 4), [2])
    stock.deaf_after = None
    await stock.back()
    assert (stock.recovered, await stock.heard_up_to(4)) == (True, [2, 3, 4])


# ── When the journal cannot be read ───────────────────────────────────────────────────────────────────────────────────


async def test_a_journal_that_cannot_be_read_sends_nobody_away_for_good(desk, monkeypatch, caplog):
    guest = await Stock(desk, "/notifications", "customer", subject="ann").back()
    await desk.place("Burger", customer={"ref": "ann"})
    await guest.heard_up_to(1, "user/ann")
    await guest.drop()
    await desk.place("Burger", customer={"ref": "ann"})

    async def busy(*_):
        raise JournalBusy("just now")

    with monkeypatch.context() as patched:
        patched.setattr(desk.gateway.journal, "open_stream", busy)
        await guest.connect()
        await until(lambda: guest.closed_with is not None)
    assert guest.refusal is None
    assert guest.of("session:goodbye")[-1]["reconnect"] is True
    assert Unavailable.__name__ in caplog.text
    await guest.back()
    assert (guest.recovered, await guest.heard_up_to(2, "user/ann")) == (True, [1, 2])
