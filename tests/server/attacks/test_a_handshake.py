"""Section A, handshake, origin and transport: refused with the answer agreed, one line in the log, nothing changed."""

import asyncio
import gzip
import zlib
from contextlib import suppress
from functools import partial
from time import monotonic

import aiohttp
import pytest

from server.transport import TransportSettings
from server.transport.front import Patience

SHOP = "https://shop.example"
EVIL = {"Origin": "https://evil.example"}
HALF = b"GET /v1/stores/s1/orders HTTP/1.1\r\nHost: heard\r\nX-Half: "
UNKNOWN = (400, '{"code": 1, "message": "Session ID unknown"}')


def audit(line, code):
    assert (line["event"], line["action"], line["code"]) == ("audit", "refuse", code)
    return line


# ── A1, A2: origins ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_A1_a_page_from_elsewhere_is_refused_and_on_record(aim, transport):
    target = await aim(origins=(SHOP,))
    async with target.attacked() as lines:
        status, _ = await target.ask(f"transport={transport}", headers=EVIL)
        assert status == 403
    assert audit(lines[0], "origin")["detail"] == EVIL["Origin"]


@pytest.mark.parametrize(
    "origin", ["null", SHOP + ".evil", SHOP.upper(), SHOP + ":8080", "http://shop.example", "\x1b]0;x\x07" * 900]
)
async def test_A1_nothing_but_the_very_origin_will_do(aim, origin):
    target = await aim(origins=(SHOP,))
    async with target.attacked() as lines:
        wire = await target.wire()
        request = f"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\r\n"
        await wire.send(request.encode())
        # Control characters are no HTTP at all.
        assert b" 400 " in (head := await wire.head()) or b" 403 " in head
    assert lines


async def test_A1_two_origins_of_which_one_is_listed_are_refused(aim):
    target = await aim(origins=(SHOP,))
    async with target.attacked() as lines:
        headers = [("Origin", SHOP), ("Origin", EVIL["Origin"])]
        assert (await target.ask("transport=polling", headers=headers))[0] == 403
    audit(lines[0], "origin")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_A1_a_page_from_elsewhere_may_not_call_over_http_either(aim, method):
    target = await aim(origins=(SHOP,))
    async with target.attacked() as lines:
        reply = await target.desk.call(method, "/v1/stores/s1/orders", {"items": []}, headers=EVIL)
        assert (reply.status, reply.body["error"]["code"]) == (403, "forbidden")
    audit(lines[0], "origin")


async def test_A1_a_preflight_from_elsewhere_is_refused(target):
    async with target.attacked() as lines:
        assert (await target.ask("transport=polling", "OPTIONS", headers=EVIL))[0] == 403
    audit(lines[0], "origin")


async def test_A1_a_stolen_id_is_of_no_use_to_a_page_from_elsewhere(target):
    sid = await target.joined_by_polling()
    async with target.attacked() as lines:
        assert (await target.ask(f"transport=polling&sid={sid}", "POST", data="1", headers=EVIL))[0] == 403
    audit(lines[0], "origin")
    assert (await target.ask(f"transport=polling&sid={sid}", "POST", data="3"))[0] == 200


async def test_A1_a_flood_of_origins_does_not_flood_the_log(target):
    mark = len(target.log.raw)
    for _ in range(60):
        assert (await target.ask("transport=polling", headers=EVIL))[0] == 403
    written = target.log.raw[mark:]
    began, ended = (target.log.lines[at]["timestamp"] for at in (mark, -1))
    if began[:19] == ended[:19]:
        assert len(written) <= 22  # ten in a second of the loop's clock, of which the wall's may touch two
    assert len(written) < 60
    target.log.check(mark)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"])
async def test_A2_a_forwarded_host_vouches_for_nobody(target, header):
    async with target.attacked() as lines:
        headers = EVIL | {header: "host=evil.example" if header == "Forwarded" else "evil.example"}
        assert (await target.ask("transport=polling", headers=headers))[0] == 403
    audit(lines[0], "origin")


