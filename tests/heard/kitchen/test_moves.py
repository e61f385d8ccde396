"""What cooks and expo ask for: hand-over, closing, undo, recall, hold and fire, rush, voids seen."""

import pytest

from heard.contract import kds
from heard.errors import InvalidTransition, NotFound, NotReady, Voided
from tests.heard.kitchen.playbook import CAFE, Play


def up(*dishes: str, bumped: tuple[str, ...] = (), house=None, **order) -> Play:
    """An order of these dishes is up, and these stations have bumped it."""
    play = Play(house) if house else Play()
    play.place(*dishes, **order)
    for station in bumped:
        play.cook("bump", station)
    return play


# ── Expo ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_expo_is_told_in_words_who_is_not_ready():
    play = up("Burger", "Steak", "Fries")
    with pytest.raises(NotReady, match="grill still has 2, fry still has 1"):
        play.cook("bump", "expo")
    play.cook("bump", "fry")
    play.cook("bump", "grill", "Steak")
    with pytest.raises(NotReady, match=r"^grill still has 1$"):
        play.cook("bump", "expo")
    with pytest.raises(NotReady, match=r"^grill still has 1$"):
        play.cook("bump", "expo", "Burger")


def test_expo_hands_over_what_is_ready_though_other_prep_is_open():
    play = up("Burger", "Fries", bumped=("fry",))
    play.cook("bump", "expo", "Fries")
    assert play.told == ["kds:item_handed_over@expo"]
    assert play.line("expo", "Fries").handed_over
    assert play.status == "in_progress"


def test_handing_over_item_by_item_completes_the_order():
    play = up("Burger", "Fries", bumped=("fry", "grill"))
    play.cook("bump", "expo", "Fries")
    assert play.cook("bump", "expo", "Fries").result == "already"
    play.cook("bump", "expo", "Burger")
    assert play.told == [
        "kds:item_handed_over@expo", "kds:order_complete@expo", "order:status_changed", "order:completed",
    ]  # fmt: skip
    assert play.states() == {"grill": "done", "fry": "done", "expo": "done"}


def test_one_undo_takes_back_the_last_hand_over_with_the_close():
    play = up("Burger", "Fries", bumped=("fry", "grill"))
    play.cook("bump", "expo", "Fries")
    play.cook("bump", "expo", "Burger")
    play.cook("undo", "expo")
    assert play.told == ["kds:order_reopened@expo", "order:status_changed"]
    assert [line.handed_over for line in play.ticket("expo").lines] == [False, True]
    play.cook("undo", "expo")
    assert play.told == ["kds:item_reopened@expo"]
    assert not any(line.handed_over for line in play.ticket("expo").lines)


def test_force_marks_the_lines_ready_by_expo_and_closes():
    play = up("Burger", "Combo", bumped=())
    play.cook("start", "grill", "Burger")
    play.cook("bump", "expo", force=True)
    assert play.told == [
        "kds:item_ready@grill", "kds:item_ready@fry", "kds:order_complete@expo",
        "order:status_changed", "order:completed",
    ]  # fmt: skip
    assert play.fact(kds.ItemReady, "grill").forced
    assert play.cook("bump", "expo").result == "already"


def test_undo_of_a_forced_close_gives_prep_its_lines_back():
    play = up("Burger", "Combo")
    play.cook("start", "grill", "Burger")
    play.cook("bump", "expo", force=True)
    play.cook("undo", "expo")
    assert play.told == [
        "kds:order_reopened@expo", "kds:item_reopened@grill", "kds:item_reopened@fry", "order:status_changed",
    ]  # fmt: skip
    assert [str(line.state) for line in play.ticket("grill").lines] == ["started", "queued"]
    assert play.status == "in_progress"
    play.cook("undo", "grill")
    assert play.line("grill", "Burger").state == "queued"


