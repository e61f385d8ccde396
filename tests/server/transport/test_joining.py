"""Who gets in, what arrives first, and that everyone who got in is seen off once."""

import asyncio
import logging

from server.transport import Admitted, Ending, Refused


async def test_a_socket_is_admitted_then_told_then_greeted(stage):
    raw = await stage.raw()
    stage.kds.on_joined = lambda sid: _greet(stage, sid)
    sid = await raw.join(auth='{"token":"t"}')
    assert await raw.json("42/kds,") == ["session:ready", {"hello": sid}]
    assert stage.kds.of("admit") == [(sid, "/kds", {"token": "t"})]


async def test_what_joined_sends_arrives_after_the_connect_packet(stage):
    raw = await stage.raw()
    stage.kds.on_joined = lambda sid: _greet(stage, sid)
    await raw.send("40/kds,")
    assert (await raw.packet()).startswith("40/kds,")
    assert (await raw.packet()).startswith('42/kds,["session:ready"')


async def test_admit_may_add_a_private_id_to_the_answer(stage):
    stage.kds.on_admit = lambda _: asyncio.sleep(0, Admitted("secret"))
    raw = await stage.raw()
    await raw.send("40/kds,")
    assert (await raw.json("40/kds,"))["pid"] == "secret"
    await raw.send("40/orders,")
    assert list(await raw.json("40/orders,")) == ["sid"]


async def test_joined_is_called_in_the_turn_of_the_loop_in_which_admit_ends(stage, eventually):
    turns: list[str] = []

    async def admit(_):
        await asyncio.sleep(0.01)
        asyncio.get_running_loop().call_soon(turns.append, "the next turn")

    async def joined(_):
        turns.append("joined")

    stage.kds.on_admit, stage.kds.on_joined = admit, joined
    await (await stage.raw()).join()
    await eventually(lambda: turns == ["joined", "the next turn"])


async def test_a_socket_is_reached_only_in_its_own_namespace(stage):
    sid = await (await stage.raw()).join()
    assert not stage.server.send(sid, "/orders", "order:created", 1)


async def test_a_refusal_carries_its_message_and_data(stage):
    stage.kds.on_admit = lambda _: _raise(Refused("No such token", {"code": "invalid_token", "temporary": False}))
    raw = await stage.raw()
    await raw.send("40/kds,")
    refusal = {"message": "No such token", "data": {"code": "invalid_token", "temporary": False}}
    assert await raw.json("44/kds,") == refusal
    assert stage.kds.of("joined") == stage.kds.of("left") == []


async def test_any_failure_in_admit_refuses_and_leaves_nothing_behind(stage, caplog):
    stage.kds.on_admit = lambda _: _raise(KeyError("bug"))
    raw = await stage.raw()
    await raw.send("40/kds,")
    assert (await raw.json("44/kds,"))["data"] == {"code": "internal", "temporary": True}
    (connection,) = stage.server.connections()
    assert connection.sids == {}
    assert "admit failed" in caplog.text


async def test_a_refused_connection_is_closed_when_it_joined_nothing(make, eventually):
    stage = await make(refused_close_ms=50)
    stage.kds.on_admit = lambda _: _raise(Refused("no"))
    raw = await stage.raw()
    await raw.send("40/kds,")
    assert await raw.end() == 3000
    await eventually(lambda: stage.server.connections() == [])


async def test_a_refused_connection_lives_on_when_it_joined_elsewhere(make):
    stage = await make(refused_close_ms=20, ping_interval_ms=50)
    stage.kds.on_admit = lambda _: _raise(Refused("no"))
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,")
    assert (await raw.packet()).startswith("44/kds,")
    await _hear_pings(raw, 2)
    await raw.send('42/orders,7["x"]')
    assert await raw.json("43/orders,7") == [{"echo": []}]


async def test_events_sent_before_a_refusal_reach_nobody(stage, eventually):
    stage.kds.on_admit = lambda _: _raise(Refused("no"))
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,", '42/kds,1["x"]', '42/orders,1["y"]')
    assert (await raw.packet()).startswith("44/kds,")
    assert await raw.json("43/orders,1") == [{"echo": []}]
    assert stage.kds.of("received") == []


