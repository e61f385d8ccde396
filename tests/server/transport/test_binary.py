"""Bytes in events: on both transports, both ways, and nothing that only looks like them."""

import asyncio

import pytest
import socketio
from hypothesis import assume, given
from hypothesis import strategies as st

from server.transport import Args, BadContent, Ending, packets
from server.transport.frames import Attachment, ProtocolError
from server.transport.packets import MOST_ATTACHMENTS, BinaryPacket, StrictPacket
from tests.patience import PATIENCE_S
from tests.server.transport.test_packets import VALUES

ONE, TWO = '{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":1}'
MANY = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(MOST_ATTACHMENTS + 1))
BYTES = st.binary(max_size=40)
MIXED = st.recursive(
    VALUES | BYTES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
async def binary(make):
    return await make(binary=True)


async def both(raw, number):
    """Return so many packets, text and binary ones."""
    found = []
    while len(found) < number:
        async with asyncio.timeout(PATIENCE_S):
            message = await raw.ws.receive()
        if message.data != "2":
            found.append(message.data)
    return found


# --- what arrives


async def test_a_handler_hears_bytes_where_they_were(binary, eventually):
    raw = await binary.raw()
    await raw.join()
    await raw.send(f'452-/kds,["x",{{"deep":[{TWO}]}},1,{ONE}]')
    await raw.ws.send_bytes(b"zero")
    await raw.ws.send_bytes(b"")
    await eventually(lambda: binary.kds.of("received"))
    assert binary.kds.of("received")[0][2:] == ("x", [{"deep": [b""]}, 1, b"zero"])


async def test_a_polling_client_posts_bytes_in_base64(binary, eventually):
    sid = await binary.joined_by_polling()
    assert await binary.post(sid, f'451-/kds,["x",{ONE}]', "bAP8=", '42/kds,["y"]') == (200, ["ok"])
    await eventually(lambda: len(binary.kds.of("received")) == 2)
    assert [call[2:] for call in binary.kds.of("received")] == [("x", [b"\x00\xff"]), ("y", [])]


async def test_attachments_may_come_in_posts_of_their_own_and_pongs_between_them(binary, eventually):
    sid = await binary.joined_by_polling()
    for body in (f'452-/kds,["x",{ONE},{TWO}]', "bAA==", "3", "bAQ=="):
        assert await binary.post(sid, body) == (200, ["ok"])
    await eventually(lambda: binary.kds.of("received"))
    assert binary.kds.of("received")[0][2:] == ("x", [b"\x00", b"\x01"])


async def test_refused_content_is_answered_after_its_attachments(binary, eventually):
    raw = await binary.raw()
    await raw.join()
    await raw.send(f'451-/kds,["x",{{"a":1,"a":{ONE}}}]')
    await raw.ws.send_bytes(b"a")
    await raw.send('42/kds,["y"]')
    await eventually(lambda: len(binary.kds.of("received")) == 2)
    assert [call[3] for call in binary.kds.of("received")] == [BadContent("a key is given twice"), []]


async def test_a_binary_ack_nobody_asked_for_changes_nothing(binary, eventually):
    raw = await binary.raw()
    await raw.join()
    await raw.send(f"461-/kds,7[{ONE}]")
    await raw.ws.send_bytes(b"a")
    await raw.send("460-/kds,7[]", '42/kds,["y"]')
    await eventually(lambda: binary.kds.of("received"))
    assert [call[2] for call in binary.kds.of("received")] == ["y"]


BROKEN = {
    "bytes for no event": [b"a"],
    "an event before the bytes of another": [f'451-/kds,["x",{ONE}]', '42/kds,["y"]'],
    "a connect before them": [f'451-/kds,["x",{ONE}]', "40/orders,"],
    "one attachment more than announced": [f'451-/kds,["x",{ONE}]', b"a", b"b"],
    "an unknown packet between": [f'452-/kds,["x",{ONE},{TWO}]', b"a", "9"],
    "too many attachments": [f'45{MOST_ATTACHMENTS + 1}-/kds,["x",{MANY}]'],
    "placeholder missing": ['451-/kds,["x"]'],
    "placeholder for no attachment": [f'450-/kds,["x",{ONE}]'],
    "placeholder twice": [f'451-/kds,["x",{ONE},{ONE}]'],
    "placeholder out of range": [f'451-/kds,["x",{TWO}]'],
    "placeholder below zero": ['451-/kds,["x",{"_placeholder":true,"num":-1}]'],
    "placeholder not whole": ['451-/kds,["x",{"_placeholder":true,"num":0.0}]'],
    "placeholder true": ['451-/kds,["x",{"_placeholder":true,"num":false}]'],
    "placeholder in quotes": ['451-/kds,["x",{"_placeholder":true,"num":"0"}]'],
    "placeholder without a number": ['451-/kds,["x",{"_placeholder":true}]'],
    "placeholder that is none": ['451-/kds,["x",{"_placeholder":1,"num":0}]'],
    "placeholder with more in it": ['451-/kds,["x",{"_placeholder":true,"num":0,"a":1}]'],
    "placeholder for a name": [f"451-/kds,[{ONE}]"],
    "no number of attachments": [f'45-/kds,["x",{ONE}]'],
    "no hyphen": ['45/kds,["x"]'],
    "binary connect": ["401-/kds,{}"],
    "never joined": [f'451-/orders,["x",{ONE}]'],
}


@pytest.mark.parametrize("words", BROKEN.values(), ids=BROKEN.keys())
async def test_broken_binary_closes_the_connection(binary, eventually, words):
    raw = await binary.raw()
    await raw.join()
    for word in words:
        await (raw.ws.send_bytes(word) if isinstance(word, bytes) else raw.send(word))
    assert await raw.end() == 3500
    await eventually(lambda: binary.kds.endings == [Ending.PROTOCOL_ERROR])
    assert [call for call in binary.kds.of("received") if call[2] == "y"] == []


@pytest.mark.parametrize("body", ["bAA", "b=AA=", "bA*A==", "bä"])
async def test_broken_base64_closes_the_connection_before_anything_of_its_body_is_heard(binary, eventually, body):
    sid = await binary.joined_by_polling()
    assert (await binary.post(sid, '42/kds,["x"]', body))[0] == 400
    await eventually(lambda: binary.kds.endings == [Ending.PROTOCOL_ERROR])
    assert binary.kds.of("received") == []


async def test_an_attachment_may_be_as_large_as_any_message_and_no_larger(make, eventually):
    stage = await make(binary=True, max_payload=2_000)
    raw = await stage.raw()
    await raw.join()
    for size in (2_000, 2_001):
        await raw.send(f'451-/kds,["x",{ONE}]')
        await raw.ws.send_bytes(bytes(size))
    await raw.end()
    await eventually(lambda: stage.kds.endings == [Ending.PROTOCOL_ERROR])
    assert [len(call[3][0]) for call in stage.kds.of("received")] == [2_000]


@pytest.mark.parametrize("word", [b"a", f'451-/kds,["x",{ONE}]', '450-/kds,["x"]', "460-/kds,1[]"])
async def test_with_binary_off_whatever_is_binary_closes_the_connection(stage, eventually, word):
    raw = await stage.raw()
    await raw.join()
    await (raw.ws.send_bytes(word) if isinstance(word, bytes) else raw.send(word))
    assert await raw.end() == 3500
    assert stage.kds.of("received") == []


async def test_with_binary_off_base64_in_a_post_closes_the_connection(stage, eventually):
    sid = await stage.joined_by_polling()
    assert (await stage.post(sid, "bAA=="))[0] == 400
    await eventually(lambda: stage.kds.endings == [Ending.PROTOCOL_ERROR])


# --- what is sent


async def test_a_broadcast_with_bytes_reaches_both_transports_whole(binary):
    """A stock server sends one transport's encoding to all."""
    raw, sid = await binary.raw(), await binary.joined_by_polling()
    await raw.join()
    told = ["x", {"a": b"\x00\xff"}, "between", bytearray(b"b")]
    assert binary.server.broadcast(binary.kds.sids, "/kds", *told) == 2
    text = f'452-/kds,["x",{{"a":{ONE}}},"between",{TWO}]'
    assert await both(raw, 3) == [text, b"\x00\xff", b"b"]
    assert await binary.poll(sid) == (200, [text, "bAP8=", "bYg=="])


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_stock_clients_on_both_transports_send_and_get_bytes(binary, transport):
    client, heard = socketio.AsyncClient(reconnection=False), asyncio.Queue()
    binary.stack.push_async_callback(client.shutdown)
    await client.connect(binary.url, transports=[transport], namespaces=["/kds"])
    client.on("x", lambda *args: heard.put_nowait(args), namespace="/kds")
    assert await client.call("echo", b"\x00\xff", namespace="/kds") == {"echo": [b"\x00\xff"]}
    binary.server.broadcast(binary.kds.sids, "/kds", "x", [b"a"], b"b")
    async with asyncio.timeout(PATIENCE_S):
        assert await heard.get() == ([b"a"], b"b")


async def test_an_ack_carries_bytes_and_several_arguments_if_the_handler_wants_it(binary):
    raw = await binary.raw()
    await raw.join()

    async def answer(_sid, _event, args):
        return Args(args)

    binary.kds.on_received = answer
    await raw.send('42/kds,1["x"]', '42/kds,2["x",1,[2]]', f'451-/kds,3["x",{ONE},0]')
    await raw.ws.send_bytes(b"c")
    assert await both(raw, 4) == ["43/kds,1[]", "43/kds,2[1,[2]]", f"461-/kds,3[{ONE},0]", b"c"]


async def test_an_event_larger_than_a_poll_answer_arrives_over_several(binary):
    sid = await binary.joined_by_polling()
    binary.server.broadcast(binary.kds.sids, "/kds", "x", *[b"a"] * MOST_ATTACHMENTS)
    found = []
    while len(found) < MOST_ATTACHMENTS + 1:
        _, answer = await binary.poll(sid)
        assert len(answer) <= 16
        found += answer
    assert found[1:] == ["bYQ=="] * MOST_ATTACHMENTS


async def test_with_binary_off_bytes_are_not_sent(stage):
    with pytest.raises(TypeError):
        stage.server.broadcast((), "/kds", "x", b"a")


@pytest.mark.parametrize("args", [(b"a",) * (MOST_ATTACHMENTS + 1), ({"_placeholder": True, "num": 0}, b"a")])
def test_what_a_client_would_misread_is_not_encoded(args):
    with pytest.raises(ValueError, match=r"attachments|placeholder"):
        packets.event_frame("/kds", "x", args, binary=True)


@given(st.lists(MIXED, max_size=4))
def test_an_event_with_bytes_survives_the_wire(args):
    assume(str(args).count("b'") <= MOST_ATTACHMENTS)
    text, *attachments = packets.event_frame("/kds", "x", tuple(args), binary=True).packets
    packet = BinaryPacket(encoded_packet=text[1:].decode())
    assert packet.attachment_count == len(attachments)
    assert [packet.add_attachment(attachment) for attachment in attachments][-1:] in ([], [True])
    assert all(isinstance(attachment, Attachment) for attachment in attachments)
    assert (packet.namespace, packet.data) == ("/kds", ["x", *args])


@given(st.from_regex(r"\A[56][0-9]{0,3}-?(/[a-z]*,?)?[0-9]*[\[{\"].*", fullmatch=True))
def test_any_binary_text_is_a_packet_or_a_protocol_error(text):
    for kind in (BinaryPacket, StrictPacket):
        try:
            packet = kind(encoded_packet=text)
        except ProtocolError:
            continue
        assert packet.attachment_count <= MOST_ATTACHMENTS
