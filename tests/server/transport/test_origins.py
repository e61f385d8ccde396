"""Which browsers may come in, and whose address is believed."""

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request

from server.transport.peers import address_of, near, networks

SHOP = "https://shop.example"


async def test_a_native_client_has_no_origin_and_passes(stage):
    assert (await stage.poll())[0] == 200


async def test_a_listed_origin_passes_and_may_read_the_answer(make):
    stage = await make(origins=(SHOP,))
    async with stage.http.get(f"{stage.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": SHOP}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert await stage.raw(headers={"Origin": SHOP})


async def test_a_preflight_is_answered_for_a_listed_origin(make):
    stage = await make(origins=(SHOP,))
    async with stage.http.options(f"{stage.url}/socket.io/?EIO=4", headers={"Origin": SHOP}) as answer:
        assert answer.status == 204
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://shop.example.evil", "HTTPS://SHOP.EXAMPLE"]
)
async def test_any_other_origin_is_refused(make, origin):
    stage = await make(origins=(SHOP,))
    assert (await stage.poll(headers={"Origin": origin}))[0] == 403
    with pytest.raises(WSServerHandshakeError, match="403"):
        await stage.raw(headers={"Origin": origin})


async def test_a_refused_page_is_told_the_setting_that_lets_it_in(stage):
    async with stage.http.get(f"{stage.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": SHOP}) as answer:
        told = await answer.json()
    assert told["code"] == 4
    assert told["message"] == f"pages from {SHOP} may not call here; [transport] origins names those that may"
    assert set(told) == {"code", "message"}


async def test_a_strangers_origin_steers_nothing_where_it_is_repeated(stage):
    origin = "https://evil.example/\u202e" + "x" * 500
    _, (body,) = await stage.poll(headers={"Origin": origin})
    assert body.isascii()
    assert len(body) < 250


async def test_a_forwarded_host_vouches_for_nobody(stage):
    headers = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert (await stage.poll(headers=headers))[0] == 403


async def test_the_same_host_is_no_reason_to_pass(stage):
    assert (await stage.poll(headers={"Origin": stage.url}))[0] == 403


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ((), "6.6.6.6", "10.0.0.1"),
        (("10.0.0.0/8",), "", "10.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (("10.0.0.0/8",), "2001:db8::1", "2001:db8::1"),
        (("10.0.0.0/8",), "nonsense", "10.0.0.1"),
        (("10.0.0.0/8",), "fe80::1%\x1b]0;x", "10.0.0.1"),
        (("192.168.0.0/16",), "203.0.113.9", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(proxies, forwarded, address):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="10.0.0.1")
    assert address_of(request, networks(proxies)) == address


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match="proxy"):
        networks(["proxy"])


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.250", True),
        ("203.0.113.9", "203.0.114.9", False),
        ("::ffff:203.0.113.9", "203.0.113.1", True),
        ("2001:db8:0:100::1", "2001:db8:0:1ff::2", True),
        ("2001:db8:0:100::1", "2001:db8:0:200::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("203.0.113.9", "2001:db8::1", False),
        ("", "", True),
        ("", "203.0.113.9", False),
    ],
)
def test_one_clients_addresses_are_near_each_other(address, other, same):
    assert near(address, other) is near(other, address) is same
