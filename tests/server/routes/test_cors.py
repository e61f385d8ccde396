"""Browsers over HTTP: pages from listed origins call and read, pages from elsewhere do not even call."""

import aiohttp
import pytest
from structlog.testing import capture_logs

SHOP = "https://shop.example"
EVIL = "https://evil.example"
ORDER = {"items": [{"name": "Burger", "qty": "1"}]}
ORDERS = "/v1/stores/s1/orders"


@pytest.fixture
async def shop(open_desk):
    """A gateway that one page may talk to."""
    return await open_desk(transport={"origins": (SHOP,)})


async def preflight(desk, path: str, origin: str = SHOP, method: str = "POST") -> aiohttp.ClientResponse:
    asked = {
        "Origin": origin, "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }  # fmt: skip
    async with desk.http.options(path, headers=asked) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize("path", [ORDERS, "/v1/stores/s1/commands", "/v1/tokens/refresh", "/openapi.json", "/nothing"])
async def test_a_browser_may_ask_before_it_calls(shop, path):
    answer = await preflight(shop, path)
    assert (answer.status, await answer.text()) == (204, "")
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert {"GET", "POST", "PATCH"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = set(answer.headers["Access-Control-Allow-Headers"].lower().split(", "))
    assert {"authorization", "content-type", "idempotency-key", "if-match"} <= allowed
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_listed_page_calls_and_reads_what_it_needs(shop):
    headers = {"Origin": SHOP, "Idempotency-Key": "till-1-order-1"}
    for replayed in (None, "true"):
        reply = await shop.call("POST", ORDERS, ORDER, headers=headers)
        assert reply.body["ok"]
        assert reply.headers.get("Idempotent-Replayed") == replayed
        assert reply.headers["ETag"] == '"1"'
        assert reply.headers["Access-Control-Allow-Origin"] == SHOP
    told = set(reply.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"Idempotent-Replayed", "Retry-After", "ETag"} <= told


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/nothing", None, 404), ("DELETE", ORDERS, None, 405), ("GET", ORDERS, "nonsense", 401),
        ("GET", ORDERS + "?token=x", None, 400),
    ],
)  # fmt: skip
async def test_a_listed_page_can_read_refusals_too(shop, method, path, token, status):
    reply = await shop.call(method, path, token=token, headers={"Origin": SHOP})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (status, SHOP)
    assert reply.body["error"]["code"]


@pytest.mark.parametrize("origin", [EVIL, "null", SHOP + ".evil", SHOP.upper(), SHOP + ":8443", SHOP + "/", "*", ""])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_any_other_page_is_refused_and_changes_nothing(shop, origin, method):
    reply = await shop.call(method, ORDERS, ORDER if method == "POST" else None, headers={"Origin": origin})
    assert (reply.status, reply.body["error"]["code"]) == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert reply.headers["Vary"] == "Origin"
    assert (await shop.get(ORDERS)).body["orders"] == []


@pytest.mark.parametrize("path", [ORDERS, "/openapi.json", "/nothing"])
async def test_any_other_page_learns_that_when_it_asks(shop, path):
    answer = await preflight(shop, path, EVIL)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_one_listed_origin_does_not_vouch_for_another(shop):
    for order in ((SHOP, EVIL), (EVIL, SHOP)):
        async with shop.http.get("/openapi.json", headers=[("Origin", one) for one in order]) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_refused_page_is_on_record_and_cannot_flood_it(shop):
    with capture_logs() as lines:
        for _ in range(50):
            await shop.call("POST", ORDERS, ORDER, headers={"Origin": EVIL})
    audit = [line for line in lines if line["event"] == "audit"]
    assert 1 <= len(audit) <= 40
    assert {(line["code"], line["detail"]) for line in audit} == {("origin", EVIL)}


async def test_a_program_has_no_origin_and_is_let_in(shop):
    reply = await shop.call("POST", ORDERS, ORDER)
    assert reply.status == 201
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert reply.headers["Vary"] == "Origin"


async def test_without_a_list_no_page_may_call(desk):
    assert (await desk.call("POST", ORDERS, ORDER, headers={"Origin": desk.up.url})).status == 403
    assert (await preflight(desk, ORDERS)).status == 403


async def test_what_is_no_preflight_is_an_unknown_method(shop):
    async with shop.http.options(ORDERS) as answer:
        assert answer.status == 405


async def test_the_sockets_answer_for_themselves(shop):
    answer = await preflight(shop, "/socket.io/?EIO=4&transport=polling", method="GET")
    assert (answer.status, answer.headers.getall("Vary")) == (204, ["Origin"])
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    async with shop.http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": SHOP}) as answer:
        assert answer.headers.getall("Access-Control-Allow-Origin") == [SHOP]


async def test_a_page_that_is_turned_away_can_read_when_to_come_back(open_desk):
    full = await open_desk(transport={"origins": (SHOP,), "max_connections": 1})
    await full.socket()
    async with full.http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": SHOP}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


async def test_the_ops_address_is_for_no_browser(shop):
    async with aiohttp.ClientSession(base_url=shop.up.ops_url) as ops:
        async with ops.get("/metrics", headers={"Origin": SHOP}) as answer:
            assert not [name for name in answer.headers if name.startswith("Access-Control")]
        async with ops.options("/metrics", headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"}) as answer:
            assert answer.status == 405
