"""Orders coming in, changing, being told again by their sources; numbers and days."""

from decimal import Decimal

import pytest

from heard.contract import orders
from heard.contract.orders import Status
from heard.errors import BadRequest, Conflict, InvalidTransition, NotFound
from heard.kitchen.book import note_down
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.routing import House
from tests.heard.kitchen.playbook import HOUSE, Play


def shop(*items, revision="1", **order) -> dict:
    """A full order of a web shop, as `orders:place` takes it."""
    rows = [{"name": item, "qty": "1"} if isinstance(item, str) else item for item in items]
    return {"external_id": "W-7", "source": {"system": "shop"}, "source_revision": revision, "items": rows, **order}


def tell(play: Play, *items, **order) -> str:
    """The shop tells an order (again); what came of it."""
    outcome = play.say("orders:place", order=shop(*items, **order))
    if not play.order_id:
        play.order_id = outcome.facts[-1].order_id
    return outcome.result


# ── Placing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_order_is_filled_in():
    play = Play()
    play.place({"name": "Burger", "qty": "1"})
    order = play.order
    assert (order.display_no, order.service, order.priority, order.revision) == ("1", "unknown", "normal", 1)
    assert (order.placed_at, order.service_day, order.status) == (play.now, "2026-11-20", "received")
    (item,) = order.items
    assert item.item_id
    assert (item.category, item.prep_seconds) == ("mains", 480)


def test_what_a_source_says_of_an_item_is_kept_over_the_menu():
    play = Play()
    play.place({"name": "Burger", "category": "kids", "prep_seconds": 60, "item_id": "row-1"})
    (item,) = play.order.items
    assert (item.category, item.prep_seconds, item.item_id) == ("kids", 60, "row-1")


def test_the_card_has_all_that_is_painted():
    play = Play()
    play.place(
        {"name": "Burger", "qty": "2", "modifiers": [{"name": "onion", "action": "no"}], "seat": "4", "course": 1},
        table="12", tab="t", server="Ann", covers=4, service="dine_in", service_label="Terrace", paid=True,
        customer={"name": "Bo", "ref": "c-1"}, source={"system": "pos", "channel": "tablet"}, priority="vip",
        notes=[{"text": "birthday"}], allergies=[{"code": "peanuts"}], promised_at="2026-11-20T14:00:00+01:00",
    )  # fmt: skip
    header = play.ticket("grill").header
    assert (header.table, header.server, header.covers, header.customer_name) == ("12", "Ann", 4, "Bo")
    assert (header.source, header.priority, header.service_label, header.paid) == ("tablet", "vip", "Terrace", True)
    assert header.promised_at.isoformat() == "2026-11-20T13:00:00+00:00"
    assert [one.code for one in header.allergies] == ["peanuts"]
    line = play.line("grill", "Burger")
    assert (line.item.qty, line.item.seat, line.item.course, line.item.modifiers[0].action) == (2, "4", 1, "no")


def test_notes_that_speak_of_an_allergy_are_marked_and_kept():
    play = Play()
    play.place("Burger", notes=[{"text": "Severe NUT ALLERGY at seat 3"}, {"text": "extra napkins"}])
    header = play.ticket("expo").header
    assert [note.text for note in header.notes] == ["Severe NUT ALLERGY at seat 3", "extra napkins"]
    assert [one.text for one in header.allergies] == ["Severe NUT ALLERGY at seat 3"]
    assert speaks_of_allergy("coeliac")
    assert not speaks_of_allergy("no hurry")


def test_two_rows_of_one_dish_stay_two():
    play = Play()
    play.place("Burger", "Burger", {"name": "Burger", "sku": "B1"})
    assert len(play.ticket("grill").lines) == len(play.ticket("expo").lines) == len(play.order.items) == 3


def test_quantities_are_exact():
    play = Play()
    play.place({"name": "Steak", "qty": "0.300", "unit": "kg"})
    assert play.line("grill", "Steak").item.qty == Decimal("0.3")
    assert play.log[0].data["ticket"]["items"][0]["qty"] == "0.300"


@pytest.mark.parametrize("items", [[("A", "0")], [("A", "1"), ("B", "0")], [("A", "1"), ("B", "0.000")]])
def test_a_row_of_nothing_is_refused_with_its_place(items):
    play = Play()
    with pytest.raises(BadRequest, match=rf"order\.items\.{len(items) - 1}\.qty: must be above 0") as no:
        play.place(*({"name": name, "qty": qty} for name, qty in items))
    assert list(no.value.fields) == [f"order.items.{len(items) - 1}.qty"]


