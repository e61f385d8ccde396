"""The gateway as a process: everything started top to bottom in one place, and stopped by leaving it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from aiohttp import web

from heard.contract.ops import SAMPLE_S
from heard.errors import BadRequest
from heard.ids import new_id
from heard.kitchen.routing import House
from server import routes
from server.auth import Tokens
from server.descriptors import make_room
from server.fanout import Fanout
from server.gateway import Gateway, utc_now
from server.journal import open_journal
from server.keys import Keys
from server.leaving import on_signal, see_off
from server.routes import cors, health
from server.routes.asking import MAX_BODY
from server.routes.errors import anonymous, boundary
from server.routes.keys import GATEWAY, METRICS, TOKENS
from server.routes.openapi import routes as openapi_routes
from server.settings import Settings
from server.sockets.farewells import code_of, farewell
from server.sockets.namespace import Namespace
from server.sockets.ops import Operators
from server.sockets.roster import Roster
from server.sockets.suspicions import on_record
from server.telemetry.metrics import Metrics
from server.telemetry.process import Stalls
from server.telemetry.sampler import Sampler
from server.transport import SocketServer, TransportSettings, Unheard, front, strict_json
from server.transport.front import Patience

log = structlog.get_logger("heard.app")

HEADS_EVERY_S = 5.0
DUE_EVERY_S = 1.0
FORGET_EVERY_S = 3_600.0
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
    journal = await open_journal(journal_url(settings.journal, data), readers=settings.journal_readers)
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
        cors.install(app, settings.transport.origins, sockets=sockets.settings.path, refused=sockets.foreign_page)
        answer_ms = settings.transport.request_deadline_ms
        patience = Patience(request_ms=answer_ms, idle_ms=answer_ms + 1_000, stalled_ms=answer_ms)
        url = await _listen(stack, app, settings.host, settings.port, patience, sockets.reaper.reaped)
        ops_host, _, ops_port = settings.ops.rpartition(":")
        ops_app = _ops_application(gateway, metrics)
        ops_url = await _listen(stack, ops_app, ops_host.strip("[]"), int(ops_port), patience, sockets.reaper.reaped)
        watch(metrics, gateway, roster, sockets, stalls)
        stack.callback(stalls.start().stop)
        await stack.enter_async_context(_clockwork(gateway, operators, sampler))
        stack.push_async_callback(
            see_off, gateway, sockets, notice_s=settings.drain_notice_s, within_s=settings.drain_s
        )
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
            strikes=section.strikes, max_connections=section.max_connections,
        ),
        _refuse,
        farewell=farewell,
        on_incident=on_record(roster),
        on_closed=lambda ending, last_word: gateway.metrics.closed(code_of(ending, last_word)),
    )  # fmt: skip
    for handler in handlers.values():
        handler.server = server
    return server, Operators(gateway, roster, server)


def _refuse(event: str, why: Unheard) -> dict[str, object]:
    sentence = f"there is no command {event[:64]!r}" if why is Unheard.RESERVED_NAME else "it could not be handled"
    return BadRequest(sentence).as_answer()


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


async def _listen(
    stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int, patience: Patience,
    reaped: Counter[str],
) -> str:  # fmt: skip
    # A packed body is refused, so it is never unpacked either: not while it is read away after the refusal.
    runner = front.runner(app, patience, shutdown_timeout=1.0, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.callback(front.Watchdog(runner, patience, reaped).start().stop)
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
    metrics.watch("heard_connections", "Engine.IO connections", lambda: sockets.capacity.in_use)
    metrics.watch("heard_subscriptions", "Sockets times streams they hear", gateway.fanout.count)
    metrics.watch("heard_connections_limit", "Engine.IO connections that may be open", lambda: sockets.capacity.limit)
    metrics.watch_counts(
        "heard_handshakes_refused", "Handshakes refused for now, by why", "reason", lambda: sockets.capacity.refused
    )
    metrics.watch_counts(
        "heard_reaped",
        "Connections ended because they were of no use to anybody, by why",
        "reason",
        lambda: sockets.reaper.reaped,
    )
    metrics.watch("heard_journal_readers", "Readers of the journal", lambda: journal.stats().readers)
    metrics.watch("heard_journal_readers_busy", "Of them at work", lambda: journal.stats().reading)
    metrics.watch("heard_journal_reads_waiting", "Reads that wait for a reader", lambda: journal.stats().reads_waiting)
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
    """Run until SIGTERM or SIGINT; a second one ends it at once. `say` tells the addresses once the gateway accepts."""
    make_room(settings.transport.max_connections)
    async with running(settings, houses, keys, data) as up:
        on_signal(up.stop)
        settle_memory()
        log.info("serving", loop=type(asyncio.get_running_loop()).__module__.partition(".")[0], json=strict_json.WRITER)
        say(f"ready {up.url}")
        say(f"ops {up.ops_url}")
        await up.stop.wait()


def settle_memory() -> None:
    """What is up now stays up: the collector need not walk it again, and walks the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
