"""All-day counts."""

from heard.kitchen.tallies import all_day
from tests.heard.kitchen.playbook import Play


def counted(play: Play, station: str, **how) -> list[tuple]:
    return [(row.name, *row.choices, str(row.qty)) for row in all_day(play.board, station, **how)]


def test_open_dishes_are_counted_most_first():
    play = Play()
    play.place({"name": "Burger", "qty": "2"}, "Steak")
    play.place("Burger", "Steak", "Fries")
    play.cook("start", "grill", "Burger")
    play.place("Burger")
    play.cook("hold", "grill")
    assert counted(play, "grill") == [("Burger", "3"), ("Steak", "2")]
    assert counted(play, "fry") == [("Fries", "1")]


def test_done_voided_and_handed_over_dishes_do_not_count():
    play = Play()
    play.place("Burger", "Steak", "Combo", "Water")
    play.cook("bump", "grill", "Burger")
    play.update({"dish": "Steak", "qty": "0"})
    assert counted(play, "grill") == [("Combo", "1")]
    assert counted(play, "expo") == [("Combo", "1"), ("Water", "1")]
    play.cook("bump", "expo", "Water")
    assert counted(play, "expo") == [("Combo", "1")]
    play.cook("bump", "expo", force=True)
    assert counted(play, "expo") == []


def test_what_was_parked_counts_at_expo_once_it_is_fired():
    play = Play()
    play.place("Burger", hold="parked")
    assert counted(play, "expo") == []
    play.cook("fire", "grill")
    assert counted(play, "expo") == [("Burger", "1")]


def test_units_are_not_added_up_and_choices_only_when_asked():
    play = Play()
    no_onion = {"name": "onion", "action": "no", "children": [{"name": "all of it"}]}
    play.place(
        {"name": "Steak", "qty": "0.25", "unit": "kg"}, {"name": "Steak", "qty": "0.5", "unit": "kg"}, "Steak",
        {"name": "Steak", "modifiers": [no_onion, {"name": "rare"}, {"name": "salt", "action": "add"}]},
    )  # fmt: skip
    assert counted(play, "grill") == [("Steak", "2"), ("Steak", "0.75")]
    assert counted(play, "grill", choice=lambda one: f"{one.action} {one.name}") == [
        ("Steak", "1"), ("Steak", "no onion", "choice all of it", "choice rare", "add salt", "1"), ("Steak", "0.75"),
    ]  # fmt: skip