def test_what_a_source_had_voided_already_is_not_made():
    play = Play()
    play.place("Burger", {"name": "Fries", "qty": "0", "change": "voided"})
    assert [item.name for item in play.order.items] == ["Burger"]
    with pytest.raises(BadRequest, match="every item is voided"):
        play.place({"name": "Fries", "qty": "1", "change": "voided"})


def test_outsiders_do_not_say_what_is_voided():
    with pytest.raises(BadRequest, match="voided"):
        Play().place({"name": "Burger", "voided": True})


@pytest.mark.parametrize("hold", ["parked", "scheduled", "awaiting_release"])
def test_a_held_order_is_grey_at_expo_and_nowhere_at_prep(hold):
    play = Play()
    play.place("Burger", "Water", hold=hold, fire_at="2026-11-20T20:00:00Z")
    assert (play.status, play.states()) == ("held", {"grill": "held", "expo": "held"})
    assert not any(line.shown for line in play.ticket("grill").lines)


# ── Numbers and days ──────────────────────────────────────────────────────────────────────────────────────────────────


def number(play: Play, **order) -> str:
    play.place("Burger", **order)
    return play.order.display_no


def test_numbers_count_from_one_each_service_day():
    play = Play()
    assert [number(play) for _ in range(3)] == ["1", "2", "3"]
    play.wait(hours=15)  # 03:00 the next morning: still the same service day
    assert number(play) == "4"
    play.wait(hours=2)
    assert [number(play), number(play)] == ["1", "2"]


def test_a_source_may_bring_its_own_number():
    play = Play()
    assert number(play, display_no="A7") == "A7"
    assert number(play) == "1"
    assert number(play, display_no="") == "2"
    assert number(play, display_no="3") == "3"
    assert number(play) == "4"


def test_a_new_day_forgets_what_was_over_and_keeps_what_is_open():
    play = Play()
    closed = play.place("Burger", external_id="a")
    play.cook("bump", "grill")
    play.cook("bump", "expo")
    open_one = play.place("Burger", external_id="b")
    play.wait(days=1)
    assert play.place("Burger", external_id="c") not in (closed, open_one)
    assert closed not in play.kitchen.book.orders
    new = play.place("Burger", external_id="a")
    assert set(play.kitchen.book.orders) == set(play.board.orders)
    assert set(play.kitchen.book.by_source.values()) == set(play.board.orders) > {open_one, new}
    play.order_id = open_one
    assert play.update(table="3").result == "applied"


# ── Updates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_given_changes():
    play = Play()
    play.place({"name": "Burger", "notes": [{"text": "rare"}], "seat": "1"}, table="4", covers=2)
    play.update({"dish": "Burger", "qty": "3"}, table="5")
    item = play.order.items[0]
    assert (play.order.table, play.order.covers, play.order.revision) == ("5", 2, 2)
    assert (item.qty, item.seat, item.notes[0].text) == (3, "1", "rare")
    assert play.fact(orders.OrderUpdated).changed == ("items", "table")


def test_null_takes_a_field_away():
    play = Play()
    play.place(
        {"name": "Burger", "seat": "1", "modifiers": [{"name": "x"}]}, table="4", display_no="Z", priority="rush"
    )
    play.update(
        {"dish": "Burger", "seat": None, "modifiers": None, "qty": None}, table=None, display_no=None, priority=None
    )
    item = play.order.items[0]
    assert (item.seat, item.modifiers, item.qty) == (None, (), 1)
    assert (play.order.table, play.order.display_no, play.order.priority) == (None, "Z", "normal")
    assert play.ticket("grill").header.table is None


def test_a_dish_cannot_lose_its_name():
    play = Play()
    play.place("Burger")
    with pytest.raises(BadRequest, match="a dish needs a name"):
        play.update({"dish": "Burger", "name": None})


def test_changing_nothing_is_already():
    play = Play()
    play.place("Burger", table="4")
    assert play.update({"dish": "Burger", "qty": "1"}, table="4").result == "already"
    assert play.order.revision == 1


def test_an_unknown_item_is_not_found():
    play = Play()
    play.place("Burger")
    with pytest.raises(NotFound, match="no item nothing on #1"):
        play.update({"item_id": "nothing", "qty": "2"})
    play.order_id = "nobody"
    with pytest.raises(NotFound, match="there is no order nobody"):
        play.say("orders:update", order_id="nobody", changes={"table": "1"})
    with pytest.raises(NotFound):
        play.cancel()


