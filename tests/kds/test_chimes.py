"""What rings and when: stories of looks at a station."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from heard.contract import kds
from heard.kitchen.priority import on_wall
from kds.chimes import MAX_REMINDERS, RULES, Ears, Ring, Scene, Sign, due, muted_anew, quiet_until, sign
from kds.sound.names import Alert

BEGAN = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
LATE = timedelta(minutes=12)


def card(number=1, **more):
    return Sign(f"#{number}", **{"late_at": BEGAN + timedelta(hours=9), **more})


class Watch:
    """A station looked at again and again."""

    def __init__(self):
        self.ears, self.mono, self.cards = Ears(), 100.0, {}
        self.live, self.heard, self.remind, self.key_at = True, True, Scene.__dataclass_fields__["remind"].default, 0.0

    def put(self, *ids, **more):
        self.cards = {**self.cards, **{one: card(one, **more) for one in ids}}

    def off(self, *ids):
        self.cards = {one: kept for one, kept in self.cards.items() if one not in ids}

    def look(self, after=0.0, *, touched=()):
        self.mono += after
        scene = Scene(
            self.mono, BEGAN + timedelta(seconds=self.mono - 100), self.live, self.cards, frozenset(touched),
            self.key_at, self.heard, self.remind,
        )  # fmt: skip
        self.ears, rings = due(self.ears, scene)
        return [ring.alert.value for ring in rings]

    def waits(self):
        return {alert.value: set(notice.tickets) for alert, notice in self.ears.notices.items()}

    def minutes_of_rings(self, minutes):
        return [ring for _ in range(minutes * 60) for ring in self.look(1)]


@pytest.fixture
def watch():
    one = Watch()
    one.look()
    return one


# ── News ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_there_when_we_come_rings_nothing():
    one = Watch()
    one.put(*"abcde", rush=True, allergies=frozenset({"nuts"}), ready=True)
    assert one.look() == []
    assert one.minutes_of_rings(5) == []


def test_a_new_card_rings_once(watch):
    watch.put("a")
    assert watch.look() == ["new"]
    assert watch.minutes_of_rings(5) == []


def test_twenty_orders_that_come_together_are_one_chime_and_a_count(watch):
    watch.put(*(f"t{n}" for n in range(20)))
    watch.ears, rings = due(watch.ears, Scene(watch.mono, BEGAN, True, watch.cards))
    assert rings == (Ring(Alert.NEW, 20),)


def test_twenty_orders_that_drip_in_within_a_second_are_one_chime_and_a_count(watch):
    rings = []
    for n in range(20):
        watch.put(f"t{n}")
        rings += watch.look(0.05)
    assert rings == ["new"]
    assert len(watch.waits()["new"]) == 20


def test_an_order_after_the_gap_rings_anew(watch):
    watch.put("a")
    watch.look()
    watch.put("b")
    assert watch.look(2.1) == ["new"]


@pytest.mark.parametrize(
    ("change", "alert"),
    [
        ({"rush": True}, "rush"),
        ({"allergies": frozenset({"nuts"})}, "allergy"),
        ({"voids": frozenset({"i1"})}, "void"),
        ({"changed": 7}, "changed"),
        ({"items": frozenset({"i9"})}, "changed"),
        ({"ready": True}, "ready"),
    ],
)
def test_what_happens_to_a_card_has_a_sound_of_its_own(watch, change, alert):
    watch.put("a")
    watch.look()
    watch.put("a", **change)
    assert watch.look(1) == [alert]


def test_a_new_card_with_an_allergy_rings_for_the_allergy_alone(watch):
    watch.put("a", allergies=frozenset({"nuts"}))
    assert watch.look() == ["allergy"]
    assert watch.waits() == {"allergy": {"a"}, "new": {"a"}}


def test_of_several_at_once_each_rings_once_and_the_most_urgent_first(watch):
    watch.put("a", "b")
    watch.look()
    watch.put("a", voids=frozenset({"x"}))
    watch.put("b", changed=3)
    watch.put("c", "d", rush=True)
    watch.put("e")
    assert watch.look(5) == ["void", "rush", "changed", "new"]


def test_a_second_allergy_on_a_card_rings_again(watch):
    watch.put("a", allergies=frozenset({"nuts"}))
    watch.look()
    watch.put("a", allergies=frozenset({"nuts", "milk"}))
    assert watch.look(3) == ["allergy"]


def test_a_card_that_turns_late_rings_once_and_many_late_ones_are_no_storm(watch):
    for n in range(30):
        watch.put(f"t{n}", late_at=BEGAN + timedelta(seconds=100 + 2 * n))
    watch.look()
    assert watch.minutes_of_rings(5) == ["late", "late"]


def test_an_order_that_comes_late_already_rings_for_being_new(watch):
    watch.put("a", late_at=BEGAN - timedelta(minutes=5))
    assert watch.look() == ["new"]
    assert watch.look(5) == []


# ── Our own hands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_done_at_this_station_makes_no_sound_here(watch):
    watch.put("a")
    watch.look()
    watch.put("a", rush=True, ready=True)
    assert watch.look(3, touched={"a"}) == []
    watch.off("a")
    watch.look(3, touched={"a"})
    watch.put("a", allergies=frozenset({"nuts"}))
    assert watch.look(3, touched={"a"}) == [], "recalled here"


def test_a_void_that_comes_while_a_key_is_at_the_card_is_heard_all_the_same(watch):
    watch.put("a")
    watch.look()
    watch.put("a", voids=frozenset({"x"}))
    assert watch.look(3, touched={"a"}) == ["void"]
    assert watch.waits()["void"] == {"a"}


# ── Until somebody has been there ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("alert", "change"),
    [
        ("allergy", {"allergies": frozenset({"nuts"})}),
        ("void", {"voids": frozenset({"x"})}),
        ("rush", {"rush": True}),
    ],
)
def test_what_must_not_be_missed_rings_until_somebody_has_been_at_the_card(watch, alert, change):
    watch.put("a")
    watch.look()
    watch.put("a", **change)
    assert watch.look(3) == [alert]
    first = watch.minutes_of_rings(2)
    assert set(first) == {alert}
    assert 2 <= len(first) <= 4
    watch.look(1, touched={"a"})
    assert watch.minutes_of_rings(10) == []
    assert watch.waits() == {}


def test_reminders_grow_rarer_and_come_to_an_end(watch):
    watch.put("a", rush=True)
    watch.look()
    assert watch.minutes_of_rings(60).count("rush") == MAX_REMINDERS
    assert watch.waits() == {"rush": {"a"}}, "its word and the flash stay"


def test_two_reminders_that_are_due_together_are_one_sound(watch):
    watch.put("a", allergies=frozenset({"nuts"}))
    watch.put("b", voids=frozenset({"x"}))
    watch.look()
    rings = [watch.look(1) for _ in range(25)]
    assert all(len(each) <= 1 for each in rings)


@pytest.mark.parametrize("end", ["acknowledged", "gone"])
def test_a_void_is_done_with_when_it_is_acknowledged_or_its_card_is_gone(watch, end):
    watch.put("a", voids=frozenset({"x"}))
    watch.look()
    if end == "gone":
        watch.off("a")
    else:
        watch.put("a")
    watch.look(3)
    assert watch.minutes_of_rings(5) == []


def test_a_void_that_was_there_when_we_came_is_a_reminder_and_no_alarm():
    one = Watch()
    one.put("a", voids=frozenset({"x"}))
    assert one.look() == []
    assert one.look(21) == ["void"]


def test_a_station_may_want_reminders_of_late_cards_or_none_at_all(watch):
    watch.remind = {Alert.LATE}
    watch.put("a", late_at=BEGAN + timedelta(seconds=10), rush=True)
    watch.look()
    assert watch.minutes_of_rings(5).count("late") > 2
    watch.remind = ()
    watch.put("b", rush=True)
    watch.look(60)
    assert watch.minutes_of_rings(5) == []


def test_where_nothing_is_heard_words_stay_until_a_key_is_pressed(watch):
    watch.heard = False
    watch.put("a")
    watch.look()
    watch.look(600)
    assert watch.waits() == {"new": {"a"}}
    watch.key_at = watch.mono
    watch.look(1)
    assert watch.waits() == {}


def test_where_it_is_heard_the_words_go_by_themselves(watch):
    watch.put("a")
    watch.look()
    assert watch.waits() == {"new": {"a"}}
    watch.look(5)
    assert watch.waits() == {}


# ── The link ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_that_stays_away_is_told_once_and_its_return_is_one_summary(watch):
    watch.put("a")
    watch.look()
    watch.look(10)
    watch.live = False
    assert [watch.look(1) for _ in range(60)].count(["link_lost"]) == 1
    watch.live = True
    watch.put(*(f"t{n}" for n in range(300)))
    watch.put("v", voids=frozenset({"x"}))
    watch.put("a", rush=True)
    watch.ears, rings = due(watch.ears, Scene(watch.mono, BEGAN, True, watch.cards))
    assert rings == (Ring(Alert.LINK_BACK, 301),)
    assert [watch.look(1) for _ in range(10)].count([]) == 10, "no storm behind it"
    assert set(watch.minutes_of_rings(1)) == {"void", "rush"}, "but what must not be missed is said again"


def test_a_hiccup_of_the_link_is_not_told_and_what_came_meanwhile_rings_as_ever(watch):
    watch.live = False
    assert watch.look(1) == []
    assert watch.look(2) == []
    watch.put("a", "b")
    watch.live = True
    assert watch.look(0.5) == ["new"]


def test_a_link_that_comes_and_goes_is_no_concert(watch):
    rings = []
    for _ in range(30):
        watch.live = False
        rings += [ring for _ in range(6) for ring in watch.look(1)]
        watch.live = True
        rings += [ring for _ in range(4) for ring in watch.look(1)]
    assert rings.count("link_lost") <= 6
    assert rings.count("link_back") <= 6


def test_a_station_that_never_was_live_does_not_mourn_its_link():
    one = Watch()
    one.live = False
    assert one.minutes_of_rings(3) == []


def test_what_hands_did_while_the_link_was_away_is_no_news_when_it_is_back(watch):
    watch.put("a")
    watch.look()
    watch.live = False
    watch.look(1)
    watch.put("a", rush=True)
    watch.look(1, touched={"a"})
    watch.live = True
    assert watch.look(1) == []


# ── Signs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def signs(still, station="grill"):
    return [sign(one, still.board.state(one), 720) for one in on_wall(still.board, station)]


def test_an_allergy_is_one_wherever_it_was_said(still):
    still.place("Burger", allergies=[{"code": "nuts"}])
    still.place({"name": "Burger", "qty": 1, "allergies": [{"text": "milk"}]})
    still.place({"name": "Burger", "qty": 1, "notes": [{"text": "allergic to sesame"}]})
    still.place("Burger", notes=[{"text": "birthday"}])
    assert [bool(one.allergies) for one in signs(still)] == [True, True, True, False]


def test_the_signs_of_a_card_follow_what_tills_and_hands_do(still, clock):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "b"}, "Fries")
    plain = signs(still)[0]
    assert plain.late_at - still.ticket(order).header.placed_at == LATE
    still.change(order, items=[{"item_id": "b", "qty": 2}])
    changed = signs(still)[0]
    assert changed.changed > plain.changed
    still.change(order, items=[{"name": "Burger", "qty": 1}])
    assert len(signs(still)[0].items - plain.items) == 1
    still.act(kds.Rush, f"{order}.grill", priority="rush")
    assert signs(still)[0].rush
    still.change(order, items=[{"item_id": "b", "qty": 0}])
    assert signs(still)[0].voids == {"b"}
    still.act(kds.AckVoid, f"{order}.grill")
    assert not signs(still)[0].voids


def test_expo_hears_when_everything_is_ready(still):
    order = still.place("Burger", "Fries")
    still.act(kds.Bump, f"{order}.grill")
    assert not signs(still, "expo")[0].ready
    still.act(kds.Bump, f"{order}.fry")
    assert signs(still, "expo")[0].ready


def test_every_alert_has_its_rule():
    assert set(RULES) == set(Alert)


# ── Silence ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "end"),
    [("21:59", None), ("22:00", "07:00"), ("23:30", "07:00"), ("00:00", "07:00"), ("06:59", "07:00"), ("07:00", None),
     ("14:00", "14:30"), ("14:30", None)],
)  # fmt: skip
def test_quiet_hours_go_over_midnight(at, end):
    quiet = [(time(22), time(7)), (time(14), time(14, 30))]
    assert quiet_until(quiet, time.fromisoformat(at)) == (time.fromisoformat(end) if end else None)


def test_the_mute_key_mutes_then_gives_sound_back_and_at_once_again_mutes_longer():
    until = muted_anew(None, BEGAN, 10, at_once=False)
    assert until == BEGAN + timedelta(minutes=10)
    longer = muted_anew(until, BEGAN, 10, at_once=True)
    assert longer == BEGAN + timedelta(minutes=20)
    assert muted_anew(longer, BEGAN + timedelta(minutes=1), 10, at_once=False) is None
    assert muted_anew(longer, BEGAN + timedelta(minutes=21), 10, at_once=False) == BEGAN + timedelta(minutes=31)


def test_a_mute_has_an_end_however_often_the_key_is_pressed():
    until = None
    for _ in range(50):
        until = muted_anew(until, BEGAN, 10, at_once=True)
    assert until == BEGAN + timedelta(minutes=60)
