"""The table of moves, cell by cell, and what tickets and orders are by their lines."""

import pytest

from heard.contract.kds import LineState, LineWas
from heard.errors import HeardError, InvalidTransition, Voided
from heard.kitchen.tickets import MAX_DEEDS, MOVES, READY, VOIDED, Deed
from tests.heard.kitchen.playbook import Play

STATES = ("held", "queued", "started", "ready", "voided")


def given(state: str) -> Play:
    """One burger at the grill in this state; fries beside it keep the order open."""
    play = Play()
    play.place("Burger", "Fries")
    match state:
        case "held":
            play.cook("hold", "grill")
        case "started":
            play.cook("start", "grill")
        case "ready":
            play.cook("bump", "grill")
        case "voided":
            play.update({"dish": "Burger", "qty": "0"})
    assert play.line("grill", "Burger").state == state
    return play


def tried(play: Play, verb: str, *dishes: str, **more) -> str:
    """The state after a move, or why there was none."""
    try:
        outcome = play.cook(verb, "grill", *dishes, **more)
    except HeardError as no:
        return no.code
    return str(play.line("grill", "Burger").state) if outcome.result == "applied" else outcome.result


NO = "invalid_transition"
TABLE = {
    "start": dict(zip(STATES, (NO, "started", "already", "superseded", "voided"), strict=True)),
    "bump": dict(zip(STATES, (NO, "ready", "ready", "already", "voided"), strict=True)),
    "hold": dict(zip(STATES, ("already", "held", NO, NO, NO), strict=True)),
    "fire": dict(zip(STATES, ("queued", "already", "already", "already", NO), strict=True)),
    "recall": dict(zip(STATES, (NO, "already", "already", "queued", NO), strict=True)),
    "ack_void": dict(zip(STATES, ("already", "already", "already", "already", "voided"), strict=True)),
}
CELLS = [(verb, state, said) for verb, row in TABLE.items() for state, said in row.items()]


@pytest.mark.parametrize(("verb", "state", "said"), CELLS)
def test_a_whole_ticket_moves_by_the_table(verb, state, said):
    assert tried(given(state), verb) == said


@pytest.mark.parametrize(("verb", "state", "said"), CELLS)
def test_a_named_item_moves_by_the_table(verb, state, said):
    assert tried(given(state), verb, "Burger") == said


@pytest.mark.parametrize(("verb", "state", "said"), CELLS)
def test_the_table_in_code_is_the_table_of_the_design(verb, state, said):
    cell = MOVES[verb][LineState(state)]
    refusals = {NO: "refused"}
    assert str(getattr(cell, "value", cell)) == refusals.get(said, said)


@pytest.mark.parametrize(("state", "back"), [("started", "queued"), ("ready", "queued"), ("held", "queued")])
def test_undo_goes_to_the_state_before(state, back):
    play = given(state)
    assert tried(play, "undo") == back
    assert play.line("grill", "Burger").marks == ()


def test_undo_of_a_bump_goes_back_to_started():
    play = given("started")
    play.cook("bump", "grill")
    assert tried(play, "undo") == "started"
    assert tried(play, "undo") == "queued"
    assert tried(play, "undo") == NO


@pytest.mark.parametrize("state", ["queued", "voided"])
def test_there_is_nothing_to_undo(state):
    assert tried(given(state), "undo") == NO


@pytest.mark.parametrize(
    ("state", "after", "marks"),
    [
        ("held", "held", ("CHANGED",)),
        ("queued", "queued", ("CHANGED",)),
        ("started", "queued", ("CHANGED",)),
        ("ready", "queued", ("CHANGED", "RECALLED")),
    ],
)
def test_a_change_that_matters_to_cooks(state, after, marks):
    play = given(state)
    play.update({"dish": "Burger", "qty": "2"})
    line = play.line("grill", "Burger")
    assert (line.state, line.marks) == (after, marks)
    assert line.before is not None
    assert (str(line.before.qty), str(line.item.qty)) == ("1", "2")


