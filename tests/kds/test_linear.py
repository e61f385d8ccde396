"""The station in lines: what is said, when, and what a typed line comes to; over a kitchen without a network."""

from __future__ import annotations

import io
import os
import threading
from dataclasses import replace

import pytest

from heard.client.outbox import Refusal
from heard.client.status import LinkState
from heard.contract import kds
from heard.ui.conversation import BELL, converse
from heard.ui.words import words_for
from kds.choices import Kept
from kds.linear import Linear
from kds.settings import Settings
from kds.sound.voice import Sounding
from kds.spoken.lists import AT_ONCE as LISTED
from kds.spoken.news import AT_ONCE, NUMBERS
from tests.heard.ui.test_conversation import let_go
from tests.kds.station import Speaker


def at(still, station, settings=None, **more):
    """A station in lines whose tones are heard."""
    return Linear(still, station, settings, **{"voice": Speaker(), **more})


@pytest.fixture
def linear(still, clock):
    made = at(still, "grill", clock=clock)
    made.look()
    return made


def said(linear):
    return "\n".join(linear.look())


def test_it_begins_with_the_link_the_station_and_what_is_open(still, clock):
    still.place("Burger")
    lines = at(still, "grill", clock=clock).look()
    assert lines[0] == "Link: live."
    assert lines[1].startswith("Station grill.")
    assert lines[2] == "1 card is open."
    assert lines[3].startswith("1: #")
    assert "1 Burger" in lines[3]


def test_an_empty_kitchen_and_no_kitchen_are_not_the_same(still, clock):
    live, still.link = still.link, replace(still.link, state=LinkState.CATCHING_UP)
    linear = at(still, "grill", clock=clock)
    assert linear.look() == ["Link: catching up."]
    still.link = live
    assert linear.look()[-1] == "0 cards are open."


def test_a_new_card_is_one_paragraph_with_allergies_first(still, linear):
    burger = {
        "name": "Burger",
        "qty": 2,
        "modifiers": [{"name": "onions", "action": "no"}],
        "notes": [{"text": "rare"}],
    }
    still.place(burger, allergies=[{"code": "nuts"}], table="12", service="dine_in")
    (line,) = linear.look()
    assert line.startswith("New: 1: #1. ALLERGY nuts. ")
    order = [line.index(word) for word in ("ALLERGY", "DINE-IN", "T12", "2 Burger", "NO onions", "rare", "0 minutes")]
    assert order == sorted(order)


def test_nothing_is_said_twice(still, linear):
    still.place("Burger")
    assert said(linear)
    assert said(linear) == ""


def test_another_station_s_card_is_not_said(still, linear):
    still.place("Fries")
    assert said(linear) == ""


def test_a_number_reads_a_card_and_b_is_done_with_it(still, linear):
    order = still.place("Burger")
    linear.look()
    assert "1 Burger" in linear.answer("1\n")[0]
    assert linear.answer("b\n") == []
    assert still.ticket(order).lines[0].state is kds.LineState.READY
    assert said(linear) == "Done: 1: #1."


def test_a_course_that_is_done_is_said_to_be_and_one_that_was_put_off_to_be_held(still, linear):
    for _ in range(2):
        order = still.place("Burger", "Melt")
        still.act(kds.Hold, f"{order}.grill", item_ids=[still.ticket(order).lines[1].item_id])
    linear.look()
    linear.answer("1 b")
    assert said(linear) == "Done: 1: #1."
    still.act(kds.Hold, f"{order}.grill")
    assert said(linear) == "Held: 2: #2."


@pytest.mark.parametrize("typed", ["1 b", "b 1", " B  1 ", "1 bump"])
def test_number_and_letter_may_come_together_in_any_order(still, linear, typed):
    order = still.place("Burger")
    linear.look()
    linear.answer(typed)
    assert still.ticket(order).lines[0].state is kds.LineState.READY


