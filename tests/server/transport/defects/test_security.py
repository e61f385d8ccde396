"""S1 to S11: who gets in, who stays in, what a stranger can do, and what is kept of everybody."""
# ruff: noqa: N802 - tests begin with their row

import asyncio
import gc
import logging
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from server.transport import Refused
from tests.server.transport.defects.stage import cut

INSIDE = '42/kds,1["inside"]'


async def test_S1_a_broadcast_never_reaches_a_socket_still_being_asked(stage, eventually):
    gate = asyncio.Event()
    stage.kds.on_admit = lambda _: gate.wait()
    raw = await stage.raw()
    await raw.send("40/kds,")
    await eventually(lambda: stage.kds.of("admit"))
    await stage.broadcast("secret", 1)
    gate.set()
    assert (await raw.packet()).startswith("40/kds,")
    await stage.broadcast("open", 2)
    assert await raw.json("42/kds,") == ["open", 2]


async def test_S1_a_broadcast_never_reaches_a_socket_that_is_refused_in_the_end(stage, eventually):
    gate = asyncio.Event()
    stage.kds.on_admit = lambda _: _refuse_after(gate)
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,")
    await eventually(lambda: stage.kds.of("admit"))
    await stage.broadcast("secret", 1)
    gate.set()
    assert (await raw.packet()).startswith("44/kds,")
    await stage.broadcast("secret", 2)
    await raw.send('42/orders,1["still there?"]')
    assert (await raw.packet()).startswith("43/orders,1")


async def test_S2_any_exception_while_joining_refuses_and_leaves_nothing_behind(stage, caplog):
    stage.kds.on_admit = lambda _: _raise(KeyError("bug"))
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,", '42/orders,1["next"]')
    assert (await raw.packet()).startswith("44/kds,")
    assert (await raw.packet()).startswith("43/orders,1")
    assert stage.members() == []
    await stage.broadcast("secret", 1)
    await raw.send('42/orders,2["next"]')
    assert (await raw.packet()).startswith("43/orders,2")
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("name", ["connect", "disconnect"])
async def test_S3_a_client_cannot_run_the_handlers_of_joining_and_leaving(stage, name):
    raw = await stage.raw()
    await raw.join()
    before = list(stage.kds.calls)
    await raw.send(f'42/kds,3["{name}",{{"REMOTE_ADDR":"10.0.0.1"}},{{"token":"x"}}]', INSIDE)
    answers = [await raw.packet()]
    while not answers[-1].startswith("43/kds,1["):
        answers.append(await raw.packet())
    new = stage.kds.calls[len(before) :]
    assert [call[0] for call in new] == ["received"]
    assert new[0][3] == "inside"


@pytest.mark.parametrize("name", ["connect_error", "disconnecting", "newListener", "removeListener"])
async def test_S3_no_reserved_name_reaches_a_handler(stage, name):
    raw = await stage.raw()
    await raw.join()
    await raw.send(f'42/kds,3["{name}",1]', INSIDE)
    while not (await raw.packet()).startswith("43/kds,1["):
        pass
    assert [event for *_, event, _ in stage.kds.of("received")] == ["inside"]


@pytest.mark.parametrize("first", ["polling", "websocket"])
async def test_S4_a_client_that_only_answers_pings_does_not_live_for_ever(make, eventually, first):
    stage = await make(join_deadline_ms=150, ping_interval_ms=40, close_timeout_ms=100)
    if first == "polling":
        sid, packets = await stage.handshake(), ["2"]
        while packets == ["2"]:
            await stage.post(sid, "3")
            status, packets = await stage.poll(sid)
        assert packets == ["1"] or status == 400, packets
    else:
        await (await stage.raw()).end()
    await eventually(lambda: stage.connections() == 0)


async def test_S5_who_is_thrown_off_cannot_come_back_on_the_same_connection(stage, eventually):
    raw = await stage.raw()
    sid = await raw.join()
    thrown_off = asyncio.ensure_future(stage.goodbye(sid))
    heard = []
    while (packet := await raw.packet()) is not None:
        assert not packet.startswith("40/kds,"), "it came back"
        heard.append(packet)
        if packet == "41/kds,":
            await raw.send("40/kds,")
    assert heard[-1] == "41/kds,"
    await thrown_off
    await eventually(lambda: stage.connections() == 0)
    assert stage.members() == []
    assert len(stage.kds.of("admit")) == 1