@pytest.mark.parametrize("state", ["held", "queued", "started", "ready"])
@pytest.mark.parametrize("change", [{"course": 2}, {"seat": "4"}])
def test_course_and_seat_only_mark(state, change):
    play = given(state)
    play.update({"dish": "Burger", **change})
    line = play.line("grill", "Burger")
    assert (line.state, line.marks) == (state, ("CHANGED",))


@pytest.mark.parametrize(("state", "acked"), [("held", True), ("queued", False), ("started", False), ("ready", False)])
def test_a_void_is_to_be_acknowledged_unless_it_never_showed(state, acked):
    play = given(state)
    play.update({"dish": "Burger", "qty": "0"})
    for station in ("grill", "expo"):
        line = play.line(station, "Burger")
        assert (line.state, line.acked) == (VOIDED, acked), station
    assert play.state("grill") == ("done" if acked else "voided")


def test_a_void_can_be_acknowledged_once():
    play = given("voided")
    assert tried(play, "ack_void") == "voided"
    assert play.line("grill", "Burger").acked
    assert tried(play, "ack_void") == "already"
    assert tried(play, "ack_void", "Burger") == "already"


def test_voiding_a_voided_item_is_refused_in_words():
    play = given("voided")
    with pytest.raises(InvalidTransition, match="Burger on #1 is voided; add it again instead"):
        play.update({"dish": "Burger", "qty": "0"})


# ── Whole tickets of mixed lines ──────────────────────────────────────────────────────────────────────────────────────


def test_of_a_whole_ticket_those_lines_move_that_can():
    play = Play()
    play.place("Burger", "Steak", "Combo")
    play.cook("hold", "grill", "Burger")
    play.cook("bump", "grill", "Steak")
    play.cook("start", "grill")
    assert [str(line.state) for line in play.ticket("grill").lines] == ["held", "ready", "started"]


def test_of_named_lines_all_move_or_none():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("hold", "grill", "Burger")
    with pytest.raises(InvalidTransition, match="Burger on #1 is held and cannot be bumped"):
        play.cook("bump", "grill", "Steak", "Burger")
    assert play.line("grill", "Steak").state == "queued"


def test_a_named_void_is_refused_as_voided():
    play = Play()
    play.place("Burger", "Steak")
    play.update({"dish": "Burger", "qty": "0"})
    with pytest.raises(Voided, match="Burger on #1 was voided"):
        play.cook("bump", "grill", "Steak", "Burger")
    assert play.cook("bump", "grill").result == "applied"
    assert play.cook("bump", "grill").result == "already"


def test_starting_what_others_bumped_is_superseded_even_beside_a_void():
    play = Play()
    play.place("Burger", "Steak", "Fries")
    play.update({"dish": "Burger", "qty": "0"})
    play.cook("bump", "grill", "Steak")
    assert play.cook("start", "grill").result == "superseded"


def test_an_item_named_twice_moves_once():
    play = Play()
    play.place("Burger")
    play.cook("start", "grill", "Burger", "Burger")
    assert play.told.count("kds:item_started@grill") == 1
    assert len(play.outcome.facts[0].item_ids) == 1


# ── Tickets and orders by their lines ─────────────────────────────────────────────────────────────────────────────────


def test_a_prep_ticket_is_what_its_lines_are():
    play = Play()
    play.place("Burger", "Steak")
    seen = [play.state("grill")]
    for verb, dish in [("hold", "Burger"), ("hold", "Steak"), ("fire", "Steak"), ("start", "Steak"), ("bump", "Steak")]:
        play.cook(verb, "grill", dish)
        seen.append(play.state("grill"))
    play.cook("fire", "grill")
    play.cook("bump", "grill")
    assert [*seen, play.state("grill")] == ["open", "open", "held", "open", "started", "held", "done"]


