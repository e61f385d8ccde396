"""What happened to an order, asked through a feed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from heard.client import KitchenFeed, LinkDown, ManualClock
from heard.client.history import MAX_PAGES, history_of
from heard.client.links.loopback import LoopbackKitchen, LoopbackLink
from heard.contract.envelope import Actor
from heard.contract.session import History
from heard.errors import NotFound, TooManyRequests
from tests.heard.client.conftest import BURGER, MEAL, Feeds, until


def asked(feed: KitchenFeed, order_id: str) -> Any:
    """The answer to one question, wherever it is given."""
    answers: list[Any] = []
    feed.history(order_id, answers.append)
    until(lambda: answers)
    return answers[0]


def test_every_fact_of_the_order_is_told_with_who_it_was(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    order, other = kitchen.place(MEAL), kitchen.place(BURGER)
    kitchen.command("kds:bump", {"ticket_id": f"{order}.grill"}, Actor(subject="ann", role="kitchen"))
    kitchen.command("kds:bump", {"ticket_id": f"{other}.grill"})
    feed = feeds()
    until(lambda: feed.status.live)
    events = asked(feed, order)
    assert [(one.name, one.actor.subject) for one in events] == [
        *[("kds:order_incoming", "loopback")] * 3, ("kds:item_ready", "ann"),
    ]  # fmt: skip


def test_a_long_history_is_read_page_by_page(clock: ManualClock, feeds: Feeds) -> None:
    kitchen = LoopbackKitchen(clock=clock, max_events=2)
    order = kitchen.place(MEAL)
    for _ in range(3):
        kitchen.command("kds:start", {"ticket_id": f"{order}.grill"})
        kitchen.command("kds:undo", {"ticket_id": f"{order}.grill"})
    feed = feeds(connect=kitchen.link)
    until(lambda: feed.status.live)
    assert [one.seq for one in asked(feed, order)] == list(range(1, 10))


def test_an_order_that_is_not_there_is_the_gateways_word(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    feed = feeds()
    until(lambda: feed.status.live)
    assert isinstance(asked(feed, "s1-77"), NotFound)


def test_without_a_link_the_answer_comes_at_once_and_says_why(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.refuse_links(TooManyRequests("come back later"))
    feed = feeds()
    until(lambda: feed.status.reason)
    answers: list[tuple[Any, str]] = []
    feed.history("s1-1", lambda answer: answers.append((answer, threading.current_thread().name)))
    assert [(type(answer), name) for answer, name in answers] == [(LinkDown, threading.current_thread().name)]
    assert "come back later" in answers[0][0].message


def test_a_link_that_breaks_while_it_is_asked_is_an_answer(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    order = kitchen.place(BURGER)
    feed = feeds()
    until(lambda: feed.status.live)
    answers: list[Any] = []
    for _ in range(20):
        feed.history(order, answers.append)
    kitchen.cut()
    until(lambda: len(answers) == 20)
    assert all(isinstance(one, LinkDown | list) for one in answers)


def test_who_did_the_last_of_a_ticket_is_remembered(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    order = kitchen.place(BURGER)
    feed = feeds("expo")
    until(lambda: feed.status.live)
    assert feed.done_by(f"{order}.grill") is None
    kitchen.command("kds:bump", {"ticket_id": f"{order}.grill"}, Actor(subject="ann"))
    until(lambda: feed.done_by(f"{order}.grill") == "ann")
    kitchen.command("kds:bump", {"ticket_id": f"{order}.expo"}, Actor(subject="bob"))
    until(lambda: feed.done_by(f"{order}.expo") == "bob")


def test_heads_tell_how_far_a_station_is_behind_and_how_far_its_clock(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    feed = feeds()
    until(lambda: feed.status.live)
    assert feed.status.skew_s == pytest.approx(0)
    kitchen.place(BURGER)
    kitchen.say_heads()
    until(lambda: feed.status.head == 2)
    kitchen._clock = ManualClock(clock.now().replace(minute=30))
    kitchen.say_heads()
    until(lambda: feed.status.skew_s and feed.status.skew_s > 1_000)


def page(*events: Any, **more: Any) -> Any:
    return {"order_id": "o", "events": list(events), "more": False, **more}


@pytest.mark.parametrize("reply", [None, [], "x", {"events": 3}, page({"seq": "no number"}), page(order_id=5)])
async def test_what_cannot_be_read_is_a_link_that_does_not_work(reply: Any) -> None:
    async def ask(_: str, __: Any) -> Any:
        return reply

    with pytest.raises(LinkDown, match="cannot be read"):
        await history_of(ask, "s1", "o")


async def test_a_gateway_that_never_ends_is_left() -> None:
    calls: list[Any] = []

    async def ask(event: str, fields: Any) -> Any:
        calls.append((event, dict(fields)))
        return page(more=True, cursor=str(len(calls)))

    assert await history_of(ask, "s1", "o") == []
    assert len(calls) == MAX_PAGES
    assert calls[:2] == [
        ("stream:history", {"store": "s1", "order_id": "o"}),
        ("stream:history", {"store": "s1", "order_id": "o", "cursor": "1"}),
    ]


asking = threading.Event()


class Busy(LoopbackLink):
    """A link to a gateway that never gets round to histories."""

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:
        if event == History.name:
            asking.set()
            await asyncio.Event().wait()
        return await super().request(event, data, timeout_s)


def test_a_screen_that_hangs_up_while_it_asks_has_its_answer(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    asking.clear()
    feed = feeds(connect=lambda: Busy(kitchen))
    until(lambda: feed.status.live)
    answers: list[Any] = []
    feed.history("s1-1", answers.append)
    assert asking.wait(5)
    assert feed.stop()
    assert [type(one) for one in answers] == [LinkDown]
    assert "hung up" in answers[0].message
