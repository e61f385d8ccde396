"""1,834 real orders through the door: at every station, line by line, what was ordered is what is shown."""

import asyncio
import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from heard.kitchen.board import Board
from kds.cards import card
from kds.layout import deal, pack
from kds.look import Look
from kds.sizes import column_widths
from tests.stories.conftest import Kitchen

pytestmark = pytest.mark.story

FILE = "real_orders_chipotle.tsv"
FOLDER = Path(os.environ.get("HEARD_SHARED") or Path(__file__).parents[3] / "shared" / "data")
TILLS = 32
STATIONS = ("grill", "line", "fryer", "cold", "drinks", "expo")
TWO_STATIONS = {"Chips and Guacamole": ("fryer", "cold"), "Chicken Salad Bowl": ("grill", "cold")}
DEALT = (("salad", "cold"), ("chips", "fryer"), ("tacos", "line"), ("bowl", "grill"), ("burrito", "grill"))
SOURCE = "real"
GROUP = "Fillings"
"""What a nested list of choices is called: the source gives it no name."""


class Line(NamedTuple):
    """One row of an order as its guest meant it; `choices` in the source's own notation."""

    name: str
    qty: str
    choices: str


# ── What was ordered ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real_orders() -> dict[str, list[Line]]:
    """Every order of the file by its number."""
    path = next((place / FILE for place in (FOLDER, FOLDER / "data") if (place / FILE).is_file()), None)
    if path is None:
        pytest.skip(f"{FILE} is not in {FOLDER}; point HEARD_SHARED at its folder")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found: dict[str, list[Line]] = {}
    for number, lines in groupby(rows, key=lambda row: row["order_id"]):
        assert number not in found
        found[number] = [_line(row) for row in lines]
    return found


def _line(row: dict[str, str]) -> Line:
    choices = row["choice_description"]
    return Line(row["item_name"].strip(), row["quantity"], "" if choices == "NULL" else choices)


def stations_of(name: str) -> tuple[str, ...]:
    """The stations a dish is made at."""
    if name in TWO_STATIONS:
        return TWO_STATIONS[name]
    return (next((station for word, station in DEALT if word in name.casefold()), "drinks"),)


def menu(names: set[str]) -> str:
    """A menu file that deals every dish."""
    dishes = (
        f"[[dishes]]\nname = {json.dumps(name)}\nstations = {json.dumps(stations_of(name))}\n" for name in sorted(names)
    )
    return "\n".join(dishes)


def modifiers(text: str) -> list[dict[str, Any]]:
    """`[Salsa, [Rice, Beans]]` as choices: Salsa, and a group with Rice and Beans as its children."""
    if not text:
        return []
    tokens = iter(re.findall(r"[\[\]]|[^\[\],]+(?:,(?! )[^\[\],]+)*", text))
    assert next(tokens) == "["
    return _list(tokens)