def test_a_revision_that_is_not_the_newest_is_a_conflict():
    play = Play()
    play.place("Burger")
    play.update(table="1", if_revision=1)
    with pytest.raises(Conflict, match="#1 is at revision 2, not 1"):
        play.update(table="2", if_revision=1)


@pytest.mark.parametrize("end", ["completed", "cancelled"])
def test_what_is_over_is_not_updated(end):
    play = Play()
    play.place("Burger")
    if end == "cancelled":
        play.cancel()
    else:
        play.cook("bump", "expo", force=True)
        with pytest.raises(InvalidTransition, match="#1 is already completed"):
            play.cancel()
    with pytest.raises(InvalidTransition, match=f"#1 is already {end}"):
        play.update(table="9")


def test_an_added_item_re_opens_a_done_ticket_under_add_on():
    play = Play()
    play.place("Burger", "Fries")
    play.cook("bump", "grill")
    assert play.state("grill") == "done"
    play.update({"name": "Steak", "qty": "1"})
    assert play.state("grill") == "started"
    assert [(line.item.name, line.marks) for line in play.ticket("grill").lines] == [
        ("Burger", ()), ("Steak", ("ADD-ON",)),
    ]  # fmt: skip
    assert play.line("expo", "Steak").marks == ("ADD-ON",)
    assert "kds:order_changed@fry" not in play.told


def test_a_bump_that_crossed_an_added_item_on_its_way_is_not_about_it():
    play = Play()
    play.place("Burger")
    seen = play.kitchen.board.seq
    play.update({"name": "Steak", "qty": "1"})
    play.cook("bump", "grill", seen_seq=seen)
    assert play.line("grill", "Burger").state == "ready"
    assert play.line("grill", "Steak").state == "queued"
    assert play.state("grill") == "started"


def test_an_added_item_of_a_held_order_is_held():
    play = Play()
    play.place("Burger", hold="parked")
    play.update({"name": "Fries", "qty": "1"})
    assert play.line("fry", "Fries").state == "held"


@pytest.mark.parametrize(
    "row",
    [
        {"name": "X", "qty": "0.5"},
        {"name": "X", "qty": "1", "modifiers": [{"name": "m"}] * 101},
    ],
)
def test_an_added_row_that_makes_no_sense_is_refused_without_repeating_it(row):
    play = Play()
    play.place("Burger")
    for item in (row, {"dish": "Burger", **row}):
        with pytest.raises(BadRequest) as no:
            play.update(item)
        assert "pydantic" not in no.value.message
        assert "input" not in no.value.message


def test_an_added_row_may_leave_fields_null():
    play = Play()
    play.place("Burger")
    play.update({"name": "Fries", "qty": "1", "unit": None, "modifiers": None, "notes": None, "station_hint": None})
    assert play.line("fry", "Fries").item.unit == "each"


def test_an_order_does_not_grow_for_ever():
    play = Play()
    play.place(*(["Burger"] * 400))
    with pytest.raises(BadRequest, match="at most 500 items"):
        play.update(*({"name": "Burger", "qty": "1"} for _ in range(101)))


def test_an_allergy_told_late_re_opens_what_was_made():
    play = Play()
    play.place("Burger", "Fries")
    play.cook("bump", "grill")
    play.update(allergies=[{"code": "peanuts"}])
    assert play.line("grill", "Burger").marks == ("CHANGED", "RECALLED")
    assert play.line("fry", "Fries").marks == ("CHANGED",)
    assert [one.code for one in play.ticket("fry").header.allergies] == ["peanuts"]
    assert play.status == "in_progress"


def test_a_note_of_an_allergy_told_late_re_opens_as_well():
    play = Play()
    play.place("Burger")
    play.cook("bump", "grill")
    play.update(notes=[{"text": "guest is allergic to egg"}])
    assert play.line("grill", "Burger").state == "queued"


def test_the_top_of_the_card_changes_without_a_mark():
    play = Play()
    play.place("Burger")
    play.cook("bump", "grill")
    play.update(table="7")
    assert play.told == ["kds:order_changed@grill", "kds:order_changed@expo", "order:updated"]
    assert (play.ticket("grill").header.table, play.line("grill", "Burger").marks) == ("7", ())


def test_an_item_handed_over_and_changed_is_asked_for_again():
    play = Play()
    play.place("Burger", "Fries")
    play.cook("bump", "grill")
    play.cook("bump", "expo", "Burger")
    play.update({"dish": "Burger", "qty": "2"})
    assert not play.line("expo", "Burger").handed_over


