"""Commands and the facts they come to, in their order; what is late from offline; what time brings."""

from datetime import timedelta

import pytest

from heard.contract import kds, ops
from heard.contract.envelope import SYSTEM, Envelope
from heard.errors import BadRequest, InvalidTransition, NotFound, Voided
from heard.kitchen.rules import Kitchen, Moment, apply, apply_to_board, decide, due
from tests.heard.kitchen.playbook import NOON, Play

GRILL_FRY = {"station_hint": ["grill", "fry"]}


def cooking(*, bumped: tuple[str, ...] = (), started: tuple[str, ...] = ()) -> Play:
    play = Play()
    play.place("Burger", "Fries")
    for station in started:
        play.cook("start", station)
    for station in bumped:
        play.cook("bump", station)
    return play


# ── The table of commands and events ──────────────────────────────────────────────────────────────────────────────────


def test_placing_tells_every_station_then_the_tills():
    play = Play()
    play.place("Burger", "Fries")
    assert play.told == [*(f"kds:order_incoming@{at}" for at in ("grill", "fry", "expo")), "order:created"]


def test_a_held_order_is_told_as_well():
    play = Play()
    play.place("Burger", hold="parked")
    assert play.told == ["kds:order_incoming@grill", "kds:order_incoming@expo", "order:created"]
    assert play.order.status == "held"


def test_every_kds_fact_names_all_stations_of_the_order():
    play = cooking()
    play.cook("start", "grill")
    play.cook("bump", "grill")
    play.update({"name": "Salad", "qty": "1"})
    facts = [envelope.data for envelope in play.log if envelope.name.startswith("kds:")]
    assert {tuple(fact["stations"]) for fact in facts[:-4]} == {("grill", "fry", "expo")}
    assert all({"order_id", "ticket_id", "station", "stations", "item_ids"} <= set(fact) for fact in facts)
    last = play.fact(kds.OrderIncoming)
    assert (last.station, last.stations) == ("cold", ("grill", "fry", "cold", "expo"))
    assert {ticket.stations for ticket in play.board.of_order(play.order_id)} == {last.stations}


def test_an_update_tells_each_ticket_it_touches_then_new_stations_then_the_tills():
    play = cooking(bumped=("grill", "fry"))
    play.update({"dish": "Burger", "qty": "2"}, {"name": "Salad", "qty": "1"})
    assert play.told == [
        "kds:order_changed@grill", "kds:order_changed@expo", "kds:order_incoming@cold",
        "order:updated", "order:status_changed",
    ]  # fmt: skip
    changed = play.fact(kds.OrderChanged, "expo")
    assert [item.name for item in changed.added] == ["Salad"]
    assert [(str(one.before.qty), str(one.line.qty)) for one in changed.changed] == [("1", "2")]


def test_an_update_that_moves_nothing_tells_no_status():
    play = cooking()
    play.update({"dish": "Burger", "qty": "0"})
    assert play.told == ["kds:order_changed@grill", "kds:order_changed@expo", "order:updated"]
    assert play.fact(kds.OrderChanged, "grill").voided == (play.item_id("Burger"),)


def test_voiding_every_item_cancels():
    play = cooking()
    play.update({"dish": "Burger", "qty": "0"}, {"dish": "Fries", "qty": "0"})
    assert play.told[-3:] == ["order:updated", "order:status_changed", "order:cancelled"]
    assert play.order.status == play.status == "cancelled"


def test_cancelling_voids_each_ticket_then_says_so():
    play = cooking(started=("grill",))
    play.cancel("guest left")
    assert play.told == [
        *(f"kds:item_voided@{at}" for at in ("grill", "fry", "expo")), "order:status_changed", "order:cancelled",
    ]  # fmt: skip
    assert play.fact(kds.ItemVoided, "fry").reason == "guest left"
    assert play.cancel().result == "already"


def test_the_first_start_moves_the_order():
    play = cooking()
    play.cook("start", "grill")
    assert play.told == ["kds:item_started@grill", "order:status_changed"]
    play.cook("start", "fry")
    assert play.told == ["kds:item_started@fry"]