def _list(tokens: Iterator[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for token in tokens:
        if token == "]":  # noqa: S105 - a bracket
            break
        if token == "[":  # noqa: S105
            found.append({"name": GROUP, "children": _list(tokens)})
        elif token.strip():
            found.append({"name": token.strip()})
    return found


def in_notation(shown: list[dict[str, Any]]) -> str:
    """Choices as a screen has them, back in the source's notation."""
    if not shown:
        return ""
    parts = [in_notation(one["children"]) if one.get("children") else one["name"] for one in shown]
    return f"[{', '.join(parts)}]"


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Wall:
    """A station that follows its view from the first event on, and keeps every ticket that came up for it."""

    def __init__(self, kitchen: Kitchen, station: str) -> None:
        self.kitchen, self.station = kitchen, station
        self.tickets: list[dict[str, Any]] = []
        self.last = 0

    async def follow(self, epoch: str, tickets: int) -> None:
        after = 0
        while len(self.tickets) < tickets:
            page = await self.kitchen.read("s1/kds", epoch=epoch, after=after, station=self.station, wait=10)
            assert page["recovered"]
            assert page["seq"] > after, f"{self.station} waits for {tickets - len(self.tickets)} tickets in vain"
            for event in page["events"]:
                self._hear(event)
            after = page["seq"]

    def _hear(self, event: dict[str, Any]) -> None:
        assert event["prev"] == self.last
        self.last = event["seq"]
        if event["name"] == "kds:order_incoming" and event["data"]["station"] == self.station:
            self.tickets.append(event["data"])


def lines_of(items: list[dict[str, Any]]) -> list[Line]:
    return [Line(item["name"], item["qty"], in_notation(item["modifiers"])) for item in items]


def painted(board: Board, station: str, size: tuple[int, int]) -> dict[str, list[str]]:
    """What a station's wall paints of each order, word by word, over all its pages at a size."""
    columns, height = column_widths(size[0]), size[1] - 2
    look = Look(width=min(columns) - 1)
    slots = pack(card(board, ticket, look) for ticket in board.at(station))
    words: dict[str, list[str]] = {}
    for page in deal(slots, len(columns), height):
        for piece in page:
            rows = (word for row in piece.rows for span in row.row for word in span.text.split())
            words.setdefault(slots[piece.slot].ticket_id.rpartition(".")[0], []).extend(rows)
    return words


def words_of(station: str, lines: list[Line]) -> list[str]:
    """The words a cook must read for these lines: whence, then number, dish, where else it is made, every choice."""
    return [SOURCE, *(word for line in lines for word in _words(station, line))]


def _words(station: str, line: Line) -> Iterator[str]:
    made_at = stations_of(line.name)
    others = [other for other in made_at if other != station]
    yield from ["·", line.qty, *line.name.split()] if station == "expo" else [line.qty, *line.name.split()]
    yield from made_at if station == "expo" else f"ALSO AT: {' '.join(others).upper()}".split() if others else ()
    yield from (word for name in _names(modifiers(line.choices)) for word in name.split())


def _names(choices: list[dict[str, Any]]) -> Iterator[str]:
    for choice in choices:
        yield choice["name"]
        yield from _names(choice.get("children", []))


async def board(kitchen: Kitchen) -> list[dict[str, Any]]:
    """Every ticket of the board, page by page."""
    pages = [await kitchen.read("s1/kds")]
    while cursor := pages[-1].get("cursor"):
        pages.append(await kitchen.read("s1/kds", cursor=cursor))
    assert {page["seq"] for page in pages} == {pages[0]["head"]}
    return [ticket for page in pages for ticket in page["snapshot"]["tickets"]]


# ── The evening ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def place_all(kitchen: Kitchen, orders: dict[str, list[Line]]) -> dict[str, str]:
    """Place every order over HTTP, many tills at once; its number by the gateway's id."""
    waiting, placed = iter(orders.items()), {}

    async def till() -> None:
        for number, lines in waiting:
            items = [{"name": line.name, "qty": line.qty, "modifiers": modifiers(line.choices)} for line in lines]
            body = {"items": items, "source": {"system": SOURCE}, "external_id": number, "source_revision": "1"}
            status, answer = await kitchen.call("POST", "/v1/stores/s1/orders", body, role="pos")
            assert status == 201, (number, answer)
            placed[answer["order"]["id"]] = number

    await asyncio.gather(*(till() for _ in range(TILLS)))
    return placed


def expected_at(station: str, orders: dict[str, list[Line]]) -> dict[str, list[Line]]:
    """What a station must show, by order number."""
    shown = {
        number: [line for line in lines if station == "expo" or station in stations_of(line.name)]
        for number, lines in orders.items()
    }
    return {number: lines for number, lines in shown.items() if lines}


def test_the_notation_of_choices_is_read_and_written_back(real_orders):
    texts = {line.choices for lines in real_orders.values() for line in lines}
    assert len(texts) > 1_000
    assert [text for text in texts if in_notation(modifiers(text)) != text] == []
    assert any(choice.get("children") for text in texts for choice in modifiers(text))


def test_the_menu_deals_fifty_names_to_more_than_four_stations_and_two_to_two(real_orders):
    names = {line.name for lines in real_orders.values() for line in lines}
    assert len(real_orders) == 1_834
    assert len(names) == 50
    dealt = {name: stations_of(name) for name in names}
    assert {station for stations in dealt.values() for station in stations} == {*STATIONS} - {"expo"}
    assert sum(len(stations) == 2 for stations in dealt.values()) == 2


async def test_what_was_ordered_is_what_is_shown_at_every_station_exactly_once(closed_kitchen, real_orders):
    names = {line.name for lines in real_orders.values() for line in lines}
    settings = f'[[stores]]\nid = "s1"\nstations = {json.dumps(STATIONS)}\nmenu = "menu.toml"\n'
    (closed_kitchen.data / "heard.toml").write_text(settings, encoding="utf-8")
    (closed_kitchen.data / "menu.toml").write_text(menu(names), encoding="utf-8")
    kitchen = await closed_kitchen.start()
    epoch = (await kitchen.read("s1/kds"))["epoch"]
    wanted = {station: expected_at(station, real_orders) for station in STATIONS}
    walls = [Wall(kitchen, station) for station in STATIONS]
    placed, *_ = await asyncio.gather(
        place_all(kitchen, real_orders), *(wall.follow(epoch, len(wanted[wall.station])) for wall in walls)
    )
    assert sorted(placed.values()) == sorted(real_orders)

    for wall in walls:
        shown = {placed[ticket["order_id"]]: lines_of(ticket["ticket"]["items"]) for ticket in wall.tickets}
        assert len(shown) == len(wall.tickets)
        assert shown == wanted[wall.station], wall.station

    tickets = await board(kitchen)
    assert Counter(ticket["station"] for ticket in tickets) == {at: len(orders) for at, orders in wanted.items()}
    for station in STATIONS:
        shown = {
            placed[ticket["order_id"]]: lines_of([line["item"] for line in ticket["lines"]])
            for ticket in tickets
            if ticket["station"] == station
        }
        assert shown == wanted[station], station
    whole = Board.from_snapshot((await kitchen.read("s1/kds"))["snapshot"] | {"tickets": tickets})
    for station in STATIONS:
        for size in ((200, 60), (80, 24)):
            on_glass = {placed[order]: words for order, words in painted(whole, station, size).items()}
            meant = {n: words_of(station, lines) for n, lines in wanted[station].items()}
            odd = [(" ".join(on_glass.get(n, [])), " ".join(meant[n])) for n in meant if on_glass.get(n) != meant[n]]
            assert not odd, f"{station} at {size}: {len(odd)} orders, first {odd[0]}"
    assert all(not line["item"]["marks"] for ticket in tickets for line in ticket["lines"])
    assert sum((await kitchen.read("s1/kds"))["snapshot"]["views"].values()) > 0
