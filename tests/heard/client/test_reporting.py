"""What a client says of itself: when, how often, and to whom no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from heard.client import HeardClient, LinkState, ManualClock
from heard.client.connection import Subscription
from heard.client.links.base import LinkDown
from heard.client.links.loopback import LoopbackKitchen, LoopbackLink
from heard.client.reporting import MAX_POSITIONS, REPORT_S, Reporting
from heard.client.session import Session
from heard.contract import kds
from heard.contract.session import Report
from tests.heard.client.conftest import BURGER, Feeds, eventually, until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heard.client.client.LOOK_S", 0.005)


def test_whoever_has_nothing_to_say_says_nothing() -> None:
    assert Reporting().due({}, 0.0) is None


def test_what_does_not_change_is_said_every_few_seconds() -> None:
    mine = Reporting()
    assert mine.due({"s1/kds": 4}, 10.0) == Report(positions={"s1/kds": 4})
    assert mine.due({"s1/kds": 5}, 10.0 + REPORT_S - 0.1) is None
    assert mine.due({"s1/kds": 6}, 10.0 + REPORT_S) == Report(positions={"s1/kds": 6})


def test_sound_and_what_is_unsent_are_said_as_soon_as_they_change() -> None:
    waiting = [0]
    mine = Reporting(lambda: waiting[0])
    assert mine.due({}, 0.0) == Report(unsent=0)
    waiting[0] = 3
    assert mine.due({}, 1.0) == Report(unsent=3)
    mine.give(sound="off")
    assert mine.due({}, 2.0) == Report(unsent=3, sound="off")
    mine.give(key_ms_p99=7.5)
    assert mine.due({}, 3.0) is None


def test_a_figure_stays_until_there_is_another_and_one_that_cannot_be_said_changes_nothing() -> None:
    mine = Reporting()
    mine.give(sound="on", screen="80x24 xterm")
    mine.give(key_ms_p99=float("nan"))
    mine.give(sound="loud")
    mine.give(sound="muted", key_ms_p99=4.0)
    assert mine.due({}, 0.0) == Report(sound="muted", screen="80x24 xterm", key_ms_p99=4.0)


def test_more_streams_than_a_report_holds_are_left_out() -> None:
    report = Reporting().due({f"s{n}/kds": n for n in range(40)}, 0.0)
    assert report is not None
    assert len(report.positions) == MAX_POSITIONS


def test_a_station_reports_where_it_stands_and_what_waits(
    feeds: Feeds, kitchen: LoopbackKitchen, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = feeds()
    feed.vitals(sound="on", key_ms_p99=4.0, glass_ms_p99=12.0, screen="100x30 xterm-256color")
    until(lambda: kitchen.reports and kitchen.reports[-1].get("sound"))
    told = kitchen.reports[-1]
    assert told["positions"] == {"s1/kds": len(kitchen.kitchen.board.tickets)}
    assert (told["unsent"], told["sound"], told["screen"]) == (0, "on", "100x30 xterm-256color")
    count = len(kitchen.reports)
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: feed.status.unsent == 0)
    clock.advance(REPORT_S)
    until(lambda: len(kitchen.reports) > count and kitchen.reports[-1]["positions"]["s1/kds"] > 2)


class Older(LoopbackLink):
    """A link to a gateway that has never heard of reports."""

    asked = 0

    async def request(self, event: str, data: dict[str, object], timeout_s: float) -> object:
        if event == Report.name:
            Older.asked += 1
            return {"ok": False, "code": "bad_request", "message": "there is no command", "temporary": False}
        return await super().request(event, data, timeout_s)


@pytest.fixture
def older() -> type[Older]:
    Older.asked = 0
    return Older


@asynccontextmanager
async def listening(
    kitchen: LoopbackKitchen, clock: ManualClock, link: type[LoopbackLink]
) -> AsyncIterator[HeardClient]:
    async with HeardClient(connect=lambda: link(kitchen), clock=clock) as client:
        heard = Subscription(Session(kitchen.kds), lambda _: None, lambda *_: None, lambda: None)
        client.listen(heard)
        yield client


async def test_a_gateway_that_does_not_know_reports_is_told_once_a_link_and_stays(
    kitchen: LoopbackKitchen, clock: ManualClock, older: type[Older]
) -> None:
    async with listening(kitchen, clock, older) as client:
        await eventually(lambda: older.asked == 1)
        clock.advance(REPORT_S * 3)
        answer = await client.send("orders:place", order=BURGER)
        assert answer.ok
        assert client.status.live
        assert older.asked == 1
        kitchen.cut()
        await eventually(lambda: client.status.state is LinkState.OFFLINE and clock.sleeping)
        clock.advance(REPORT_S * 3)
        await eventually(lambda: older.asked == 2)


class Slow(LoopbackLink):
    """A link to a gateway that is too busy for the first report."""

    asked = 0

    async def request(self, event: str, data: dict[str, object], timeout_s: float) -> object:
        if event == Report.name:
            Slow.asked += 1
            if Slow.asked == 1:
                raise LinkDown("no answer in time")
        return await super().request(event, data, timeout_s)


async def test_a_report_that_nobody_answered_is_no_reason_to_fall_silent(
    kitchen: LoopbackKitchen, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "asked", 0)
    async with listening(kitchen, clock, Slow) as client:
        client.vitals(screen="till 3")
        await eventually(lambda: Slow.asked == 1)
        clock.advance(REPORT_S)
        await eventually(lambda: kitchen.reports and kitchen.reports[-1].get("screen") == "till 3")
        assert client.status.live


async def test_any_client_may_say_how_it_fares(kitchen: LoopbackKitchen, clock: ManualClock) -> None:
    async with listening(kitchen, clock, LoopbackLink) as client:
        client.vitals(screen="till 3")
        await eventually(lambda: kitchen.reports and kitchen.reports[-1].get("screen") == "till 3")
        assert "unsent" not in kitchen.reports[-1]


async def test_a_client_that_leaves_reports_no_more(kitchen: LoopbackKitchen, clock: ManualClock) -> None:
    async with listening(kitchen, clock, LoopbackLink):
        await eventually(lambda: kitchen.reports)
    await eventually(lambda: "heard reporter" not in {task.get_name() for task in asyncio.all_tasks()})


def test_figures_told_again_and_again_are_read_once(caplog: pytest.LogCaptureFixture) -> None:
    reporting = Reporting()
    for _ in range(3):
        reporting.give(sound="on", screen=41)
    assert len(caplog.records) == 1
    reporting.give(sound="off")
    report = reporting.due({}, 0.0)
    assert report is not None
    assert report.sound == "off"
