"""A token ends while its socket lives: announced, refreshed for the whole connection, or parted from."""

import pytest
from structlog.testing import capture_logs

from server.sockets.ops import GRACE_S
from tests.server.desk import some_id, until


@pytest.fixture
async def quick(open_desk, monkeypatch):
    """A gateway that looks at its sockets' tokens all the time."""
    monkeypatch.setattr("server.app.HEADS_EVERY_S", 0.01)
    return await open_desk()


async def test_the_end_is_announced_once_a_minute_before(quick):
    ear = await quick.socket("/kds", "expo", claims={"life_s": 600})
    quick.clock.turn(seconds=530)
    await ear.first("stream:head")
    assert ear.of("auth:expiring") == []
    quick.clock.turn(seconds=15)
    told = await ear.first("auth:expiring")
    assert 50 <= told["ttl_s"] <= 60
    beats = len(ear.of("stream:head"))
    await until(lambda: len(ear.of("stream:head")) > beats + 5)
    assert len(ear.of("auth:expiring")) == 1


async def test_a_fresh_token_goes_for_the_whole_connection(quick):
    kds, orders = await quick.sockets(("/kds", "/orders"), "expo", claims={"life_s": 100})
    quick.clock.turn(seconds=50)
    await kds.first("auth:expiring")
    await orders.first("auth:expiring")
    answer = await kds.call("auth:refresh", {"token": quick.token("expo", life_s=600)})
    assert (answer["ok"], answer["result"]) == (True, "applied")
    assert 595 <= answer["ttl_s"] <= 600
    quick.clock.turn(seconds=200)
    beats = len(orders.of("stream:head"))
    await until(lambda: len(orders.of("stream:head")) > beats + 3)
    assert kds.client.connected
    quick.clock.turn(seconds=345)
    await until(lambda: len(kds.of("auth:expiring")) == 2 and len(orders.of("auth:expiring")) == 2)


@pytest.mark.parametrize(
    ("role", "claims", "code"),
    [
        ("expo", {"subject": "somebody"}, "forbidden"), ("admin", {"subject": "expo"}, "forbidden"),
        ("expo", {"tenant": "rival"}, "forbidden"), ("expo", {"stores": ["s2"]}, "forbidden"),
    ],
)  # fmt: skip
async def test_a_token_for_somebody_or_somewhere_else_is_no_refresh(desk, role, claims, code):
    ear = await desk.socket("/kds", "expo")
    answer = await ear.call("auth:refresh", {"token": desk.token(role, **claims)})
    assert (answer["ok"], answer["code"]) == (False, code)


@pytest.mark.parametrize("fields", [{}, {"token": ""}, {"token": "nonsense"}, {"token": 7}, {"token": "x", "sub": "y"}])
async def test_what_is_no_token_is_no_refresh(desk, fields):
    ear = await desk.socket("/kds", "expo")
    assert (await ear.call("auth:refresh", fields))["code"] in {"invalid_token", "bad_request"}


async def test_a_refresh_does_not_leave_a_store_that_is_still_heard(desk):
    ear = await desk.socket("/orders", "expo", claims={"stores": ["s1", "s2"]})
    await ear.subscribe("s2/orders")
    narrower = {"token": desk.token("expo", stores=["s1"])}
    assert (await ear.call("auth:refresh", narrower))["code"] == "forbidden"
    await ear.call("stream:unsubscribe", {"stream": "s2/orders"})
    assert (await ear.call("auth:refresh", narrower))["ok"]


async def test_rights_taken_away_by_a_refresh_are_gone_at_once(desk):
    order = await desk.place("Burger")
    ear = await desk.socket("/kds", "kitchen", claims={"stations": ["grill", "fry"]})
    await ear.call("auth:refresh", {"token": desk.token("kitchen", stations=["fry"])})
    answer = await ear.call("kds:bump", {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"})
    assert answer["code"] == "forbidden"


async def test_in_the_grace_it_goes_on_and_a_fresh_token_keeps_it(quick):
    order = await quick.place("Burger")
    kds = await quick.socket("/kds", "expo", claims={"life_s": 100})
    quick.clock.turn(seconds=100 + GRACE_S - 5)
    answer = await kds.call("kds:start", {"command_id": some_id(), "ticket_id": f"{order['id']}.grill"})
    assert answer["ok"], answer
    assert (await kds.call("auth:refresh", {"token": quick.token("expo", life_s=600)}))["ok"]
    quick.clock.turn(seconds=60)
    beats = len(kds.of("stream:head"))
    await until(lambda: len(kds.of("stream:head")) > beats + 5)
    assert kds.client.connected
    assert kds.of("session:goodbye") == []


async def test_the_grace_is_25_seconds():
    assert GRACE_S == 25


async def test_what_ended_by_its_token_is_counted_and_logged_as_that(quick):
    with capture_logs() as lines:
        kds = await quick.socket("/kds", "expo", claims={"life_s": 100})
        quick.clock.turn(seconds=100 + GRACE_S + 1)
        bye = await kds.first("session:goodbye")
        await until(lambda: 'heard_closed_total{code="token_expired"} 1.0' in quick.gateway.metrics.text().decode())
    assert 0 < bye["retry_after_ms"] <= 1_000
    assert [line["code"] for line in lines if line["event"] == "goodbye"] == ["token_expired"]


async def test_after_the_grace_it_parts_and_may_come_back(quick):
    kds, _ = await quick.sockets(("/kds", "/orders"), "expo", claims={"life_s": 100})
    quick.clock.turn(seconds=100 + GRACE_S - 5)
    beats = len(kds.of("stream:head"))
    await until(lambda: len(kds.of("stream:head")) > beats + 3)
    assert kds.client.connected
    quick.clock.turn(seconds=6)
    bye = await kds.first("session:goodbye")
    assert (bye["code"], bye["number"], bye["reconnect"]) == ("token_expired", 3004, True)
    assert len(kds.of("session:goodbye")) == 1
    await until(lambda: not kds.client.connected)
    await until(lambda: quick.gateway.fanout.count() == 0)
