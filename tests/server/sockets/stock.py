"""A raw socket that keeps and gives back what a stock client does for its recovery, and nothing else."""

import asyncio
import contextlib
import itertools
import json
from typing import Any

import aiohttp

from tests.patience import PATIENCE_S
from tests.server.desk import Desk, until


class Stock:
    """As socket.io-client 4.8's `socket.js` has it: `_pid`, `_lastOffset`, and `recovered` when a pid came again."""

    def __init__(self, desk: Desk, namespace: str = "/kds", role: str = "expo", **claims: Any) -> None:
        self.desk = desk
        self.namespace = namespace
        self.auth: dict[str, Any] = {"token": desk.token(role, **claims), "recovery": True}
        self.pid: str | None = None
        self.offset: str | None = None
        self.recovered = False
        self.refusal: Any = None
        self.closed_with: int | None = None
        self.heard: list[tuple[str, Any]] = []
        """(name, payload) of every event since the beginning, over all connections."""
        self.offsets: list[str | None] = []
        self.acks: dict[int, Any] = {}
        self.log: list[str] = []
        """What came since the last CONNECT: `connect`, `ack`, or an event's name."""
        self.deaf_after: int | None = None
        """How many events it still takes in: what comes after them is lost on the way."""
        self._ids = itertools.count()
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._http: aiohttp.ClientSession | None = None
        self._reading: asyncio.Task[None] | None = None

    async def connect(self, **auth: Any) -> "Stock":
        """Connect, or come back; `auth` beside what there is."""
        await self.drop()
        self.log = []
        self._http = aiohttp.ClientSession()
        self._ws = await self._http.ws_connect(f"{self.desk.up.url}/socket.io/?EIO=4&transport=websocket")
        self.desk.stack.push_async_callback(self.drop)
        self._reading = asyncio.create_task(self._read(self._ws))
        known = {} if self.pid is None else {"pid": self.pid}
        known |= {} if self.pid is None or self.offset is None else {"offset": self.offset}
        await self._ws.send_str(f"40{self.namespace},{json.dumps(known | self.auth | auth)}")
        await until(lambda: "connect" in self.log or self.refusal or self._reading.done())
        return self

    async def back(self, **auth: Any) -> "Stock":
        """Come back and wait for the first word."""
        await self.connect(**auth)
        await until(lambda: "session:ready" in self.log)
        return self

    async def drop(self) -> None:
        """Be gone without a word."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def call(self, event: str, data: Any) -> Any:
        number = next(self._ids)
        assert self._ws is not None
        await self._ws.send_str(f"42{self.namespace},{number}{json.dumps([event, data])}")
        async with asyncio.timeout(PATIENCE_S):
            return await until(lambda: self.acks.get(number))

    async def subscribe(self, stream: str, **fields: Any) -> Any:
        return await self.call("stream:subscribe", {"stream": stream, **fields})

    async def tell(self, event: str, data: Any) -> None:
        assert self._ws is not None
        await self._ws.send_str(f"42{self.namespace},{json.dumps([event, data])}")

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            packet = message.data
            if packet == "2":
                await ws.send_str("3")
            elif packet.startswith("4"):
                self._take(packet[1], packet.partition(",")[2])
        self.closed_with = ws.close_code

    def _take(self, kind: str, text: str) -> None:
        if kind == "0":
            answer = json.loads(text)
            self.recovered = "pid" in answer and answer["pid"] == self.pid
            self.pid = answer.get("pid")
            self.log.append("connect")
        elif kind == "2" and self.deaf_after != 0:
            self.deaf_after = None if self.deaf_after is None else self.deaf_after - 1
            name, payload, *rest = json.loads(text)
            assert len(rest) <= 1, text
            self.heard.append((name, payload))
            self.offsets.append(rest[0] if rest else None)
            self.offset = rest[0] if rest and self.pid is not None else self.offset
            self.log.append(name)
        elif kind == "3":
            number, _, _ = text.partition("[")
            (self.acks[int(number)],) = json.loads(text[len(number) :])
            self.log.append("ack")
        elif kind == "4":
            self.refusal = json.loads(text)

    # ── What it heard ─────────────────────────────────────────────────────────────────────────────────────────────────

    def of(self, name: str) -> list[Any]:
        return [payload for event, payload in self.heard if event == name]

    @property
    def ready(self) -> Any:
        """The last greeting."""
        return self.of("session:ready")[-1]

    def seqs(self, stream: str = "s1/kds") -> list[int]:
        return [payload["seq"] for _, payload in self.heard if payload.get("stream") == stream]

    async def heard_up_to(self, seq: int, stream: str = "s1/kds") -> list[int]:
        """Wait until an event of a stream came; all seqs of it, over all connections."""
        await until(lambda: self.seqs(stream)[-1:] == [seq])
        return self.seqs(stream)