def test_after_a_bump_no_card_is_chosen(still, linear):
    still.place("Burger")
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    assert linear.answer("b") == ["choose a card first: type its number"]
    assert len([one for one in still.did if isinstance(one, kds.Bump)]) == 1


def test_a_card_that_another_screen_took_is_no_longer_chosen(still, linear):
    order = still.place("Burger")
    still.place("Burger")
    linear.look()
    linear.answer("1")
    still.act(kds.Bump, f"{order}.grill")
    assert said(linear) == "Done: 1: #1."
    assert linear.answer("b") == ["choose a card first: type its number"]


def test_a_number_let_go_is_not_another_card_s_at_once(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    still.place("Burger")
    assert said(linear).startswith("New: 2: ")
    assert linear.answer("1 b") == ["no card has number 1"]


def test_numbers_begin_again_with_those_that_are_free(still, linear):
    still.place("Burger")
    linear.look()
    for n in range(2, NUMBERS + 1):
        still.place("Burger")
        linear.look()
        linear.answer(f"{n} b")
        linear.look()
    still.place("Burger")
    assert said(linear).startswith("New: 2: ")


def test_undo_brings_the_card_back_and_says_so(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    assert linear.answer("u") == ["#1 taken back"]
    assert said(linear).startswith("Back: 2: #1. ")
    assert linear.answer("u") == ["nothing to undo"]


def test_recall_brings_the_last_card_back(still, linear):
    still.place("Burger")
    linear.look()
    linear.answer("1 b")
    linear.look()
    assert linear.answer("r") == ["#1 recalled"]
    assert "RECALLED" in said(linear)


def test_a_start_is_said_in_short(still, linear):
    order = still.place("Burger")
    linear.look()
    linear.answer("1 s")
    assert said(linear) == "1: #1: STARTED."
    assert still.ticket(order).lines[0].state is kds.LineState.STARTED


def test_a_change_is_read_out_whole(still, linear):
    order = still.place("Burger")
    linear.look()
    still.change(order, items=[{"item_id": still.ticket(order).lines[0].item_id, "qty": "3"}])
    line = said(linear)
    assert line.startswith("Changed: 1: #1. ")
    assert "3 Burger" in line
    assert "CHANGED 1→3" in line


def test_a_void_is_said_and_stays_until_it_is_seen(still, linear):
    order = still.place("Burger")
    linear.look()
    still.change(order, items=[{"item_id": still.ticket(order).lines[0].item_id, "qty": "0"}])
    assert "VOID" in said(linear)
    linear.answer("1 v")
    assert said(linear) == "Off: 1: #1."


def test_late_is_said_once(still, linear, clock):
    still.place("Burger")
    linear.look()
    clock.advance(721)
    assert said(linear) == "LATE: 1: #1, 12 minutes."
    clock.advance(60)
    assert said(linear) == ""


def test_of_many_at_once_only_some_are_read_but_every_alarm_is(still, linear):
    for n in range(AT_ONCE + 5):
        still.place("Burger", **({"allergies": [{"code": "nuts"}]} if n == AT_ONCE + 3 else {}))
    lines = linear.look()
    assert lines[0] == f"{AT_ONCE + 5} new cards."
    assert sum(line.startswith("New:") for line in lines) == AT_ONCE + 1
    assert any("ALLERGY" in line for line in lines)
    assert lines[-1] == "And 4 more; l lists all."
    assert len(linear.answer("l")) == AT_ONCE + 5


def test_expo_hears_that_a_card_is_ready_and_who_still_has_it(still, clock):
    expo = at(still, "expo", clock=clock)
    order = still.place("Melt")
    expo.look()
    assert expo.answer("1 b")[0].startswith("#1: ")
    still.act(kds.Bump, f"{order}.grill")
    still.act(kds.Bump, f"{order}.fry")
    assert said(expo).startswith("Ready: 1: #1. ")
    expo.answer("1 b")
    assert said(expo) == "Done: 1: #1."


def test_expo_may_insist_with_the_letter_it_was_told(still, clock):
    expo = at(still, "expo", clock=clock)
    still.place("Melt")
    expo.look()
    assert "f hands it over anyway" in expo.answer("1 b")[0]
    assert expo.answer("f") == ["#1 handed over"]
    assert said(expo) == "Done: 1: #1."


def test_the_link_is_told_when_it_goes_and_comes_and_not_at_every_try(still, linear, clock):
    def link(state, reason=None):
        still.link = replace(still.link, state=state, reason=reason, since=clock.monotonic())
        return said(linear)

    assert link(LinkState.OFFLINE, "no answer") == "Link: offline. What you do is kept and sent later. no answer"
    assert link(LinkState.CONNECTING) == ""
    assert link(LinkState.OFFLINE, "no answer") == ""
    assert link(LinkState.CATCHING_UP) == ""
    assert link(LinkState.LIVE) == "Link: live."


def test_a_link_that_fell_silent_is_not_believed(still, linear, clock):
    still.silent = True
    clock.advance(13)
    assert said(linear) == "Link: silent, do not believe what was said."


def test_a_refusal_is_said_and_put_away(still, linear):
    still.refused.append(Refusal("c1", "kds:bump", {}, "", "voided", "it was voided"))
    assert said(linear) == "Refused: it was voided"
    assert still.refusals == ()


def test_an_empty_line_tells_how_things_are(still, linear):
    still.place("Burger")
    linear.look()
    assert linear.answer("\n") == ["Link: live. 1 card is open."]


def test_all_day_and_help_are_lines(still, linear):
    still.place("Burger")
    still.place({"name": "Burger", "qty": 2})
    linear.look()
    assert linear.answer("a") == ["All-day: 3 Burger."]
    assert [line[0] for line in linear.answer("h")][3:] == list("bsvp!ifurdlaem<>hq")


@pytest.mark.parametrize("typed", ["1 2", "b s", "x", "99", "b", "\x1b[A", "b\x00", "٣", "9" * 300, "1 b s"])
def test_what_means_nothing_is_answered_with_a_sentence_and_does_nothing(still, linear, typed):
    still.place("Burger")
    linear.look()
    before = len(still.did)
    answer = linear.answer(typed)
    assert len(answer) == 1
    assert answer[0].isprintable()
    assert len(still.did) == before


def test_q_leaves_but_not_in_a_kiosk(still, clock):
    assert at(still, "grill", clock=clock).answer("q") is None
    kiosk = at(still, "grill", Settings(kiosk=True), clock=clock)
    assert kiosk.answer("q") == ["q is no letter here; h helps"]
    assert not any(line.startswith("q") for line in kiosk.answer("h"))


HOSTILE = "A\x1b]52;c;aGVhcmQ=\x07\x1b[2J\x9b31m\r\nNew: 9: forged\u202e[/red]"


def test_hostile_words_stay_on_their_line_and_steer_nothing(still, linear):
    row = {"name": HOSTILE, "qty": 1, "station_hint": ["grill"], "notes": [{"text": HOSTILE}]}
    still.place(row, table=HOSTILE[:20], customer={"name": HOSTILE}, allergies=[{"text": HOSTILE}])
    lines = linear.look()
    lines += linear.answer("1") + linear.answer("l") + linear.answer("a")
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert "[/red]" in lines[0]


def test_it_speaks_the_language_of_the_station(still, clock):
    still.place("Burger")
    lines = at(still, "grill", clock=clock, words=words_for("de")).look()
    assert "1 Bon ist offen." in lines


# ── The conversation ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pipe_is_enough_to_talk_and_its_end_ends_it(still, clock):
    still.place("Burger")
    reading, writing = os.pipe()
    out = io.StringIO()
    os.write(writing, b"1\n1 b\nl")
    os.close(writing)
    assert converse(at(still, "grill", clock=clock), still, ["a fault"], handle=reading, out=out) == 0
    let_go()
    os.close(reading)
    lines = out.getvalue().splitlines()
    assert lines[0] == "a fault"
    assert "Done: 1: #1." in lines
    assert still.on_change is None


def test_news_is_said_while_nobody_types(still, clock):
    reading, writing = os.pipe()
    begun, heard = threading.Event(), threading.Event()

    class Out(io.StringIO):
        def write(self, text):
            for word, event in (("0 cards", begun), ("New:", heard)):
                if text.startswith(word):
                    event.set()
            return super().write(text)

    linear = at(still, "grill", clock=clock)
    talk = threading.Thread(
        target=converse, args=(linear, still), kwargs={"handle": reading, "out": Out()}, daemon=True
    )
    talk.start()
    try:
        assert begun.wait(10)
        still.place("Burger")
        assert heard.wait(10)
        os.write(writing, b"q\n")
        talk.join(10)
        assert not talk.is_alive()
    finally:
        os.close(writing)
        let_go()
        os.close(reading)


def test_a_reader_that_is_gone_ends_it(still, clock):
    class Gone(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    reading, writing = os.pipe()
    assert converse(at(still, "grill", clock=clock), still, handle=reading, out=Gone()) == 0
    os.close(writing)
    let_go()
    os.close(reading)


# ── Items ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def line(still, order, n, station="grill"):
    return still.ticket(order, station).lines[n]


def test_items_of_which_there_are_several_are_read_with_what_to_type_for_them(still, linear):
    still.place("Burger", "Melt", notes=[{"text": "no rush"}])
    assert said(linear) == "New: 1: #1. no rush. 1.1: 1 Burger. 1.2: 1 Melt, ALSO AT: FRY. 0 minutes."
    still.place("Burger")
    assert said(linear) == "New: 2: #2. 1 Burger. 0 minutes."


@pytest.mark.parametrize("typed", ["1.2 b", "b 1.2", "1,2 B"])
def test_one_item_is_done_alone(still, linear, typed):
    order = still.place("Burger", "Melt")
    linear.look()
    assert linear.answer(typed) == []
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED, kds.LineState.READY]
    assert said(linear) == "1: #1: STARTED. 1 Melt, ALSO AT: FRY, done."
    assert linear.answer("b") == ["choose a card first: type its number"]
    linear.answer("1.1 b")
    assert said(linear) == "Done: 1: #1."


def test_an_item_is_chosen_heard_started_and_taken_back(still, linear):
    order = still.place({"name": "Burger", "qty": 2, "notes": [{"text": "rare"}]}, "Melt")
    linear.look()
    assert linear.answer("1.1") == ["1.1: #1: 2 Burger, rare. b bump, s start, v void seen, h help."]
    assert linear.answer("s") == []
    assert line(still, order, 0).state is kds.LineState.STARTED
    assert line(still, order, 1).state is kds.LineState.QUEUED
    assert said(linear) == "1: #1: STARTED. 2 Burger, rare, begun."
    assert linear.answer("s") == ["it is so already"]
    assert linear.answer("u") == ["#1 taken back"]
    assert said(linear) == "1: #1: 2 Burger, rare, not begun."


def test_one_item_is_held_and_one_that_is_ready_is_brought_back(still, linear):
    order = still.place("Burger", "Melt")
    linear.look()
    linear.answer("1.1 p")
    assert line(still, order, 0).state is kds.LineState.HELD
    linear.look()
    still.act(kds.Fire, f"{order}.grill")
    linear.answer("1.2 b")
    linear.look()
    linear.answer("1.2 r")
    assert line(still, order, 1).state is kds.LineState.QUEUED
    assert "1.2: 1 Melt, RECALLED ALSO AT: FRY" in said(linear)


def test_a_void_item_is_acknowledged_alone_and_no_other_gets_its_number(still, linear):
    order = still.place("Burger", "Melt", {"name": "Burger", "qty": 5})
    linear.look()
    still.change(order, items=[{"item_id": line(still, order, 0).item_id, "qty": "0"}])
    assert "1.1: 1 Burger, VOID. 1.2: 1 Melt" in said(linear)
    linear.answer("1.1 b")
    assert "1.2: 1 Melt, ALSO AT: FRY. 1.3: 5 Burger" in said(linear)
    assert linear.answer("1.1 b") == ["card 1 has no item 1"]
    linear.answer("1.3 b")
    assert line(still, order, 2).state is kds.LineState.READY
    assert line(still, order, 1).state is kds.LineState.QUEUED


def test_what_is_ordered_later_gets_the_next_number(still, linear):
    order = still.place("Burger", "Melt")
    linear.look()
    still.change(order, items=[{"name": "Burger", "qty": 3}])
    assert "1.2: 1 Melt, ALSO AT: FRY. 1.3: ADD-ON, 3 Burger" in said(linear)


@pytest.mark.parametrize("typed", ["1.9 b", "9.1 b", "1.0", "d1", "d1 r", "1.1.1", "d1.1", "1. b", ".1"])
def test_an_item_that_is_not_there_is_a_sentence_and_nothing_is_done(still, linear, typed):
    still.place("Burger", "Melt")
    linear.look()
    before = len(still.did)
    assert len(linear.answer(typed)) == 1
    assert len(still.did) == before


# ── The pass ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def expo(still, clock):
    made = at(still, "expo", clock=clock)
    made.look()
    return made


def test_expo_hears_how_each_item_stands_at_each_of_its_stations(still, expo):
    order = still.place("Burger", "Melt", {"name": "Cola", "qty": 1, "station_hint": ["expo"]})
    assert said(expo) == (
        "New: 1: #1. 1.1: 1 Burger, grill not begun. 1.2: 1 Melt, grill not begun, fry not begun. "
        "1.3: 1 Cola, expo not begun. 0 minutes."
    )
    still.act(kds.Start, f"{order}.fry")
    assert said(expo) == "1: #1: 1 Melt, grill not begun, fry begun."
    still.act(kds.Bump, f"{order}.grill")
    assert said(expo) == "1: #1: 1 Burger, grill done. 1 Melt, grill done, fry begun."


def test_expo_hands_over_one_item_and_then_the_rest(still, expo):
    order = still.place("Burger", "Fries")
    for station in ("grill", "fry"):
        still.act(kds.Bump, f"{order}.{station}")
    expo.look()
    assert expo.answer("1.2 b") == []
    assert said(expo) == "1: #1: 1 Fries, handed over."
    expo.answer("1 b")
    assert said(expo) == "Done: 1: #1."


def test_expo_may_insist_on_one_item(still, expo):
    order = still.place("Burger", "Fries")
    expo.look()
    assert "f hands it over anyway" in expo.answer("1.1 b")[0]
    assert expo.answer("f") == ["#1 handed over"]
    assert line(still, order, 0, "expo").handed_over
    assert not line(still, order, 1, "expo").handed_over
    assert expo.answer("f") == ["nothing to force: bump first, and read what it says"]


def test_a_course_on_hold_is_heard_at_the_pass_and_fired_there(still, expo):
    order = still.place("Burger", {"name": "Melt", "qty": 1, "item_id": "later", "course": 2})
    still.act(kds.Hold, f"{order}.grill", item_ids=["later"])
    still.act(kds.Hold, f"{order}.fry", item_ids=["later"])
    assert "1.2: 1 Melt, HELD course 2, grill held, fry held" in said(expo)
    assert expo.answer("1 p") == ["#1 fired"]
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED] * 2
    assert "1.2: 1 Melt, course 2, grill not begun, fry not begun" in said(expo)
    expo.answer("1.2 p")
    assert [one.state for one in still.ticket(order).lines] == [kds.LineState.QUEUED, kds.LineState.HELD]
    assert "1.2: 1 Melt, HELD course 2, grill held, fry held" in said(expo)
    expo.answer("p")
    assert line(still, order, 1).state is kds.LineState.QUEUED


def test_e_turns_to_expo_and_back_and_tells_what_happened_at_home(still, linear, clock):
    still.place("Burger", "Fries")
    linear.look()
    assert linear.answer("e") == []
    assert linear.look()[0].startswith("Station expo.")
    clock.advance(10)
    assert linear.look() == []
    still.place("Burger")
    assert linear.look() == ["New: 2: #2. 1 Burger, grill not begun. 0 minutes.", "grill: 1 NEW."]
    still.place("Burger")
    assert linear.look()[-1] == "grill: 2 NEW.", "though it is too soon for another chime"
    assert linear.answer("E") == ["Station grill:"]
    assert linear.look() == ["New: 2: #2. 1 Burger. 0 minutes.", "New: 3: #3. 1 Burger. 0 minutes."]
    assert linear.answer("e") == ["Station expo:"]
    assert linear.look() == []


def test_expo_has_no_other_view(still, expo):
    assert expo.answer("e") == ["this is expo"]


# ── What was done, and orders whole ───────────────────────────────────────────────────────────────────────────────────


def done(still, linear, count):
    for _ in range(count):
        order = still.place("Burger")
        linear.look()
        still.act(kds.Bump, f"{order}.grill")
        linear.look()


def test_what_was_done_is_listed_and_any_of_it_brought_back(still, linear, clock):
    assert linear.answer("d") == ["Nothing was done here today."]
    done(still, linear, 2)
    still.doers["id-1.grill"] = "Maya"
    time = f"{clock.now():%H:%M}"
    lines = linear.answer("d")
    assert lines[0].startswith(f"d1: #2, done {time}, after 0 minutes")
    assert lines[1].endswith(": 1 Burger.")
    assert lines[-1] == "That is all; d1 r brings the first one back."
    assert linear.answer("d2 r") == ["#1 recalled"]
    assert "Back: " in said(linear)
    assert linear.answer("d1 v") == ["d1 r brings it back."]


def test_a_number_of_the_list_stays_the_same_card_s_though_more_is_done(still, linear):
    done(still, linear, 2)
    linear.answer("d")
    done(still, linear, 1)
    assert linear.answer("d1")[0] == "Order #2:"
    assert linear.answer("r d1") == ["#2 recalled"]


def test_d_again_goes_on_with_those_before(still, linear):
    done(still, linear, LISTED + 3)
    first, more = linear.answer("d"), linear.answer("D")
    assert [one.split(":")[0] for one in first[:-1]] == [f"d{n}" for n in range(1, LISTED + 1)]
    assert first[-1] == "And 3 more; d goes on."
    assert [one.split(":")[0] for one in more[:-1]] == [f"d{n}" for n in range(LISTED + 1, LISTED + 4)]
    linear.answer("l")
    assert linear.answer("d")[0] == first[0]


def test_an_order_is_heard_whole_with_all_its_stations(still, linear):
    order = still.place({"name": "Melt", "qty": 2, "modifiers": [{"name": "onions", "action": "no"}]}, "Fries",
                        allergies=[{"code": "nuts"}])  # fmt: skip
    still.act(kds.Bump, f"{order}.fry")
    linear.look()
    assert linear.answer("1 i") == [
        "Order #1:", "ALLERGY nuts", "2 Melt, NO onions, grill not begun, fry done.", "1 Fries, fry done.",
    ]  # fmt: skip


def test_all_day_again_counts_with_choices(still, linear):
    still.place({"name": "Burger", "qty": 2, "modifiers": [{"name": "onions", "action": "no"}]}, "Burger")
    linear.look()
    assert linear.answer("a") == ["All-day: 3 Burger."]
    assert linear.answer("a") == ["All-day: 2 Burger (NO onions), 1 Burger."]
    linear.answer("h")
    assert linear.answer("a") == ["All-day: 3 Burger."]


@pytest.mark.parametrize("typed", ["1 B", "B 1", "1 BUMP"])
def test_caps_lock_makes_no_difference(still, linear, typed):
    order = still.place("Burger")
    linear.look()
    linear.answer(typed)
    assert line(still, order, 0).state is kds.LineState.READY


# ── Sound ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_alerts_ring_as_on_the_screen_and_the_gateway_is_told_of_the_sound(still, clock):
    speaker = Speaker()
    linear = at(still, "grill", clock=clock, voice=speaker)
    linear.look()
    still.place("Burger", allergies=[{"code": "nuts"}])
    assert BELL not in linear.look()
    still.place("Burger", priority="rush")
    linear.look()
    assert speaker.rung == [("allergy", 80), ("rush", 80)]
    assert still.figures["sound"] == "on"


def test_what_is_done_here_makes_no_sound_here(still, clock):
    order = still.place("Burger", "Melt")
    speaker = Speaker()
    linear = at(still, "grill", clock=clock, voice=speaker)
    linear.look()
    for typed in ("1 !", "1.1 b", "u", "1 b", "u", "1 !", "1 b", "r"):
        clock.advance(3)
        linear.answer(typed)
        linear.look()
    assert still.ticket(order).lines[0].state is kds.LineState.QUEUED
    assert speaker.rung == []


def test_what_waits_is_said_again_until_its_card_was_chosen(still, clock):
    order = still.place("Burger", "Melt")
    speaker = Speaker()
    linear = at(still, "grill", clock=clock, voice=speaker)
    linear.look()
    still.change(order, items=[{"item_id": line(still, order, 0).item_id, "qty": "0"}])
    linear.look()
    clock.advance(21)
    assert linear.look() == ["Again: VOID #1."]
    linear.answer("1")
    clock.advance(60)
    assert linear.look() == []
    assert speaker.rung == [("void", 80)] * 2


def test_sound_off_is_said_as_a_line_with_why_and_the_bell_rings(still, clock):
    speaker = Speaker(Sounding(starting=True))
    linear = at(still, "grill", clock=clock, voice=speaker)
    assert "SOUND" not in said(linear)
    speaker.sounding = Sounding(why="no device")
    assert linear.look() == ["SOUND OFF: no device."]
    assert linear.look() == []
    assert linear.answer("") == ["Link: live. 0 cards are open. SOUND OFF."]
    still.place("Burger")
    lines = linear.look()
    assert lines[0] == BELL
    assert lines[1].startswith("New: ")
    speaker.sounding = Sounding("paplay")
    assert linear.look() == ["sound is on again."]


def test_the_bell_can_be_switched_off(still, clock):
    linear = at(still, "grill", Settings(bell=False), clock=clock, voice=Speaker(Sounding(why="no device")))
    linear.look()
    still.place("Burger")
    assert BELL not in linear.look()


def test_mute_and_volume_are_said_and_remembered(still, clock):
    speaker, kept = Speaker(), Kept()
    linear = at(still, "grill", clock=clock, voice=speaker, kept=kept)
    linear.look()
    assert linear.answer(">") == ["volume 90 %"]
    assert linear.answer("<") == ["volume 80 %"]
    assert speaker.rung == [("new", 90), ("new", 80)]
    assert linear.answer("M") == ["muted for 10 min; again at once: longer"]
    assert linear.look() == []
    assert kept.now.volume == 80
    assert kept.now.mute_until == linear.seat.ringer.settings.mute_until
    clock.advance(601)
    assert linear.look() == ["sound is on again."]


def test_what_cannot_be_remembered_is_said(still, clock, tmp_path):
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file" / "choices.json")
    linear = at(still, "grill", clock=clock, kept=kept)
    linear.look()
    linear.answer("<")
    kept.settle()
    assert said(linear).startswith("this is not remembered: ")
