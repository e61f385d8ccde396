"""A station's ears and voice together: what is asked for, what the bars say, and when the bell has to do."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from heard.contract import kds
from kds.flash import Flash
from kds.settings import SoundSettings
from kds.sound.names import Alert, Player
from kds.sound.ringer import Ringer
from kds.sound.signs import House
from kds.sound.voice import Sounding
from tests.kds.station import Speaker


@pytest.fixture
def speaker():
    return Speaker()


@pytest.fixture
def ringer(still, clock, speaker):
    def make(station="grill", voice=speaker, **settings):
        bells = []
        one = Ringer(station, SoundSettings(**settings), clock, voice, bell=lambda: bells.append(1))
        one.bells = bells
        one.listen = lambda after=0.0: (clock.advance(after), one.look(still.board, live=still.status.live))[1]
        one.listen()
        return one

    return make


def says(row):
    return "".join(part.text for part in row)


def test_a_new_order_asks_for_its_tone_once(still, ringer, speaker):
    one = ringer()
    still.place("Burger")
    one.listen()
    one.listen(1)
    assert speaker.rung == [("new", 80)]
    assert not one.bells
    assert says(one.alerts_row()) == " 1 NEW "


def test_orders_for_other_stations_are_not_heard_here(still, ringer, speaker):
    one = ringer("fry")
    still.place("Burger")
    one.listen()
    assert not speaker.rung


def test_test_orders_never_ring(still, ringer, speaker):
    one = ringer()
    still.place("Burger", test=True, priority="rush", allergies=[{"code": "nuts"}])
    one.listen()
    assert not speaker.rung
    assert one.alerts_row() == ()


def test_volume_is_the_stations_and_each_alerts(still, ringer, speaker):
    one = ringer(volume=50, volumes={"new": 40, "allergy": 100})
    still.place("Burger")
    still.place("Burger", allergies=[{"code": "nuts"}])
    one.listen()
    assert speaker.rung == [("allergy", 50), ("new", 20)]


def test_an_alert_that_is_switched_off_is_seen_and_not_heard(still, ringer, speaker):
    one = ringer(off={"new"})
    still.place("Burger")
    one.listen()
    assert not speaker.rung
    assert not one.bells
    assert says(one.alerts_row()) == " 1 NEW "


def test_a_void_stands_in_the_bar_with_its_number_and_flashes_until_somebody_was_there(still, ringer, speaker):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, {"name": "Burger", "qty": 1, "item_id": "w"})
    one = ringer()
    still.change(order, items=[{"item_id": "v", "qty": 0}])
    one.listen()
    assert speaker.rung == [("void", 80)]
    assert says(one.alerts_row()) == " VOID #1 "
    roles = []
    for _ in range(4):
        one.listen(1)
        roles += [part.role for part in one.alerts_row()]
    assert roles in (["bar.alarm", "bar.strong"] * 2, ["bar.strong", "bar.alarm"] * 2)
    one.touched(f"{order}.grill")
    one.listen(1)
    assert one.alerts_row() == ()


def test_of_many_cards_the_bar_tells_how_many(still, ringer):
    one = ringer()
    for _ in range(3):
        still.place("Burger", priority="rush")
    one.listen()
    assert says(one.alerts_row()) == " 3 RUSH  3 NEW "


def test_expo_hears_that_an_order_is_ready(still, ringer, speaker):
    order = still.place("Burger")
    one = ringer("expo")
    still.act(kds.Bump, f"{order}.grill")
    one.listen()
    assert speaker.rung == [("ready", 80)]


def test_late_is_by_the_stores_heat(still, ringer, speaker):
    still.place("Burger")
    one = ringer()
    one.settle(House(late_s=60))
    one.listen(59)
    assert not speaker.rung
    one.listen(2)
    assert speaker.rung == [("late", 80)]


# ── Not heard ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_can_be_heard_the_bar_says_so_the_bell_rings_and_words_stay(still, ringer, speaker):
    one = ringer()
    speaker.sounding = Sounding(why="no device")
    assert says(one.sound_row()) == " SOUND OFF "
    assert one.state == "off"
    assert one.describe() == "off: no device"
    still.place("Burger")
    still.place("Burger", priority="rush")
    one.listen()
    assert one.bells == [1], "once for all"
    assert not speaker.rung
    one.listen(60)
    assert "2 NEW" in says(one.alerts_row())
    one.key()
    one.listen(1)
    assert "NEW" not in says(one.alerts_row())


def test_a_chime_that_turns_out_not_to_be_heard_rings_the_bell(still, ringer, speaker):
    one = ringer()
    still.place("Burger")
    one.listen()
    assert not one.bells
    speaker.sounding = Sounding(why="the server is gone")
    one.listen(1)
    assert one.bells == [1]
    one.listen(1)
    assert one.bells == [1]


def test_a_helper_that_is_gone_leaves_the_bell(still, ringer, speaker):
    one = ringer()
    speaker.there = False
    still.place("Burger")
    one.listen()
    assert one.bells == [1]


def test_without_a_voice_the_bell_rings_and_nothing_is_said(still, ringer):
    one = ringer(voice=None)
    still.place("Burger")
    one.listen()
    assert one.bells == [1]
    assert one.sound_row() == ()
    assert (one.state, one.describe()) == (None, "")


def test_while_nobody_knows_yet_nothing_is_said(ringer, speaker):
    one = ringer()
    speaker.sounding = Sounding(starting=True)
    assert (one.sound_row(), one.state, one.describe()) == ((), None, "")


def test_a_station_told_to_use_the_bell_says_bell_only(still, ringer, speaker):
    one = ringer(through=Player.BELL)
    speaker.sounding = Sounding(why="told to")
    assert says(one.sound_row()) == " BELL ONLY "
    still.place("Burger")
    one.listen()
    assert one.bells == [1]


# ── Not to be heard ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mute_says_how_long_and_comes_to_an_end_by_itself(still, ringer, speaker):
    one = ringer()
    assert one.mute() == "muted for 10 min; again at once: longer"
    assert says(one.sound_row()) == " MUTED 10 min "
    assert one.state == "muted"
    still.place("Burger")
    one.listen(61)
    assert says(one.sound_row()) == " MUTED 9 min "
    assert not speaker.rung
    assert not one.bells
    one.listen(9 * 60)
    assert (one.sound_row(), one.state) == ((), "on")
    still.place("Burger")
    one.listen()
    assert speaker.rung == [("new", 80)]


def test_the_mute_key_again_is_longer_at_once_and_off_later(ringer, clock):
    one = ringer()
    one.mute()
    clock.advance(1)
    assert one.mute() == "muted for 20 min; again at once: longer"
    clock.advance(10)
    assert one.mute() == "sound is on again"
    assert one.settings.mute_until is None


def test_a_mute_from_before_a_restart_still_holds(ringer, clock):
    first = ringer()
    first.mute()
    clock.advance(60)
    assert says(ringer(mute_until=first.settings.mute_until).sound_row()) == " MUTED 9 min "


def test_quiet_hours_are_by_the_stores_clock(still, ringer, speaker, clock):
    one = ringer(quiet=[(time(19), time(20))])
    one.settle(House(zone=ZoneInfo("Europe/Berlin")))  # it is 18:00 in UTC, and 19:00 there
    assert says(one.sound_row()) == " QUIET until 20:00 "
    assert one.state == "muted"
    still.place("Burger")
    one.listen()
    assert not speaker.rung
    clock.advance(3600)
    assert one.sound_row() == ()


def test_a_void_in_a_mute_is_said_again_after_it(still, ringer, speaker):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, "Burger")
    one = ringer()
    one.mute()
    still.change(order, items=[{"item_id": "v", "qty": 0}])
    for _ in range(580):
        one.listen(1)
    assert not speaker.rung
    for _ in range(120):
        one.listen(1)
    assert ("void", 80) in speaker.rung


def test_no_volume_is_a_mute_and_says_so(still, ringer, speaker):
    one = ringer(volume=0)
    assert says(one.sound_row()) == " MUTED "
    still.place("Burger")
    one.listen()
    assert not speaker.rung
    assert not one.bells


def test_louder_and_softer_go_by_tens_with_a_chime_of_that_volume(ringer, speaker):
    one = ringer(volume=75)
    assert one.turn(1) == "volume 80 %"
    assert one.turn(1) == "volume 90 %"
    assert one.turn(-1) == "volume 80 %"
    assert speaker.rung == [("new", 80), ("new", 90), ("new", 80)]
    assert ringer(volume=75).turn(-1) == "volume 70 %"


def test_it_gets_no_louder_than_all_and_no_softer_than_what_can_be_heard(ringer, speaker):
    loud, soft = ringer(volume=95), ringer(volume=15)
    assert [loud.turn(1) for _ in range(2)] == ["volume 100 %", "volume 100 %: louder it does not get"]
    assert [soft.turn(-1) for _ in range(2)] == [
        "volume 10 %", "volume 10 %: softer it does not get, but it can be muted",
    ]  # fmt: skip
    assert len(speaker.rung) == 4
    silent = ringer(volume=0)
    assert silent.turn(-1) == "volume 0 %: softer it does not get, but it can be muted; MUTED"
    assert silent.turn(1) == "volume 10 %"


def test_while_muted_or_not_heard_the_new_volume_is_said_with_why_nobody_hears_it(ringer, speaker):
    one = ringer()
    one.mute()
    assert one.turn(1) == "volume 90 %; MUTED 10 min"
    assert not speaker.rung
    speaker.sounding = Sounding(why="no device")
    assert one.turn(1) == "volume 100 %; SOUND OFF"
    assert not speaker.rung
    assert not one.bells


def test_orders_ring_at_the_volume_that_was_turned_to(still, ringer, speaker):
    one = ringer(volumes={"new": 50})
    one.turn(-1)
    still.place("Burger")
    one.listen()
    assert speaker.rung == [("new", 70), ("new", 35)]


def test_the_most_urgent_of_what_waits_is_told_to_the_eye(still, ringer, clock):
    one = ringer()
    still.place("Burger", priority="rush")
    still.place("Burger", allergies=[{"code": "nuts"}])
    one.listen()
    assert one.flash() == Flash("ALLERGY #2", "bar.alarm", lit=True)
    assert list(one.waiting().values()) == ["ALLERGY #2", "RUSH #1", "2 NEW"]
    clock.advance(1)
    assert not one.flash().lit


def test_a_second_that_is_a_little_long_or_short_loses_no_flash(still, ringer, clock):
    one = ringer()
    still.place("Burger", priority="rush")
    one.listen()
    lit = []
    for n in range(8):
        lit.append(one.flash().lit)
        clock.advance(1.02 if n % 2 else 0.98)
    assert lit == [True, False] * 4


def test_the_diagnostics_tell_player_volume_and_mute(ringer):
    one = ringer()
    assert one.describe() == "on, through paplay, volume 80 %"
    one.mute()
    assert one.describe() == "on, through paplay, volume 80 %; MUTED 10 min"


@pytest.mark.parametrize("alert", Alert)
def test_every_alert_can_be_switched_off_and_tuned(alert):
    assert SoundSettings(off=[alert], volumes={alert: 10}).volumes == {alert: 10}


def test_the_end_of_a_mute_is_told_with_what_else_is_silent(ringer, speaker, clock):
    one = ringer(quiet=[(time(18), time(20))])
    one.mute()
    clock.advance(10)
    assert one.mute() == "sound is on again; QUIET until 20:00"
    one = ringer()
    one.mute()
    clock.advance(10)
    speaker.sounding = Sounding(why="no device")
    assert one.mute() == "sound is on again; SOUND OFF"
