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
from heard.ui.conversation import converse
from heard.ui.words import words_for
from kds.linear import AT_ONCE, NUMBERS, Linear
from kds.settings import Settings
from tests.heard.ui.test_conversation import let_go


@pytest.fixture
def linear(still, clock):
    made = Linear(still, "grill", clock=clock)
    made.look()
    return made


def said(linear):
    return "\n".join(linear.look())


def test_it_begins_with_the_link_the_station_and_what_is_open(still, clock):
    still.place("Burger")
    lines = Linear(still, "grill", clock=clock).look()
    assert lines[0] == "Link: live."
    assert lines[1].startswith("Station grill.")
    assert lines[2] == "1 card is open."
    assert lines[3].startswith("1: #")
    assert "1 Burger" in lines[3]


def test_an_empty_kitchen_and_no_kitchen_are_not_the_same(still, clock):
    live, still.link = still.link, replace(still.link, state=LinkState.CATCHING_UP)
    linear = Linear(still, "grill", clock=clock)
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
    expo = Linear(still, "expo", clock=clock)
    order = still.place("Melt")
    expo.look()
    assert expo.answer("1 b")[0].startswith("#1: ")
    still.act(kds.Bump, f"{order}.grill")
    still.act(kds.Bump, f"{order}.fry")
    assert said(expo).startswith("Ready: 1: #1. ")
    expo.answer("1 b")
    assert said(expo) == "Done: 1: #1."


def test_expo_may_insist_with_the_letter_it_was_told(still, clock):
    expo = Linear(still, "expo", clock=clock)
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
    assert [line[0] for line in linear.answer("h")][2:] == list("bsv!furlahq")


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
    assert Linear(still, "grill", clock=clock).answer("q") is None
    kiosk = Linear(still, "grill", Settings(kiosk=True), clock=clock)
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
    lines = Linear(still, "grill", clock=clock, words=words_for("de")).look()
    assert "1 Bon ist offen." in lines


# ── The conversation ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pipe_is_enough_to_talk_and_its_end_ends_it(still, clock):
    still.place("Burger")
    reading, writing = os.pipe()
    out = io.StringIO()
    os.write(writing, b"1\n1 b\nl")
    os.close(writing)
    assert converse(Linear(still, "grill", clock=clock), still, ["a fault"], handle=reading, out=out) == 0
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

    linear = Linear(still, "grill", clock=clock)
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
    assert converse(Linear(still, "grill", clock=clock), still, handle=reading, out=Gone()) == 0
    os.close(writing)
    let_go()
    os.close(reading)