def test_forcing_one_item_leaves_the_others_open():
    play = up("Burger", "Combo")
    play.cook("bump", "expo", "Combo", force=True)
    assert play.told[:3] == ["kds:item_ready@grill", "kds:item_ready@fry", "kds:item_handed_over@expo"]
    assert play.line("grill", "Burger").state == "queued"
    play.cook("undo", "expo")
    assert play.told[:3] == ["kds:item_reopened@expo", "kds:item_reopened@grill", "kds:item_reopened@fry"]
    assert play.line("fry", "Combo").state == "queued"


def test_prep_cannot_undo_what_expo_forced():
    play = up("Burger", "Combo")
    play.cook("bump", "expo", "Combo", force=True)
    with pytest.raises(InvalidTransition, match="handed over at expo"):
        play.cook("undo", "grill")


def test_prep_cannot_undo_a_bump_of_what_expo_has_handed_over():
    play = up("Burger", "Fries", bumped=("fry",))
    play.cook("bump", "expo", "Fries")
    with pytest.raises(InvalidTransition, match="handed over at expo; recall it instead"):
        play.cook("undo", "fry")
    play.cook("recall", "fry")
    assert not play.line("expo", "Fries").handed_over


def test_prep_cannot_undo_after_the_close():
    play = up("Burger", bumped=("grill", "expo"))
    with pytest.raises(InvalidTransition, match="#1 was handed over at expo; recall it instead"):
        play.cook("undo", "grill")


def test_what_expo_makes_itself_is_made_when_it_is_handed_over():
    play = up("Burger", "Water", bumped=("grill",))
    assert "Water" not in [line.item.name for line in play.ticket("grill").lines]
    play.cook("start", "expo")
    assert play.line("expo", "Water").state == "started"
    play.cook("bump", "expo")
    assert (play.status, play.line("expo", "Water").state) == ("completed", "ready")


def test_expo_does_not_start_what_others_make():
    play = up("Burger", "Water")
    with pytest.raises(InvalidTransition, match="Burger on #1 is made at grill, not at expo"):
        play.cook("start", "expo", "Burger")


def test_expo_does_not_hand_over_its_own_item_while_that_is_held():
    play = up("Burger", "Water", bumped=("grill",))
    play.cook("hold", "expo", "Water")
    for dishes in ((), ("Water",)):
        with pytest.raises(InvalidTransition, match="Water on #1 is held"):
            play.cook("bump", "expo", *dishes)
    play.cook("bump", "expo", force=True)
    assert play.status == "completed"


def test_a_void_is_not_handed_over_and_closing_has_seen_it():
    play = up("Burger", "Fries", bumped=("fry",))
    play.update({"dish": "Burger", "qty": "0"})
    with pytest.raises(Voided):
        play.cook("bump", "expo", "Burger")
    with pytest.raises(Voided):
        play.cook("bump", "expo", "Burger", "Fries")
    play.cook("bump", "expo")
    assert play.line("expo", "Burger").acked
    assert (play.state("expo"), play.state("grill")) == ("done", "voided")


def test_a_cancelled_order_is_not_bumped_at_expo():
    play = up("Burger")
    play.cancel()
    with pytest.raises(Voided, match="#1 was voided; acknowledge it"):
        play.cook("bump", "expo")


def test_what_is_left_after_a_void_was_handed_over_closes_with_one_bump():
    play = up("Burger", "Fries", bumped=("fry",))
    play.cook("bump", "expo", "Fries")
    play.update({"dish": "Burger", "qty": "0"})
    play.cook("bump", "expo")
    assert play.status == "completed"


# ── Without expo ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_expo_the_last_ready_line_completes_the_order():
    play = up("Burger", "Fries", bumped=("grill",), house=CAFE)
    assert play.status == "in_progress"
    play.cook("bump", "fry")
    assert play.told == [
        "kds:item_ready@fry", "kds:order_complete@fry", "order:status_changed", "order:item_ready", "order:completed",
    ]  # fmt: skip
    assert (play.status, play.states()) == ("completed", {"grill": "done", "fry": "done"})


