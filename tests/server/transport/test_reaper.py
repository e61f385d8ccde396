"""What answers its pings and is of no use to anybody is ended by one sweep; everything else is left alone."""

import asyncio

import pytest

from server.transport import Ending, Refused
from server.transport.reaper import UNGREETED, Reaper


class Floor:
    """Links and sockets that are what a test says, a clock it turns, and who was ended."""

    def __init__(self) -> None:
        self.links: list = []
        self.now = 100.0
        self.ended: list = []
        self.reaper = Reaper(
            lambda: self.links, lambda link, ending, _: self.ended.append((link, ending)), 1_000, clock=lambda: self.now
        )

    def link(self, *greeted: bool, closing: bool = False):
        link = Line(closing=closing)
        for number, so in enumerate(greeted):
            link.sessions[f"/{number}"] = Session(link, greeted=so)
        self.links.append(link)
        return link

    def sweep_after(self, seconds: float) -> None:
        self.now += seconds
        self.reaper.sweep()


class Line:
    def __init__(self, *, closing: bool) -> None:
        self.sessions: dict = {}
        self.closing = closing


class Session:
    def __init__(self, link, *, greeted: bool) -> None:
        self.link = link
        self.greeted = greeted


@pytest.fixture
def floor():
    return Floor()


def test_a_socket_nobody_lets_in_ends_its_connection_after_the_deadline(floor):
    link = floor.link(False)
    floor.sweep_after(0)
    floor.sweep_after(0.9)
    assert floor.ended == []
    floor.sweep_after(0.1)
    assert floor.ended == [(link, Ending.FAILED)]
    assert floor.reaper.reaped == {UNGREETED: 1}


def test_one_that_waits_beside_one_that_was_let_in_is_noticed_too(floor):
    link = floor.link(True, False)
    floor.sweep_after(0)
    floor.sweep_after(1)
    assert floor.ended == [(link, Ending.FAILED)]


def test_the_sockets_of_one_connection_end_it_once(floor):
    floor.link(False, False, False)
    floor.sweep_after(0)
    floor.sweep_after(1)
    assert len(floor.ended) == 1


def test_who_was_let_in_in_time_is_left_alone(floor):
    link = floor.link(False)
    floor.sweep_after(0)
    link.sessions["/0"].greeted = True
    floor.sweep_after(5)
    floor.sweep_after(5)
    assert floor.ended == []


def test_who_closes_already_is_somebody_elses(floor):
    floor.link(False, closing=True)
    floor.sweep_after(0)
    floor.sweep_after(5)
    assert floor.ended == []


def test_who_asks_again_begins_again(floor):
    link = floor.link(False)
    floor.sweep_after(0)
    link.sessions["/0"] = Session(link, greeted=False)
    floor.sweep_after(0.9)
    floor.sweep_after(0.9)
    assert floor.ended == []


def test_nothing_is_kept_of_those_who_went(floor):
    floor.link(False)
    floor.sweep_after(0)
    floor.links.clear()
    floor.sweep_after(1)
    assert floor.reaper._waiting == {}


@pytest.mark.parametrize("step", ["on_admit", "on_joined"])
async def test_a_real_connection_is_told_to_come_back(make, eventually, step):
    stage = await make(greet_deadline_ms=200, join_deadline_ms=60_000)
    setattr(stage.kds, step, lambda _: asyncio.Event().wait())
    raw = await stage.raw()
    await raw.send("40/orders,", "40/kds,")
    heard = []
    while (packet := await raw.packet()) is not None:
        heard.append(packet)
    assert [packet for packet in heard if "session:goodbye" in packet]
    assert not [packet for packet in heard if packet.startswith("41")]
    assert raw.ws.close_code == 3000
    await eventually(lambda: stage.server.connections() == [])
    assert stage.server.reaper.reaped == {UNGREETED: 1}
    assert stage.orders.endings == [Ending.FAILED]


async def test_a_refused_socket_is_none_that_waits(make):
    async def refuse(_):
        raise Refused("no")

    stage = await make(greet_deadline_ms=100)
    stage.kds.on_admit = refuse
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,")
    assert (await raw.json("44/kds,"))["message"] == "no"
    for _ in range(3):
        stage.server.reaper.sweep()
    assert stage.server.reaper.reaped == {UNGREETED: 0}


async def test_nobody_sweeps_after_the_end(make):
    stage = await make()
    assert stage.server.reaper._timer is not None
    await stage.server.close()
    assert stage.server.reaper._timer is None
