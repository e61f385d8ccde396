"""Section B, frames and packets: what cannot be read ends the connection, what says nonsense is refused and counted."""

import asyncio
import json
from contextlib import suppress
from time import monotonic

import pytest

from server.transport import TransportSettings
from server.transport.strikes import Strikes

BUMP = '"kds:bump",{"command_id":"b-bump-0001","ticket_id":"x.grill"'


async def told_goodbye(raw, code, number, namespace="/kds", *, closed=()):
    """The goodbye, a DISCONNECT where it is for good, and the close, with one of the codes where some are given."""
    name, bye = await raw.json(f"42{namespace},")
    assert (name, bye["code"], bye["number"], bye["reconnect"]) == ("session:goodbye", code, number, number < 3500)
    if number >= 3500:
        assert await raw.packet() == f"41{namespace},"
    assert await raw.end() in (closed or (number,))


async def refused(raw, packet, ack="1"):
    """The refusal an event is answered with."""
    await raw.send(packet)
    (answer,) = await raw.json(f"43/kds,{ack}")
    assert (answer["ok"], answer["temporary"]) == (False, False)
    return answer


# ── What cannot be read: D ────────────────────────────────────────────────────────────────────────────────────────────

BROKEN = {
    "B2 empty frame": "",
    "B2 empty message": "4",
    "B4 unknown engine type": "9x",
    "B4 letter for a type": "x",
    "B4 OPEN from a client": "0{}",
    "B4 CLOSE with a tail": "1x",
    "B4 PING from a client": "2",
    "B4 NOOP from a client": "6",
    "B4 NUL": "\x00",
    "B6 CONNECT_ERROR from a client": '44/kds,{"message":"x"}',
    "B6 unknown packet type": "47/kds,[]",
    "B7 truncated JSON": '42/kds,["kds:bump",{"a":',
    "B7 tail after JSON": '42/kds,["kds:bump",{}]x',
    "B7 no payload": "42/kds,",
    "B7 truncated auth": '40/orders,{"token":',
    "B7 single quotes": "42/kds,['kds:bump']",
    "B8 deep arrays": '42/kds,["x",' + "[" * 50_000,
    "B8 deep objects": '42/kds,["x",' + '{"a":' * 10_000,
    "B8 deep and closed": '42/kds,["x",' + "[" * 25_000 + "]" * 25_000 + "]",
    "B8 deep auth": "40/orders,{" + '"a":{' * 10_000,
    "B14 name is a number": "42/kds,[1]",
    "B14 name is a list": "42/kds,[[]]",
    "B14 name is an object": '42/kds,[{"kds:bump":1}]',
    "B14 name is null": "42/kds,[null]",
    "B14 empty list": "42/kds,[]",
    "B14 no list": '42/kds,{"0":"kds:bump"}',
    "B14 text": '42/kds,"kds:bump"',
    "B18 id of 101 digits": f'42/kds,{"1" * 101}["x"]',
    "B18 id of 17 digits": f'42/kds,{"1" * 17}["x"]',
    "B18 negative id": '42/kds,-1["x"]',
    "B18 fractional id": '42/kds,1.5["x"]',
    "B18 id of another script": '42/kds,\u0661["x"]',
    "B18 ack without an id": "43/kds,[1]",
    "B18 ack that is no array": "43/kds,1{}",
    "B23 placeholder out of range": '451-/kds,["x",{"_placeholder":true,"num":7}]',
    "B23 negative placeholder": '451-/kds,["x",{"_placeholder":true,"num":-1}]',
    "B23 placeholder that is a text": '451-/kds,["x",{"_placeholder":true,"num":"x"}]',
    "B23 a million attachments": '451000000-/kds,["x"]',
    "B23 binary ack": "461-/kds,1[]",
    "B25 base64": "bAAAA",
}


def row(name):
    return [pytest.param(packet, id=title) for title, packet in BROKEN.items() if title.split()[0] == name]


async def ends_the_connection(target, packet):
    raw = await target.joined()
    async with target.attacked() as lines:
        await raw.send(packet)
        await told_goodbye(raw, "protocol_error", 3504)
    assert lines[0]["message"].startswith("closing ")
    target.log.check()


