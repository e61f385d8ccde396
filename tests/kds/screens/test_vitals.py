"""Diagnostics, and what they are measured from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heard.client.status import LinkState
from heard.contract.envelope import Position
from kds.vitals import KEPT, Vitals, age_s, percentiles
from tests.kds.station import lines


def told(s):
    return {line[1:17].strip(): line[18:].strip() for line in lines(s.app)[1:]}


async def test_a_gateways_clock_that_is_behind_is_said_so(still, screen):
    still.link = replace(still.link, skew_s=-0.002)
    async with screen() as s:
        await s.press("f2")
        await s.sees("gateway 2 ms behind")


async def test_everything_a_station_knows_of_itself_is_a_line(still, screen, clock):
    clock.advance(60)
    still.link = replace(
        still.link, subject="grill-1", role="kitchen", store="s1", stations=("grill",), position=Position("ep", 40),
        head=43, rtt_ms=12.34, skew_s=0.25, unsent=2, last_event=clock.monotonic() - 5,
    )  # fmt: skip
    async with screen(size=(80, 40), environ={"TERM": "xterm-256color", "SSH_CONNECTION": "x", "TMUX": "y"}) as s:
        s.app.desk.facts |= {"url": "http://127.0.0.1:8787", "outbox": "/var/lib/[x].sqlite"}
        s.app.vitals.glass_ms.extend([10.0, 20.0, 30.0])
        await s.press("f2")
        await s.sees("Diagnostics of grill")
        seen = told(s)
        assert seen["link"].startswith("live")
        assert seen["gateway"] == "http://127.0.0.1:8787"
        assert seen["token"].split() == ["grill-1", "kitchen", "grill"]
        assert seen["position"].split() == ["#40", "(ep)", "3", "behind"]
        assert seen["round trip"] == "12.3 ms"
        assert seen["clock"] == "gateway 250 ms ahead"
        assert seen["unsent"] == "2"
        assert seen["order to glass"] == "p50 20.0 p95 30.0 p99 30.0 ms (3 measured)"
        assert seen["terminal"].split() == ["xterm-256color", "80x40", "ssh", "tmux"]
        assert {"theme", "text size", "sound", "version", "up", "memory", "colours", "frames"} <= seen.keys()
        assert seen["memory"].endswith("MB")
        assert seen["outbox"] == "/var/lib/[x].sqlite"


async def test_a_link_that_is_down_is_told_with_its_reason(still, screen):
    still.link = replace(still.link, state=LinkState.OFFLINE, reason="the gateway cannot be reached [x]")
    async with screen(size=(80, 40)) as s:
        await s.press("f2")
        await s.sees("offline 0s the gateway cannot be reached [x]")


async def test_it_stays_until_it_is_closed_and_goes_on_counting(screen, clock):
    async with screen(size=(80, 40)) as s:
        await s.press("f2")
        clock.advance(600)
        s.app.tick()
        await s.sees("10m")
        await s.press("f2")
        await s.misses("Diagnostics")


async def test_an_order_is_measured_from_its_fact_by_the_gateways_clock_to_its_frame(still, screen, clock, until):
    still.link = replace(still.link, skew_s=-0.5)
    async with screen() as s:
        before = still.place("Burger")  # known before the link was looked at twice
        await until(lambda: f"{before}.grill" in s.app.seen)
        at = clock.now()
        order = still.place("Burger")
        clock.advance(1.5)
        await until(lambda: f"{order}.grill" in s.app.seen)
        await until(lambda: len(s.app.vitals.glass_ms) == 2)
        assert s.app.vitals.glass_ms[-1] <= 1001
        assert still.ticket(order).came_at >= at


async def test_what_nobody_could_see_at_once_is_not_measured(still, screen, until):
    async with screen() as s:
        await s.press("f2")
        hidden = still.place("Burger")
        await s.sees("1 open")
        await s.press("escape")
        await until(lambda: f"{hidden}.grill" in s.app.seen)
        assert not s.app.vitals.glass_ms


async def test_every_key_that_changes_the_wall_is_measured(still, screen, until):
    still.place("Burger")
    async with screen() as s:
        await s.sees("1 Burger")
        await s.press("1")
        await until(lambda: len(s.app.vitals.key_ms) == 1)
        await s.press("7")  # no such card: nothing to wait for
        await s.press("s")
        await until(lambda: len(s.app.vitals.key_ms) == 2)
        assert s.app.key_to_frame_ms is s.app.vitals.key_ms


def test_only_the_newest_count():
    vitals = Vitals()
    for n in range(KEPT + 50):
        vitals.pressed(n)
        vitals.acted()
        vitals.framed(n + 0.001 * n)
    assert len(vitals.key_ms) == KEPT
    assert vitals.key_ms[0] == pytest.approx(50)


def test_a_ticket_is_measured_once_and_only_where_it_was_expected():
    vitals = Vitals()
    vitals.expect(["a", "b"], 0.0)
    vitals.expect([], 0.004)  # the facts of one order come one by one
    vitals.seen({"a": 0.1, "c": 5})
    vitals.seen({"a": 9.0})
    vitals.expect(["d"], 60.0)
    vitals.seen({"b": 7.0, "d": -0.2})
    assert list(vitals.glass_ms) == [100.0, 0.0]


def test_percentiles_are_of_what_there_is():
    assert percentiles([]) is None
    assert percentiles([5]) == (5, 5, 5)
    assert percentiles(range(1000)) == (500, 950, 990)


def test_the_age_of_a_fact_takes_both_clocks_into_account(clock):
    at = clock.now()
    clock.advance(3)
    assert age_s(at, clock.now(), 1.0, None) == pytest.approx(2.0)
    assert age_s(at, clock.now(), 1.0, 0.5) == pytest.approx(2.5)
