"""The ops address: alive, ready, counted; and nothing of it on the street."""

from dataclasses import replace

import aiohttp
import pytest


@pytest.fixture
async def ops(desk):
    async with aiohttp.ClientSession(base_url=desk.up.ops_url) as session:

        async def get(path: str):
            async with session.get(path) as answer:
                return answer.status, await answer.text(), answer.headers

        yield get


async def test_a_gateway_is_alive_and_ready(ops):
    assert (await ops("/livez"))[:2] == (200, '{"ok":true}')
    status, text, _ = await ops("/readyz")
    assert (status, '"ok":true' in text) == (200, True)


@pytest.mark.parametrize("trouble", ["broken", "full"])
async def test_a_journal_in_trouble_is_not_ready_but_alive(desk, ops, monkeypatch, trouble):
    stats = replace(desk.gateway.journal.stats(), **{trouble: True})
    monkeypatch.setattr(desk.gateway.journal, "stats", lambda: stats)
    assert (await ops("/readyz"))[0] == 503
    assert (await ops("/livez"))[0] == 200


async def test_whoever_is_leaving_is_not_ready(desk, ops):
    desk.gateway.draining = True
    status, text, _ = await ops("/readyz")
    assert (status, '"serving":false' in text) == (503, True)


async def test_metrics_are_in_prometheus_text(desk, ops):
    await desk.place("Burger")
    await desk.socket()
    status, text, headers = await ops("/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    for line in (
        'heard_commands_total{name="orders:place",outcome="applied"} 1.0', "heard_sockets 1.0",
        "heard_connections 1.0", "heard_subscriptions 1.0", "heard_journal_queue 0.0",
        'heard_connects_total{namespace="/kds",outcome="joined"} 1.0', 'heard_journal_events_total{kind="orders"} 1.0',
    ):  # fmt: skip
        assert line in text


async def test_both_pools_and_what_is_reaped_can_be_read(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db", journal_readers=3, transport={"max_connections": 1})
    await desk.socket()
    assert (await desk.call("GET", "/socket.io/?EIO=4&transport=polling")).status == 503
    async with desk.http.get(desk.up.ops_url + "/metrics") as answer:
        text = await answer.text()
    for line in (
        "heard_connections 1.0", "heard_connections_limit 1.0", 'heard_handshakes_refused_total{reason="full"} 1.0',
        'heard_handshakes_refused_total{reason="draining"} 0.0', "heard_journal_readers 3.0",
        "heard_journal_readers_busy 0.0", "heard_journal_reads_waiting 0.0",
        'heard_reaped_total{reason="ungreeted"} 0.0', 'heard_reaped_total{reason="unread"} 0.0',
        'heard_reaped_total{reason="no_request"} 0.0',
    ):  # fmt: skip
        assert line in text, line


async def test_the_ops_address_serves_nothing_else(ops):
    for path in ("/", "/v1/stores/s1/orders", "/socket.io/", "/openapi.json"):
        assert (await ops(path))[0] == 404
