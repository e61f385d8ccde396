"""Noticing at once that the client of a waiting request has hung up.

aiohttp tells only by cancelling handlers, and then all of a server's, those in the middle of a write to disk too.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web


class _Watch(asyncio.Protocol):
    """Stands between a connection and aiohttp's protocol, and passes everything on."""

    def __init__(self, watched: asyncio.Protocol) -> None:
        self._watched = watched
        self.when_lost: Callable[[], object] | None = None

    def data_received(self, data: bytes) -> None:
        self._watched.data_received(data)

    def eof_received(self) -> bool | None:
        return self._watched.eof_received()

    def pause_writing(self) -> None:
        self._watched.pause_writing()

    def resume_writing(self) -> None:
        self._watched.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._watched.connection_lost(exc)
        if self.when_lost is not None:
            self.when_lost()


@contextmanager
def cancelled_when_lost(request: web.BaseRequest) -> Iterator[None]:
    """Cancel the task in here as soon as the request's client is gone, and at once if it is already."""
    wire, task = request.transport, asyncio.current_task()
    if wire is None or task is None or wire.is_closing():
        raise asyncio.CancelledError
    watch = wire.get_protocol()
    if not isinstance(watch, _Watch):
        assert isinstance(watch, asyncio.Protocol)  # noqa: S101 - aiohttp's is one
        watch = _Watch(watch)
        wire.set_protocol(watch)
    watch.when_lost = task.cancel
    try:
        yield
    finally:
        watch.when_lost = None
