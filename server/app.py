"""The gateway as a process: everything started top to bottom in one place, and stopped by leaving it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from aiohttp import web

from heard.contract.goodbyes import BY_NAME, PROTOCOL_ERROR, SHUTDOWN
from heard.contract.ops import SAMPLE_S
from heard.errors import BadRequest
from heard.ids import new_id
from heard.kitchen.routing import House
from server import routes
from server.auth import Tokens
from server.fanout import Fanout
from server.gateway import Gateway, utc_now
from server.journal import open_journal
from server.keys import Keys
from server.routes import health
from server.routes.asking import MAX_BODY
from server.routes.errors import anonymous, boundary
from server.routes.keys import GATEWAY, METRICS, TOKENS
from server.routes.openapi import routes as openapi_routes
from server.settings import Settings
from server.sockets.namespace import Namespace
from server.sockets.ops import Operators
from server.sockets.roster import Roster
from server.telemetry.metrics import Metrics
from server.telemetry.process import Stalls
from server.telemetry.sampler import Sampler
from server.transport import Ending, Goodbye, SocketServer, TransportSettings, Unheard

log = structlog.get_logger("heard.app")

HEADS_EVERY_S = 5.0
DUE_EVERY_S = 1.0
FORGET_EVERY_S = 3_600.0
RETURN_WITHIN_MS = 5_000
"""Clients told to come back are spread over this window."""
NAMESPACES: Mapping[str, str | None] = {"/orders": "orders", "/kds": "kds", "/notifications": None, "/ops": "ops"}


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that accepts."""

    url: str
    ops_url: str
    gateway: Gateway
    tokens: Tokens
    stop: asyncio.Event


class CannotListen(Exception):
    """An address of no use here; the text says which and why."""


class PortTaken(CannotListen):
    """Somebody listens there already."""


@contextlib.asynccontextmanager
async def running(
    settings: Settings, houses: Mapping[tuple[str, str], House], keys: Keys, data: Path, *,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Running]:  # fmt: skip
    """A gateway from the first open file to the last goodbye. `now` is the one clock of tokens and facts.

    Raises:
        CannotListen, JournalError.
    """
    metrics, fanout, roster, stalls = Metrics(), Fanout(), Roster(), Stalls()
    journal = await open_journal(journal_url(settings.journal, data))
    gateway = Gateway(houses=houses, journal=journal, fanout=fanout, metrics=metrics, now=now)
    tokens = Tokens(
        keys, {tenant for tenant, _ in houses}, now=lambda: now().timestamp(), new_id=new_id, issuer=settings.issuer,
        audience=settings.audience,
    )  # fmt: skip
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(gateway.close)
        await gateway.start()
        roster.open(gateway.tallies)
        sampler = Sampler(gateway, roster, stalls)
        sockets, operators = _sockets(settings, gateway, tokens, roster, sampler)
        fanout.sender, fanout.on_sent = sockets, gateway.sent
        app = _application(gateway, tokens, metrics)
        sockets.attach(app)
        url = await _listen(stack, app, settings.host, settings.port)
        ops_host, _, ops_port = settings.ops.rpartition(":")
        ops_url = await _listen(stack, _ops_application(gateway, metrics), ops_host.strip("[]"), int(ops_port))
        watch(metrics, gateway, roster, sockets, stalls)
        stack.push_async_callback(_see_off, gateway, sockets, settings.drain_s)
        stack.callback(stalls.start().stop)
        await stack.enter_async_context(_clockwork(gateway, operators, sampler))
        yield Running(url, ops_url, gateway, tokens, asyncio.Event())


def journal_url(journal: str, data: Path) -> str:
    """The journal's address with a relative file taken to lie in the data directory."""
    name = journal.removeprefix("sqlite:///")
    return f"sqlite:///{data.absolute() / name}" if name != journal else journal


def _sockets(
    settings: Settings, gateway: Gateway, tokens: Tokens, roster: Roster, sampler: Sampler
) -> tuple[SocketServer, Operators]:
    handlers = {
        name: Namespace(name, kind, gateway=gateway, tokens=tokens, roster=roster, sampler=sampler)
        for name, kind in NAMESPACES.items()
    }
    section = settings.transport
    server = SocketServer(
        handlers,
        TransportSettings(
            origins=section.origins, trusted_proxies=section.trusted_proxies,
            ping_interval_ms=section.ping_interval_ms, ping_timeout_ms=section.ping_timeout_ms,
        ),
        _refuse,
        farewell=_farewell,
    )  # fmt: skip
    for handler in handlers.values():
        handler.server = server
    return server, Operators(gateway, roster, server)