# ── Items that move ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_can_move_an_item_to_another_station_and_back():
    play = Play()
    play.place("Mystery", "Burger", "Fries")
    play.update({"dish": "Mystery", "station_hint": ["grill"]})
    play.update({"dish": "Mystery", "station_hint": ["fry"]})
    assert (play.line("grill", "Mystery").state, play.line("fry", "Mystery").marks) == ("voided", ("ADD-ON",))
    play.update({"dish": "Mystery", "station_hint": ["grill"]})
    assert (play.line("grill", "Mystery").state, play.line("fry", "Mystery").state) == ("queued", "voided")
    assert play.line("expo", "Mystery").item.stations == ("grill",)


def test_what_expo_had_begun_is_begun_anew_where_it_moves_to():
    play = Play()
    play.place("Mystery", "Burger")
    play.cook("start", "expo", "Mystery")
    play.update({"dish": "Mystery", "station_hint": ["grill"]})
    assert (play.line("expo", "Mystery").state, play.line("grill", "Mystery").state) == ("queued", "queued")
    play.update({"dish": "Mystery", "station_hint": ["expo"]})
    assert play.line("expo", "Mystery") in play.ticket("expo").own_lines


def test_a_change_of_one_dish_leaves_others_where_they_were_put_whatever_the_menu_says_now():
    play = Play()
    play.place("Burger", "Fries")
    play.house = HOUSE.model_copy(update={"dishes": ()})
    play.house = House.model_validate(
        {"store": "s1", "stations": HOUSE.stations, "dishes": [{"name": "Burger", "stations": ["cold"]}]}
    )
    play.update({"dish": "Fries", "qty": "2"}, table="4")
    assert play.told == [f"kds:order_changed@{at}" for at in ("grill", "fry", "expo")] + ["order:updated"]
    assert play.line("grill", "Burger").state == "queued"
    assert play.line("fry", "Fries").item.qty == 2


def test_an_expo_opened_mid_service_has_whole_orders():
    play = Play(House.model_validate({"store": "s1", "stations": ["grill"], "default_station": "grill"}))
    play.place("Burger", "Salad")
    play.house = House.model_validate({"store": "s1", "stations": ["grill", "expo"]})
    play.update({"dish": "Salad", "station_hint": ["grill"]})
    assert [line.item.name for line in play.ticket("expo").lines] == ["Burger", "Salad"]


# ── What sources tell again ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_older_or_equal_revision_is_ignored():
    play = Play()
    tell(play, "Burger", revision="9")
    assert tell(play, "Burger", "Fries", revision="8") == "already"
    assert tell(play, "Burger", "Fries", revision="9") == "already"
    assert tell(play, "Burger", "Fries", revision="10") == "applied"
    assert play.order.source_revision == "10"


def test_revisions_that_are_no_numbers_compare_as_text():
    play = Play()
    tell(play, "Burger", revision="2026-11-20T12:00:00Z")
    assert tell(play, "Fries", revision="2026-11-20T11:00:00Z") == "already"
    assert tell(play, "Fries", revision="2026-11-20T12:30:00Z") == "applied"


def test_a_full_order_again_re_opens_only_the_changed_line():
    play = Play()
    tell(play, "Burger", "Steak", "Fries")
    for station in ("grill", "fry"):
        play.cook("bump", station)
    assert tell(play, "Burger", {"name": "Steak", "qty": "2"}, "Fries", revision="2") == "applied"
    assert [str(line.state) for line in play.ticket("grill").lines] == ["ready", "queued"]
    assert play.line("grill", "Steak").marks == ("CHANGED", "RECALLED")
    assert "kds:order_changed@fry" not in play.told


def test_a_full_order_again_voids_what_it_no_longer_tells_and_adds_what_is_new():
    play = Play()
    tell(play, "Burger", "Fries", {"name": "Steak", "qty": "1"})
    tell(play, "Burger", "Salad", {"name": "Steak", "qty": "0"}, revision="2")
    assert (play.line("fry", "Fries").state, play.line("grill", "Steak").state) == ("voided", "voided")
    assert play.line("cold", "Salad").marks == ("ADD-ON",)


