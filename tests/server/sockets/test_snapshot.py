"""The ops snapshot in pages: whole, in order, small enough, and honest about what happens between two pages."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from heard.client import HeardClient, LinkState
from heard.contract.audience import Principal
from heard.contract.envelope import MAX_READ_BYTES, LiveRead
from heard.contract.ops import MAX_AUDIT, MAX_CLOSED, AuditLine, ClosedRow, OpsSnapshot
from heard.errors import BadRequest
from server.sockets import snapshot
from server.sockets.presence import Ended, Presence, Seat, Watched
from server.sockets.roster import Floor, Noted, Roster
from server.telemetry.tallies import StoreTally
from tests.server.desk import until

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


class StillGauge:
    """A connection on which nothing happens."""

    transport = "websocket"
    rtt_ms = 1.0
    packets = (1, 2)
    volume = (10, 20)
    queued_bytes = 0
    waiting_s = 0.0
    last_word = ""


def seat(n: int, namespace: str = "/kds") -> Seat:
    return Seat(
        sid=f"sid{n}{namespace}", namespace=namespace, connection=f"engine{n}",
        who=Principal("demo", f"cook-{n}", "kitchen", ("s1",), ("grill",)), store="s1",
        client="heard-kds", said_device=f"tablet {n} " + "ü" * 40,
        address="192.0.2.7", transport="websocket", since=NOW,
    )  # fmt: skip


class House:
    """A roster with one floor, and a console that reads it page by page."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.roster.open({("demo", "s1"): StoreTally()})
        self.floor: Floor = self.roster.floor("demo", "s1")
        self.watched = Watched(10**9, 0.0, self.floor.figures())

    def come(self, *numbers: int) -> None:
        for n in numbers:
            self.roster.add(seat(n), StillGauge(), 0.0)  # type: ignore[arg-type]

    def go(self, *numbers: int) -> None:
        for n in numbers:
            gone = self.roster.pop(f"sid{n}/kds")
            assert gone is not None
            assert self.roster.part(gone, Ended("client_left", "It left."), NOW + timedelta(seconds=n)) is not None

    def act(self, *targets: str) -> None:
        for target in targets:
            line = AuditLine(at=NOW, action="ops:disconnect", by="ann", role="operator", target=target, code="applied")
            self.floor.audit.append(Noted(self.floor.next_number(), line))

    def page(self, cursor: str | None = None):
        if cursor is None:
            page = snapshot.first(self.floor, self.watched, NOW, 0.0, {"interval_ms": 5})
        else:
            page = snapshot.further(self.floor, self.watched, cursor, NOW, 0.0)
        assert len(json.dumps(page)) < MAX_READ_BYTES
        OpsSnapshot.model_validate(page["snapshot"])
        return page

    def pages(self, between=lambda: None):
        pages = [self.page()]
        while pages[-1]["more"]:
            between()
            pages.append(self.page(pages[-1]["cursor"]))
        return [page["snapshot"] for page in pages]


def every(pages, kind, field):
    return [row[field] for page in pages for row in page[kind]]


def test_a_small_store_is_one_page():
    house = House()
    house.come(1, 2, 3)
    house.go(2)
    house.act("x", "y")
    (page,) = house.pages()
    assert every([page], "connections", "subject") == ["cook-1", "cook-3"]
    assert every([page], "closed", "subject") == ["cook-2"]
    assert every([page], "audit", "target") == ["y", "x"]
    assert page["totals"] == {"interval_ms": 5}
    assert "sample" not in page


def test_an_empty_store_is_a_page_too():
    page = House().page()
    assert (page["more"], page["snapshot"]["connections"]) == (False, [])
    assert "cursor" not in page


def test_many_rows_are_told_once_each_in_order():
    house = House()
    house.come(*range(3_000))
    house.go(*range(1_500))
    house.act(*(f"t{n}" for n in range(500)))
    pages = house.pages()
    assert len(pages) > 5
    assert every(pages, "connections", "subject") == [f"cook-{n}" for n in range(1_500, 3_000)]
    assert every(pages, "audit", "target") == [f"t{n}" for n in range(499, -1, -1)]
    assert every(pages, "closed", "subject") == [f"cook-{n}" for n in range(1_499, -1, -1)]
    assert ["totals" in page for page in pages] == [True] + [False] * (len(pages) - 1)


def test_what_happens_between_two_pages_is_neither_doubled_nor_a_ghost():
    house = House()
    house.come(*range(1_500))
    house.go(0)
    newcomers, leavers = iter(range(10_000, 20_000)), iter(range(1_499, 0, -1))

    def meanwhile():
        house.go(next(leavers))
        house.come(next(newcomers))

    pages = house.pages(meanwhile)
    seen = every(pages, "connections", "subject")
    assert len(seen) == len(set(seen))
    assert "cook-1499" not in seen  # left before its page
    assert "cook-10000" in seen
    assert every(pages, "closed", "subject") == ["cook-0"]  # the others are told live


def test_the_rings_forget_the_oldest():
    house = House()
    for n in range(MAX_CLOSED + 50):
        house.come(n)
        house.go(n)
    house.act(*(str(n) for n in range(MAX_AUDIT + 50)))
    assert (len(house.floor.closed), len(house.floor.audit)) == (MAX_CLOSED, MAX_AUDIT)
    closed = every(house.pages(), "closed", "subject")
    assert (closed[0], closed[-1], len(closed)) == (f"cook-{MAX_CLOSED + 49}", "cook-50", MAX_CLOSED)
    assert len(house.floor.presences) == len(house.floor.touched) == 0
    assert sum(house.floor.roles.values()) == sum(house.floor.namespaces.values()) == 0