def test_bumps_at_prep_tell_items_ready_everywhere():
    play = Play()
    play.place("Combo", "Burger")
    play.cook("bump", "grill")
    assert play.told == ["kds:item_ready@grill", "order:status_changed", "order:item_ready"]
    assert [item for fact in play.outcome.facts[2:] for item in fact.item_ids] == [play.item_id("Burger")]
    play.cook("bump", "fry")
    assert play.told == ["kds:item_ready@fry", "order:status_changed", "order:item_ready"]
    assert play.status == "ready"


def test_a_half_made_item_is_not_told_ready():
    play = Play()
    play.place("Combo", "Burger")
    play.cook("bump", "grill", "Combo")
    assert play.told == ["kds:item_ready@grill", "order:status_changed"]


def test_closing_at_expo():
    play = cooking(bumped=("grill", "fry"))
    play.cook("bump", "expo")
    assert play.told == ["kds:order_complete@expo", "order:status_changed", "order:completed"]
    moved = play.outcome.facts[1]
    assert moved.as_wire() == {"order_id": play.order_id, "from": "ready", "to": "completed"}


def test_undo_of_a_bump_and_of_a_close():
    play = cooking(bumped=("grill", "fry", "expo"))
    play.cook("undo", "expo")
    assert play.told == ["kds:order_reopened@expo", "order:status_changed"]
    play.cook("undo", "fry")
    assert play.told == ["kds:item_reopened@fry", "order:status_changed"]
    assert play.status == "in_progress"


def test_acknowledging_a_void_is_nobody_elses_news():
    play = cooking()
    play.update({"dish": "Burger", "qty": "0"})
    play.cook("ack_void", "expo")
    assert play.told == ["kds:void_acknowledged@expo"]


def test_facts_of_one_command_have_its_cause_and_one_name_a_ticket():
    play = cooking()
    play.cook("bump", "expo", force=True)
    caused = [one for one in play.log if one.cause == play.log[-1].cause]
    names = [(one.name, one.data.get("ticket_id")) for one in caused]
    assert len(caused) == len(play.outcome.facts)
    assert len(set(names)) == len(names)


def test_a_command_that_is_not_the_kitchens_is_refused():
    with pytest.raises(BadRequest, match="ops:disconnect is not a command for the kitchen"):
        decide(Kitchen(), ops.Disconnect(command_id="command-1", connection="c"), Moment(NOON))


# ── Late from offline ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bump_made_before_a_change_was_seen_is_applied_and_the_item_comes_back():
    play = cooking()
    seen = play.board.seq
    play.update({"dish": "Burger", "qty": "2"})
    play.cook("bump", "grill", seen_seq=seen)
    assert play.told == ["kds:item_ready@grill", "kds:item_reopened@grill", "order:status_changed"]
    line = play.line("grill", "Burger")
    assert (line.state, line.marks, line.begun) == ("queued", ("CHANGED",), True)
    with pytest.raises(InvalidTransition):
        play.cook("undo", "grill")
    play.cook("bump", "grill", seen_seq=play.board.seq)
    assert play.line("grill", "Burger").state == "ready"


def test_only_the_changed_item_comes_back():
    play = Play()
    play.place("Burger", "Steak")
    seen = play.board.seq
    play.update({"dish": "Burger", "qty": "2"})
    play.cook("bump", "grill", seen_seq=seen)
    assert [str(line.state) for line in play.ticket("grill").lines] == ["queued", "ready"]


def test_a_bump_that_crossed_the_call_of_a_course_is_not_about_it():
    play = two_courses()
    seen = play.board.seq
    play.cook("fire", "expo", "Steak")
    play.cook("bump", "grill", seen_seq=seen)
    assert [str(line.state) for line in play.ticket("grill").lines] == ["ready", "queued"]
    assert play.state("grill") == "started"
    play.cook("bump", "grill", seen_seq=play.board.seq)
    assert play.state("grill") == "done"


def test_who_fired_a_course_offline_may_bump_it_offline_too():
    play = two_courses()
    seen = play.board.seq
    play.cook("fire", "grill", "Steak")
    play.cook("bump", "grill", seen_seq=seen, seen_with=[play.log[-1].cause])
    assert play.state("grill") == "done"