async def test_S5_who_is_thrown_off_hears_a_code(stage):
    raw = await stage.raw()
    sid = await raw.join()
    thrown_off = asyncio.ensure_future(stage.goodbye(sid))
    assert (await raw.json("42/kds,"))[0] == "session:goodbye"
    assert await raw.end() == 3500
    await thrown_off


@pytest.mark.parametrize("carried", ["polling", "websocket"])
async def test_S5_who_does_not_go_is_cut_off(make, eventually, carried):
    stage = await make(close_timeout_ms=100, ping_timeout_ms=60_000)
    if carried == "polling":
        await stage.joined_by_polling()
    else:
        await (await stage.raw()).join()  # and reads nothing from here on, not even the close
    await stage.goodbye(stage.kds.sids[0])
    await eventually(lambda: stage.connections() == 0)


async def test_S6_who_goes_while_being_asked_leaves_no_ghost(stage, eventually):
    gate = asyncio.Event()
    stage.kds.on_admit = lambda _: gate.wait()
    raw = await stage.raw()
    await raw.send("40/kds,")
    await eventually(lambda: stage.kds.of("admit"))
    cut(raw)
    await eventually(lambda: stage.connections() == 0)
    gate.set()
    other = await stage.raw()
    sid = await other.join()  # asked later, so the first one has been decided on as well
    assert stage.members() == [sid]


BROKEN = {
    "an engine packet of no type": "9x",
    "a packet of no type": "49",
    "truncated JSON": '42/kds,["kds:bump",{"a":',
    "an event without a payload": "42/kds,",
    "an event that is an object": '42/kds,{"a":1}',
    "an event named by an object": "42/kds,[{}]",
    "a refusal from a client": '44/kds,{"message":"x"}',
    "an ack that is no array": "43/kds,1{}",
    "nothing in a message": "4",
}


@pytest.mark.parametrize("packet", BROKEN.values(), ids=BROKEN.keys())
async def test_S7_the_first_broken_packet_ends_the_connection(stage, eventually, packet):
    raw = await stage.raw()
    await raw.join()
    await raw.send(packet, INSIDE)
    while (heard := await raw.packet()) is not None:
        assert not heard.startswith("43/kds,1"), "it went on as if nothing had been"
    await eventually(lambda: stage.connections() == 0 and stage.members() == [])


