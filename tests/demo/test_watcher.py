"""The watcher believes rendered lines only."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from demo.watcher import Watcher
from heard.client.links.loopback import LoopbackKitchen
from heard.ids import new_id

MEAL = {"items": [{"name": "Burger [no nuts]", "qty": "1", "station_hint": ["grill"]}]}


@pytest.fixture
def app() -> Any:
    """A screen of which the test says what is on it."""
    kitchen = LoopbackKitchen()
    orders = [kitchen.place(MEAL) for _ in range(2)]
    screen = SimpleNamespace(feed=SimpleNamespace(board=kitchen.kitchen.board), station="grill", lines=[])
    screen.kitchen, screen.orders = kitchen, orders
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


def told(app: Any, name: str, **fields: Any) -> None:
    """The till or a cook says something, and the board is another one."""
    answer = app.kitchen.command(name, {"command_id": new_id()} | fields)
    assert answer.ok, answer
    app.feed.board = app.kitchen.kitchen.board


def changed(app: Any, order: str, **row: Any) -> None:
    item = app.kitchen.kitchen.book.order(order).items[0].item_id
    told(app, "orders:update", order_id=order, changes={"items": [{"item_id": item} | row]})


def read_whole(app: Any, first: str) -> Watcher:
    watcher = Watcher(app)
    app.cards, app.lines = [first], [f" 1 {label(app, first)} 0:03", "1 Burger [no nuts]"]
    watcher.painted({first: 1.0})
    assert watcher.whole == {first}
    return watcher


def test_a_changed_line_must_be_read_anew(app: Any) -> None:
    first = f"{app.orders[0]}.grill"
    watcher = read_whole(app, first)
    changed(app, app.orders[0], qty="3")
    watcher.read()
    assert not watcher.whole
    assert not watcher.sees(app.feed.board.tickets[first])
    app.lines = [app.lines[0], "3 Burger [no nuts]", "CHANGED 1→3"]
    watcher.read()
    assert watcher.whole == {first}


def test_a_void_is_seen_when_the_card_says_so_and_what_was_acknowledged_need_not_be(app: Any) -> None:
    first = f"{app.orders[0]}.grill"
    watcher = read_whole(app, first)
    changed(app, app.orders[0], qty="0")
    watcher.read()
    assert not watcher.whole
    app.lines = [app.lines[0], "x1 Burger [no nuts]", "VOID"]
    watcher.read()
    assert watcher.whole == {first}
    assert any(reading.void for reading in watcher.read_of[first])
    told(app, "kds:ack_void", ticket_id=first)
    assert watcher.whole == {first}


def test_where_a_card_was_is_no_card(app: Any) -> None:
    watcher, (first, _) = Watcher(app), ids(app)
    name = label(app, first)
    app.lines = [f" 1 {name} BUMPED u undo 8s", f" 1 {name} BUMPED", f" 1 {name} VOID SEEN"]
    watcher.painted({first: 1.0})
    assert not watcher.twice
