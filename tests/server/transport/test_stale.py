"""Every way to be stale has an owner with a deadline: in the end nothing of it is left, no connection and no task."""

import asyncio
from urllib.parse import urlsplit

import pytest


@pytest.fixture
async def impatient(make):
    """A server whose deadlines are all short."""
    return await make(
        ping_interval_ms=100, ping_timeout_ms=100, join_deadline_ms=150, refused_close_ms=100, upgrade_deadline_ms=150,
        body_deadline_ms=150, write_deadline_ms=150, close_timeout_ms=100, leave_grace_ms=100, greet_deadline_ms=200,
    )  # fmt: skip


def aside(stage, work):
    """Do something beside the test, and no longer than it."""
    task = asyncio.ensure_future(work)
    stage.stack.callback(task.cancel)


async def silent_polling(stage):
    await stage.joined_by_polling()


async def silent_websocket(stage):
    raw = await stage.raw(pong=False)
    await raw.join()


async def joined_nothing(stage):
    aside(stage, (await stage.raw()).end())


async def left_its_last_namespace(stage):
    raw = await stage.raw()
    await raw.join()
    await raw.send("41/kds,")
    aside(stage, raw.end())


async def upgrade_without_a_probe(stage):
    await stage.bare(await stage.joined_by_polling())


async def upgrade_half_done(stage):
    raw = await stage.bare(await stage.joined_by_polling())
    await raw.send("2probe")
    assert await raw.packet() == "3probe"


async def half_a_body(stage):
    sid = await stage.joined_by_polling()
    where = urlsplit(stage.url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    stage.stack.callback(writer.close)
    head = f"POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"
    writer.write(head.encode() + b"4")


async def close_without_an_answer(stage):
    raw = await stage.raw()
    sid = await raw.join()
    raw.ws._reader.set_exception(asyncio.CancelledError())  # it reads no more, so it answers no close frame
    aside(stage, stage.server.goodbye(sid, {"code": "x"}, stay_away=False, ws_code=3000))


async def busy_for_ever_when_it_left(stage):
    stage.kds.on_received = lambda *_: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send('42/kds,["bump"]', "1")


async def leaving_for_ever(stage):
    stage.kds.on_left = lambda _: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join()
    await raw.send("1")


async def never_let_in(stage):
    stage.kds.on_admit = lambda _: asyncio.Event().wait()
    raw = await stage.raw()
    await raw.join("/orders")
    await raw.send("40/kds,")
    aside(stage, raw.end())


@pytest.mark.parametrize(
    "state",
    [
        silent_polling, silent_websocket, joined_nothing, left_its_last_namespace, upgrade_without_a_probe,
        upgrade_half_done, half_a_body, close_without_an_answer, busy_for_ever_when_it_left, leaving_for_ever,
        never_let_in,
    ],
)  # fmt: skip
async def test_nothing_is_left(impatient, eventually, state):
    await state(impatient)
    assert impatient.server.connections() or impatient.server._wire.tasks._running
    await eventually(lambda: not impatient.server.connections())
    await eventually(lambda: not impatient.server._wire.tasks._running)
    assert impatient.server._wire.seats == {}
