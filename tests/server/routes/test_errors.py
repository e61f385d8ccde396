"""Whatever goes wrong over HTTP leaves as JSON with a code, and leaks nothing."""

import asyncio
import gzip
import io
import json
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from server.routes.asking import BODY_S, json_body
from server.transport import TransportSettings
from server.transport.front import Patience
from tests.patience import PATIENCE_S
from tests.server.desk import until

ORDERS = "/v1/stores/s1/orders"
BODY = b'{"items":[{"name":"Burger","qty":"1"}]}'


async def posted(desk, raw, **headers):
    return await desk.call("POST", ORDERS, raw=io.BytesIO(raw), headers=headers)


def code(reply):
    return reply.status, reply.body["error"]["code"]


async def test_a_path_that_is_not_there_is_404(desk):
    for path in ("/", "/v1", "/metrics", "/livez", "/admin", "/v1/stores/s1/orders/x/y/z", "/%1b]0;x%07%0aFAKE"):
        reply = await desk.get(path)
        assert code(reply) == (404, "not_found")
        assert "\x1b" not in reply.body["error"]["message"]


async def test_a_method_that_is_not_for_a_path_is_405_and_names_those_that_are(desk):
    reply = await desk.call("DELETE", ORDERS)
    assert code(reply) == (405, "bad_request")
    assert set(reply.headers["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff", b'{"a":1,"a":2}', b'{"items":[{"name":"x","qty":NaN}]}', b'{"a":1e999}', b'{"a":Infinity}',
        b'{"items":[{"name":"\\ud800","qty":"1"}]}', b"[" * 100_000, b'{"a":' + b"9" * 5_000 + b"}", BODY + b"x",
    ],
)  # fmt: skip
async def test_what_is_not_strict_json_is_refused(desk, raw):
    reply = await posted(desk, raw)
    assert code(reply) == (400, "bad_request")


async def test_a_broken_body_is_not_repeated(desk):
    reply = await posted(desk, b'{"secret-canary')
    assert "canary" not in json.dumps(reply.body)


async def test_another_media_type_is_415(desk):
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ):
        assert code(await posted(desk, BODY, **{"Content-Type": kind})) == (415, "unsupported")


async def test_json_with_a_charset_is_taken(desk):
    assert (await posted(desk, BODY, **{"Content-Type": "application/json; charset=utf-8"})).status == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_packed_body_is_415_whatever_it_holds(desk, encoding):
    packed = gzip.compress(b"0" * 20_000_000) if encoding == "gzip" else b"x"
    assert code(await posted(desk, packed, **{"Content-Encoding": encoding})) == (415, "unsupported")


async def test_a_body_beyond_2_mib_is_413(desk):
    assert code(await posted(desk, b" " * (2 * 1024 * 1024 + 1))) == (413, "too_large")
    assert code(await posted(desk, b" " * (2 * 1024 * 1024 - 1))) == (400, "bad_request")


@pytest.mark.parametrize("name", ["token", "access_token", "auth", "jwt"])
async def test_a_token_in_the_address_is_refused_even_with_a_good_one_beside(desk, name):
    reply = await desk.get(f"{ORDERS}?{name}={desk.token('viewer')}")
    assert code(reply) == (400, "token_in_url")
    reply = await desk.call("POST", f"/v1/tokens/refresh?{name}=x")
    assert code(reply) == (400, "token_in_url")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "nonsense", "Bearer a.b.c", "bearer  x"])
async def test_a_header_without_a_token_of_ours_is_401(desk, value):
    reply = await desk.call("GET", ORDERS, role="", headers={"Authorization": value})
    assert code(reply) == (401, "invalid_token")


async def test_the_scheme_may_be_written_in_any_case(desk):
    reply = await desk.call("GET", ORDERS, role="", headers={"Authorization": f"bEARER   {desk.token('viewer')} "})
    assert reply.status == 200