def _refuse(event: str, why: Unheard) -> dict[str, object]:
    sentence = f"there is no command {event[:64]!r}" if why is Unheard.RESERVED_NAME else "it could not be handled"
    return BadRequest(sentence).as_answer()


_ENDINGS = {
    Ending.SLOW: "slow",
    Ending.NO_PONG: "no_pong",
    Ending.INBOX_FULL: "too_many_requests",
    Ending.NOT_JOINED: "no_pong",
}


def _farewell(ending: Ending) -> Goodbye:
    """The last words for connections the transport itself ends, from the one table."""
    if ending in (Ending.SHUTDOWN, Ending.FAILED):
        return _return_later()
    bye = BY_NAME[_ENDINGS[ending]] if ending in _ENDINGS else PROTOCOL_ERROR
    return Goodbye(bye.as_wire(), not bye.reconnect, bye.number)


def _return_later() -> Goodbye:
    wait = random.randrange(250, RETURN_WITHIN_MS)  # noqa: S311 - a spread, not a secret
    return Goodbye(SHUTDOWN.as_wire(wait), stay_away=False, ws_code=SHUTDOWN.number)


async def _see_off(gateway: Gateway, sockets: SocketServer, within_s: float) -> None:
    gateway.draining = True
    await sockets.drain(_return_later, within_s=within_s)


# ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _application(gateway: Gateway, tokens: Tokens, metrics: Metrics) -> web.Application:
    app = web.Application(middlewares=[boundary], client_max_size=MAX_BODY)
    app[GATEWAY], app[TOKENS], app[METRICS] = gateway, tokens, metrics
    app.on_response_prepare.append(anonymous)
    for table in (*routes.TABLES, openapi_routes):
        app.add_routes(table)
    return app


def _ops_application(gateway: Gateway, metrics: Metrics) -> web.Application:
    app = web.Application(middlewares=[boundary])
    app[GATEWAY], app[METRICS] = gateway, metrics
    app.on_response_prepare.append(anonymous)
    app.add_routes(health.routes)
    return app


async def _listen(stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int) -> str:
    # A packed body is refused, so it is never unpacked either: not while it is read away after the refusal.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as no:
        kind = PortTaken if no.errno == errno.EADDRINUSE else CannotListen
        why = "somebody listens there already" if kind is PortTaken else no.strerror or no
        raise kind(f"{host}:{port} cannot be listened on: {why}") from None
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}"


def watch(metrics: Metrics, gateway: Gateway, roster: Roster, sockets: SocketServer, stalls: Stalls) -> None:
    """The gauges of a gateway, read when somebody looks."""
    journal = gateway.journal
    metrics.watch("heard_sockets", "Joined sockets", lambda: len(roster))
    metrics.watch("heard_connections", "Engine.IO connections", lambda: len(sockets.connections()))
    metrics.watch("heard_subscriptions", "Sockets times streams they hear", gateway.fanout.count)
    metrics.watch("heard_journal_queue", "Batches waiting to be written", lambda: journal.stats().queued)
    metrics.watch(
        "heard_journal_commit_seconds", "How long the last commit took", lambda: journal.stats().last_commit_s
    )
    metrics.watch("heard_loop_stall_seconds", "The longest the loop was late in the last minute", stalls.recent)


# ── Clockwork ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _clockwork(gateway: Gateway, operators: Operators, sampler: Sampler) -> AsyncIterator[None]:
    """What happens by itself, while the block lasts."""

    async def heads() -> None:
        gateway.fanout.heads(gateway.head)
        await operators.watch_tokens()

    tasks = [
        asyncio.create_task(_every(HEADS_EVERY_S, heads), name="heard-heads"),
        asyncio.create_task(_every(DUE_EVERY_S, gateway.do_what_is_due), name="heard-due"),
        asyncio.create_task(_every(SAMPLE_S, sampler.sample), name="heard-samples"),
        asyncio.create_task(_every(FORGET_EVERY_S, gateway.forget_old_answers), name="heard-forget"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("clockwork", work=getattr(work, "__name__", ""))


async def serve(
    settings: Settings, houses: Mapping[tuple[str, str], House], keys: Keys, data: Path, say: Callable[[str], None]
) -> None:
    """Run until SIGTERM or SIGINT; `say` tells the addresses once the gateway accepts."""
    async with running(settings, houses, keys, data) as up:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, up.stop.set)
        _settle_memory()
        say(f"ready {up.url}")
        say(f"ops {up.ops_url}")
        await up.stop.wait()
        log.info("draining")


def _settle_memory() -> None:
    """What is up now stays up: the collector need not walk it again, and walks the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