def test_of_two_rows_alike_the_one_that_says_the_same_stays():
    play = Play()
    plain, special = {"name": "Burger", "qty": "1"}, {"name": "Burger", "qty": "1", "seat": "2"}
    tell(play, plain, special)
    first, second = play.order.items
    tell(play, special, revision="2")
    assert [(item.item_id, item.voided) for item in play.order.items] == [
        (first.item_id, True), (second.item_id, False),
    ]  # fmt: skip
    assert play.line("grill", second.item_id).marks == ()


def test_rows_are_paired_by_the_sources_own_ids():
    play = Play()
    tell(play, {"name": "Burger", "qty": "1", "external_item_id": "x1"})
    tell(play, {"name": "Cheeseburger", "qty": "1", "external_item_id": "x1", "sku": "B1"}, revision="2")
    assert [item.name for item in play.order.items] == ["Cheeseburger"]
    assert play.line("grill", "Cheeseburger").before.name == "Burger"


def test_telling_the_same_again_is_already_even_when_it_is_over():
    play = Play()
    tell(play, "Burger", revision=None)
    assert tell(play, "Burger", revision=None) == "already"
    play.cook("bump", "expo", force=True)
    assert tell(play, "Burger", revision=None) == "already"
    with pytest.raises(InvalidTransition):
        tell(play, "Burger", "Fries", revision=None)


def test_a_delta_of_an_unknown_order_is_taken_and_marked_partial():
    play = Play()
    tell(play, "Burger", kind="delta")
    assert play.order.partial
    tell(play, "Burger", "Fries", revision="2")
    assert not play.order.partial


def test_a_delta_adds_changes_and_voids_rows_it_names():
    play = Play()
    tell(
        play,
        {"name": "Burger", "qty": "1", "external_item_id": "a"},
        {"name": "Fries", "qty": "1", "external_item_id": "b"},
    )
    tell(
        play,
        {"name": "Burger", "qty": "3", "external_item_id": "a"},
        {"name": "Fries", "qty": "0", "external_item_id": "b"},
        {"name": "Fries", "qty": "1", "change": "voided"},
        {"name": "Salad", "qty": "1"},
        kind="delta", revision="2", table="8",
    )  # fmt: skip
    assert [(item.name, item.qty, item.voided) for item in play.order.items] == [
        ("Burger", 3, False), ("Fries", 1, True), ("Salad", 1, False),
    ]  # fmt: skip
    assert (play.order.table, play.order.partial) == ("8", False)


def test_a_delta_can_name_rows_by_our_ids():
    play = Play()
    tell(play, "Burger", "Steak")
    tell(play, {"item_id": play.item_id("Steak"), "name": "Steak", "qty": "2"}, kind="delta", revision="2")
    assert [item.qty for item in play.order.items] == [1, 2]


def test_a_void_of_a_bumped_order_is_an_alarm_at_its_station():
    play = Play()
    tell(play, "Burger")
    play.cook("bump", "grill")
    tell(play, kind="void", revision="2")
    assert play.told[-1] == "order:cancelled"
    line = play.line("grill", "Burger")
    assert (line.state, line.begun, line.acked) == ("voided", True, False)
    assert play.state("grill") == "voided"


def test_a_void_of_an_unknown_order_is_not_found():
    with pytest.raises(NotFound, match="there is no order W-7 of shop to void"):
        Play().say("orders:place", order=shop(kind="void"))


def test_two_sources_may_use_one_id():
    play = Play()
    first = play.place("Burger", external_id="7", source={"system": "shop", "account": "a"})
    second = play.place("Burger", external_id="7", source={"system": "shop", "account": "b"})
    third = play.place("Burger", external_id="7", source={"system": "till", "account": "a"})
    assert len({first, second, third}) == 3


def test_replaying_the_whole_inbox_gives_the_same_board():
    play = Play()
    inbox = [
        shop("Burger", "Fries", revision="1"),
        shop("Burger", {"name": "Fries", "qty": "2"}, revision="2", table="4"),
        shop("Salad", kind="delta", revision="3"),
        shop("Steak", external_id="W-8", revision="1"),
        shop(kind="void", external_id="W-8", revision="2"),
    ]
    for order in inbox:
        play.say("orders:place", order=order)
    before = play.kitchen
    for order in inbox:
        assert play.say("orders:place", order=order).result == "already"
    assert play.kitchen == before


def test_facts_of_orders_nobody_noted_down_do_no_harm():
    play = Play()
    play.place("Burger")
    book = play.kitchen.book
    gone = orders.OrderStatusChanged(order_id="gone", from_=Status.RECEIVED, to=Status.READY)
    assert note_down(book, gone, 7).orders == book.orders
