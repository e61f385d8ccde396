"""Broadcasts: everybody in the room, once, in order, and nothing overtakes."""

import asyncio

import pytest

from server.transport import Ending
from server.transport.flusher import AT_ONCE
from server.transport.frames import Frame
from server.transport.rounds import Rounds
from tests.server.transport.test_flusher import Tapped


class Member:
    """A socket and its connection in one, with nothing in between: what it got, in order."""

    def __init__(self, sid: str, rounds: Rounds, *, ready: bool = True) -> None:
        self.sid, self.namespace, self.joined = sid, "/kds", True
        self.link, self.pipe, self.sessions = self, self, {"/kds": self}
        self.ready = ready
        self.got: list[bytes] = []
        self._rounds = rounds

    def write(self, data: bytes, _packets: int, _size: int) -> None:
        self.got.append(data)

    def queue(self, frame: Frame) -> None:
        self.got.append(frame.wire)

    def put(self, frame: Frame) -> None:
        self._rounds.catch_up(self)
        self.queue(frame)


class Crowd:
    def __init__(self, count: int, **options) -> None:
        seats: dict[str, Member] = {}
        self.rounds = Rounds(seats)
        seats |= {str(n): Member(str(n), self.rounds, **options) for n in range(count)}
        self.seats, self.sids = seats, tuple(seats)

    def send(self, text: bytes) -> Frame:
        frame = Frame(text)
        self.rounds.add(self.sids, "/kds", frame)
        return frame

    async def over(self) -> int:
        turns = 0
        while self.rounds.under_way:
            await asyncio.sleep(0)
            turns += 1
        return turns


async def test_everybody_in_the_room_is_reached_a_few_hundred_a_turn():
    crowd = Crowd(2 * AT_ONCE + 1)
    frame = crowd.send(b"4a")
    assert await crowd.over() == 3
    assert {tuple(one.got) for one in crowd.seats.values()} == {(frame.wire,)}


async def test_what_is_sent_to_one_room_in_one_turn_goes_in_one_write():
    crowd = Crowd(3)
    frames = [crowd.send(text) for text in (b"4a", b"4b")]
    await crowd.over()
    assert [one.got for one in crowd.seats.values()] == [[b"".join(frame.wire for frame in frames)]] * 3


@pytest.mark.parametrize("ready", [True, False])
async def test_what_is_sent_to_one_alone_never_overtakes_a_broadcast(ready):
    crowd = Crowd(AT_ONCE + 2, ready=ready)
    before, more = crowd.send(b"4a"), crowd.send(b"4b")
    await asyncio.sleep(0)
    reached, waits = crowd.seats["0"], crowd.seats[str(AT_ONCE + 1)]
    assert (bool(reached.got), bool(waits.got)) == (True, False)
    late = crowd.send(b"4late")
    alone = Frame(b"4ack")
    for one in (reached, waits):
        one.put(alone)
    await crowd.over()
    wanted = b"".join(frame.wire for frame in (before, more, late, alone))
    assert [b"".join(one.got) for one in (reached, waits)] == [wanted, wanted]


async def test_who_is_not_ready_gets_it_through_its_queue():
    crowd = Crowd(2)
    crowd.seats["1"].ready = False
    frames = [crowd.send(text) for text in (b"4a", b"4b")]
    await crowd.over()
    assert crowd.seats["0"].got == [frames[0].wire + frames[1].wire]
    assert crowd.seats["1"].got == [frames[0].wire, frames[1].wire]


async def test_who_left_or_sits_elsewhere_gets_nothing():
    crowd = Crowd(3)
    gone, other = crowd.seats.pop("0"), crowd.seats["1"]
    other.namespace = "/orders"
    crowd.send(b"4a")
    await crowd.over()
    assert (gone.got, other.got, len(crowd.seats["2"].got)) == ([], [], 1)


async def test_who_is_forgotten_gets_nothing_more():
    crowd = Crowd(2)
    crowd.send(b"4a")
    crowd.rounds.forget(crowd.seats["0"])
    await crowd.over()
    assert (crowd.seats["0"].got, len(crowd.seats["1"].got)) == ([], 1)


async def test_a_member_cut_off_in_the_midst_of_a_round_takes_nobody_along(make, eventually):
    stage = await make(outbox_bytes=20_000, write_deadline_ms=60_000)
    raws = [await stage.raw() for _ in range(3)]
    sids = tuple([await raw.join() for raw in raws])
    pipe = stage.server._wire.seats[sids[1]].link.pipe
    pipe._wire = Full(pipe._wire, [])
    for n in range(30):
        stage.server.broadcast(sids, "/kds", "news", n, "x" * 1_000)
        if n % 10 == 9:
            await asyncio.sleep(0)
    await eventually(lambda: Ending.SLOW in stage.kds.endings)
    for raw in (raws[0], raws[2]):
        assert [(await raw.json("42/kds,"))[1] for _ in range(30)] == list(range(30))


class Full(Tapped):
    """A network that takes nothing more."""

    def get_write_buffer_size(self) -> int:
        return 100_000 if self._writes else 0


async def test_a_broadcast_leaves_in_one_write_for_each_member(stage):
    writes: list[bytes] = []
    raws = [await stage.raw() for _ in range(3)]
    sids = tuple([await raw.join() for raw in raws])
    for sid in sids:
        pipe = stage.server._wire.seats[sid].link.pipe
        pipe._wire = Tapped(pipe._wire, writes)
    for n in range(5):
        assert stage.server.broadcast(sids, "/kds", "news", n) == 3
    for raw in raws:
        assert [await raw.packet() for _ in range(5)] == [f'42/kds,["news",{n}]' for n in range(5)]
    assert len(writes) == 3


async def test_members_that_hang_up_in_the_midst_of_it_stop_nobody(stage):
    stays = await stage.raw()
    sid = await stays.join()
    sent = 0
    for _ in range(5):
        leavers = [await stage.raw() for _ in range(5)]
        room = (sid, *[await raw.join() for raw in leavers])
        for raw in leavers:
            cut(raw)
        for _ in range(40):
            stage.server.broadcast(room, "/kds", "news", sent)
            sent += 1
            await asyncio.sleep(0)
    assert [(await stays.json("42/kds,"))[1] for _ in range(sent)] == list(range(sent))


async def test_a_failing_member_stops_neither_this_round_nor_the_next():
    crowd = Crowd(3)
    crowd.seats["1"].write = None  # calling it fails
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    frame, more = crowd.send(b"4a"), Frame(b"4b")
    await asyncio.sleep(0)
    crowd.rounds.add(crowd.sids[:1], "/kds", more)
    await crowd.over()
    assert [one.got for one in crowd.seats.values()] == [[frame.wire, more.wire], [], [frame.wire]]
    assert len(failures) == 1


async def test_equals_are_treated_equally_when_one_turn_brings_more_than_may_wait(make):
    stage = await make(outbox_bytes=200_000)
    raws = [await stage.raw() for _ in range(3)]
    sids = tuple([await raw.join() for raw in raws])
    stage.server.send(sids[0], "/kds", "alone")
    for n in range(300):
        stage.server.broadcast(sids, "/kds", "news", n, "x" * 1_000)
    assert await raws[0].packet() == '42/kds,["alone"]'
    for raw in raws:
        assert [(await raw.json("42/kds,"))[1] for _ in range(300)] == list(range(300))


def cut(raw) -> None:
    """Hang up without a word, as a process that is killed does."""
    raw.ws._response.connection.transport.abort()