async def test_events_sent_before_the_answer_are_heard_once_let_in(stage):
    raw = await stage.raw()
    await raw.send("40/kds,", '42/kds,1["early",5]')
    assert (await raw.packet()).startswith("40/kds,")
    assert await raw.json("43/kds,1") == [{"echo": [5]}]


async def test_an_unknown_namespace_is_refused_in_the_words_of_the_protocol(stage):
    raw = await stage.raw()
    await raw.send("40/nowhere,")
    assert await raw.json("44/nowhere,") == {"message": "Invalid namespace"}


async def test_leaving_the_last_namespace_starts_the_deadline_again(make):
    stage = await make(join_deadline_ms=60)
    raw = await stage.raw()
    await raw.join()
    await raw.send("41/kds,")
    assert await raw.end() == 3000
    assert stage.kds.endings == [Ending.CLIENT_LEFT]


async def test_asking_again_for_a_namespace_one_has_changes_nothing(stage):
    raw = await stage.raw()
    await raw.send("40/kds,", "40/kds,")
    sid = (await raw.json("40/kds,"))["sid"]
    await raw.send("40/kds,", '42/kds,1["x"]')
    assert await raw.json("43/kds,1") == [{"echo": []}]
    assert stage.kds.sids == [sid]


async def test_a_client_may_leave_and_join_again(stage, eventually):
    raw = await stage.raw()
    first = await raw.join()
    await raw.send("41/kds,")
    second = await raw.join()
    assert first != second
    await eventually(lambda: stage.kds.of("left") == [(first, "/kds", Ending.CLIENT_LEFT)])
    assert not stage.server.send(first, "/kds", "x")
    assert stage.server.send(second, "/kds", "x")


async def test_left_is_called_once_for_every_namespace_of_a_lost_connection(stage, eventually):
    raw = await stage.raw()
    await raw.join("/kds")
    await raw.join("/orders")
    raw.ws._response.connection.transport.abort()
    await eventually(lambda: stage.kds.endings and stage.orders.endings)
    assert stage.kds.endings == stage.orders.endings == [Ending.TRANSPORT_CLOSED]
    assert stage.server.connections() == []


async def test_a_failing_joined_closes_the_connection_and_still_calls_left(stage, eventually):
    stage.kds.on_joined = lambda _: _raise(RuntimeError("bug"))
    raw = await stage.raw()
    await raw.send("40/kds,")
    assert await raw.end() == 3000
    await eventually(lambda: stage.kds.endings == [Ending.FAILED])


async def test_a_client_that_goes_while_it_is_admitted_is_neither_joined_nor_left(stage, eventually):
    gate = asyncio.Event()
    stage.kds.on_admit = lambda _: gate.wait()
    raw = await stage.raw()
    await raw.send("40/kds,")
    await eventually(lambda: stage.kds.of("admit"))
    await raw.ws.close()
    await eventually(lambda: stage.server.connections() == [])
    gate.set()
    await stage.server.close()
    assert [call[0] for call in stage.kds.calls] == ["admit"]


async def test_left_comes_even_when_a_handler_hangs(make, eventually, caplog):
    stage = await make(leave_grace_ms=40)
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,["hang"]', '42/kds,["never"]')
    await eventually(lambda: stage.kds.of("received"))
    with caplog.at_level(logging.WARNING):
        await raw.ws.close()
        await eventually(lambda: stage.kds.endings)
    assert [event for *_, event, _ in stage.kds.of("received")] == ["hang"]


async def test_the_peer_shows_who_it_is_but_not_its_secrets(stage):
    raw = await stage.raw(headers={"User-Agent": "till/2", "Authorization": "Bearer s3cret"})
    peer = stage.kds.peers[await raw.join()]
    assert (peer.address, peer.transport, peer.user_agent) == ("127.0.0.1", "websocket", "till/2")
    assert peer.authorization == "Bearer s3cret"
    assert peer.query["EIO"] == "4"
    assert "s3cret" not in repr(peer)
    (connection,) = stage.server.connections()
    assert connection.id == peer.id


async def _greet(stage, sid):
    stage.server.send(sid, "/kds", "session:ready", {"hello": sid})


async def _raise(error):
    raise error


async def _hear_pings(raw, count):
    for _ in range(count):
        message = await raw.ws.receive()
        assert message.data == "2"
        await raw.send("3")
