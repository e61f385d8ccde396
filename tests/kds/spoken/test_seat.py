"""What is looked at and what is chosen: a card, one of its items, another station's cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heard.contract import kds
from tests.kds.spoken.hearing import line, said


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


def test_an_item_is_chosen_heard_started_and_taken_back(still, linear):
    order = still.place({"name": "Burger", "qty": 2, "notes": [{"text": "rare"}]}, "Melt")
    linear.look()
    assert linear.answer("1.1") == ["1.1: #1: 2 Burger, rare. b bump, s start, v void seen, h help."]
    assert linear.answer("s") == []
    assert line(still, order, 0).state is kds.LineState.STARTED
    assert line(still, order, 1).state is kds.LineState.QUEUED
    assert said(linear) == "1: #1: STARTED. 2 Burger, rare, begun."
    assert linear.answer("s") == ["it is so already"]
    assert linear.answer("u") == ["#1 taken back"]
    assert said(linear) == "1: #1: 2 Burger, rare, not begun."


def test_e_turns_to_expo_and_back_and_tells_what_happened_at_home(still, linear, clock):
    still.place("Burger", "Fries")
    linear.look()
    assert linear.answer("e") == []
    assert linear.look()[0].startswith("Station expo.")
    clock.advance(10)
    assert linear.look() == []
    still.place("Burger")
    assert linear.look() == ["New: 2: #2. 1 Burger, grill not begun. 0 minutes.", "grill: 1 NEW."]
    still.place("Burger")
    assert linear.look()[-1] == "grill: 2 NEW.", "though it is too soon for another chime"
    assert linear.answer("E") == ["Station grill:"]
    assert linear.look() == ["New: 2: #2. 1 Burger. 0 minutes.", "New: 3: #3. 1 Burger. 0 minutes."]
    assert linear.answer("e") == ["Station expo:"]
    assert linear.look() == []


def test_expo_has_no_other_view(still, expo):
    assert expo.answer("e") == ["this is expo"]


def numbered_alike(still):
    """Two orders whose items have the same ids, as tills give them."""
    rows = [{"name": name, "qty": 1, "item_id": n} for n, name in (("1", "Burger"), ("2", "Melt"))]
    return [still.place(*rows) for _ in range(2)]


@pytest.mark.parametrize("brought_back", ["u", "r"])
def test_no_card_is_chosen_when_another_one_is_brought_back(still, linear, brought_back):
    first, second = numbered_alike(still)
    linear.look()
    linear.answer("1 b")
    linear.look()
    linear.answer("2.1")
    linear.answer(brought_back)
    linear.look()
    assert linear.answer("b") == ["choose a card first: type its number"]
    assert [one.state for one in still.ticket(first).lines] == [kds.LineState.QUEUED] * 2
    assert [one.state for one in still.ticket(second).lines] == [kds.LineState.QUEUED] * 2


def test_a_card_that_is_brought_back_from_the_list_must_be_chosen_anew(still, linear):
    first, _ = numbered_alike(still)
    linear.look()
    linear.answer("1 b")
    linear.look()
    linear.answer("2.1")
    linear.answer("d")
    linear.answer("d1 r")
    linear.look()
    assert linear.answer("p") == ["choose a card first: type its number"]
    assert [one.state for one in still.ticket(first).lines] == [kds.LineState.QUEUED] * 2


@pytest.mark.parametrize("letter", "bsvp")
def test_what_was_meant_for_an_item_that_is_gone_is_never_done_to_its_whole_card(still, linear, letter):
    order = still.place("Burger", "Melt")
    linear.look()
    linear.answer("1.1")
    board, ticket = still.board, still.ticket(order)
    tickets = board.tickets.set(ticket.ticket_id, replace(ticket, lines=ticket.lines[1:]))
    still.kitchen = replace(still.kitchen, board=replace(board, tickets=tickets))
    before = len(still.did)
    assert linear.answer(letter) == ["choose a card first: type its number"]
    assert len(still.did) == before
