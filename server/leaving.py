"""How a gateway goes: load balancers first, then the clients, then itself; and at once when it is told twice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time

import structlog

from heard.errors import Draining
from server.gateway import Gateway
from server.sockets.farewells import return_later
from server.transport import SocketServer, TurnedAway

log = structlog.get_logger("heard.leaving")
NUMBERS = (signal.SIGTERM, signal.SIGINT)
COME_BACK_MS = 2_000
"""When to try again, for those who call during the drain."""


def on_signal(stop: asyncio.Event) -> None:
    """Let the first SIGTERM or SIGINT set `stop`, and a second one end the process there and then.

    The second one is left to the system, so that it works however busy or stuck the process is, and whoever waits for
    the process sees that a signal ended it. What was acknowledged is on disk.
    """
    loop = asyncio.get_running_loop()

    def first() -> None:
        for number in NUMBERS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)  # asyncio would let SIGINT raise KeyboardInterrupt
        stop.set()

    for number in NUMBERS:
        loop.add_signal_handler(number, first)


async def see_off(gateway: Gateway, sockets: SocketServer, *, notice_s: float, within_s: float) -> None:
    """Turn /readyz first, give load balancers `notice_s` to see it, then take nothing more and see everyone off.

    The port stays open meanwhile: polling clients fetch their last words with requests of their own, and newcomers are
    better told when to come back than met by silence.
    """
    gateway.leaving = True
    log.info("draining", connections=sockets.capacity.in_use, notice_s=notice_s, within_s=within_s)
    if notice_s:
        await asyncio.sleep(notice_s)
    began, connections = time.monotonic(), sockets.capacity.in_use
    gateway.drain()
    await sockets.drain(return_later, within_s=within_s, turned_away=_turned_away())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(began + within_s - time.monotonic()):
            await gateway.answered()  # of those who ask over HTTP
    log.info("drained", connections=connections, seconds=round(time.monotonic() - began, 3))


def _turned_away() -> TurnedAway:
    error = Draining("the gateway is restarting; come back in a moment", retry_after_ms=COME_BACK_MS)
    return TurnedAway(error.status, {"error": error.as_wire()}, retry_after_ms=COME_BACK_MS)