async def test_A2_the_same_host_is_no_reason_to_pass(target):
    async with target.attacked() as lines:
        assert (await target.ask("transport=polling", headers={"Origin": target.desk.up.url}))[0] == 403
    audit(lines[0], "origin")


# ── A7: a bad token ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_A7_a_bad_token_is_told_and_the_connection_closed_a_second_later(target):
    async with target.attacked() as lines:
        raw = await target.raw()
        await raw.send('40/kds,{"token":"canary.canary.canary"}')
        refusal = await raw.json("44/kds,")
        told = monotonic()
        assert refusal["data"] == {"code": "invalid_token", "temporary": False}
        await raw.end()
        assert monotonic() - told > 0.8  # stock clients get to read it
    assert (lines[0]["event"], lines[0]["code"]) == ("connect_refused", "invalid_token")
    target.log.secrets.add("canary")
    target.log.check()


async def test_A7_who_joined_something_stays(target):
    raw = await target.joined()
    async with target.attacked() as lines:
        await raw.send('40/orders,{"token":"nonsense"}')
        assert (await raw.json("44/orders,"))["data"]["code"] == "invalid_token"
        await asyncio.sleep(1.2)
        await raw.send('42/kds,1["stream:unsubscribe",{"stream":"s1/orders"}]')
        assert await raw.json("43/kds,1") == [{"ok": True, "result": "already"}]
    assert lines[0]["event"] == "connect_refused"


async def test_A7_asking_again_and_again_does_not_put_it_off(target):
    raw = await target.raw()
    began = monotonic()
    for _ in range(3):
        await raw.send('40/kds,{"token":"nonsense"}')
        assert (await raw.json("44/kds,"))["data"]["code"] == "invalid_token"
        await asyncio.sleep(0.3)
    await raw.end()
    assert monotonic() - began < 1.9  # generous: a second after the first, not the last


async def test_A7_more_than_ten_refused_connects_end_the_connection(target):
    """However many namespaces are joined: each costs a signature check and a line in the log."""
    raw = await target.joined()
    async with target.attacked(lines=11) as lines:
        for _ in range(10):
            await raw.send('40/orders,{"token":"nonsense"}')
            await raw.json("44/orders,")
        await raw.send('40/orders,{"token":"nonsense"}')
        assert (await raw.json("42/kds,"))[1]["code"] == "protocol_error"
        await raw.end()
    assert "too many refused CONNECTs" in lines[-1]["message"]


async def test_A7_a_flood_of_bad_tokens_does_not_flood_the_log(target):
    mark = len(target.log.raw)
    raws = [await target.raw() for _ in range(60)]
    began = monotonic()
    for raw in raws:
        await raw.send('40/kds,{"token":"nonsense"}')
    for raw in raws:
        assert (await raw.json("44/kds,"))["data"]["code"] == "invalid_token"
    seconds = int(monotonic() - began) + 1  # one, unless the machine has much else to do
    written = [line for line in target.log.lines[mark:] if line["event"] == "connect_refused"]
    assert len(written) <= 10 * seconds
    assert len(written) + sum(line.get("left_out", 0) for line in written) <= 60
    target.log.check(mark)


async def test_A7_a_flood_of_commands_that_are_an_operators_does_not_flood_the_log(target):
    raw = await target.joined()
    mark, began = len(target.log.raw), monotonic()
    for n in range(60):
        asked = f'{{"command_id":"flood-{n:04}","connection":"nobody","code":"moved"}}'
        await raw.send(f'42/kds,{n}["ops:disconnect",{asked}]')
        assert (await raw.json(f"43/kds,{n}"))[0]["code"] == "forbidden"
    seconds = int(monotonic() - began) + 1
    written = [line for line in target.log.lines[mark:] if line["event"] == "audit"]
    assert 1 <= len(written) <= 10 * seconds
    assert len(written) < 60
    target.log.check(mark)