def test_without_expo_undo_takes_back_the_close_too():
    play = up("Burger", "Fries", bumped=("grill", "fry"), house=CAFE)
    play.cook("undo", "grill")
    assert play.told == ["kds:order_reopened@grill", "kds:item_reopened@grill", "order:status_changed"]
    assert play.states() == {"grill": "open", "fry": "done"}
    play.cook("bump", "grill")
    assert play.status == "completed"


def test_without_expo_recall_re_opens_one_station():
    play = up("Burger", "Fries", bumped=("grill", "fry"), house=CAFE)
    play.cook("recall", "fry")
    assert play.told == ["kds:ticket_recalled@fry", "order:status_changed"]
    assert play.status == "in_progress"


def test_without_expo_voiding_the_last_open_item_completes_the_order():
    play = up("Burger", "Fries", bumped=("grill",), house=CAFE)
    play.update({"dish": "Fries", "qty": "0"})
    assert play.told == [
        "kds:order_changed@fry", "kds:order_complete@fry", "order:updated", "order:status_changed", "order:completed",
    ]  # fmt: skip


def test_without_expo_what_nothing_matches_goes_to_the_default_station():
    play = up("Mystery", house=CAFE)
    assert play.line("fry", "Mystery").marks == ("UNROUTED",)


def test_without_expo_a_rush_is_not_undone_after_the_close():
    play = up("Burger", "Fries", bumped=("grill",), house=CAFE)
    play.cook("rush", "grill", priority="rush")
    play.cook("bump", "fry")
    with pytest.raises(InvalidTransition, match="has left the kitchen"):
        play.cook("undo", "grill")


# ── Recall ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_recall_at_prep_brings_back_that_ticket_and_expos():
    play = up("Burger", "Combo", bumped=("grill", "fry", "expo"))
    came = play.ticket("grill").header.placed_at
    play.wait(minutes=20)
    play.cook("recall", "grill", "Burger")
    assert play.told == ["kds:ticket_recalled@grill", "kds:ticket_recalled@expo", "order:status_changed"]
    assert play.states() == {"grill": "started", "fry": "done", "expo": "waiting"}
    assert play.line("grill", "Burger").marks == ("RECALLED",)
    assert play.line("grill", "Combo").marks == ()
    assert play.ticket("grill").header.placed_at == came
    assert [line.handed_over for line in play.ticket("expo").lines] == [False, True]


def test_recall_at_expo_brings_back_every_station():
    play = up("Burger", "Combo", "Salad", bumped=("grill", "fry", "cold", "expo"))
    play.cook("recall", "expo")
    assert play.told == [f"kds:ticket_recalled@{at}" for at in ("grill", "fry", "cold", "expo")] + [
        "order:status_changed"
    ]
    assert set(play.states().values()) == {"open", "waiting"}


def test_recall_at_expo_of_one_item_brings_back_its_stations():
    play = up("Burger", "Combo", "Salad", bumped=("grill", "fry", "cold", "expo"))
    play.cook("recall", "expo", "Combo")
    assert play.told[:-1] == [f"kds:ticket_recalled@{at}" for at in ("grill", "fry", "expo")]
    assert play.line("grill", "Burger").state == "ready"


def test_recall_brings_expos_own_items_back_too():
    play = up("Burger", "Water", bumped=("grill", "expo"))
    play.cook("recall", "expo", "Water")
    assert play.told == ["kds:ticket_recalled@expo", "order:status_changed"]
    assert (play.line("expo", "Water").state, play.line("grill", "Burger").state) == ("queued", "ready")


def test_recalling_twice_is_already():
    play = up("Burger", "Fries", bumped=("grill",))
    assert play.cook("recall", "grill").result == "applied"
    assert play.cook("recall", "grill").result == "already"
    assert play.cook("recall", "expo").result == "already"


