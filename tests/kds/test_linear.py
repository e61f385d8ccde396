"""The station in lines: what is said, when, and what a typed line comes to; over a kitchen without a network."""

from __future__ import annotations

import io
import os
import threading

from heard.client.outbox import Refusal
from heard.contract import kds
from heard.ui.conversation import BELL, converse
from heard.ui.words import words_for
from kds.choices import Kept
from tests.heard.ui.test_conversation import let_go
from tests.kds.spoken.hearing import at, line, said
from tests.kds.station import Speaker
from tests.patience import PATIENCE_S


def test_a_refusal_is_said_and_put_away(still, clock):
    linear = at(still, "grill", clock=clock)
    linear.look()
    still.refused.append(Refusal("c1", "kds:bump", {}, "", "voided", "it was voided"))
    assert said(linear) == "Refused: it was voided"
    assert still.refusals == ()


HOSTILE = "A\x1b]52;c;aGVhcmQ=\x07\x1b[2J\x9b31m\r\nNew: 9: forged\u202e[/red]"


def test_hostile_words_stay_on_their_line_and_steer_nothing(still, clock):
    linear = at(still, "grill", clock=clock)
    linear.look()
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
        assert begun.wait(PATIENCE_S)
        still.place("Burger")
        assert heard.wait(PATIENCE_S)
        os.write(writing, b"q\n")
        talk.join(PATIENCE_S)
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


def test_what_cannot_be_remembered_is_said(still, clock, tmp_path):
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file" / "choices.json")
    linear = at(still, "grill", clock=clock, kept=kept)
    linear.look()
    linear.answer("<")
    kept.settle(PATIENCE_S)
    assert said(linear).startswith("this is not remembered: ")