async def test_an_expired_token_says_so(desk):
    token = desk.token("viewer", life_s=10)
    desk.clock.turn(minutes=1)
    assert code(await desk.get(ORDERS, token=token)) == (401, "token_expired")


async def test_the_unforeseen_is_told_without_detail_and_counted(desk, monkeypatch):
    def broken(*_):
        raise RuntimeError("the canary")

    monkeypatch.setattr(desk.gateway, "kitchen", broken)
    reply = await desk.get(ORDERS)
    assert code(reply) == (500, "internal")
    assert reply.body["error"]["temporary"]
    assert reply.headers["Retry-After"] == "1"
    assert "canary" not in json.dumps(reply.body)
    text = desk.gateway.metrics.text().decode()
    assert 'heard_http_requests_total{route="/v1/stores/{store}/orders",status="500"} 1.0' in text


async def test_labels_come_from_a_closed_set(desk):
    for n in range(5):
        await desk.get(f"/nothing/{n}")
        await desk.get(f"{ORDERS}/{n}")
    text = desk.gateway.metrics.text().decode()
    assert 'heard_http_requests_total{route="none",status="404"} 5.0' in text
    assert 'route="/v1/stores/{store}/orders/{id}",status="404"} 5.0' in text


async def test_the_contract_is_served_to_everyone(desk):
    reply = await desk.get("/openapi.json", role="")
    assert reply.status == 200
    assert reply.body["openapi"].startswith("3.")
    assert "/v1/stores/{store}/orders" in reply.body["paths"]


async def test_the_server_header_names_no_versions(desk):
    reply = await desk.get("/v1/stores/s1/orders")
    assert reply.headers["Server"] == "heard"


async def half_a_body(desk):
    """A connection that has promised more than it sent."""
    place = urlsplit(desk.up.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    token = desk.token("pos")
    head = f"POST {ORDERS} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nContent-Length: 100"
    writer.write(f'{head}\r\n\r\n{{"items"'.encode())
    await writer.drain()
    return reader, writer


async def test_a_body_that_never_comes_is_not_waited_for(desk, monkeypatch):
    monkeypatch.setattr("server.routes.asking.BODY_S", 0.05)
    with capture_logs() as lines:
        reader, writer = await half_a_body(desk)
        async with asyncio.timeout(PATIENCE_S):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")  # to the end: it is closed
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nConnection: close" in head
    error = json.loads(body)["error"]
    assert (error["code"], error["temporary"]) == ("timeout", True)
    told = [(line["event"], line["status"], line["path"]) for line in lines]
    assert told == [("http_refused", 408, ORDERS)]
    writer.close()


async def test_a_body_that_trickles_is_not_waited_for_either(desk, monkeypatch):
    monkeypatch.setattr("server.routes.asking.BODY_S", 0.2)
    reader, writer = await half_a_body(desk)
    answer = asyncio.ensure_future(reader.readline())
    async with asyncio.timeout(PATIENCE_S):
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.02)
    assert b" 408 " in answer.result()
    writer.close()


def test_body_and_the_time_to_read_the_rest_away_take_less_than_ten_seconds():
    settings = TransportSettings()
    assert settings.body_deadline_ms / 1000 == BODY_S == 7.5
    assert settings.body_deadline_ms + Patience().linger_ms < 10_000


async def test_who_hangs_up_in_the_middle_of_a_body_is_no_fault_of_ours(desk, monkeypatch):
    statuses, began = [], asyncio.Event()

    async def read(request):
        began.set()
        return await json_body(request)

    monkeypatch.setattr("server.routes.orders.json_body", read)
    monkeypatch.setattr(desk.gateway.metrics, "request", lambda _, status: statuses.append(status))
    _, writer = await half_a_body(desk)
    async with asyncio.timeout(PATIENCE_S):
        await began.wait()
    writer.close()
    assert await until(lambda: statuses) == [400]
