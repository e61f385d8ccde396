"""A running gateway, and everything a test does at its counter: calls over HTTP, sockets that remember, a clock."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import socketio
import structlog

from heard.ids import new_id
from server.app import Running, running
from server.keys import create_keys, load_keys
from server.settings import Settings, StoreSection, load_houses
from server.starter import MENU
from tests.patience import PATIENCE_S

STORES = (
    StoreSection(id="s1", menu=Path("menu.toml")),
    StoreSection(id="s2", menu=Path("menu.toml")),
    StoreSection(id="s1", tenant="rival", menu=Path("menu.toml")),
)


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until the condition is true and return what it said."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := condition()):  # noqa: ASYNC110 - conditions are plain state, nobody signals them
            await asyncio.sleep(0.002)
    return found


@contextmanager
def logs_as_they_were() -> Iterator[None]:
    """Undo what a program does to the logs of its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def some_id() -> str:
    return new_id()


class Clock:
    """Time that a test turns; it runs beside the real one, so that tokens made now are good now."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        now = datetime.now(UTC) + self.ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def turn(self, **by: float) -> None:
        self.ahead += timedelta(**by)


class Reply(NamedTuple):
    status: int
    body: Any
    headers: Any


@dataclass
class Ear:
    """A socket of a stock client, and all it heard."""

    client: socketio.AsyncClient
    namespace: str
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def call(self, event: str, data: Any) -> Any:
        return await self.client.call(event, data, namespace=self.namespace, timeout=PATIENCE_S)

    async def subscribe(self, stream: str, **fields: Any) -> Any:
        return await self.call("stream:subscribe", {"stream": stream, **fields})

    async def tell(self, event: str, data: Any) -> None:
        await self.client.emit(event, data, namespace=self.namespace)

    def of(self, name: str) -> list[Any]:
        return [payload for event, payload in self.heard if event == name]

    async def first(self, name: str) -> Any:
        return (await until(lambda: self.of(name)))[0]

    @property
    def envelopes(self) -> list[Any]:
        return [payload for _, payload in self.heard if isinstance(payload, dict) and payload.get("stream")]

    @property
    def seqs(self) -> list[int]:
        return [envelope["seq"] for envelope in self.envelopes]

    @property
    def ready(self) -> Any:
        return self.of("session:ready")[0]


class Desk:
    """One gateway with two tenants, `demo` with stores s1 and s2 and `rival` with an s1 of its own."""

    def __init__(self, stack: AsyncExitStack, data: Path) -> None:
        self.stack = stack
        self.data = data
        self.clock = Clock()
        self.up: Running
        self.http: aiohttp.ClientSession
        self._closing = AsyncExitStack()

    async def open(self, **options: Any) -> "Desk":
        """Start; options are settings."""
        self.data.mkdir(exist_ok=True)
        (self.data / "menu.toml").write_text(options.pop("menu", MENU))
        if not (self.data / "keys.json").exists():
            create_keys(self.data / "keys.json")
        stores = options.pop("stores", STORES)
        settings = Settings(**{"port": 0, "journal": "memory:", "drain_s": 2.0, "stores": stores} | options)
        houses, keys = load_houses(settings, self.data), load_keys(self.data / "keys.json")
        block = running(settings, houses, keys, self.data, now=self.clock)
        self.up = await self._closing.enter_async_context(block)
        self.http = await self._closing.enter_async_context(aiohttp.ClientSession(base_url=self.up.url))
        self.stack.push_async_callback(self.close)
        return self

    async def close(self) -> None:
        await self._closing.aclose()

    @property
    def gateway(self):
        return self.up.gateway

    def kitchen(self, tenant: str = "demo", store: str = "s1"):
        return self.gateway.kitchens[tenant, store]

    def token(self, role: str, **claims: Any) -> str:
        stations = ["*"] if role == "kitchen" else []
        given = {"tenant": "demo", "subject": role, "stores": ["s1"], "stations": stations, "life_s": 3600} | claims
        return self.up.tokens.make(role=role, **given)  # type: ignore[arg-type]

    # ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(
        self, method: str, path: str, body: Any = None, *, role: str = "pos", token: str | None = None,
        headers: dict[str, str] | None = None, raw: Any = None,
    ) -> Reply:  # fmt: skip
        bearer = token if token is not None else (role and self.token(role))
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        sent |= {"Content-Type": "application/json"} if raw is not None else {}
        given = {"data": raw} if raw is not None else {"json": body} if body is not None else {}
        async with self.http.request(method, path, headers=sent | (headers or {}), **given) as answer:
            return Reply(answer.status, await answer.json(), answer.headers)

    async def get(self, path: str, role: str = "viewer", **options: Any) -> Reply:
        return await self.call("GET", path, role=role, **options)

    async def place(self, *names: str, store: str = "s1", role: str = "pos", key: str | None = None, **fields: Any):
        """Place an order of one each; the order."""
        body = {"items": [{"name": name, "qty": "1"} for name in names or ("Burger",)]} | fields
        headers = {"Idempotency-Key": key} if key else {}
        reply = await self.call("POST", f"/v1/stores/{store}/orders", body, role=role, headers=headers)
        assert reply.status == 201, reply
        return reply.body["order"]

    async def command(self, name: str, *, role: str = "expo", command_id: str | None = None, **data: Any) -> Any:
        """Send one command over HTTP; its answer."""
        asked = {"command_id": command_id or some_id(), "name": name, "data": data}
        return (await self.call("POST", "/v1/stores/s1/commands", asked, role=role)).body

    # ── Sockets ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def refused(self, namespace: str, auth: Any, **options: Any) -> Any:
        """What a CONNECT is refused with."""
        client = socketio.AsyncClient(reconnection=False)
        told: list[Any] = []
        client.on("connect_error", told.append, namespace=namespace)
        try:
            await client.connect(options.pop("url", self.up.url), auth=auth, namespaces=[namespace], **options)
        except socketio.exceptions.ConnectionError:
            pass
        finally:
            await client.shutdown()
        assert told, "let in"
        return told[0]

    async def socket(
        self, namespace: str = "/kds", role: str = "expo", *, claims: dict[str, Any] | None = None,
        transports: tuple[str, ...] = ("websocket",), client: socketio.AsyncClient | None = None, **auth: Any,
    ) -> Ear:  # fmt: skip
        """A joined socket; `auth` goes into its CONNECT."""
        (ear,) = await self.sockets((namespace,), role, claims=claims, transports=transports, client=client, **auth)
        return ear

    async def sockets(
        self, namespaces: tuple[str, ...], role: str, *, claims: dict[str, Any] | None = None,
        transports: tuple[str, ...] = ("websocket",), client: socketio.AsyncClient | None = None, **auth: Any,
    ) -> list[Ear]:  # fmt: skip
        """Sockets in several namespaces of one connection."""
        client = client or socketio.AsyncClient(reconnection=False)
        ears = [Ear(client, namespace) for namespace in namespaces]
        for ear in ears:
            client.on("*", lambda event, *args, ear=ear: ear.heard.append((event, *args)), namespace=ear.namespace)
        given = {"token": auth.pop("token", None) or self.token(role, **(claims or {}))} | auth
        await client.connect(self.up.url, auth=given, namespaces=list(namespaces), transports=list(transports))
        self.stack.push_async_callback(client.shutdown)
        for ear in ears:
            await ear.first("session:ready")
        return ears
