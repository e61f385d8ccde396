"""A bad cable passes everything on while it holds, and nothing while it does not."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from demo import flaky
from demo.flaky import Cable, cable


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def line() -> AsyncIterator[Cable]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, cable(f"http://127.0.0.1:{port}") as one:
        yield one


async def dial(line: Cable) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(line.url.rpartition(":")[2]))


async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: bytes) -> bytes:
    writer.write(word)
    return await asyncio.wait_for(reader.read(100), 10)


async def gone(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), 10) == b""
    except ConnectionError:
        return True


async def test_it_is_cut_refuses_and_comes_back_and_counts_the_cuts_somebody_felt(line: Cable) -> None:
    line.cut()
    line.mend()
    assert line.drops == 0
    reader, writer = await dial(line)
    assert await says(reader, writer, b"hello") == b"hello"
    line.cut()
    assert await gone(reader)
    assert line.drops == 1
    late, other = await dial(line)
    assert await gone(late)
    line.mend()
    again = await dial(line)
    assert await says(*again, b"back") == b"back"
    for one in (writer, other, again[1]):
        one.close()


async def test_a_cable_that_fails_now_and_then_is_whole_when_it_is_let_be(
    line: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flaky, "CUT_FOR_S", (60.0, 60.0))
    reader, writer = await dial(line)
    assert await says(reader, writer, b"hello") == b"hello"
    trouble = asyncio.create_task(line.fail_now_and_then(Random(7), (0.0, 0.0)))
    assert await gone(reader)
    trouble.cancel()
    await asyncio.gather(trouble, return_exceptions=True)
    again = await dial(line)
    assert await says(*again, b"whole") == b"whole"
    for one in (writer, again[1]):
        one.close()
