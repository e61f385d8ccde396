"""What is said of the link and of the sound: when it changes, never at every try."""

from __future__ import annotations

from dataclasses import replace

from heard.client.status import LinkState
from heard.ui.conversation import BELL
from kds.settings import Settings
from kds.sound.voice import Sounding
from tests.kds.spoken.hearing import at, said
from tests.kds.station import Speaker


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


def test_a_refused_station_is_told_the_letter_that_tries_again_and_hears_what_came_of_it(still, linear):
    def link(state, reason=None):
        still.link = replace(still.link, state=state, reason=reason)
        return said(linear)

    refused = "Link: the gateway refuses this station. wipe it - t tries again"
    assert link(LinkState.REFUSED, "wipe it") == refused
    assert linear.answer("t") == []
    assert still.retried == 1
    assert link(LinkState.CONNECTING) == "Link: connecting."
    assert link(LinkState.REFUSED, "wipe it") == refused
    assert link(LinkState.OFFLINE, "no answer").startswith("Link: offline.")
    assert linear.answer("t") == ["Link: connecting."]
    link(LinkState.LIVE)
    assert linear.answer("t") == ["Link: live."]
    assert still.retried == 2
