"""The HTTP server in front of everything: no patience with those who connect and do not speak, or do not listen.

aiohttp has no deadline for the head of a request and none for an answer nobody reads. Its keep-alive timer does the
first: it runs from the moment a connection is made, and again from the end of every answer.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from aiohttp import web

from server.transport.quiet import QuietHttpLog, QuietLog

log = logging.getLogger(__name__)

NO_REQUEST: Final = "no_request"
"""Reaped because no request came."""
UNREAD: Final = "unread"
"""Reaped because nobody read the answer."""

_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long strangers may take over HTTP."""

    request_ms: int = 8_000
    """From connecting to the end of the first request's headers."""
    idle_ms: int = 9_000
    """From an answer to the end of the next request's headers: also how long an idle connection is kept."""
    linger_ms: int = 2_000
    """How long the rest of a refused body is read away, so that its sender gets to see the refusal."""
    stalled_ms: int = 9_000
    """How long an answer may wait for a client that reads nothing of it."""


def runner(app: web.Application, patience: Patience, **options: Any) -> web.AppRunner:
    """Return a runner for the application that logs little and waits for nobody; options are aiohttp's."""
    return web.AppRunner(
        app,
        access_log=None,
        logger=QuietHttpLog(log),
        keepalive_timeout=patience.idle_ms / 1000,
        lingering_time=patience.linger_ms / 1000,
        **options,
    )


class Watchdog:
    """Looks at every HTTP connection of a runner once a second; WebSockets have deadlines of their own.

    `reaped` counts what it closes, by reason.
    """

    def __init__(self, watched: web.BaseRunner, patience: Patience, reaped: Counter[str] | None = None) -> None:
        self.reaped: Counter[str] = Counter() if reaped is None else reaped
        self.reaped.update({NO_REQUEST: 0, UNREAD: 0})
        self._watched = watched
        self._patience = patience
        self._every_s = min(_LOOK_EVERY_S, patience.request_ms / 2000, patience.stalled_ms / 2000)
        self._quiet = QuietLog(log)
        self._silent: dict[web.RequestHandler, float] = {}
        """Connections without a request, and since when."""
        self._stalled: dict[web.RequestHandler, tuple[int, float]] = {}
        """Connections whose client does not read: bytes that wait, and since when they are not fewer."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> "Watchdog":
        """Look from now on."""
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._look)
        return self

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now, silent, stalled = monotonic(), self._silent, self._stalled
        self._silent, self._stalled = {}, {}
        for connection in self._watched.server.connections if self._watched.server else ():
            if connection.transport is None or connection._upgraded:  # noqa: SLF001 - aiohttp tells nobody
                continue
            if not connection._request_count:  # noqa: SLF001
                self._wait_for_request(connection, silent.get(connection, now), now)
            elif waiting := connection.transport.get_write_buffer_size():
                self._wait_for_reader(connection, waiting, stalled.get(connection, (waiting, now)), now)
        self.start()

    def _wait_for_request(self, connection: web.RequestHandler, since: float, now: float) -> None:
        # The look before this one did not see it: it may be older by that much.
        if now - since + self._every_s < self._patience.request_ms / 1000:
            self._silent[connection] = since
            return
        self.reaped[NO_REQUEST] += 1
        self._quiet.warning("closing %s: no request came", _address(connection))
        connection.force_close()

    def _wait_for_reader(
        self, connection: web.RequestHandler, waiting: int, before: tuple[int, float], now: float
    ) -> None:
        since = now if waiting < before[0] else before[1]
        if now - since < self._patience.stalled_ms / 1000:
            self._stalled[connection] = waiting, since
            return
        self.reaped[UNREAD] += 1
        self._quiet.warning("closing %s: nobody reads the answer", _address(connection))
        if connection.transport is not None:
            connection.transport.abort()


def _address(connection: web.RequestHandler) -> str:
    peer = connection.peername
    return str(peer[0]) if isinstance(peer, tuple) else ""