def test_a_bump_that_crossed_a_recall_leaves_what_was_recalled():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("bump", "grill", "Burger")
    seen = play.board.seq
    play.cook("recall", "grill", "Burger")
    play.cook("bump", "grill", seen_seq=seen)
    assert [str(line.state) for line in play.ticket("grill").lines] == ["queued", "ready"]


def test_a_bump_of_which_all_came_later_is_moot():
    play = cooking(bumped=("grill",))
    seen = play.board.seq
    play.cook("recall", "grill")
    assert play.cook("bump", "grill", seen_seq=seen).result == "superseded"
    assert play.line("grill", "Burger").state == "queued"


def test_what_a_bump_names_it_means():
    play = two_courses()
    seen = play.board.seq
    play.cook("fire", "expo", "Steak")
    play.cook("bump", "grill", "Steak", seen_seq=seen)
    assert play.line("grill", "Steak").state == "ready"


def test_an_order_is_not_closed_over_what_was_added_while_the_pass_bumped_it():
    play = cooking(bumped=("grill", "fry"))
    seen = play.board.seq
    play.update({"name": "Water", "qty": "1"})
    play.cook("bump", "expo", seen_seq=seen)
    assert play.told == ["kds:item_handed_over@expo"]
    assert play.line("expo", "Water").state == "queued"
    assert play.state("expo") == "ready"
    play.cook("bump", "expo", seen_seq=play.board.seq)
    assert play.state("expo") == "done"


def two_courses() -> Play:
    """A card of which one dish waits to be called."""
    play = Play()
    play.place("Burger", "Steak")
    play.cook("hold", "grill", "Steak")
    return play


def test_a_change_of_course_or_seat_does_not_bring_a_bump_back():
    play = cooking()
    seen = play.board.seq
    play.update({"dish": "Burger", "seat": "2"})
    play.cook("bump", "grill", seen_seq=seen)
    assert play.line("grill", "Burger").state == "ready"


def test_the_table_of_offline_conflicts():
    play = cooking(bumped=("grill",))
    assert play.cook("bump", "grill", seen_seq=1).result == "already"
    assert play.cook("start", "grill", seen_seq=1).result == "superseded"
    play.cook("bump", "fry")
    play.cook("bump", "expo")
    assert play.cook("recall", "grill", seen_seq=1).result == "applied"
    assert play.state("expo") == "waiting"
    play.cancel()
    with pytest.raises(Voided):
        play.cook("bump", "grill", seen_seq=1)


def test_the_last_to_rush_wins():
    play = cooking()
    play.cook("rush", "grill", priority="rush", seen_seq=1)
    play.cook("rush", "fry", priority="normal", seen_seq=1)
    assert play.order.priority == "normal"


def test_a_station_decides_without_a_book_and_without_the_time_of_day():
    play = cooking(bumped=("grill", "fry"))
    command = kds.Bump(command_id="command-x", ticket_id=f"{play.order_id}.expo")
    predicted = decide(Kitchen(play.board), command, Moment(play.now))
    play.do(command)
    assert predicted.after.board == play.board


# ── Service days ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_closed_yesterday_stays_closed():
    play = cooking(bumped=("grill", "fry", "expo"))
    play.wait(hours=20)
    for verb, station in (("recall", "grill"), ("recall", "expo"), ("undo", "expo")):
        with pytest.raises(InvalidTransition, match="#1 was closed on 2026-11-20; that day is over"):
            play.cook(verb, station)


def test_what_is_still_open_from_yesterday_can_be_recalled():
    play = cooking(bumped=("grill",))
    play.wait(hours=20)
    assert play.cook("recall", "grill").result == "applied"


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scheduled_order_fires_when_it_is_due_and_only_once():
    play = Play()
    at = (NOON + timedelta(minutes=30)).isoformat()
    play.place("Burger", "Fries", "Water", hold="scheduled", fire_at=at)
    assert (play.status, due(play.board, play.now)) == ("held", [])
    play.wait(minutes=30)
    assert due(play.board, play.now) == due(play.board, play.now)
    assert len(play.fire_what_is_due()) == 3
    assert (play.status, play.fire_what_is_due()) == ("received", [])
    assert play.ticket("grill").fired_at == play.now


