"""The servers both suites want: an Engine.IO echo at `/engine.io/`, and Socket.IO at `/socket.io/`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web

from server.transport import NO_ACK, Args, Ending, Handler, SocketServer, goodbye
from server.transport.engine import Engine
from server.transport.frames import Attachment, Frame
from server.transport.link import Link
from server.transport.tasks import Tasks
from tests.server.transport.conformance.site import SETTINGS, Site


class EngineEcho(Engine):
    """The transport's engine with nobody on top of it: every message goes back as it came."""

    def __init__(self) -> None:
        super().__init__(settings=SETTINGS, tasks=Tasks())
        self.message, self.trouble, self.ended, self.welcome = self._echo, self._trouble, _nothing, _nothing
        self.refused = self.incident = _nothing
        self.message = self._echo

    def _echo(self, link: Link, data: str | bytes) -> None:
        link.put(Frame(Attachment(data) if isinstance(data, bytes) else f"4{data}".encode()))

    def _trouble(self, link: Link, ending: Ending, *_: str) -> None:
        goodbye.say(link, goodbye.plain_farewell(ending), ending)


class Echo(Handler):
    """Says `auth` with what a client brought along, gives `message` back, and acknowledges `message-with-ack`."""

    server: SocketServer

    def __init__(self) -> None:
        self._auths: dict[str, Any] = {}

    async def admit(self, sid, namespace, auth, peer):  # noqa: ARG002
        self._auths[sid] = auth or {}

    async def joined(self, sid, namespace):
        self.server.send(sid, namespace, "auth", self._auths.pop(sid))

    async def received(self, sid, namespace, event, args):
        if event == "message-with-ack":
            return Args(args)
        assert event == "message"
        self.server.send(sid, namespace, "message-back", *args)
        return NO_ACK

    async def left(self, sid, namespace, reason):
        pass


@pytest.fixture
async def engine() -> AsyncIterator[Site]:
    """An Engine.IO server that echoes."""
    async with AsyncExitStack() as stack:
        site, app, echo = Site(stack, "/engine.io/"), web.Application(), EngineEcho()
        echo.attach(app, "/engine.io/")
        await site.open(app, echo.find)
        yield site
        for link in list(echo.sockets.values()):
            link.close(Ending.SHUTDOWN)
            link.abort()


@pytest.fixture
async def socket() -> AsyncIterator[Site]:
    """A Socket.IO server with the namespaces `/` and `/custom`."""
    async with AsyncExitStack() as stack:
        site, app, echo = Site(stack, "/socket.io/"), web.Application(), Echo()
        echo.server = SocketServer({"/": echo, "/custom": echo}, SETTINGS, _nothing)
        echo.server.attach(app)
        await site.open(app, echo.server._wire.eio.find)
        yield site


def _nothing(*_: Any) -> None:
    pass