def test_recall_keeps_the_fire_clock_unless_asked():
    play = up("Burger", bumped=("grill", "expo"))
    fired = play.ticket("grill").fired_at
    play.wait(minutes=3)
    play.cook("recall", "grill")
    assert play.ticket("grill").fired_at == fired
    play.cook("bump", "grill")
    play.cook("recall", "grill", restart_fire_clock=True)
    assert play.ticket("grill").fired_at == play.now


def test_after_a_recall_the_close_is_not_undone():
    play = up("Burger", "Fries", bumped=("grill", "fry"))
    play.cook("bump", "expo", "Burger")
    play.cook("bump", "expo")
    play.cook("recall", "grill")
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "expo")
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "grill")


def test_a_voided_order_is_not_recalled():
    play = up("Burger", bumped=("grill",))
    play.cancel()
    with pytest.raises(InvalidTransition, match="#1 was voided and cannot be recalled"):
        play.cook("recall", "expo")


# ── Hold and fire ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_hold_and_fire_at_expo_reach_every_station():
    play = up("Burger", "Fries", "Water")
    play.cook("hold", "expo")
    assert play.told == [f"kds:item_held@{at}" for at in ("grill", "fry", "expo")] + ["order:status_changed"]
    assert (play.status, play.states()) == ("held", dict.fromkeys(("grill", "fry", "expo"), "held"))
    play.cook("fire", "expo", "Fries")
    assert play.told == ["kds:item_fired@fry", "order:status_changed"]
    play.wait(minutes=2)
    play.cook("fire", "expo")
    assert play.told == ["kds:item_fired@grill", "kds:item_fired@expo"]
    assert play.ticket("grill").fired_at == play.now
    assert play.cook("fire", "expo").result == "already"


def test_hold_at_expo_holds_what_can_be_held_and_names_what_cannot():
    play = up("Burger", "Fries")
    play.cook("start", "grill")
    play.cook("hold", "expo")
    assert play.told == ["kds:item_held@fry"]
    with pytest.raises(InvalidTransition, match="Burger on #1 is started and cannot be held"):
        play.cook("hold", "expo", "Burger")
    with pytest.raises(InvalidTransition, match="Burger"):
        play.cook("hold", "expo", "Burger", "Fries")


@pytest.mark.parametrize("verb", ["start", "bump", "recall", "hold", "fire", "ack_void"])
@pytest.mark.parametrize("station", ["grill", "expo"])
def test_an_unknown_item_is_not_found(verb, station):
    play = up("Burger", "Fries")
    with pytest.raises(NotFound, match=f"no item nothing on #1 at {station}"):
        play.cook(verb, station, "nothing")
    with pytest.raises(NotFound, match="no item nothing"):
        play.cook(verb, station, "Burger", "nothing")


def test_an_item_of_another_station_is_not_found_at_prep():
    play = up("Burger", "Fries")
    with pytest.raises(NotFound):
        play.cook("hold", "grill", "Fries")


def test_an_unknown_ticket_is_not_found():
    play = up("Burger")
    for verb in ("start", "bump", "undo", "recall", "hold", "fire", "ack_void"):
        with pytest.raises(NotFound, match=r"there is no ticket id-1\.cold"):
            play.cook(verb, "cold")


@pytest.mark.parametrize("verb", ["hold", "fire"])
def test_what_has_left_the_kitchen_is_neither_held_nor_fired(verb):
    play = up("Burger", bumped=("grill", "expo"))
    for station in ("grill", "expo"):
        with pytest.raises(InvalidTransition, match="#1 has left the kitchen; recall it first"):
            play.cook(verb, station)


def test_a_hold_is_no_longer_undone_once_it_was_fired():
    play = up("Burger")
    play.cook("hold", "grill")
    play.cook("fire", "grill")
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "grill")


