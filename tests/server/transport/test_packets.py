"""The packet decoder never raises anything but a protocol error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.transport import BadContent, packets
from server.transport.frames import ProtocolError
from server.transport.packets import StrictPacket

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | st.from_regex(r"\A[0-6](/[a-z]*,?)?[0-9]*[\[{\"].*", fullmatch=True))
def test_any_text_is_a_packet_or_a_protocol_error(text):
    try:
        packet = StrictPacket(encoded_packet=text or "x")
    except ProtocolError:
        return
    assert packet.packet_type in range(4)


@given(st.text(min_size=1, alphabet="abc:_"), st.lists(VALUES, max_size=3), st.none() | st.integers(0, 10**15))
def test_an_event_survives_the_wire(event, args, ack_id):
    (text,) = packets.event_frame("/kds", event, tuple(args)).packets
    packet = StrictPacket(encoded_packet=text.decode().removeprefix("4").replace("/kds,", f"/kds,{ack_id or 0}", 1))
    assert (packet.namespace, packet.id, packet.data) == ("/kds", ack_id or 0, [event, *args])


def test_an_event_frame_is_an_engine_message_in_utf8():
    assert packets.event_frame("/kds", "a", ("ö",)).packets == ('42/kds,["a","ö"]'.encode(),)
    assert packets.event_frame("/", "a", ()).packets == (b'42["a"]',)


def test_an_ack_frame_has_one_argument_even_when_it_is_nothing():
    assert packets.ack_frame("/kds", 0, None).packets == (b"43/kds,0[null]",)
    assert packets.ack_frame("/", 7, [1, 2]).packets == (b"437[[1,2]]",)


def test_the_query_of_a_namespace_is_ignored():
    packet = StrictPacket(encoded_packet='0/kds?token=x,{"a":1}')
    assert (packet.namespace, packet.data) == ("/kds", {"a": 1})


def test_a_namespace_without_a_comma_is_understood():
    packet = StrictPacket(encoded_packet="1/kds")
    assert (packet.packet_type, packet.namespace) == (1, "/kds")


def test_refused_content_keeps_the_events_name_and_id():
    packet = StrictPacket(encoded_packet='2/kds,4["kds:bump",{"a":1,"a":2}]')
    assert packet.id == 4
    assert packet.data == ["kds:bump", BadContent("a key is given twice")]


@pytest.mark.parametrize("args", [(float("inf"),), (b"bytes",), (object(),)])
def test_what_is_not_json_is_not_encoded(args):
    with pytest.raises((ValueError, TypeError)):
        packets.event_frame("/kds", "a", args)


def test_the_frame_says_what_json_says():
    (packet,) = packets.event_frame("/kds", "a", ({"b": [1, None, "\x1e"]},)).packets
    event = json.loads(packet[7:])
    assert event == ["a", {"b": [1, None, "\x1e"]}]
    assert b"\x1e" not in packets.event_frame("/kds", "a", ("\x1e",)).packets[0]
