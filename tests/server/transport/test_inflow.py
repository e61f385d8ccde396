"""What comes over a WebSocket: at once, in order, and no chunk of thousands in one go."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import EofStream, WebSocketError, WSMsgType
from aiohttp._websocket.reader import WebSocketReader

from server.transport.inflow import AT_ONCE, Chunks, Inflow


class Line:
    """A network transport that can be told to stop reading."""

    def __init__(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def frames(*texts: str) -> bytes:
    """Text messages as a client sends them, masked with nothing."""
    return b"".join(bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text.encode() for text in texts)


@pytest.fixture
async def wire() -> SimpleNamespace:
    line = Line()
    inflow = Inflow(line, asyncio.get_running_loop())
    parser = WebSocketReader(inflow, 1_000, compress=False, decode_text=True)
    return SimpleNamespace(line=line, inflow=inflow, chunks=Chunks(parser, inflow), parser=parser)


def listening(inflow: Inflow) -> tuple[list[str], asyncio.Future[BaseException | None]]:
    heard: list[str] = []
    ended = asyncio.get_running_loop().create_future()
    inflow.listen(lambda message: heard.append(message.data), ended.set_result)
    return heard, ended


async def test_a_message_is_heard_while_its_chunk_is_read(wire):
    heard, ended = listening(wire.inflow)
    wire.chunks.feed_data(frames("a", "b"))
    assert heard == ["a", "b"]
    wire.chunks.feed_eof()
    assert await ended is None


async def test_what_came_before_anybody_listened_is_kept_in_order(wire):
    wire.chunks.feed_data(frames("probe", "a"))
    assert (await wire.inflow.read()).data == "probe"
    wire.chunks.feed_data(frames("b"))
    heard, ended = listening(wire.inflow)
    wire.chunks.feed_data(frames("c"))
    assert heard == ["a", "b", "c"]
    wire.chunks.feed_eof()
    await ended


async def test_a_chunk_of_thousands_lets_others_have_their_turn_and_stops_the_reading_meanwhile(wire):
    heard, ended = listening(wire.inflow)
    texts = [str(n) for n in range(3 * AT_ONCE)]
    wire.chunks.feed_data(frames(*texts))
    seen = [(len(heard), wire.line.reads)]
    while len(heard) < len(texts):
        await asyncio.sleep(0)
        seen.append((len(heard), wire.line.reads))
    assert seen == [(AT_ONCE, False), (2 * AT_ONCE, False), (3 * AT_ONCE, True)]
    assert heard == texts
    wire.chunks.feed_eof()
    await ended


async def test_the_end_comes_after_all_that_was_said_before_it(wire):
    heard, ended = listening(wire.inflow)
    wire.chunks.feed_data(frames(*["x"] * (2 * AT_ONCE)))
    wire.chunks.feed_eof()
    await ended
    assert len(heard) == 2 * AT_ONCE


async def test_a_broken_frame_ends_it_with_what_was_wrong(wire):
    heard, ended = listening(wire.inflow)
    wire.chunks.feed_data(frames("a") + b"\xf1\x80\0\0\0\0")
    error = await ended
    assert isinstance(error, WebSocketError)
    assert (heard, error.code) == (["a"], 1002)


async def test_reading_on_after_the_end_says_so(wire):
    wire.chunks.feed_data(frames("a"))
    wire.chunks.feed_eof()
    assert (await wire.inflow.read()).data == "a"
    with pytest.raises(EofStream):
        await wire.inflow.read()


async def test_a_listener_that_fails_ends_the_connection_and_says_so(wire, caplog):
    def hear(message):
        raise RuntimeError("bug")

    ended = asyncio.get_running_loop().create_future()
    wire.inflow.listen(hear, ended.set_result)
    wire.chunks.feed_data(frames("a", "b"))
    assert await ended is None
    assert [record.message for record in caplog.records] == ["a message could not be heard"]


async def test_control_frames_are_answered_by_whoever_listens(stage):
    raw = await stage.raw(autoping=False)
    await raw.join()
    await raw.ws.ping(b"are you there")
    answer = await raw.ws.receive()
    assert (answer.type, answer.data) == (WSMsgType.PONG, b"are you there")


async def test_a_chunk_is_not_parsed_further_than_it_is_heard(wire):
    heard, ended = listening(wire.inflow)
    texts = [f"{n:04}" for n in range(5_000)]
    wire.chunks.data_received(frames(*texts))
    parsed = len(heard) + len(wire.inflow._kept)
    assert parsed < 1_000
    wire.chunks.data_received(frames("last"))
    wire.chunks.connection_lost(None)
    assert await ended is None
    assert heard == [*texts, "last"]


async def test_what_nobody_listens_to_yet_stops_the_reading_after_a_few(wire):
    wire.chunks.feed_data(frames(*["x"] * (2 * AT_ONCE)))
    assert not wire.line.reads
    heard, _ = listening(wire.inflow)
    while len(heard) < 2 * AT_ONCE:  # noqa: ASYNC110 - it takes a few turns
        await asyncio.sleep(0)
    assert wire.line.reads