# ── A11, A12: slowly, slowly ──────────────────────────────────────────────────────────────────────────────────────────


async def test_A11_the_defaults_close_within_ten_seconds():
    patience, transport = Patience(), TransportSettings()
    assert max(patience.request_ms + 1_000, patience.idle_ms) <= 10_000  # it looks once a second
    assert transport.body_deadline_ms + patience.linger_ms <= 10_000
    assert patience.stalled_ms + 1_000 <= 10_000


@pytest.mark.parametrize("port", ["url", "ops_url"])
@pytest.mark.parametrize("said", [b"", b"G", HALF], ids=["nothing", "a letter", "half a header"])
async def test_A11_who_does_not_finish_a_request_is_closed(aim, port, said):
    target = await aim(request_deadline_ms=600)
    async with target.attacked() as lines:
        wire = await target.wire(getattr(target.desk.up, port))
        await wire.send(said)
        assert await wire.rest() == b""
    assert lines[0]["message"] == "closing 127.0.0.1: no request came"


async def test_A11_a_letter_now_and_then_does_not_put_it_off(aim):
    target = await aim(request_deadline_ms=600)
    async with target.attacked() as lines:
        wire = await target.wire()
        await wire.send(HALF)
        dripping = asyncio.ensure_future(drip(wire))
        assert await wire.rest() == b""
        await dripping
    assert "no request came" in lines[0]["message"]


async def test_A11_half_a_header_after_a_whole_request_is_closed_too(aim):
    target = await aim(request_deadline_ms=600)
    async with target.attacked(lines=0):
        wire = await target.wire()
        await wire.send(b"GET /v1/stores/s1/orders HTTP/1.1\r\nHost: heard\r\n\r\n" + HALF)
        assert (await wire.rest()).startswith(b"HTTP/1.1 401 ")


async def test_A11_an_honest_client_uses_its_connection_again(target):
    async with target.attacked(lines=0):
        wire = await target.wire()
        for _ in range(3):
            await wire.send(b"HEAD /openapi.json HTTP/1.1\r\nHost: heard\r\n\r\n")
            assert b" 200 " in await wire.head()
            await asyncio.sleep(0.2)


async def test_A11_who_does_not_read_the_answer_is_cut_off(aim):
    target = await aim(request_deadline_ms=600)
    async with target.attacked() as lines:
        wire = await target.wire()
        wire.writer.transport.pause_reading()
        request = b"GET /openapi.json HTTP/1.1\r\nHost: heard\r\n\r\n"
        await wire.send(request * 200)  # far more answers than the network has room for
        await until_lines(target, "nobody reads")
        wire.writer.transport.resume_reading()
        assert (await wire.rest()).count(b"HTTP/1.1 200 ") < 200
    assert lines[0]["message"] == "closing 127.0.0.1: nobody reads the answer"


async def test_A12_a_body_that_does_not_come_is_refused_and_the_connection_closed(aim, monkeypatch):
    monkeypatch.setattr("server.app.TransportSettings", partial(TransportSettings, body_deadline_ms=300))
    monkeypatch.setattr("server.app.Patience", partial(Patience, linger_ms=300))
    target = await aim()
    sid = await target.joined_by_polling()
    async with target.attacked() as lines:
        wire = await target.wire()
        path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
        await wire.send(f"POST {path} HTTP/1.1\r\nHost: heard\r\nContent-Length: 999\r\n\r\n4".encode())
        dripping = asyncio.ensure_future(drip(wire))
        assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")
        await dripping
    assert "body refused with 408" in lines[0]["message"]


async def test_A12_a_body_nobody_asked_for_is_not_awaited_for_long(aim):
    target = await aim()
    async with target.attacked() as lines:
        wire = await target.wire()
        await wire.send(b"POST /nothing/here HTTP/1.1\r\nHost: heard\r\nContent-Length: 999\r\n\r\n4")
        began = monotonic()
        assert b" 404 " in await wire.rest()
        assert monotonic() - began < 9
    assert lines[0]["event"] == "http_refused"


