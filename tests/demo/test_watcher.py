"""The watcher believes rendered lines only."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from demo.watcher import Watcher
from heard.client.links.loopback import LoopbackKitchen

MEAL = {"items": [{"name": "Burger [no nuts]", "qty": "1", "station_hint": ["grill"]}]}


@pytest.fixture
def app() -> Any:
    """A screen of which the test says what is on it."""
    kitchen = LoopbackKitchen()
    for _ in range(2):
        kitchen.place(MEAL)
    screen = SimpleNamespace(feed=SimpleNamespace(board=kitchen.kitchen.board), station="grill", lines=[])
    screen.shown = lambda: screen.lines
    screen.shown_of = lambda ticket: [line for line in screen.lines if ticket in screen.cards]
    screen.cards = ids(screen)
    return screen


def ids(app: Any) -> list[str]:
    return sorted(ticket.ticket_id for ticket in app.feed.board.at("grill"))


def label(app: Any, ticket: str) -> str:
    return str(app.feed.board.tickets[ticket].label)


def test_a_ticket_is_seen_when_its_header_is_painted_and_whole_when_all_its_words_were(app: Any) -> None:
    watcher, (first, _) = Watcher(app), ids(app)
    app.lines = [f" 1 {label(app, first)}   0:03", "1 Burger"]
    watcher.painted({first: time.monotonic()})
    assert watcher.first_seen[first] == pytest.approx(time.time(), abs=5)
    assert not watcher.whole
    app.lines = ["[no nuts]"]
    watcher.read()
    assert watcher.whole == {first}


def test_the_same_dish_on_another_card_proves_nothing(app: Any) -> None:
    watcher, (first, second) = Watcher(app), ids(app)
    app.cards = [first]
    app.lines = [f" 1 {label(app, first)} 0:03  2 {label(app, second)} 0:03", "1 Burger [no nuts]"]
    watcher.painted({first: 1.0, second: 1.0})
    assert watcher.whole == {first}


def test_the_first_frame_counts_and_no_later_one(app: Any) -> None:
    watcher, (first, _) = Watcher(app), ids(app)
    watcher.painted({first: 10.0})
    seen = watcher.first_seen[first]
    watcher.painted({first: 99.0})
    assert watcher.first_seen[first] == seen


def test_what_was_never_painted_is_not_whole(app: Any) -> None:
    watcher = Watcher(app)
    watcher.read()
    assert not watcher.whole
    assert not watcher.first_seen


def test_one_order_on_two_cards_of_a_wall_is_noticed(app: Any) -> None:
    watcher, (first, second) = Watcher(app), ids(app)
    app.lines = [f" 1 {label(app, first)} 0:03 │ 2 {label(app, second)} 0:03", "1 Burger [no nuts]"]
    watcher.painted({first: 1.0, second: 1.0})
    assert not watcher.twice
    app.lines = [f" 1 {label(app, first)} 0:03 │ 2 {label(app, first)} 0:03", "[no nuts]"]
    watcher.painted({second: 1.0})
    watcher.read()
    assert watcher.twice == {first}


def test_a_continued_card_is_not_a_second_one(app: Any) -> None:
    watcher, (first, _) = Watcher(app), ids(app)
    app.lines = [f" 1 {label(app, first)} 0:03", f" 1 {label(app, first)} CONTINUED 0:03"]
    watcher.painted({first: 1.0})
    watcher.read()
    assert not watcher.twice