# ── Rush ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rush_is_for_all_tickets_and_reversible_where_it_was_said():
    play = up("Burger", "Fries")
    play.cook("rush", "grill", priority="rush")
    assert play.told == ["kds:priority_changed@grill", "order:updated"]
    assert {play.ticket(at).header.priority for at in ("grill", "fry", "expo")} == {"rush"}
    assert (play.order.priority, play.order.revision) == ("rush", 2)
    assert play.cook("rush", "expo", priority="rush").result == "already"
    play.cook("undo", "grill")
    assert play.told == ["kds:priority_changed@grill", "order:updated"]
    assert {play.ticket(at).header.priority for at in ("grill", "fry", "expo")} == {"normal"}
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "grill")


def test_only_the_last_to_say_rush_can_take_it_back():
    play = up("Burger", "Fries")
    play.cook("rush", "grill", priority="rush")
    play.cook("rush", "fry", priority="vip")
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "grill")
    play.cook("undo", "fry")
    assert play.order.priority == "rush"


def test_a_rush_is_not_undone_once_a_till_said_otherwise():
    play = up("Burger")
    play.cook("rush", "grill", priority="rush")
    play.update(priority="vip")
    with pytest.raises(InvalidTransition, match="nothing to undo"):
        play.cook("undo", "grill")


def test_rush_between_bumps_is_undone_in_its_turn():
    play = up("Burger", "Steak")
    play.cook("bump", "grill", "Burger")
    play.cook("rush", "grill", priority="vip")
    play.cook("bump", "grill", "Steak")
    for _ in range(3):
        play.cook("undo", "grill")
    assert (play.status, play.order.priority) == ("received", "normal")


def test_neither_a_closed_nor_a_cancelled_order_is_rushed():
    play = up("Burger", bumped=("grill", "expo"))
    with pytest.raises(InvalidTransition, match="has left the kitchen"):
        play.cook("rush", "expo", priority="vip")
    play.place("Burger")
    play.cook("rush", "grill", priority="rush")
    play.cancel()
    for verb, more in (("rush", {"priority": "vip"}), ("undo", {})):
        with pytest.raises(Voided, match="#2 was voided"):
            play.cook(verb, "grill", **more)


# ── Undo against others ───────────────────────────────────────────────────────────────────────────────────────────────


def test_undo_is_refused_once_others_touched_those_lines():
    play = up("Burger", "Steak")
    play.cook("bump", "grill")
    play.update({"dish": "Burger", "qty": "2"})
    with pytest.raises(InvalidTransition, match="nothing to undo on #1 at grill"):
        play.cook("undo", "grill")


def test_undo_reaches_past_lines_others_touched():
    play = up("Burger", "Steak")
    play.cook("bump", "grill", "Burger")
    play.cook("start", "grill", "Steak")
    play.update({"dish": "Burger", "qty": "2"})
    play.cook("undo", "grill")
    assert play.line("grill", "Steak").state == "queued"
    assert play.line("grill", "Burger").marks == ("CHANGED", "RECALLED")


def test_undo_of_the_first_start_puts_the_order_back_in_line():
    play = up("Burger")
    play.cook("start", "grill")
    play.cook("undo", "grill")
    assert (play.told, play.status) == (["kds:item_reopened@grill", "order:status_changed"], "received")


# ── Voids seen ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_station_acknowledges_its_own():
    play = up("Combo", "Burger")
    play.update({"dish": "Combo", "qty": "0"})
    play.cook("ack_void", "grill")
    assert play.told == ["kds:void_acknowledged@grill"]
    assert [play.line(at, "Combo").acked for at in ("grill", "fry", "expo")] == [True, False, False]


def test_expo_has_to_see_the_void_of_an_order_that_was_parked_and_fired():
    play = up("Burger", hold="parked")
    play.cook("fire", "grill")
    play.cancel()
    assert play.states() == {"grill": "voided", "expo": "voided"}


def test_nobody_has_to_see_the_void_of_what_was_held_all_along():
    play = up("Burger", hold="parked")
    play.cancel()
    assert play.states() == {"grill": "done", "expo": "done"}
    assert play.board.stacks.get("expo", ()) == ()