async def test_B1_a_frame_of_more_than_64_kib_is_closed_with_1009(target):
    for size in (65_537, 1_100_000):
        raw = await target.joined()
        async with target.attacked() as lines:
            await raw.ws.send_str("4" * size)
            await told_goodbye(raw, "protocol_error", 3504, closed=(1009,))
        assert "frame refused with 1009" in lines[0]["message"]


async def test_B1_a_message_in_many_fragments_counts_as_a_whole(target):
    raw = await target.joined()
    async with target.attacked() as lines:
        write = raw.ws._writer.transport.write
        for n in range(40):  # each of 4,000 bytes, the first a text, all but the last unfinished
            write(bytes([0x01 if n == 0 else 0x00, 0xFE]) + (4_000).to_bytes(2, "big") + bytes(4) + b"4" * 4_000)
        await told_goodbye(raw, "protocol_error", 3504, closed=(1009,))
    assert "frame refused with 1009" in lines[0]["message"]


async def test_B1_a_frame_that_claims_to_be_huge_is_closed_before_it_comes(target):
    raw = await target.joined()
    async with target.attacked():
        raw.ws._writer.transport.write(bytes([0x81, 0xFF]) + (2**62).to_bytes(8, "big") + bytes(4) + b"4" * 100)
        await told_goodbye(raw, "protocol_error", 3504, closed=(1002, 1009))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(b"\x83\x80" + bytes(4), 1002, id="opcode"),
        pytest.param(b"\xc1\x80" + bytes(4), 1002, id="reserved bit"),
        pytest.param(b"\x89\xfe\x00\x80" + bytes(132), 1002, id="long ping"),
        pytest.param(b"\x81\x82" + bytes(4) + b"\xff\xfe", 1007, id="no UTF-8"),
    ],
)
async def test_B1_what_is_no_websocket_is_closed(target, frame, code):
    raw = await target.joined()
    async with target.attacked():
        raw.ws._writer.transport.write(frame)
        await told_goodbye(raw, "protocol_error", 3504, closed=(code,))


@pytest.mark.parametrize("packet", row("B2"))
async def test_B2_an_empty_frame_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B4"))
async def test_B4_an_unknown_engine_type_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B6"))
async def test_B6_a_packet_only_servers_send_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B7"))
async def test_B7_truncated_json_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B8"))
async def test_B8_json_nested_too_deeply_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B14"))
async def test_B14_an_event_without_a_name_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B18"))
async def test_B18_an_ack_id_that_is_none_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B23"))
async def test_B23_a_binary_event_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


@pytest.mark.parametrize("packet", row("B25"))
async def test_B25_a_binary_packet_ends_the_connection(target, packet):
    await ends_the_connection(target, packet)


async def test_B25_a_binary_frame_out_of_the_blue_ends_the_connection(target):
    for data in (b"", b"\x04hello", b"A" * 60_000):
        raw = await target.joined()
        async with target.attacked():
            await raw.ws.send_bytes(data)
            await told_goodbye(raw, "protocol_error", 3504)


@pytest.mark.parametrize("body", ["9x", "4", '42/kds,["kds:bump",{"a":', "bAAAA", "\x1e", "44/kds,{}"])
async def test_the_same_goes_for_polling(target, body):
    sid = await target.joined_by_polling()
    async with target.attacked() as lines:
        status, answer = await target.ask(f"transport=polling&sid={sid}", "POST", data=body)
        assert (status, "code" in json.loads(answer)) == (400, True)
        _, told = await target.ask(f"transport=polling&sid={sid}")
        while "session:goodbye" not in told:
            _, told = await target.ask(f"transport=polling&sid={sid}")
        assert '"code":"protocol_error"' in told
        assert await target.ask(f"transport=polling&sid={sid}") == (200, "1")
    assert lines[0]["message"].startswith("closing ")


async def test_nothing_that_follows_a_broken_packet_is_handled(target):
    raw = await target.joined(role="pos", namespace="/orders")
    async with target.attacked():
        order = (
            '42/orders,1["orders:place",{"command_id":"after-0001","order":{"items":[{"name":"Burger","qty":"1"}]}}]'
        )
        await raw.send("42/orders,[1]", order)
        await told_goodbye(raw, "protocol_error", 3504, "/orders")


