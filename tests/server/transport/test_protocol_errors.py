"""The first packet that cannot be decoded ends the connection, quietly."""

import logging

import pytest

from server.transport import Ending

BROKEN = {
    "nothing at all": "",
    "unknown engine type": "9x",
    "engine packet of the server's": "0{}",
    "ping in the wrong direction": "2",
    "probe outside an upgrade": "2probe",
    "upgrade outside an upgrade": "5",
    "base64 binary": "bAAAA",
    "empty message": "4",
    "a message that is a JSON text": r'4"2/kds,[\"x\"]"',
    "unknown packet type": "49",
    "a digit of another script": "4٢/kds,[]",
    "connect error from a client": '44/kds,{"message":"x"}',
    "binary event": '451-/kds,["x",{"_placeholder":true,"num":0}]',
    "binary ack": "461-/kds,1[]",
    "truncated JSON": '42/kds,["kds:bump",{"a":',
    "event without a payload": "42/kds,",
    "event that is an object": '42/kds,{"a":1}',
    "event that is a text": '42/kds,"x"',
    "event without a name": "42/kds,[]",
    "event named by a number": "42/kds,[1]",
    "event named by an object": "42/kds,[{}]",
    "event named by NaN": "42/kds,[NaN]",
    "nested too deeply": '42/kds,["x",' + "[" * 30_000,
    "ack id of 101 digits": f'42/kds,{"1" * 101}["x"]',
    "negative ack id": '42/kds,-1["x"]',
    "fractional ack id": '42/kds,1.5["x"]',
    "ack without an id": "43/kds,[1]",
    "ack that is no array": "43/kds,1{}",
    "disconnect with a payload": "41/kds,[]",
    "auth that is no object": "40/orders,[1]",
    "auth that is a number": "40/orders,7",
    "auth with a key twice": '40/orders,{"a":1,"a":2}',
    "connect with an id": "40/orders,7{}",
    "event in a namespace never joined": '42/orders,["x"]',
    "event in the main namespace never joined": '42["x"]',
    "namespace too long": f'42/{"n" * 500},["x"]',
}


@pytest.mark.parametrize("packet", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_packet_ends_the_connection_with_one_line_in_the_log(stage, eventually, caplog, packet):
    raw = await stage.raw()
    await raw.join()
    with caplog.at_level(logging.DEBUG, "server.transport"):
        await raw.send(packet)
        assert await raw.json("42/kds,") == ["session:goodbye", {"code": "protocol_error", "reconnect": False}]
        assert await raw.packet() == "41/kds,"
        assert await raw.end() == 3500
        await eventually(lambda: stage.kds.endings == [Ending.PROTOCOL_ERROR])
    lines = [record for record in caplog.records if record.name.startswith("server.transport")]
    assert len(lines) == 1
    assert lines[0].exc_info is None
    assert len(lines[0].getMessage()) < 200


async def test_a_binary_frame_ends_the_connection(stage):
    raw = await stage.raw()
    await raw.join()
    await raw.ws.send_bytes(b"\x04hello")
    assert (await raw.json("42/kds,"))[1]["code"] == "protocol_error"
    assert await raw.end() == 3500


FRAMES = {
    "too large": (b"\x81\xff" + (65_537).to_bytes(8, "big") + bytes(4) + b"4" * 65_537, 1009),
    "no UTF-8": (b"\x81\x82" + bytes(4) + b"\xff\xfe", 1007),
    "unknown opcode": (b"\x83\x80" + bytes(4), 1002),
}


@pytest.mark.parametrize(("frame", "code"), FRAMES.values(), ids=FRAMES.keys())
async def test_a_frame_that_is_none_is_told_so_and_closed_with_the_code_of_websockets(stage, eventually, frame, code):
    raw = await stage.raw()
    await raw.join()
    await raw.join("/orders")
    raw.ws._writer.transport.write(frame)
    for namespace in ("/kds", "/orders"):
        told = await raw.json(f"42{namespace},")
        assert told == ["session:goodbye", {"code": "protocol_error", "reconnect": False}]
    assert [await raw.packet(), await raw.packet()] == ["41/kds,", "41/orders,"]
    assert await raw.end() == code
    await eventually(lambda: stage.kds.endings == [Ending.PROTOCOL_ERROR])


@pytest.mark.parametrize(("body", "status"), [("4" * 65_537, 413), ("9", 400), (b"4\xff\xfe", 400)])
async def test_a_body_that_is_none_is_refused_and_the_next_polls_say_the_same_goodbye(stage, eventually, body, status):
    sid = await stage.joined_by_polling()
    assert (await stage.post(sid, data=body))[0] == status
    goodbye = '42/kds,["session:goodbye",{"code":"protocol_error","reconnect":false}]'
    assert await stage.poll(sid) == (200, [goodbye, "41/kds,"])
    assert await stage.poll(sid) == (200, ["1"])
    await eventually(lambda: stage.kds.endings == [Ending.PROTOCOL_ERROR])


async def test_the_largest_frame_allowed_is_heard(stage):
    raw = await stage.raw()
    await raw.join()
    frame = '42/kds,1["x","{}"]'
    await raw.send(frame.format("a" * (65_536 - len(frame) + 2)))
    ((echo,),) = [(answer["echo"],) for answer in await raw.json("43/kds,1")]
    assert len(echo[0]) > 65_000


async def test_nothing_is_heard_after_the_broken_packet(stage):
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,["kds:bump"', '42/kds,1["kds:bump"]')
    assert await raw.end() == 3500
    assert stage.kds.of("received") == []