async def test_S7_what_is_broken_leaves_a_short_line_in_the_log_and_no_traceback(stage, eventually, caplog):
    with caplog.at_level(logging.INFO):
        raw = await stage.raw()
        await raw.join()
        await raw.send('42/kds,["kds:bump",{"secret":')
        await eventually(lambda: [one for one in caplog.records if one.levelno >= logging.WARNING])
    (line,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert line.exc_info is None
    assert len(line.getMessage()) < 200
    assert "secret" not in line.getMessage()


async def test_S7_many_broken_packets_leave_only_some_lines_in_the_log(stage, eventually, caplog):
    raws = [await stage.raw() for _ in range(60)]
    with caplog.at_level(logging.WARNING):
        for raw in raws:
            await raw.send("49")
        lines = lambda: [one for one in caplog.records if one.levelno >= logging.WARNING]  # noqa: E731
        await eventually(lambda: stage.connections() == 0 or len(lines()) >= len(raws))
    assert len(lines()) < len(raws) / 2


async def test_S8_no_request_however_wrong_is_answered_with_500(stage, caplog):
    statuses = {name: await _status(stage, *request) for name, request in WRONG.items()}
    assert {name: status for name, status in statuses.items() if not 400 <= status < 500} == {}
    assert "Traceback" not in caplog.text
    assert stage.connections() == 0


@pytest.mark.parametrize("body", [b"", b"4\xff", b"9", b"x", b'42/kds,["kds:bump",{"a":'])
async def test_S8_a_broken_body_is_answered_400_and_ends_the_connection(stage, eventually, body):
    sid = await stage.joined_by_polling()
    assert (await stage.post(sid, data=body))[0] == 400
    await eventually(lambda: stage.members() == [])


@pytest.mark.parametrize("word", ["", "x"])
async def test_S8_a_broken_probe_leaves_the_polling_connection_in_order(stage, eventually, caplog, word):
    sid = await stage.joined_by_polling()
    raw = await stage.bare(sid)
    await raw.send(word)
    await raw.end()
    await stage.send(stage.kds.sids[0], "still", "here")
    assert await stage.poll(sid) == (200, ['42/kds,["still","here"]'])
    assert "Traceback" not in caplog.text


async def test_S9_one_client_never_has_two_handlers_running(make, eventually):
    stage = await make(leave_grace_ms=50)
    running = most = 0

    async def forever(*_):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await asyncio.Event().wait()
        finally:
            running -= 1

    stage.kds.on_received = forever
    raw = await stage.raw()
    await raw.join()
    await raw.send(*(f'42/kds,["flood",{n}]' for n in range(500)))
    ended = asyncio.ensure_future(raw.end())
    await eventually(lambda: ended.done() or most > 1)
    assert most == 1
    assert ended.done(), "500 events wait for one handler"
    assert stage.members() == []


async def test_S10_the_address_of_a_client_is_its_own(stage):
    await stage.from_address("127.0.0.2")
    (peer,) = stage.kds.peers.values()
    assert peer.address == "127.0.0.2"


async def test_S10_a_trusted_proxy_is_believed_and_nobody_else(make):
    stage = await make(trusted_proxies=("127.0.0.3/32",))
    await stage.from_address("127.0.0.3", **{"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    await stage.from_address("127.0.0.2", **{"X-Forwarded-For": "203.0.113.9"})
    assert [peer.address for peer in stage.kds.peers.values()] == ["203.0.113.9", "127.0.0.2"]


@pytest.mark.parametrize("header", ["Cookie", "X-Private", "Authorization"])
async def test_S11_no_header_or_cookie_is_kept_once_a_client_is_in(stage, header):
    raw = await stage.raw(headers={header: "session=c00kie"})
    await raw.join()
    stage.kds.peers.clear()  # what the application keeps is its own affair
    assert not _keeps(stage.records(), "c00kie")
    assert stage.members()


async def _status(stage: Any, method: str, query: str, headers: dict[str, str]) -> int:
    async with stage.http.request(method, f"{stage.url}/socket.io/?{query}", headers=headers) as answer:
        return int(answer.status)


_WS = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
WRONG: dict[str, tuple[str, str, dict[str, str]]] = {
    "websocket that does not ask for it": ("GET", "EIO=4&transport=websocket", {}),
    "upgrade without a connection header": ("GET", "EIO=4&transport=websocket", _WS),
    "upgrade to something else": ("GET", "EIO=4&transport=websocket", _WS | {"Upgrade": "h2c"}),
    "upgrade without a key": ("GET", "EIO=4&transport=websocket", {"Upgrade": "websocket", "Connection": "Upgrade"}),
    "unknown transport": ("GET", "EIO=4&transport=pigeon", {}),
    "old protocol": ("GET", "EIO=3&transport=polling", {}),
    "unknown session": ("GET", "EIO=4&transport=polling&sid=nobody", {}),
    "post to nobody": ("POST", "EIO=4&transport=polling&sid=nobody", {}),
    "handshake by post": ("POST", "EIO=4&transport=polling", {}),
    "JSONP of no number": ("GET", "EIO=4&transport=polling&j=x", {}),
    "a method of no kind": ("PATCH", "EIO=4&transport=polling", {}),
}


def _keeps(root: Any, secret: str) -> bool:
    """Whether a text can be reached from an object through the server's own records and plain containers.

    What asyncio and aiohttp hold while a request lasts is theirs; exceptions, modules and code are no records.
    """
    return any(secret in str(one) for one in _reachable(root) if isinstance(one, str | bytes))


def _reachable(root: Any) -> Iterator[Any]:
    seen, ahead = {id(root)}, deque([root])
    while ahead:
        one = ahead.popleft()
        yield one
        if not _is_record(one):
            continue
        for other in gc.get_referents(one):
            if id(other) not in seen:
                seen.add(id(other))
                ahead.append(other)


def _is_record(one: Any) -> bool:
    home = type(one).__module__
    plain = isinstance(one, dict | list | tuple | set | frozenset | deque)
    method = type(one).__name__ in {"method", "partial", "cell"}
    return plain or method or home.startswith(("server.transport", "socketio", "engineio", "bidict"))


async def _refuse_after(gate: asyncio.Event) -> None:
    await gate.wait()
    raise Refused("no")


async def _raise(error: Exception) -> None:
    raise error