# ── What can be read and says nonsense: E, and a strike ───────────────────────────────────────────────────────────────


async def is_refused(target, content, *, strikes=1):
    """It is answered bad_request, leaves a line, counts as so many strikes; and the connection lives on."""
    raw = await target.joined()
    async with target.attacked(lines=strikes) as lines:
        answer = await refused(raw, f"42/kds,1{content}")
        assert answer["code"] == "bad_request"
        again = await refused(raw, '42/kds,2["stream:subscribe",{"stream":"s1/nothing"}]', "2")
        assert again["code"] == "not_found"
    return lines


@pytest.mark.parametrize("value", ["NaN", "-NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e400", "9" * 5000])
async def test_B9_what_is_no_number_is_refused(target, value):
    if value == "-NaN":  # which is no JSON in any dialect
        await ends_the_connection(target, f'42/kds,1[{BUMP},"x":{value}}}]')
        return
    lines = await is_refused(target, f'[{BUMP},"x":{value}}}]')
    assert lines[0]["message"].startswith("event refused, from 127.0.0.1: ")


@pytest.mark.parametrize("value", [r"\ud800", r"\udc00", r"a\uD83Db", r"\udc00\ud800", r"\u0000"])
@pytest.mark.parametrize("place", ['"ticket_id":"{}"', '"reason":"{}"', '"{}":1'])
async def test_B10_half_a_character_is_refused(target, value, place):
    content = '["kds:bump",{"command_id":"b-bump-0001","ticket_id":"x.grill",' + place.replace("{}", value) + "}]"
    content = content.replace('"ticket_id":"x.grill","ticket_id"', '"ticket_id"')
    # A NUL is a whole character; where a text may stand at all, it is a value that will not do.
    whole = value == r"\u0000" and place != '"{}":1'
    await is_refused(target, content, strikes=0 if whole else 1)


async def test_B10_a_whole_character_in_two_halves_is_none_of_that(target):
    raw = await target.joined()
    answer = await refused(
        raw, r'42/kds,1["kds:bump",{"command_id":"b-bump-0002","ticket_id":"x.grill","reason":"\ud83c\udf5f"}]'
    )
    assert answer["code"] == "not_found"


@pytest.mark.parametrize(
    "content",
    [
        '["kds:bump",{"command_id":"b-bump-0001","ticket_id":"x.grill","ticket_id":"y.grill"}]',
        r'["kds:bump",{"command_id":"b-bump-0001","ticket_id":"x.grill","ticket\u005fid":"y.grill"}]',
        '["kds:bump",{"command_id":"b-bump-0001","ticket_id":"x.grill","a":{"b":1,"b":1}}]',
    ],
)
async def test_B12_a_key_given_twice_is_refused(target, content):
    assert "twice" in (await is_refused(target, content))[0]["message"]


@pytest.mark.parametrize(
    "name", ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
)
async def test_B15_a_name_of_the_protocols_own_runs_nothing_and_is_on_record(target, name):
    raw = await target.joined()
    async with target.attacked() as lines:
        forged = '{"REMOTE_ADDR":"10.0.0.1"},{"token":"canary"}'
        answer = await refused(raw, f'42/kds,1["{name}",{forged}]')
        assert answer["code"] == "bad_request"
    (line,) = lines
    assert (line["event"], line["action"], line["code"]) == ("audit", "refuse", "reserved_event")
    assert (line["detail"], line["by"], line["tenant"]) == (name, "expo", "demo")
    target.log.secrets.add("canary")
    target.log.check()


@pytest.mark.parametrize(
    "name", ["session:ready", "session:goodbye", "stream:head", "kds:item_bumped", "message", "", "*"]
)
async def test_B15_a_name_of_the_servers_own_is_just_unknown(target, name):
    lines = await is_refused(target, f'["{name}",{{}}]')
    assert "there is no command" in lines[0]["message"]