def test_a_card_whose_first_course_is_done_can_be_recalled_until_the_next_one_is_called():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("hold", "grill", "Steak")
    assert play.board.stacks.get("grill", ()) == ()
    play.cook("bump", "grill")
    assert (play.state("grill"), play.ticket("grill").held_back) == ("held", False)
    assert play.board.stacks["grill"] == (play.ticket("grill").ticket_id,)
    assert (play.state("expo"), play.status) == ("waiting", "in_progress")
    play.cook("recall", "grill")
    assert [str(line.state) for line in play.ticket("grill").lines] == ["queued", "held"]
    assert play.board.stacks["grill"] == ()
    play.cook("bump", "grill")
    play.cook("undo", "grill")
    assert play.state("grill") == "open"
    play.cook("bump", "grill")
    play.cook("fire", "expo", "Steak")
    assert (play.state("grill"), play.board.stacks["grill"]) == ("started", ())


def test_a_card_that_was_put_off_is_held_back_though_some_of_it_is_done():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("bump", "grill", "Burger")
    play.cook("hold", "expo", "Steak")
    assert (play.state("grill"), play.ticket("grill").held_back) == ("held", True)
    play.cook("undo", "grill")
    assert play.state("grill") == "started"


def test_a_done_ticket_with_a_void_stays_until_it_is_acknowledged():
    play = Play()
    play.place("Burger", "Steak")
    play.cook("bump", "grill")
    play.update({"dish": "Steak", "qty": "0"})
    assert play.state("grill") == "started"
    play.cook("ack_void", "grill")
    assert play.state("grill") == "done"


def test_an_expo_ticket_waits_is_ready_is_done():
    play = Play()
    play.place("Burger", "Fries")
    seen = [play.state("expo")]
    for station in ("grill", "fry", "expo"):
        play.cook("bump", station)
        seen.append(play.state("expo"))
    assert seen == ["waiting", "waiting", "ready", "done"]


def test_the_status_of_an_order_along_its_way():
    play = Play()
    play.place("Burger", "Fries", hold="parked")
    seen = [play.status]
    for verb, station in [
        ("fire", "expo"), ("start", "grill"), ("bump", "grill"), ("bump", "fry"), ("recall", "fry"), ("bump", "fry"),
        ("bump", "expo"), ("undo", "expo"), ("bump", "expo"), ("recall", "expo"),
    ]:  # fmt: skip
        play.cook(verb, station)
        seen.append(play.status)
        assert play.order.status == play.status
    assert seen == [
        "held", "received", "in_progress", "in_progress", "ready", "in_progress", "ready",
        "completed", "ready", "completed", "in_progress",
    ]  # fmt: skip


def test_a_cancelled_order_stays_cancelled():
    play = Play()
    play.place("Burger")
    play.cancel()
    assert (play.status, play.states()) == ("cancelled", {"grill": "voided", "expo": "voided"})
    for station in ("grill", "expo"):
        play.cook("ack_void", station)
    assert (play.status, play.states()) == ("cancelled", {"grill": "done", "expo": "done"})


# ── Deeds ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_so_many_deeds_are_kept():
    play = Play()
    play.place("Burger")
    ticket = play.ticket("grill")
    for n in range(MAX_DEEDS + 5):
        ticket = ticket.did(Deed("start", cause=str(n)))
    assert [deed.cause for deed in ticket.deeds][:: MAX_DEEDS - 1] == ["5", str(MAX_DEEDS + 4)]


def test_touching_an_item_forgets_deeds_up_to_the_last_one_on_it():
    play = Play()
    play.place("Burger")
    deeds = [Deed("start", (LineWas(item_id=item, state=READY),), cause=item) for item in "abc"]
    ticket = play.ticket("grill")
    for deed in deeds:
        ticket = ticket.did(deed)
    assert [deed.cause for deed in ticket.forgot(frozenset("b")).deeds] == ["c"]
    assert ticket.forgot(frozenset("z")) is ticket
    assert ticket.unclosed() is ticket
