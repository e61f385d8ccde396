"""What is read out when it is asked for: all-day, what was done, an order whole."""

from __future__ import annotations

from heard.contract import kds
from heard.ui.words import words_for
from kds.settings import Settings
from kds.spoken.lists import AT_ONCE as LISTED
from tests.kds.spoken.hearing import at, said


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


def test_an_order_whole_speaks_the_language_of_its_card_and_tells_its_notes(still, clock):
    onions = {"name": "onions", "action": "no", "kitchen_name": {"de": "Zwiebeln"}, "qty": 2}
    still.place({"name": "Burger", "qty": 1, "kitchen_name": {"de": "Bulette"}, "modifiers": [onions]},
                notes=[{"text": "birthday"}])  # fmt: skip
    linear = at(still, "grill", Settings(language="de"), clock=clock, words=words_for("de"))
    linear.look()
    card, whole = linear.answer("1")[0], linear.answer("1 i")
    assert whole[1:] == ["birthday", "1 Bulette, OHNE 2x Zwiebeln, grill nicht begonnen."]
    assert all(words in card for words in ("birthday", "1 Bulette", "OHNE 2x Zwiebeln"))


def test_amounts_are_written_one_way(still, linear):
    row = {"name": "Shrimp", "qty": "0.50", "unit": "kg", "station_hint": ["grill"]}
    still.place(row)
    assert "0.5kg Shrimp" in said(linear)
    assert linear.answer("1 i")[1].startswith("0.5kg Shrimp")
    assert linear.answer("a") == ["All-day: 0.5kg Shrimp."]
