"""The bars: what they say of what may be done here."""

from datetime import UTC, datetime, timedelta

import pytest

from heard.client.status import LinkState, LinkStatus
from heard.contract import kds
from heard.ui.spans import Span, apart
from kds.bars import Top, average, hands_off, top_bar
from kds.glass import Hidden


@pytest.mark.parametrize(
    ("role", "stations", "sentence"),
    [
        ("kitchen", ("grill",), ""),
        ("kitchen", ("*",), ""),
        ("expo", (), ""),
        ("manager", (), ""),
        (None, (), ""),
        ("of a newer gateway", (), ""),
        ("kitchen", ("fry", "cold"), "to look at only: this token works at fry, cold, not at grill"),
        ("kitchen", (), "to look at only: this token works at no station, not at grill"),
        ("viewer", (), "to look at only: role viewer bumps nothing"),
    ],
)
def test_a_token_that_can_do_nothing_here_is_told_so_before_a_key_is_pressed(role, stations, sentence):
    assert hands_off(LinkStatus(state=LinkState.LIVE, role=role, stations=stations), "grill") == sentence


def a_top(**more):
    told = {"station": "grill", "store": "Corner", "up": 20, "page": 0, "pages": 3, "average": None}
    return Top(**told | {"hidden": Hidden(0, 12, (("LATE", ("#4",)),))} | more)


def text(top, room):
    left, right = top_bar(top, datetime(2026, 11, 20, 18, tzinfo=UTC), UTC, room)
    return "".join(part.text for part in left), "".join(part.text for part in right)


def test_what_other_pages_hold_is_said_in_short_where_there_is_little_room():
    assert "page 1/3  12 more →" in text(a_top(), 80)[0]
    alerts = (Span(" 3 NEW ", "bar.banner"), Span(" VOID #5 #6 #7 #8 #9 ", "bar.alarm"))
    assert " 1/3 +12→ " in text(a_top(alerts=alerts), 70)[0]


def test_the_count_of_cards_out_of_sight_stands_whatever_else_is_told():
    alerts = tuple(Span(f" {word} #401 #402 ", "bar.alarm") for word in ("ALLERGY", "VOID", "RUSH", "CHANGED", "LATE"))
    for room in (60, 80, 100, 120):
        ends = top_bar(a_top(alerts=alerts, refused=3, refused_key="x"), datetime(2026, 11, 20, tzinfo=UTC), UTC, room)
        seen = "".join(part.text for part in apart(*ends, room, "bar.text"))
        assert "+12→" in seen or "12 more →" in seen, room
        assert "3 REFUSED (x)" in seen
        assert ("ALLERGY #401 #402" in seen) is (room >= 80), "the most urgent one comes first"


def test_what_rang_is_not_said_again_of_other_pages():
    alerts = (Span(" LATE #4 ", "bar.warn"),)
    assert text(a_top(alerts=alerts), 120)[0].count("LATE") == 1


def test_refusals_are_counted_with_the_key_that_shows_them():
    assert "2 REFUSED (x)" in text(a_top(refused=2, refused_key="x"), 120)[0]


def test_the_average_counts_a_course_when_it_is_done_and_never_what_the_guests_took_to_eat(still, clock):
    order = still.place("Burger", "Melt")
    ticket, later = f"{order}.grill", [still.ticket(order).lines[1].item_id]
    still.act(kds.Hold, ticket, item_ids=later)
    clock.advance(240)
    still.act(kds.Bump, ticket)
    assert average(still.board, "grill", clock.now()) == timedelta(minutes=4)
    clock.advance(1800)
    still.act(kds.Fire, ticket, item_ids=later)
    assert average(still.board, "grill", clock.now()) is None
    clock.advance(360)
    still.act(kds.Bump, ticket)
    assert average(still.board, "grill", clock.now()) == timedelta(minutes=6)
