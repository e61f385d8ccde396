"""What operators do: see who is there, and throw somebody off. Ours, and the stock library's `instrument()`."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
import socketio
from engineio.async_socket import AsyncSocket

from tests.server.desk import Desk, Ear, some_id, until
from tests.server.transport.conftest import Raw
from tests.server.transport.defects.stock import StockStage


class Admin(Protocol):
    """An operator's screen."""

    async def sees(self) -> set[str]:
        """Who it was told is there, once it was told."""

    async def kick(self, worker: str) -> None:
        """Throw off."""


class Floor(Protocol):
    """A server with operators."""

    async def worker(self) -> str:
        """Somebody who joins; by what operators know them."""

    async def admin(self) -> Admin:
        """One more operator."""

    def gone(self, worker: str) -> bool:
        """Whether that connection is over."""


class OurFloor:
    """The gateway and its `/ops`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._number = 0
        self._ears: dict[str, Ear] = {}

    async def worker(self) -> str:
        name = f"worker-{len(self._ears)}"
        self._ears[name] = await self._desk.socket("/kds", "expo", claims={"subject": name})
        return name

    async def admin(self) -> OurAdmin:
        self._number += 1
        return OurAdmin(await self._desk.socket("/ops", "operator", claims={"subject": f"operator-{self._number}"}))

    def gone(self, worker: str) -> bool:
        return not self._ears[worker].client.connected


class OurAdmin:
    """An operator's socket."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    async def sees(self) -> set[str]:
        return {row["subject"] for row in await self._rows()}

    async def kick(self, worker: str) -> None:
        (connection,) = [row["connection"] for row in await self._rows() if row["subject"] == worker]
        answer = await self._ear.call("ops:disconnect", {"command_id": some_id(), "connection": connection})
        assert answer["ok"], answer

    async def _rows(self) -> list[Any]:
        return (await self._ear.subscribe("s1/ops"))["snapshot"]["connections"]


class StockFloor:
    """The stock server with its admin namespace."""

    def __init__(self, stage: StockStage, mode: str, patch: pytest.MonkeyPatch) -> None:
        for name in ("handle_post_request", "_websocket_handler", "_send_ping"):
            patch.setattr(AsyncSocket, name, getattr(AsyncSocket, name))  # it patches the class, for good
        stage.sio.instrument(auth=False, mode=mode, server_stats_interval=60)
        self._stage = stage
        self._raws: dict[str, Raw] = {}

    async def worker(self) -> str:
        raw = await self._stage.raw()
        sid = await raw.join()
        self._raws[sid] = raw
        return sid

    async def admin(self) -> StockAdmin:
        client = socketio.AsyncClient(reconnection=False)
        admin = StockAdmin(client)
        await client.connect(self._stage.url, namespaces=["/admin"], transports=["websocket"])
        self._stage.stack.push_async_callback(client.disconnect)
        return admin

    def gone(self, worker: str) -> bool:
        return worker not in self._stage.members()


class StockAdmin:
    """The Socket.IO Admin UI, as far as it listens."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self._client = client
        self._sockets: list[Any] | None = None
        client.on("all_sockets", self._told, namespace="/admin")

    def _told(self, sockets: list[Any]) -> None:
        self._sockets = sockets

    async def sees(self) -> set[str]:
        await until(lambda: self._sockets is not None)
        assert self._sockets is not None
        return {one["id"] for one in self._sockets}

    async def kick(self, worker: str) -> None:
        await self._client.emit("_disconnect", ("/kds", False, worker), namespace="/admin")
