"""A feed under a screen: the board, the outbox and the link, with a thread in between."""

import threading
from pathlib import Path
from typing import Any

import pytest

from heard.client import DiskOutbox, KitchenFeed, LinkDown, LinkState, ManualClock, MemoryOutbox
from heard.client.links.loopback import LoopbackKitchen, LoopbackLink
from heard.contract import goodbyes, kds
from heard.contract.envelope import Envelope, Position
from heard.errors import BadRequest, Forbidden, InvalidToken, NotFound, StorageFull, TooManyRequests
from heard.kitchen.tickets import TicketState
from tests.heard.client.conftest import BURGER, MEAL, Feeds, until


def live(feed: KitchenFeed) -> KitchenFeed:
    until(lambda: feed.status.live)
    return feed


def settled(feed: KitchenFeed, kitchen: LoopbackKitchen) -> None:
    """Live, nothing under way, and in step with the kitchen."""
    until(lambda: feed.status.live and feed.status.unsent == 0 and feed.board is feed.confirmed)
    until(lambda: all(feed.board.tickets.get(one.ticket_id) == one for one in heard(feed, kitchen)))


def heard(feed: KitchenFeed, kitchen: LoopbackKitchen) -> list[Any]:
    tickets = kitchen.kitchen.board.tickets.values()
    return [one for one in tickets if feed.station == "expo" or feed.station in one.stations]


def state(feed: KitchenFeed, ticket: str) -> TicketState:
    return feed.board.state(feed.board.ticket(ticket))


# ── Hearing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_shows_what_was_there_and_what_comes(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    assert set(feed.board.tickets) == {"s1-1.grill", "s1-1.expo"}
    kitchen.place(MEAL)
    settled(feed, kitchen)
    assert "s1-2.fry" in feed.board.tickets
    status = feed.status
    assert status.settings == kitchen.house.settings()
    assert (status.position and status.position.seq, status.reason) == (kitchen.kitchen.board.seq, None)


