"""When links write: once a turn, a few hundred at a time, in order, and without a task for anybody."""

import asyncio

from server.transport.flusher import AT_ONCE, Flusher


class Slow:
    """Something with a queue whose network has room again after so many questions."""

    def __init__(self, flusher: Flusher, asked: list, questions: int = 1) -> None:
        self.flusher = flusher
        self.asked = asked
        self.left = questions

    def flush(self) -> None:
        self.asked.append(self)
        self.left -= 1
        if self.left > 0:
            self.flusher.wait(self)


async def turn() -> None:
    await asyncio.sleep(0)


async def test_whoever_is_due_writes_before_the_loop_turns_again():
    flusher, asked = Flusher(), []
    ones = [Slow(flusher, asked) for _ in range(3)]
    for one in ones:
        flusher.add(one)
    assert asked == []
    await turn()
    assert asked == ones


async def test_a_big_room_lets_others_have_their_turn():
    flusher, asked = Flusher(), []
    for _ in range(2 * AT_ONCE + 1):
        flusher.add(Slow(flusher, asked))
    seen = []
    for _ in range(3):
        await turn()
        seen.append(len(asked))
    assert seen == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 1]


async def test_a_network_without_room_is_asked_again_until_it_has_some(eventually):
    flusher, asked = Flusher(), []
    flusher.add(Slow(flusher, asked, questions=3))
    await eventually(lambda: len(asked) == 3 and not len(flusher))


async def test_whoever_has_gone_is_not_asked_again(eventually):
    flusher, asked = Flusher(), []
    gone, here = Slow(flusher, asked, questions=9), Slow(flusher, asked, questions=2)
    flusher.add(gone)
    flusher.add(here)
    await turn()
    flusher.forget(gone)
    await eventually(lambda: asked.count(here) == 2)
    assert asked.count(gone) == 1


async def test_what_is_sent_in_one_turn_arrives_in_its_order_and_an_answer_behind_it(stage):
    async def tell_and_answer(sid, event, args):
        for n in range(3):
            stage.server.broadcast([sid], "/kds", "news", n)
        return "done"

    stage.kds.on_received = tell_and_answer
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,7["go"]')
    assert [await raw.packet() for _ in range(4)] == [*(f'42/kds,["news",{n}]' for n in range(3)), '43/kds,7["done"]']


async def test_what_is_sent_in_one_turn_leaves_in_one_write(stage):
    writes = []
    raw = await stage.raw()
    sid = await raw.join()
    pipe = stage.server._wire.seats[sid].link.pipe
    pipe._wire = Tapped(pipe._wire, writes)
    for n in range(5):
        stage.server.send(sid, "/kds", "news", n)
    assert [await raw.packet() for _ in range(5)] == [f'42/kds,["news",{n}]' for n in range(5)]
    assert len(writes) == 1


class Tapped:
    """A network transport whose writes are noted."""

    def __init__(self, wire: asyncio.Transport, writes: list[bytes]) -> None:
        self._wire = wire
        self._writes = writes

    def write(self, data: bytes) -> None:
        self._writes.append(data)
        self._wire.write(data)

    def __getattr__(self, name: str):
        return getattr(self._wire, name)