def test_a_parked_order_fires_by_hand_alone():
    play = Play()
    play.place("Burger", hold="parked")
    play.wait(hours=1)
    assert play.fire_what_is_due() == []
    play.cook("fire", "expo")
    assert play.told == ["kds:item_fired@grill", "order:status_changed"]


def test_what_a_cook_holds_is_not_fired_by_time():
    play = Play()
    play.place("Burger", hold="scheduled", fire_at=NOON.isoformat())
    play.fire_what_is_due()
    play.cook("hold", "grill")
    assert play.fire_what_is_due() == []


def test_a_new_time_fires_at_the_new_time():
    play = Play()
    play.place("Burger", hold="scheduled", fire_at=NOON.isoformat())
    play.update(fire_at=(NOON + timedelta(hours=1)).isoformat())
    assert play.fire_what_is_due() == []
    play.wait(hours=1)
    assert len(play.fire_what_is_due()) == 1


def test_a_later_item_of_a_held_ticket_gets_a_fire_of_its_own():
    play = Play()
    play.place("Burger", hold="scheduled", fire_at=NOON.isoformat())
    (first,) = play.fire_what_is_due()
    play.cook("hold", "grill")
    play.update({"name": "Steak", "qty": "1"})
    assert play.line("grill", "Steak").state == "held"
    (second,) = play.fire_what_is_due()
    assert first.command_id != second.command_id
    assert play.line("grill", "Steak").state == "queued"


def test_a_voided_scheduled_order_is_not_fired():
    play = Play()
    play.place("Burger", hold="scheduled", fire_at=NOON.isoformat())
    play.cancel()
    assert play.fire_what_is_due() == []


# ── Apply ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def strange(stream: str, name: str, seq: int | None = 9, **data) -> Envelope:
    return Envelope(
        id="e", v=7, store="s1", stream=stream, epoch="e1", seq=seq, at=NOON, name=name, data=data, actor=SYSTEM
    )


def test_a_name_of_tomorrow_moves_only_the_position():
    play = cooking()
    after = apply(play.kitchen, strange("s1/kds", "kds:item_burnt", order_id="x"))
    assert (after.board.seq, after.board.tickets) == (9, play.board.tickets)
    after = apply(play.kitchen, strange("s1/orders", "order:praised"))
    assert (after.book.seq, after.book.orders, after.board) == (9, play.kitchen.book.orders, play.board)


def test_a_known_fact_with_fields_of_tomorrow_is_read():
    play = cooking()
    data = {"order_id": play.order_id, "ticket_id": f"{play.order_id}.grill", "station": "grill", "stations": ["grill"]}
    envelope = strange("s1/kds", "kds:item_started", **data, item_ids=[play.item_id("Burger")], mood="good")
    board = apply_to_board(play.board, envelope)
    assert board.tickets[f"{play.order_id}.grill"].lines[0].state == "started"


@pytest.mark.parametrize("stream", ["s1/ops", "s1/inventory", "user/ann"])
def test_other_streams_change_nothing(stream):
    play = cooking()
    assert apply(play.kitchen, strange(stream, "connection:lost", seq=None)) is play.kitchen
    closed = {"connection": "c", "subject": "ann", "namespace": "/kds", "code": "slow"}
    assert apply(play.kitchen, strange(stream, "connection:closed", seq=None, **closed)) is play.kitchen


def test_a_refused_command_changes_nothing():
    play = cooking()
    before = play.kitchen
    with pytest.raises(NotFound):
        play.say("kds:bump", ticket_id="nothing.grill")
    assert play.kitchen is before


def test_what_a_person_did_carries_when_they_did_it_and_says_when_that_is_long_ago():
    play = cooking()
    play.cook("start", "grill", made_at=(NOON - timedelta(minutes=1)).isoformat())
    assert [(fact.made_at, fact.skewed) for fact in play.outcome.facts[:1]] == [(NOON - timedelta(minutes=1), None)]
    play.cook("bump", "grill", made_at=(NOON - timedelta(hours=1)).isoformat())
    ready, *of_the_order = play.outcome.facts
    assert (ready.made_at, ready.skewed) == (NOON - timedelta(hours=1), True)
    assert not any(hasattr(fact, "made_at") for fact in of_the_order)
    assert play.line("grill", "Burger").since == NOON