async def test_B15_an_unknown_name_of_any_length_is_one_short_line(target):
    lines = await is_refused(target, json.dumps(["\x1b]0;x\x07\n\u202e" + "kds:" * 9_000, {}]))
    assert lines[0]["message"].startswith("event refused")


@pytest.mark.parametrize("args", ["", ",{},{},{}", ",{},{}", ",[]", ',"x"', ",7", ",null", ",[{}]"])
async def test_B17_an_event_takes_one_argument_an_object(target, args):
    await is_refused(target, f'["kds:bump"{args}]')


@pytest.mark.parametrize(
    "fields",
    [
        '"command_id":"b-bump-0001","ticket_id":"x.grill","admin":true',
        '"command_id":"b-bump-0001"',
        '"command_id":"b-bump-0001","ticket_id":7',
        '"command_id":7,"ticket_id":"x.grill"',
        '"command_id":"b-bump-0001","ticket_id":"x.grill","item_ids":"all"',
        '"command_id":"b-bump-0001","ticket_id":{"$ne":1}',
    ],
    ids=["unknown field", "missing field", "number for a text", "number for an id", "text for a list", "object"],
)
async def test_B17_fields_the_contract_does_not_know_are_refused(target, fields):
    await is_refused(target, f'["kds:bump",{{{fields}}}]')


async def test_B17_without_an_ack_it_is_told_by_an_event(target):
    raw = await target.joined()
    async with target.attacked():
        await raw.send('42/kds,["kds:bump"]')
        name, told = await raw.json("42/kds,")
        assert (name, told["code"], told["name"]) == ("command:refused", "bad_request", "kds:bump")


# ── Strikes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_ten_strikes_end_the_connection_and_each_is_answered(target):
    raw = await target.joined()
    async with target.attacked(lines=10) as lines:
        await raw.send(*(f'42/kds,{n}["kds:bump"]' for n in range(10)))
        for n in range(10):
            assert (await raw.json(f"43/kds,{n}"))[0]["code"] == "bad_request"
        await told_goodbye(raw, "protocol_error", 3504)
    assert "too many events of wrong content" in lines[-1]["message"]


async def test_nine_strikes_are_forgiven(target):
    raw = await target.joined()
    async with target.attacked(lines=9):
        for n in range(9):
            await refused(raw, f'42/kds,{n}["kds:bump"]', str(n))
        assert (await refused(raw, f"42/kds,9[{BUMP}}}]", "9"))["code"] == "not_found"


async def test_all_kinds_of_strikes_count_together_and_in_all_namespaces(target):
    raw = await target.joined()
    token = json.dumps({"token": target.token()})
    await raw.join("/notifications", token)
    await raw.json("42/notifications,")
    kinds = ['["connect",{}]', '["no:such",{}]', '["kds:bump"]', '["kds:bump",{"a":NaN}]', '["kds:bump",{"a":1}]']
    async with target.attacked(lines=10):
        for n, kind in enumerate(kinds):
            for namespace in ("/kds", "/notifications"):
                await raw.send(f"42{namespace},{n}{kind}")
                await raw.json(f"43{namespace},{n}")
        assert (await raw.json("42/kds,"))[1]["code"] == "protocol_error"
        assert await raw.end() == 3504


async def test_leaving_and_joining_again_does_not_wipe_them_out(target):
    raw = await target.joined()
    token = json.dumps({"token": target.token()})
    async with target.attacked(lines=10):
        for n in range(10):
            await refused(raw, f'42/kds,{n}["kds:bump"]', str(n))
            if n < 9:
                await raw.send("41/kds,")
                await raw.join("/kds", token)
                await raw.json("42/kds,")
        await told_goodbye(raw, "protocol_error", 3504)


async def test_what_the_kitchen_refuses_is_no_strike(target):
    """A station with a bug, or with an old picture of the kitchen, is refused and stays."""
    raw = await target.joined()
    async with target.attacked(lines=0):
        for n in range(30):
            answer = await refused(
                raw, f'42/kds,{n}["kds:bump",{{"command_id":"station-{n:04}","ticket_id":"x.grill"}}]', str(n)
            )
            assert answer["code"] == "not_found"