# ── A14: paths that speak to terminals ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", ["/%1b]0;x%07%0aFAKE", "/%c2%9b31m", "/%e2%80%ae", "/" + "a" * 6000, '/"},{"event":"fake"}', "/%ff%fe%00"]
)
@pytest.mark.parametrize("port", ["url", "ops_url"])
async def test_A14_a_hostile_path_is_not_there_and_its_line_is_one_line(target, path, port):
    async with target.attacked() as lines:
        wire = await target.wire(getattr(target.desk.up, port))
        await wire.send(f"GET {path} HTTP/1.1\r\nHost: heard\r\nConnection: close\r\n\r\n".encode())
        answer = await wire.rest()
        assert b" 404 " in answer.partition(b"\r\n")[0]
        assert not set(answer) & set(b"\x1b\x07\x00\x9b\x9d")
    assert (lines[0]["event"], lines[0]["status"]) == ("http_refused", 404)


# ── Not HTTP at all ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("port", ["url", "ops_url"])
@pytest.mark.parametrize(
    "said",
    [
        bytes.fromhex("16030100a5010000a1030300") + b"\x01" * 160,
        b"\x80\xff\xfe\x9b31m\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header\x1b]0;x\x07: y\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
    ],
    ids=["TLS", "bytes", "header", "version", "line", "long header", "headers", "smuggled", "negative length", "SSH"],
)
async def test_what_is_no_http_is_refused_with_one_line_and_no_traceback(target, said, port):
    async with target.attacked() as lines:
        wire = await target.wire(getattr(target.desk.up, port))
        await wire.send(said)
        assert (await wire.rest()).startswith(b"HTTP/1.0 400 ")
    assert lines[0]["message"].startswith("refused from 127.0.0.1: no HTTP (")


# ── A18, A19, A21: requests of a wrong form ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("transport=websocket", {}),
        ("transport=websocket", {"method": "POST"}),
        ("transport=websocket", {"headers": {"Connection": "Upgrade", "Upgrade": "h2c"}}),
        ("transport=websocket", {"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}}),
        ("transport=flashsocket", {}),
        ("transport=", {}),
        ("sid=nonsense", {}),
        ("transport=polling", {"method": "PUT"}),
        ("transport=polling", {"method": "DELETE"}),
        ("transport=polling&sid=nonsense", {}),
    ],
)
async def test_A18_a_handshake_of_a_wrong_form_is_refused(target, query, options):
    async with target.attacked() as lines:
        status, body = await target.ask(query, **options)
        assert (status, '"code":' in body) == (400, True)
    assert lines[0]["message"].startswith("refused, from 127.0.0.1: ")


async def test_A18_another_version_of_the_protocol_is_refused(target):
    async with target.attacked(), target.desk.http.get("/socket.io/?EIO=3&transport=polling") as answer:
        assert answer.status == 400
        assert (await answer.json())["code"] == 5


async def test_A18_polling_is_refused_where_it_is_off(make, log):
    stage = await make(transports=("websocket",))
    assert (await stage.poll())[0] == 400
    assert [line["message"] for line in log.lines] == ["refused, from 127.0.0.1: Transport unknown"]
    neighbour = await stage.raw()
    assert await neighbour.join()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_A19_a_websocket_is_not_spoken_for_by_its_id(target, method):
    raw = await target.raw()
    (sid,) = (secret for secret in target.log.secrets if len(secret) == 22)
    await raw.join("/kds", f'{{"token":"{target.token()}"}}')
    await raw.json("42/kds,")
    async with target.attacked():
        options = {"data": '42/kds,["kds:bump",{}]'} if method == "POST" else {}
        status, _ = await target.ask(f"transport=polling&sid={sid}", method, **options)
        assert status == 400
    await raw.send('42/kds,1["stream:unsubscribe",{"stream":"s1/orders"}]')
    assert (await raw.json("43/kds,1"))[0]["ok"]