def test_a_station_hears_its_own_orders_and_expo_hears_all(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    grill, expo = live(feeds("grill")), live(feeds("expo"))
    kitchen.place({"items": [{"name": "Fries", "qty": "1"}]})
    kitchen.place(BURGER)
    settled(expo, kitchen)
    settled(grill, kitchen)
    assert {one.order_id for one in grill.board.tickets.values()} == {"s1-2"}
    assert {one.order_id for one in expo.board.tickets.values()} == {"s1-1", "s1-2"}


@pytest.mark.parametrize("station", ["grill", "expo"])
def test_a_lost_event_is_noticed_by_the_next_one(kitchen: LoopbackKitchen, feeds: Feeds, station: str) -> None:
    feed = live(feeds(station))
    kitchen.drop_next(4)
    kitchen.place(MEAL)
    kitchen.place(BURGER)
    settled(feed, kitchen)


@pytest.mark.parametrize("station", ["grill", "expo"])
def test_a_lost_last_event_is_noticed_by_the_announced_head(
    kitchen: LoopbackKitchen, feeds: Feeds, station: str
) -> None:
    feed = live(feeds(station))
    kitchen.drop_next(10)
    kitchen.place(MEAL)
    kitchen.say_heads()
    settled(feed, kitchen)


def test_a_long_snapshot_comes_in_pages(clock: ManualClock, feeds: Feeds) -> None:
    kitchen = LoopbackKitchen(clock=clock, page=7, max_events=5, max_behind=20)
    for _ in range(20):
        kitchen.place(MEAL)
    feed = live(feeds("expo", connect=kitchen.link))
    assert len(feed.board.tickets) == 60
    kitchen.cut()
    until(lambda: not feed.status.live)
    for _ in range(4):
        kitchen.place(MEAL)
    clock.advance(1)
    settled(feed, kitchen)


def test_a_new_epoch_shows_the_new_board_and_replays_the_outbox(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.refuse_links(LinkDown("away"))
    kitchen.cut()
    until(lambda: feed.status.state is LinkState.OFFLINE)
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    kitchen.start_over("loop-2")
    kitchen.refuse_links(None)
    feed.retry()
    until(lambda: feed.refusals)
    assert feed.refusals[0].code == "not_found"
    until(lambda: not feed.board.tickets)
    assert (feed.status.position and feed.status.position.epoch) == "loop-2"


# ── Acting ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bump_is_gone_at_once_and_then_confirmed(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    outcome = feed.do(kds.Bump, ticket_id="s1-1.grill")
    assert outcome.result == "applied"
    assert state(feed, "s1-1.grill") is TicketState.DONE
    settled(feed, kitchen)
    assert state(feed, "s1-1.grill") is TicketState.DONE


def test_what_is_sent_says_when_and_what_was_seen(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    outbox = MemoryOutbox()
    feed = live(feeds(outbox=outbox))
    kitchen.refuse_next(TooManyRequests("wait"))
    feed.do(kds.Bump, ticket_id="s1-1.grill", reason="done")
    (row,) = outbox.waiting()
    assert row.fields["seen_seq"] == 2
    assert row.fields["made_at"] == "2026-11-20T18:00:00.000Z"
    assert row.fields["reason"] == "done"
    assert len(row.command_id) == 36


def test_a_bump_says_which_commands_of_ones_own_it_stands_on(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER | {"hold": "parked"})
    kitchen.place(BURGER)
    outbox = MemoryOutbox()
    feed = live(feeds(outbox=outbox))
    kitchen.refuse_links(TooManyRequests("wait"))
    kitchen.cut()
    until(lambda: not feed.status.live)
    feed.do(kds.Start, ticket_id="s1-2.grill")
    feed.do(kds.Fire, ticket_id="s1-1.grill")
    feed.do(kds.Bump(command_id="command-of-ones-own", ticket_id="s1-1.grill"))
    assert state(feed, "s1-1.grill") is TicketState.DONE
    start, fire, bump = outbox.waiting()
    assert bump.fields["seen_with"] == [fire.command_id]
    assert "seen_with" not in start.fields | fire.fields
    kitchen.refuse_links(None)
    feed.retry()
    until(lambda: feed.status.live and not feed.status.unsent)
    settled(feed, kitchen)
    assert state(feed, "s1-1.grill") is TicketState.DONE


def test_a_bump_is_about_what_was_shown_not_about_what_was_heard_since(kitchen: LoopbackKitchen) -> None:
    kitchen.place(BURGER)
    outbox = MemoryOutbox()
    feed = KitchenFeed(kitchen.link, "s1", "grill", outbox)
    seen = kitchen.read({"stream": "s1/kds", "station": "grill"})
    feed._on_snapshot(seen["snapshot"], Position(seen["epoch"], seen["seq"]))
    feed._publish()
    kitchen.command("orders:update", {"order_id": "s1-1", "changes": {"items": [{"name": "Burger", "qty": "2"}]}})
    since = kitchen.read({"stream": "s1/kds", "station": "grill", "epoch": seen["epoch"], "after": seen["seq"]})
    feed._on_events([Envelope.model_validate(event) for event in since["events"]])
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    (row,) = outbox.waiting()
    assert row.fields["seen_seq"] == seen["seq"] < feed.confirmed.seq
    assert [str(line.state) for line in feed.board.ticket("s1-1.grill").lines] == ["ready", "queued"]


def test_what_was_fired_here_is_known_to_have_been_though_its_echo_is_not_shown_yet(kitchen: LoopbackKitchen) -> None:
    kitchen.place(BURGER | {"hold": "parked"})
    outbox = MemoryOutbox()
    feed = KitchenFeed(kitchen.link, "s1", "grill", outbox)
    seen = kitchen.read({"stream": "s1/kds", "station": "grill"})
    feed._on_snapshot(seen["snapshot"], Position(seen["epoch"], seen["seq"]))
    feed._publish()
    feed.do(kds.Fire, ticket_id="s1-1.grill")
    (fire,) = outbox.waiting()
    assert kitchen.command(fire.name, fire.fields).ok
    since = kitchen.read({"stream": "s1/kds", "station": "grill", "epoch": seen["epoch"], "after": seen["seq"]})
    feed._on_events([Envelope.model_validate(event) for event in since["events"]])
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    assert outbox.waiting()[-1].fields["seen_with"] == [fire.command_id]
    assert state(feed, "s1-1.grill") is TicketState.DONE


def test_a_command_of_ones_own_keeps_its_id(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    feed.do(kds.Bump(command_id="my-own-id", ticket_id="s1-1.grill"))
    until(lambda: "my-own-id" in kitchen.answers)


def test_a_refusal_is_raised_at_once_and_nothing_is_kept(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    feed = live(feeds())
    with pytest.raises(NotFound):
        feed.do(kds.Bump, ticket_id="no.grill")
    with pytest.raises(BadRequest):
        feed.do(kds.Bump, ticket_id="no.grill", unknown=1)
    assert (feed.status.unsent, kitchen.submitted) == (0, [])


def test_a_disk_that_cannot_keep_it_shows_nothing(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    class Full(MemoryOutbox):
        def put(self, _: object) -> None:
            raise StorageFull("this station's disk is full; nothing was kept")

    kitchen.place(BURGER)
    feed = live(feeds(outbox=Full()))
    with pytest.raises(StorageFull):
        feed.do(kds.Bump, ticket_id="s1-1.grill")
    assert state(feed, "s1-1.grill") is TicketState.OPEN


def test_the_disk_has_it_before_the_screen_shows_it(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    seen: list[TicketState] = []

    class Watched(MemoryOutbox):
        def put(self, row: Any) -> None:
            seen.append(state(feed, "s1-1.grill"))
            super().put(row)

    kitchen.place(BURGER)
    feed = live(feeds(outbox=Watched()))
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    assert seen == [TicketState.OPEN]


def test_a_refusal_of_the_gateway_gives_the_card_back_and_waits_for_a_person(
    kitchen: LoopbackKitchen, feeds: Feeds
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.refuse_next(Forbidden("this token works at fry, not at grill"))
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: feed.refusals)
    settled(feed, kitchen)
    assert state(feed, "s1-1.grill") is TicketState.OPEN
    (refusal,) = feed.refusals
    assert (refusal.code, refusal.ticket_id) == ("forbidden", "s1-1.grill")
    feed.dismiss(refusal.command_id)
    assert feed.refusals == ()


def test_a_temporary_refusal_is_tried_again_with_the_same_id(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    before = len(kitchen.submitted)
    kitchen.refuse_next(TooManyRequests("too fast", retry_after_ms=2_000))
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: len(kitchen.submitted) == before + 1 and clock.sleeping)
    assert state(feed, "s1-1.grill") is TicketState.DONE
    assert feed.status.unsent == 1
    clock.advance(3)
    settled(feed, kitchen)
    assert len({one for _, one in kitchen.submitted[before:]}) == 1
    assert feed.refusals == ()


def test_a_lapsed_token_refuses_the_sender_not_the_bump(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.refuse_next(InvalidToken("this token is not valid any more"))
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: clock.sleeping)
    assert feed.refusals == ()
    clock.advance(1)
    kitchen.answers.clear()  # a gateway refuses a lapsed token before it looks at the command: nothing is stored
    clock.advance(5)
    settled(feed, kitchen)


# ── Offline ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_kitchen_works_on_without_a_gateway_and_everything_gets_its_answer(
    kitchen: LoopbackKitchen, feeds: Feeds
) -> None:
    for _ in range(5):
        kitchen.place(MEAL)
    feed = live(feeds())
    kitchen.refuse_links(LinkDown("no gateway there"))
    kitchen.cut()
    until(lambda: feed.status.state is LinkState.OFFLINE)
    for n in range(1, 6):
        feed.do(kds.Start, ticket_id=f"s1-{n}.grill")
        feed.do(kds.Bump, ticket_id=f"s1-{n}.grill")
    feed.do(kds.Undo, ticket_id="s1-3.grill")
    assert state(feed, "s1-2.grill") is TicketState.DONE
    assert state(feed, "s1-3.grill") is TicketState.STARTED
    assert (feed.status.unsent, feed.status.reason is not None) == (11, True)
    kitchen.command("orders:cancel", {"order_id": "s1-1"})
    kitchen.refuse_links(None)
    feed.retry()
    settled(feed, kitchen)
    assert [one.code for one in feed.refusals] == ["voided", "voided"]
    assert state(feed, "s1-1.grill") is TicketState.VOIDED
    assert state(feed, "s1-3.grill") is TicketState.STARTED


def test_commands_of_one_order_never_overtake_each_other(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    for _ in range(3):
        kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.refuse_links(LinkDown("away"))
    kitchen.cut()
    until(lambda: feed.status.state is LinkState.OFFLINE)
    made: dict[str, list[str]] = {}
    for kind in (kds.Start, kds.Bump, kds.Recall, kds.Start, kds.Bump, kds.Undo):
        for n in (1, 2, 3):
            outcome = feed.do(kind, ticket_id=f"s1-{n}.grill")
            assert outcome.result == "applied"
            made.setdefault(f"s1-{n}", []).append(kind.name)
    before = len(kitchen.submitted)
    kitchen.refuse_links(None)
    feed.retry()
    settled(feed, kitchen)
    assert feed.refusals == ()
    sent = [name for name, _ in kitchen.submitted[before:]]
    assert len(sent) == 18
    assert all(kitchen.kitchen.board.tickets[f"s1-{n}.grill"] == feed.board.ticket(f"s1-{n}.grill") for n in (1, 2, 3))


def test_a_lost_answer_is_asked_for_again_and_acts_once(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    before = len(kitchen.submitted)
    kitchen.lose_next_answer()
    feed.do(kds.Start, ticket_id="s1-1.grill")
    until(lambda: feed.status.state is LinkState.OFFLINE)
    clock.advance(1)
    settled(feed, kitchen)
    assert len({one for _, one in kitchen.submitted[before:]}) == 1
    assert len(kitchen.submitted[before:]) == 2
    assert len(feed.board.ticket("s1-1.grill").deeds) == 1


def test_what_was_promised_before_a_restart_is_shown_and_sent_after_it(
    kitchen: LoopbackKitchen, feeds: Feeds, tmp_path: Path
) -> None:
    kitchen.place(BURGER)
    outbox = DiskOutbox(tmp_path / "outbox.db")
    feed = live(feeds(outbox=outbox))
    kitchen.refuse_links(LinkDown("away"))
    kitchen.cut()
    until(lambda: not feed.status.live)
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    assert feed.stop()
    outbox.close()
    kitchen.refuse_links(None)
    again = DiskOutbox(tmp_path / "outbox.db")
    second = feeds(outbox=again)
    settled(second, kitchen)
    assert state(second, "s1-1.grill") is TicketState.DONE
    second.stop()
    again.close()


def test_two_screens_that_bump_the_same_ticket_agree(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    one, two = live(feeds()), live(feeds())
    one.do(kds.Bump, ticket_id="s1-1.grill")
    two.do(kds.Bump, ticket_id="s1-1.grill")
    settled(one, kitchen)
    settled(two, kitchen)
    assert one.board == two.board
    assert sum(kept.wire["name"] == "kds:item_ready" for kept in kitchen._streams["s1/kds"]) == 1


def test_five_hundred_bumps_made_offline_are_answered_in_seconds(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    for _ in range(500):
        kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.refuse_links(LinkDown("away"))
    kitchen.cut()
    until(lambda: not feed.status.live)
    for n in range(1, 501):
        feed.do(kds.Bump, ticket_id=f"s1-{n}.grill")
    kitchen.refuse_links(None)
    feed.retry()
    settled(feed, kitchen)
    assert all(one.lines[0].state is kds.LineState.READY for one in feed.board.at("grill"))


# ── The link ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_flaky_link_warns_once_a_streak(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    kitchen.refuse_links(LinkDown("no gateway there"))
    feed = feeds()
    for tries in range(1, 4):
        until(lambda tries=tries: feed.status.attempt == tries and clock.sleeping)
        clock.advance(60)
    until(lambda: feed.status.attempt == 4)
    warned = [one for one in caplog.records if one.levelname == "WARNING"]
    assert [one.getMessage() for one in warned] == ["the link is down: no gateway there"]
    assert feed.status.reason == "no gateway there"


def test_coming_back_waits_as_long_as_the_gateway_asked(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    feed = live(feeds())
    kitchen.goodbye(goodbyes.SHUTDOWN, retry_after_ms=4_000)
    until(lambda: feed.status.state is LinkState.OFFLINE and clock.sleeping)
    assert feed.status.reason == goodbyes.SHUTDOWN.sentence
    clock.advance(3.9)
    assert feed.status.state is LinkState.OFFLINE
    clock.advance(1)
    live(feed)


def test_a_goodbye_that_says_stay_away_is_obeyed_with_its_sentence(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    kitchen.goodbye(goodbyes.FORCED)
    until(lambda: feed.status.state is LinkState.REFUSED and clock.sleeping)
    assert feed.status.reason == goodbyes.FORCED.sentence
    clock.advance(3_600)
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: clock.sleeping)
    assert (feed.status.state, feed.status.unsent) == (LinkState.REFUSED, 1)
    feed.retry()
    settled(feed, kitchen)


def test_a_refused_station_comes_back_with_a_new_token(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    kitchen.refuse_links(InvalidToken("this token is not valid here"))
    feed = feeds(token=token)
    until(lambda: feed.status.state is LinkState.REFUSED and clock.sleeping)
    assert feed.status.reason == "this token is not valid here"
    token.write_text("new")
    kitchen.refuse_links(None)
    clock.advance(5)
    live(feed)
    assert kitchen._links[0].auth["token"] == token.read_text()


def test_a_token_that_cannot_be_read_is_no_reason_to_give_up(feeds: Feeds, clock: ManualClock, tmp_path: Path) -> None:
    feed = feeds(token=tmp_path / "token")
    until(lambda: feed.status.state is LinkState.OFFLINE and clock.sleeping)
    assert "cannot be read" in (feed.status.reason or "")
    (tmp_path / "token").write_text("here")
    clock.advance(60)
    live(feed)


def test_a_stream_that_is_not_for_us_is_refused_with_the_role_to_ask_for(clock: ManualClock, feeds: Feeds) -> None:
    class Closed(LoopbackKitchen):
        def read(self, _: object) -> dict[str, Any]:
            raise Forbidden("role pos does not hear kds")

    feed = feeds(connect=Closed(clock=clock).link)
    until(lambda: feed.status.state is LinkState.REFUSED)
    assert feed.status.reason == "role pos does not hear kds: ask for a token with role kitchen"


def test_silence_after_heads_were_announced_is_a_dead_link(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    feed = live(feeds())
    kitchen.say_heads()
    until(lambda: clock.sleeping)
    clock.advance(14)
    kitchen.say_heads()
    until(lambda: feed.status.last_heard == 14)
    clock.advance(2)
    assert feed.status.live
    clock.advance(14)
    until(lambda: feed.status.reason == "nothing was heard for 15 s")


def test_a_gateway_that_sends_parts_is_left_and_tried_again(clock: ManualClock, feeds: Feeds) -> None:
    class Half(LoopbackKitchen):
        broken = True

        def read(self, wanted: Any) -> dict[str, Any]:
            reply = super().read(wanted)
            return {key: value for key, value in reply.items() if key != "snapshot"} if self.broken else reply

    kitchen = Half(clock=clock)
    kitchen.place(BURGER)
    feed = feeds(connect=kitchen.link)
    until(lambda: feed.status.reason == "what the gateway sent is not whole; starting over")
    assert not feed.board.tickets
    kitchen.broken = False
    until(lambda: clock.sleeping)
    clock.advance(60)
    settled(feed, kitchen)


def test_an_event_that_cannot_be_taken_in_leads_to_a_snapshot(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    kitchen.place(BURGER)
    feed = live(feeds())
    spoiled = kitchen._streams["s1/kds"][-1].wire | {
        "seq": 3, "prev": 2, "name": "kds:item_ready", "data": {"stations": ["grill"]},
    }  # fmt: skip
    kitchen.say("kds:item_ready", spoiled)
    kitchen.say("kds:item_ready", {"stream": "s1/kds", "seq": "no number"})
    kitchen.say("limit:warning", {"class": "bumps", "left": 2, "limit": 10, "resets_in_ms": 500})
    kitchen.say("something:new", {"unknown": True})
    kitchen.place(BURGER)
    settled(feed, kitchen)


# ── The thread ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changes_are_told_from_the_links_thread_and_together(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    told: list[str] = []
    feed = live(feeds("expo", on_change=lambda: told.append(threading.current_thread().name)))
    told.clear()
    for _ in range(100):
        kitchen.place(MEAL)
    settled(feed, kitchen)
    assert set(told) == {"heard s1/expo"}
    assert len(told) < 100


def test_a_screen_that_fails_is_logged_and_said_and_does_not_end_the_link(
    kitchen: LoopbackKitchen, feeds: Feeds, caplog: pytest.LogCaptureFixture
) -> None:
    feed = live(feeds())

    def broken() -> None:
        raise RuntimeError("no screen")

    feed.on_change = broken
    kitchen.place(BURGER)
    until(lambda: feed.status.reason == "a change could not be shown: no screen")
    assert "a change could not be shown" in caplog.text
    feed.on_change = None
    kitchen.place(BURGER)
    settled(feed, kitchen)
    until(lambda: feed.status.reason is None)


def test_a_link_that_fails_inside_is_logged_and_said_and_tried_again(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [True]

    def link() -> LoopbackLink:
        if broken:
            broken.pop()
            raise ZeroDivisionError("oh")
        return kitchen.link()

    feed = feeds(connect=link)
    until(lambda: feed.status.reason and clock.sleeping)
    assert feed.status.reason == "something went wrong inside: ZeroDivisionError: oh"
    assert "the link failed inside" in caplog.text
    clock.advance(60)
    live(feed)


def test_an_outbox_that_fails_inside_is_said_and_tried_again(
    kitchen: LoopbackKitchen, feeds: Feeds, clock: ManualClock
) -> None:
    class Broken(MemoryOutbox):
        broken = True

        def settle(self, answers: Any) -> None:
            if self.broken:
                raise OSError("the disk went away")
            super().settle(answers)

    kitchen.place(BURGER)
    outbox = Broken()
    feed = live(feeds(outbox=outbox))
    feed.do(kds.Bump, ticket_id="s1-1.grill")
    until(lambda: feed.status.reason and clock.sleeping)
    assert "the disk went away" in (feed.status.reason or "")
    outbox.broken = False
    clock.advance(60)
    settled(feed, kitchen)
    until(lambda: feed.status.reason is None)


def test_stop_ends_the_thread_whatever_it_waits_for(kitchen: LoopbackKitchen, feeds: Feeds) -> None:
    feed = live(feeds())
    assert feed.stop()
    assert feed.stop()
    assert (feed.status.state, feed.status.reason) == (LinkState.OFFLINE, "stopped")


def test_stop_does_not_wait_for_ever_for_a_link_that_hangs(kitchen: LoopbackKitchen, clock: ManualClock) -> None:
    release = threading.Event()

    class Stuck(LoopbackLink):
        async def close(self) -> None:
            release.wait(10)
            await super().close()

    feed = KitchenFeed(lambda: Stuck(kitchen), "s1", "grill", MemoryOutbox(), clock=clock)
    feed.start()
    live(feed)
    assert not feed.stop(timeout_s=0.05)
    release.set()
    assert feed.stop()


def test_a_feed_that_was_never_started_stops_and_still_acts_on_its_board() -> None:
    feed = KitchenFeed(LoopbackKitchen().link, "s1", "grill", MemoryOutbox())
    with pytest.raises(NotFound):
        feed.do(kds.Bump, ticket_id="s1-1.grill")
    feed.retry()
    assert feed.stop()
