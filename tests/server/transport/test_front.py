"""The HTTP server in front: what it logs, and whom it leaves alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp import web

from server.transport import front
from server.transport.front import Patience, Watchdog
from server.transport.incidents import Incident, Suspicion, printable, written


@pytest.fixture
async def serve():
    """Opens an application behind the front; keyword arguments are its patience."""
    async with AsyncExitStack() as stack:

        async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]], **patience: int) -> str:
            app = web.Application()
            app.router.add_get("/", handler)
            runner = front.runner(app, Patience(**patience), shutdown_timeout=1.0)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            stack.callback(Watchdog(runner, Patience(**patience)).start().stop)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}"

        yield serving


async def test_a_handler_may_take_its_time(serve, caplog):
    async def slowly(_):
        await asyncio.sleep(0.5)
        return web.Response(text="done")

    url = await serve(slowly, request_ms=100, idle_ms=100, stalled_ms=100)
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert await answer.text() == "done"
    assert caplog.messages == []


async def test_a_websocket_may_be_quiet(serve, caplog):
    async def talk(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(await socket.receive_str())
        return socket

    url = await serve(talk, request_ms=100, idle_ms=100, stalled_ms=100)
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        await asyncio.sleep(0.5)
        await socket.send_str("still here")
        assert await socket.receive_str() == "still here"
    assert caplog.messages == []


async def test_a_slow_reader_who_reads_is_left_alone(serve, caplog):
    body = b"x" * 8_000_000

    async def much(_):
        return web.Response(body=body)

    url = await serve(much, stalled_ms=400)
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**16)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    came = 0
    while part := await reader.read(400_000):
        came += len(part)
        await asyncio.sleep(0.01)
    assert came > len(body)
    writer.close()
    assert caplog.messages == []


async def test_our_own_fault_is_logged_whole(serve, caplog):
    async def failing(_):
        raise RuntimeError("a bug")

    async with aiohttp.ClientSession() as http, http.get(await serve(failing)) as answer:
        assert answer.status == 500
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "a bug" in caplog.text


async def test_what_is_no_http_is_one_line_without_what_was_said(serve, caplog):
    async def nothing(_):
        return web.Response()

    url = await serve(nothing)
    host, port = url.removeprefix("http://").split(":")
    for said in (b"\x16\x03\x01\x00\xa5 canary\r\n\r\n", b"GET / HTTP/1.1\r\nca nary: x\r\n\r\n"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(said)
        assert b" 400 " in await reader.read()
        writer.close()
    assert caplog.messages == [
        "refused from 127.0.0.1: no HTTP (BadHttpMethod)",
        "refused from 127.0.0.1: no HTTP (BadHttpMessage)",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_a_strangers_text_is_printable_and_short():
    assert printable("a\x1b]0;b\x07\n\u202e\x9bü" + "x" * 900) == "a?]0;b?????" + "x" * 53


def test_without_a_record_of_its_own_an_incident_is_a_line(caplog):
    written(Incident(Suspicion.ORIGIN, "203.0.113.9", "https://evil.example"))
    assert caplog.messages == ["origin refused, from 203.0.113.9: https://evil.example"]
