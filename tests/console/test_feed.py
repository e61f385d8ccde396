"""The console's feed: a picture that is always there, an honest status, and one way to act."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from console.feed import Feed, OpsFeed
from heard.client.clock import ManualClock
from heard.client.links.base import LinkDown
from heard.client.status import LinkState
from heard.contract.ops import ConnectionClosed, ConnectionsChanged
from heard.errors import Forbidden, HeardError, InvalidToken, NotFound
from tests.console.stand_in import NOON, OpsGateway, at, row, sample
from tests.patience import PATIENCE_S


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.002)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


Feeds = Callable[..., OpsFeed]


@pytest.fixture
def feeds(clock: ManualClock) -> Iterator[Feeds]:
    """Makes started feeds; all are stopped in the end."""
    made: list[OpsFeed] = []

    def feed(gateway: OpsGateway) -> OpsFeed:
        one = OpsFeed(gateway.link, "s1", token="t", clock=clock, dice=lambda: 0.5)
        made.append(one)
        one.start()
        return one

    yield feed
    for one in made:
        assert one.stop()


def live(feed: OpsFeed) -> OpsFeed:
    until(lambda: feed.status.live)
    return feed


class Answers:
    """What `on_answer` was told."""

    def __init__(self) -> None:
        self.told: list[HeardError | None] = []
        self.came = threading.Event()

    def __call__(self, outcome: HeardError | None) -> None:
        self.told.append(outcome)
        self.came.set()


# ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_shows_what_was_there_and_what_comes(feeds):
    gateway = OpsGateway(row("c1"), row("c2"))
    feed: Feed = live(feeds(gateway))
    assert set(feed.picture.connections) == {"c1", "c2"}
    gateway.tell(ConnectionsChanged(rows=[{"connection": "c1", "lag": 7}]))
    gateway.tell(sample(connections=2), at(1))
    until(lambda: feed.picture.sample)
    assert feed.picture.connections["c1"].lag == 7
    assert (feed.status.subject, feed.status.role, feed.store) == ("sam", "operator", "s1")


def test_the_screen_is_told_that_something_is_new(feeds):
    gateway = OpsGateway()
    feed, told = live(feeds(gateway)), threading.Event()
    feed.on_change = told.set
    gateway.tell(sample())
    assert told.wait(PATIENCE_S)


def test_a_screen_that_fails_is_said_and_ends_nothing(feeds):
    gateway = OpsGateway()
    feed = live(feeds(gateway))
    feed.on_change = lambda: 1 / 0
    gateway.tell(sample())
    until(lambda: feed.status.reason)
    assert "could not be shown" in feed.status.reason
    feed.on_change = None
    gateway.tell(sample(), at(1))
    until(lambda: feed.status.reason is None)
    assert feed.status.live


def test_facts_that_cannot_be_read_are_passed_over(feeds, caplog):
    gateway = OpsGateway(row("c1"))
    feed = live(feeds(gateway))
    gateway.tell_raw("connections:changed", {"rows": [{"connection": "c1", "lag": "far"}]})
    gateway.tell_raw("ops:sampled", {"interval_ms": "soon"})
    gateway.tell_raw("ops:dreamt", {})
    gateway.tell(sample(), at(1))
    until(lambda: feed.picture.sample)
    assert (feed.picture.begun, feed.picture.connections["c1"]) == (1, row("c1"))
    assert sum("cannot be read" in record.message for record in caplog.records) == 2


# ── The link ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_after_a_break_it_starts_over_from_a_snapshot_and_keeps_what_it_showed_meanwhile(feeds, clock):
    gateway = OpsGateway(row("c1"))
    feed = live(feeds(gateway))
    gateway.refusal = LinkDown("nobody there")
    gateway.cut()
    until(lambda: feed.status.state is LinkState.OFFLINE)
    assert set(feed.picture.connections) == {"c1"}
    gateway.refusal = None
    gateway.snapshot = OpsGateway(row("c9")).snapshot
    feed.retry()
    until(lambda: feed.status.live and feed.picture.begun == 2)
    assert set(feed.picture.connections) == {"c9"}


def test_ages_are_counted_by_the_gateways_clock(feeds, clock):
    clock.advance(90)
    feed = live(feeds(OpsGateway()))
    assert feed.now() == NOON  # the gateway said noon; here it is later
    clock.advance(5)
    assert feed.now() == at(5)


def test_a_role_that_may_not_hear_is_told_which_role_may(feeds):
    gateway = OpsGateway()
    gateway.refusal = Forbidden("role pos does not hear ops")
    feed = feeds(gateway)
    until(lambda: feed.status.state is LinkState.REFUSED)
    assert feed.status.reason.startswith("role pos does not hear ops: ask for a token with role ")
    assert "operator" in feed.status.reason
    assert "pos" not in feed.status.reason.partition(":")[2]


def test_a_stream_that_is_refused_ends_the_link_with_the_reason(feeds):
    gateway = OpsGateway()
    gateway.no_ops = Forbidden("role kitchen does not hear ops")
    feed = feeds(gateway)
    until(lambda: feed.status.state is LinkState.REFUSED)
    assert "ask for a token with role" in feed.status.reason


def test_a_token_that_is_no_good_is_said_in_the_gateways_words(feeds):
    gateway = OpsGateway()
    gateway.refusal = InvalidToken("this token is not ours")
    feed = feeds(gateway)
    until(lambda: feed.status.state is LinkState.REFUSED)
    assert feed.status.reason == "this token is not ours"


def test_a_snapshot_that_cannot_be_read_is_a_reason_not_a_crash(feeds, monkeypatch):
    gateway = OpsGateway()
    broken = gateway.snapshot.as_wire() | {"connections": [{"subject": "nobody"}]}
    monkeypatch.setattr(type(gateway.snapshot), "as_wire", lambda _: broken)
    feed = feeds(gateway)
    until(lambda: feed.status.state is LinkState.OFFLINE and feed.status.attempt)
    assert "snapshot cannot be read" in feed.status.reason


# ── Acting ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("role", "may"), [("operator", True), ("admin", True), ("viewer", False), ("no such", False)])
def test_who_may_act_is_known_before_anybody_is_asked(feeds, role, may):
    assert live(feeds(OpsGateway(role=role))).may_act is may


def test_a_disconnect_says_whom_why_and_how(feeds):
    gateway, answers = OpsGateway(row("c1")), Answers()
    feed = live(feeds(gateway))
    feed.disconnect("c1", "screen is broken", "moved", answers)
    assert answers.came.wait(PATIENCE_S)
    assert answers.told == [None]
    asked = gateway.asked[0]
    assert (asked["event"], asked["connection"], asked["reason"], asked["code"]) == (
        "ops:disconnect", "c1", "screen is broken", "moved"
    )  # fmt: skip


def test_a_refusal_is_handed_back_in_the_gateways_words(feeds):
    gateway, answers = OpsGateway(), Answers()
    gateway.answers = [NotFound("there is no connection c1 in s1")]
    live(feeds(gateway)).disconnect("c1", on_answer=answers)
    assert answers.came.wait(PATIENCE_S)
    assert (type(answers.told[0]), str(answers.told[0])) == (NotFound, "there is no connection c1 in s1")


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_id(feeds):
    gateway, answers = OpsGateway(), Answers()
    gateway.answers = [LinkDown("lost")]
    live(feeds(gateway)).disconnect("c1", on_answer=answers)
    assert answers.came.wait(PATIENCE_S)
    assert answers.told == [None]
    assert len({one["command_id"] for one in gateway.asked}) == 1
    assert len(gateway.asked) == 2


def test_who_asks_after_the_end_is_answered_too():
    feed, answers = OpsFeed(OpsGateway().link, "s1"), Answers()
    feed.disconnect("c1", on_answer=answers)
    feed.start()
    feed.stop()
    feed.disconnect("c1", on_answer=answers)
    assert [type(one) for one in answers.told] == [LinkDown, LinkDown]


def test_who_asks_while_nobody_is_there_hears_of_it_at_the_end(feeds):
    gateway, answers = OpsGateway(), Answers()
    gateway.refusal = LinkDown("nobody there")
    feed = feeds(gateway)
    until(lambda: feed.status.state is LinkState.OFFLINE and feed.status.attempt)
    feed.disconnect("c1", on_answer=answers)
    assert feed.stop()
    assert answers.came.wait(PATIENCE_S)
    assert "not known" in str(answers.told[0])


def test_what_it_threw_off_is_gone_and_remembered(feeds):
    gateway = OpsGateway(row("c1"))
    feed = live(feeds(gateway))
    whole = {"connection": "c1", "subject": "grill-1", "role": "kitchen", "address": "a", "transport": "websocket",
             "since": "2026-11-20T12:00:00Z", "until": "2026-11-20T12:00:05Z", "code": "forced", "sentence": "Away.",
             "by": "sam"}  # fmt: skip
    closed = {"connection": "c1", "subject": "grill-1", "namespace": "/kds", "code": "forced", "row": whole}
    gateway.tell(ConnectionClosed.model_validate(closed))
    until(lambda: feed.picture.closed)
    assert (len(feed.picture.connections), feed.picture.closed[0].by) == (0, "sam")
