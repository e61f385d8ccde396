"""Engine.IO v4, messages: 6 cases by polling and 3 by WebSocket."""

import asyncio
from contextlib import suppress


async def test_polling_gives_a_text_packet_back(engine):
    sid = await engine.session()
    assert await engine.post(sid, "4hello") == (200, "ok")
    assert await engine.poll(sid) == (200, "4hello")


async def test_polling_gives_several_text_packets_back_in_one_answer(engine):
    sid = await engine.session()
    assert await engine.post(sid, "4test1\x1e4test2\x1e4test3") == (200, "ok")
    assert await engine.poll(sid) == (200, "4test1\x1e4test2\x1e4test3")


async def test_polling_gives_text_and_binary_packets_back(engine):
    sid = await engine.session()
    assert await engine.post(sid, "4hello\x1ebAQIDBA==") == (200, "ok")
    assert await engine.poll(sid) == (200, "4hello\x1ebAQIDBA==")


async def test_polling_is_closed_after_a_packet_of_an_unknown_type(engine):
    sid = await engine.session()
    assert (await engine.lag.closed_within(engine.post(sid, "abc")))[0] == 400
    assert (await engine.poll(sid))[0] == 400


async def test_polling_is_closed_after_two_polls_at_once(engine):
    sid = await engine.session()
    first = await engine.waiting_poll(sid)
    assert (await engine.poll(sid))[0] == 400
    assert await engine.lag.closed_within(first) == (200, "1")
    assert (await engine.poll(sid))[0] == 400


async def test_polling_is_closed_after_the_client_hangs_up_on_a_poll(engine):
    sid = await engine.session()
    poll, link = await engine.waiting_poll(sid), engine.link(sid)
    poll.cancel()
    with suppress(asyncio.CancelledError):
        await poll
    await engine.lag.closed_within(link.gone())
    assert (await engine.poll(sid))[0] == 400


async def test_a_websocket_gives_a_text_packet_back(engine):
    speaker = await engine.speaker()
    await speaker.send("4hello")
    assert await speaker.packet() == "4hello"


async def test_a_websocket_gives_a_binary_packet_back(engine):
    speaker = await engine.speaker()
    await speaker.send(bytes([1, 2, 3, 4]))
    assert await speaker.packet() == bytes([1, 2, 3, 4])


async def test_a_websocket_is_closed_after_a_packet_of_an_unknown_type(engine):
    speaker = await engine.speaker()
    await speaker.send("abc")
    await engine.lag.closed_within(speaker.closed())
