"""Events in order, one answer each, and nobody starved."""

import asyncio

import pytest

from server.transport import NO_ACK, BadContent, Ending


@pytest.mark.parametrize("result", [None, [1, 2], (1, 2), {"ok": True}, "text"])
async def test_an_ack_has_exactly_one_argument(stage, result):
    stage.kds.on_received = lambda *_: _value(result)
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,12["kds:bump",{"a":1}]')
    expected = list(result) if isinstance(result, tuple) else result
    assert await raw.json("43/kds,12") == [expected]


async def test_no_ack_means_no_ack(stage):
    stage.kds.on_received = lambda _sid, event, _args: _value(NO_ACK if event == "quiet" else 1)
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,1["quiet"]', '42/kds,2["loud"]')
    assert await raw.json("43/kds,2") == [1]


async def test_a_result_nobody_asked_for_goes_to_the_handler(stage, eventually):
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,["kds:bump",1]')
    await eventually(lambda: stage.kds.unanswered == [("kds:bump", {"echo": [1]})])


async def test_one_slow_socket_does_not_hold_up_another(stage):
    gate = asyncio.Event()
    stage.kds.on_received = lambda *_: gate.wait()
    raw = await stage.raw()
    await raw.join("/kds")
    await raw.join("/orders")
    await raw.send('42/kds,1["slow"]', '42/orders,1["fast"]')
    assert await raw.json("43/orders,1") == [{"echo": []}]
    gate.set()


async def test_too_many_waiting_events_end_the_connection(make, eventually):
    stage = await make(inbox_events=4, leave_grace_ms=20)
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send(*['42/kds,["flood"]'] * 10)
    assert await raw.json("42/kds,") == ["session:goodbye", {"code": "inbox_full", "reconnect": True}]
    assert await raw.end() == 3000
    await eventually(lambda: stage.kds.endings == [Ending.INBOX_FULL])


async def test_joining_and_leaving_in_a_circle_starts_only_so_many_handlers(make, eventually):
    stage = await make(leave_grace_ms=20)
    stage.kds.on_admit = lambda _: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.send(*["40/kds,", "41/kds,"] * 30)
    assert await raw.end() == 3000
    assert len(stage.kds.of("admit")) <= 9
    await eventually(lambda: stage.server.connections() == [])


async def test_joining_and_leaving_often_is_fine_when_handlers_are_quick(stage):
    raw = await stage.raw()
    for _ in range(30):
        await raw.join()
        await raw.send("41/kds,")
    assert len(stage.kds.sids) == 30


async def test_events_sent_just_before_leaving_are_still_handled(stage, eventually):
    raw = await stage.raw()
    await raw.join()
    await raw.send(*(f'42/kds,["n",{n}]' for n in range(10)), "41/kds,")
    await eventually(lambda: stage.kds.endings)
    assert len(stage.kds.of("received")) == 10
    assert stage.kds.calls[-1][0] == "left"


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "disconnecting", "newListener"])
async def test_reserved_names_reach_no_handler(stage, name):
    raw = await stage.raw()
    await raw.join()
    calls = len(stage.kds.calls)
    await raw.send(f'42/kds,3["{name}",{{"REMOTE_ADDR":"10.0.0.1"}},{{"token":"x"}}]')
    assert await raw.json("43/kds,3") == [{"ok": False, "code": "bad_request"}]
    assert len(stage.kds.calls) == calls


async def test_a_failing_handler_is_answered_and_logged(stage, caplog):
    stage.kds.on_received = lambda *_: _raise(RuntimeError("bug"))
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,3["kds:bump"]')
    assert await raw.json("43/kds,3") == [{"ok": False, "code": "internal"}]
    assert "received failed" in caplog.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("NaN", "NaN is not a number"),
        ("-Infinity", "-Infinity is not a number"),
        ("1e999", "a number is too large"),
        ("9" * 5000, "a number has too many digits"),
        ('{"a":1,"a":2}', "a key is given twice"),
        (r'"\ud800"', "a text holds half a character"),
    ],
)
async def test_wrong_content_reaches_the_handler_as_such_and_keeps_the_connection(stage, content, reason):
    stage.kds.on_received = lambda _sid, _event, args: _value(str(args))
    raw = await stage.raw()
    await raw.join()
    await raw.send(f'42/kds,8["kds:bump",{content}]', '42/kds,9["kds:bump",1]')
    assert await raw.json("43/kds,8") == [str(BadContent(reason))]
    assert await raw.json("43/kds,9") == ["[1]"]


async def test_acks_from_clients_are_ignored(stage):
    raw = await stage.raw()
    await raw.join()
    await raw.send("43/kds,4[1]", '42/kds,5["x"]')
    assert await raw.json("43/kds,5") == [{"echo": []}]


async def test_what_is_sent_keeps_its_order_and_its_letters(stage):
    raw = await stage.raw()
    sid = await raw.join()
    for n in range(50):
        assert stage.server.send(sid, "/kds", "n", n, "Öl für €5 🍟")
    for n in range(50):
        assert await raw.json("42/kds,") == ["n", n, "Öl für €5 🍟"]


async def test_a_broadcast_is_encoded_once_and_skips_who_is_gone(stage, monkeypatch):
    raws = [await stage.raw() for _ in range(3)]
    sids = [await raw.join() for raw in raws]
    encoded = []
    encode = stage.server.encode
    monkeypatch.setattr(stage.server, "encode", lambda *a: encoded.append(encode(*a)) or encoded[-1])
    assert stage.server.broadcast([*sids, "nobody"], "/kds", "order:created", {"id": 1}) == 3
    for raw in raws:
        assert await raw.json("42/kds,") == ["order:created", {"id": 1}]
    assert len(encoded) == 1


async def _value(value):
    return value


async def _raise(error):
    raise error