async def test_A21_jsonp_is_off(target):
    for query in ("j=0", "j=%3Cscript%3E", "j="):
        async with target.attacked() as lines:
            status, body = await target.ask(f"transport=polling&{query}")
            assert (status, "script" in body, "___eio" in body) == (400, False, False)
        assert "JSONP" in lines[0]["message"]


async def test_A21_jsonp_is_off_for_a_session_too(target):
    sid = await target.joined_by_polling()
    async with target.attacked():
        assert (await target.ask(f"transport=polling&sid={sid}&j=0"))[0] == 400
        assert (await target.ask(f"transport=polling&sid={sid}", "POST", data="3"))[0] == 200


# ── A20: a stolen session ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("use", ["POST", "GET", "upgrade"])
async def test_A20_a_polling_session_is_of_no_use_in_another_network(target, use):
    sid = await target.joined_by_polling()
    thief = await target.from_elsewhere()
    url = f"{target.socket_io}?EIO=4&sid={sid}&transport="
    async with target.attacked() as lines:
        if use == "upgrade":
            with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
                await thief.ws_connect(url + "websocket")
        else:
            data = '42/kds,["kds:bump",{}]' if use == "POST" else None
            async with thief.request(use, url + "polling", data=data) as answer:
                assert (answer.status, await answer.text()) == UNKNOWN  # as if it had never been one
    assert (audit(lines[0], "foreign_sid")["address"], "127.0.0.1" in lines[0]["detail"]) == ("127.0.77.1", True)
    assert (await target.ask(f"transport=polling&sid={sid}", "POST", data="3"))[0] == 200


async def test_A20_an_id_that_never_was_reads_the_same(target):
    assert await target.ask("transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAA") == UNKNOWN


async def test_A20_ids_cannot_be_guessed(target):
    sids = {await target.polling() for _ in range(20)}
    assert len(sids) == 20
    assert all(len(sid) * 6 >= 120 for sid in sids)


async def test_A20_behind_a_proxy_the_clients_address_counts(aim):
    target = await aim(trusted_proxies=("127.0.0.0/8",))

    async def ask(query, address, **options):
        return await target.ask(query, headers={"X-Forwarded-For": address}, **options)

    _, opening = await ask("transport=polling", "203.0.113.9")
    sid = opening.partition('"sid":"')[2].partition('"')[0]
    target.log.secrets.add(sid)
    async with target.attacked() as lines:
        assert await ask(f"transport=polling&sid={sid}", "198.51.100.7", method="POST", data="3") == UNKNOWN
    assert audit(lines[0], "foreign_sid")["address"] == "198.51.100.7"
    assert await ask(f"transport=polling&sid={sid}", "203.0.113.200", method="POST", data="3") == (200, "ok")


async def test_A20_a_forged_address_with_a_zone_is_not_believed(aim):
    """`fe80::1%…` is an address to Python, whatever stands behind the sign."""
    target = await aim(trusted_proxies=("127.0.0.0/8",))
    async with target.attacked() as lines:
        headers = EVIL | {"X-Forwarded-For": "fe80::1%FAKE" + "x" * 3000}
        assert (await target.ask("transport=polling", headers=headers))[0] == 403
    assert audit(lines[0], "origin")["address"] == "127.0.0.1"


# ── A22, A23, A24: bombs and floods ───────────────────────────────────────────────────────────────────────────────────


def bomb(size):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(b"A" * size) + packer.flush(zlib.Z_SYNC_FLUSH)
    return packed.removesuffix(b"\x00\x00\xff\xff")


async def test_A22_a_packed_frame_is_refused_where_packing_is_off(target):
    async with target.attacked() as lines:
        raw = await target.raw(compress=15)
        assert raw.ws.compress == 0
        raw.ws._writer._write_websocket_frame(bomb(100_000_000), 0x1, 0x40)
        assert await raw.end() == 1002
    assert "frame refused with 1002" in lines[0]["message"]