@pytest.mark.parametrize(
    ("namespace", "claims", "event"),
    [
        ("/orders", {}, '["orders:place",{"command_id":"till-0001","order":{"items":[{"name":"Burger","qty":"0"}]}}]'),
        ("/orders", {}, '["orders:place",{"command_id":"till-0001","order":{"items":[{"name":"Burger","qty":1.5}]}}]'),
        ("/orders", {}, '["orders:place",{"command_id":"x","order":{"items":[{"name":"Burger","qty":"1"}]}}]'),
        (
            "/notifications",
            {},
            '["orders:place",{"command_id":"till-0001","order":{"items":[{"name":"Burger","qty":"1"}]}}]',
        ),
        ("/orders", {"stores": ["s1", "s2"]}, '["orders:cancel",{"command_id":"till-0001","order_id":"0198c9b2"}]'),
    ],
    ids=["nothing of a dish", "a float", "a short id", "the other namespace", "no store"],
)
async def test_values_that_will_not_do_are_no_strike(target, namespace, claims, event):
    """A till with a bad menu file is refused order by order, and not thrown out in the middle of the rush."""
    raw = await target.joined(namespace, "pos", **claims)
    async with target.attacked(lines=0):
        for n in range(15):
            await raw.send(f"42{namespace},{n}{event}")
            assert (await raw.json(f"43{namespace},{n}"))[0]["ok"] is False


def test_a_strike_counts_for_a_minute(monkeypatch):
    now = 100.0
    monkeypatch.setattr("server.transport.strikes.monotonic", lambda: now)
    strikes = Strikes(3, 60_000)
    assert not strikes.add()
    now = 130.0
    assert not strikes.add()
    now = 159.9
    assert len(strikes) == 2
    now = 160.0
    assert len(strikes) == 1
    assert not strikes.add()
    now = 170.0
    assert strikes.add()
    now = 1_000.0
    assert not strikes.add()


async def test_how_many_strikes_are_forgiven_is_a_setting(aim):
    target = await aim(strikes=2)
    raw = await target.joined()
    async with target.attacked(lines=2):
        await refused(raw, '42/kds,1["kds:bump"]')
        await refused(raw, '42/kds,1["kds:bump"]')
        await told_goodbye(raw, "protocol_error", 3504)


# ── B21, B28 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_B21_ten_unknown_namespaces_are_answered_and_the_next_ends_the_connection(target):
    raw = await target.joined()
    async with target.attacked(lines=11) as lines:
        await raw.send(*(f"40/nothing-{n},{{}}" for n in range(11)))
        for n in range(10):
            assert await raw.json(f"44/nothing-{n},") == {"message": "Invalid namespace"}
        await told_goodbye(raw, "protocol_error", 3504)
    assert "too many refused CONNECTs" in lines[-1]["message"]


async def test_B21_a_thousand_do_not_flood_the_log(target):
    raw = await target.joined()
    async with target.attacked(lines=11):
        with suppress(ConnectionError):
            await raw.send(*(f"40/\x1b]0;{n}\u202e,{{}}" for n in range(1000)))
        assert await raw.end() in (3504, 1006)


def test_B28_by_default_a_client_that_does_not_read_is_gone_within_five_seconds():
    settings = TransportSettings()
    assert settings.write_deadline_ms + settings.close_timeout_ms <= 5_000


async def test_B28_a_client_that_never_reads_is_cut_off_as_slow(target):
    raw = await target.joined("/orders", "viewer", stores=["s1"])
    desk = target.desk
    before = len(target.log.raw)
    raw.ws._response.connection.transport.pause_reading()
    began = monotonic()
    notes = [{"text": "x" * 900} for _ in range(20)]
    while not any("slow" in line for line in target.log.raw[before:]):
        await desk.place("Burger", notes=notes)
        assert monotonic() - began < 60  # patient: it is 5 s once nothing more fits into the network
    (line,) = [line for line in target.log.lines[before:] if line["event"] == "transport"]
    assert "slow" in line["message"]
    target.log.check(before)
    ear = await desk.socket("/orders", "viewer")
    await desk.place("Burger")
    assert await ear.first("order:created")
    raw.ws._response.connection.transport.abort()
    await asyncio.sleep(0)