@pytest.mark.parametrize(
    "cursor", ["", "1", "1.2", "1.2.3.4", "-1.2.3", "a.b.c", "1.2.3\\n", "01.2.3", "9" * 40, "1.2.٣"]
)
def test_a_cursor_that_is_none_is_refused(cursor):
    with pytest.raises(BadRequest, match="cursor"):
        House().page(cursor)


@pytest.mark.parametrize("cursor", ["0.0.0", "999999999999999.0.0", "0.999999999999999.999999999999999"])
def test_a_made_up_cursor_shows_no_more_than_there_is(cursor):
    house = House()
    house.come(1)
    house.page(cursor)


def test_whoever_begins_to_look_sees_what_the_others_were_told():
    house = House()
    house.come(1)
    (presence,) = house.floor.presences.values()
    first = dict(presence.shown(0.0, house.watched))
    presence.refused("not_found")
    assert presence.shown(1.0, house.watched) == first
    assert presence.news(2.0, house.watched) == {
        "connection": presence.id, "refusals": 1, "last_error": "not_found",
    }  # fmt: skip
    assert presence.shown(3.0, house.watched)["refusals"] == 1
    assert presence.news(4.0, house.watched) is None


def test_a_newcomer_is_told_whole_to_all_even_if_somebody_saw_it_first():
    house = House()
    house.watched.newest = 0
    house.come(1)
    (presence,) = house.floor.presences.values()
    row = presence.shown(0.0, house.watched)
    assert presence.news(1.0, house.watched) == row


def test_a_watch_that_begins_anew_starts_from_how_things_stand_then():
    house = House()
    house.come(1)
    (presence,) = house.floor.presences.values()
    presence.shown(0.0, house.watched)
    presence.refused("not_found")
    again = Watched(10**9, 100.0, house.floor.figures())
    assert presence.news(100.0, again) is None
    assert presence.shown(100.0, again)["refusals"] == 1


def test_everybody_has_a_turn():
    house = House()
    house.come(*range(10))
    seen: list[Presence] = []
    for _ in range(3):
        few = house.floor.next_few(4)
        assert len(few) == 4
        seen += few
    assert len({presence.number for presence in seen}) == 10
    assert len(House().floor.next_few(4)) == 0
    assert len(house.floor.next_few(40)) >= 10


def test_two_sockets_of_one_connection_are_one_row():
    house = House()
    house.come(1)
    house.roster.add(seat(1, "/orders"), StillGauge(), 0.0)  # type: ignore[arg-type]
    (row,) = house.page()["snapshot"]["connections"]
    assert row["namespaces"] == ["/kds", "/orders"]
    left = house.roster.pop("sid1/kds")
    assert left is not None
    assert house.roster.part(left, Ended("client_left", "It left."), NOW) is None
    assert len(house.floor.presences) == 1


# ── Through a gateway ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_page_is_acked_and_the_stream_is_heard_from_the_first_one_on(desk, monkeypatch):
    monkeypatch.setattr("server.sockets.snapshot.PAGE_BYTES", 2_500)
    for n in range(8):
        await desk.socket("/kds", "expo", claims={"subject": f"expo-{n}"})
    operator = await desk.socket("/ops", "operator", claims={"stores": ["s1", "s2"]})
    pages = [LiveRead.model_validate(await operator.subscribe("s1/ops"))]
    assert pages[0].more
    assert pages[0].cursor
    assert desk.gateway.fanout.heard("demo", "s1/ops")
    while pages[-1].more:
        pages.append(LiveRead.model_validate(await operator.subscribe("s1/ops", cursor=pages[-1].cursor)))
    subjects = [row["subject"] for page in pages for row in page.snapshot["connections"]]
    assert subjects == [f"expo-{n}" for n in range(8)]
    refused = await operator.subscribe("s1/ops", cursor="nonsense")
    assert (refused["ok"], refused["code"]) == (False, "bad_request")


async def test_the_sdk_reads_all_pages_as_one_picture(desk, monkeypatch):
    monkeypatch.setattr("server.sockets.snapshot.PAGE_BYTES", 2_500)
    for n in range(8):
        ear = await desk.socket("/kds", "expo", claims={"subject": f"expo-{n}"})
    await ear.client.disconnect()
    await until(lambda: desk.gateway.tallies["demo", "s1"].closed == 1)
    async with HeardClient(desk.up.url, token=desk.token("operator"), namespaces=("/ops",)) as client:
        following = await client.subscribe("s1/ops")
        whole = OpsSnapshot.model_validate(following.snapshot)
        assert {row.subject for row in whole.connections} == {"operator", *(f"expo-{n}" for n in range(7))}
        assert [row.subject for row in whole.closed] == ["expo-7"]
        assert whole.totals is not None
        assert len(whole.buckets_ms) == 16
        await desk.socket("/kds", "expo", claims={"subject": "late"})
        heard = await anext(following)
        while heard.data.get("subject") != "late":
            heard = await anext(following)
        assert heard.name == "connection:opened"
        assert client.status.state is LinkState.LIVE


def test_a_closed_row_is_what_the_contract_says():
    house = House()
    house.come(1)
    house.go(1)
    assert house.floor.closed[0].as_contract() == ClosedRow.model_validate(house.floor.closed[0].as_wire())