async def test_A22_a_bomb_is_refused_where_packing_is_on(make, log):
    stage = await make(deflate=True)
    neighbour, raw = await stage.raw(), await stage.raw(compress=15)
    await neighbour.join()
    raw.ws._writer._write_websocket_frame(bomb(100_000_000), 0x1, 0x40)
    assert await raw.end() == 1009
    assert ["frame refused with 1009" in line["message"] for line in log.lines] == [True]
    await neighbour.send('42/kds,1["x"]')
    assert await neighbour.json("43/kds,1") == [{"echo": []}]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP", "x-nonsense"])
async def test_A23_a_packed_body_is_refused_unread(target, encoding):
    sid = await target.joined_by_polling()
    async with target.attacked() as lines:
        packed = gzip.compress(b"4" * 20_000_000)
        options = {"data": packed, "headers": {"Content-Encoding": encoding}}
        assert (await target.ask(f"transport=polling&sid={sid}", "POST", **options))[0] == 415
    assert "body refused with 415" in lines[0]["message"]


async def test_A23_a_packed_order_is_refused(target):
    async with target.attacked() as lines:
        reply = await target.desk.call(
            "POST", "/v1/stores/s1/orders", raw=gzip.compress(b" " * 20_000_000), headers={"Content-Encoding": "gzip"}
        )
        assert (reply.status, reply.body["error"]["code"]) == (415, "unsupported")
    assert (lines[0]["event"], lines[0]["status"]) == ("http_refused", 415)


async def test_A24_more_packets_than_a_body_may_hold_are_refused_and_none_is_handled(target):
    sid = await target.joined_by_polling()
    most = TransportSettings().payload_packets
    async with target.attacked() as lines:
        body = "\x1e".join(['42/kds,["kds:bump",{}]'] * (most + 1))
        assert (await target.ask(f"transport=polling&sid={sid}", "POST", data=body))[0] == 400
        _, told = await target.ask(f"transport=polling&sid={sid}")
        assert '"code":"protocol_error"' in told
    assert "too many packets in one body" in lines[0]["message"]


async def test_A24_who_joined_nothing_may_say_sixteen_things_at_once(target):
    sid = await target.polling()
    async with target.attacked() as lines:
        body = "\x1e".join(["3"] * 17)
        assert (await target.ask(f"transport=polling&sid={sid}", "POST", data=body))[0] == 400
    assert "too many packets in one body" in lines[0]["message"]
    sid = await target.polling()
    assert await target.ask(f"transport=polling&sid={sid}", "POST", data="\x1e".join(["3"] * 16)) == (200, "ok")


# ── A25: what is not for the street ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", ["/metrics", "/admin", "/debug", "/livez", "/readyz", "/socket.io", "/metrics/", "//metrics"]
)
async def test_A25_what_operators_see_is_not_on_the_public_port(target, path):
    async with target.attacked() as lines:
        wire = await target.wire()
        await wire.send(f"GET {path} HTTP/1.1\r\nHost: heard\r\nConnection: close\r\n\r\n".encode())
        answer = await wire.rest()
        assert b" 404 " in answer.partition(b"\r\n")[0]
        assert b"heard_" not in answer
    assert lines[0]["event"] == "http_refused"


async def test_A25_the_operators_port_is_this_machines_own(target):
    assert target.desk.up.ops_url.startswith("http://127.0.0.1:")
    assert target.desk.up.ops_url != target.desk.up.url


async def drip(wire):
    """Send a little now and then, for as long as somebody takes it."""
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(0.05)
            await wire.send(b"4")


async def until_lines(target, words):
    async with asyncio.timeout(60):
        while not any(words in line for line in target.log.raw):  # noqa: ASYNC110 - nobody signals a line
            await asyncio.sleep(0.01)
