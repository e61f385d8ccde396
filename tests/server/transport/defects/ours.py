"""The stage on our transport."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

from server.transport import Goodbye, TransportSettings
from server.transport.frames import Frame
from server.transport.outbox import Outbox
from tests.server.transport.defects.stage import Stage

FORCED = 3500
SHUTDOWN = 3001


class OurStage(Stage):
    """`server.transport`, as the gateway uses it."""

    async def begin(self, **settings: Any) -> OurStage:
        settings.pop("in_order", None)  # never otherwise
        await self.open(replace(TransportSettings(), **settings))
        return self

    async def broadcast(self, event: str, *args: Any) -> None:
        # Everyone who ever asked, let in or not: who may hear it is the transport's to know.
        self.server.broadcast([sid for sid, *_ in self.kds.of("admit")], "/kds", event, *args)

    async def send(self, sid: str, event: str, *args: Any) -> None:
        self.server.send(sid, "/kds", event, *args)

    async def goodbye(self, sid: str) -> None:
        await self.server.goodbye(sid, {"code": "forced"}, stay_away=True, ws_code=FORCED)

    hang_up = goodbye

    async def stop(self) -> None:
        farewell = Goodbye({"code": "shutdown", "reconnect": True, "retry_after_ms": 1_500}, ws_code=SHUTDOWN)
        await self.server.drain(lambda: farewell)

    def members(self) -> list[str]:
        return [one.sids["/kds"] for one in self.server.connections() if "/kds" in one.sids]

    def connections(self) -> int:
        return len(self.server.connections())

    def records(self) -> Any:
        return self.server

    async def question(self, sid: str, event: str, within_s: float) -> NoReturn:
        raise NotImplementedError("the gateway asks clients nothing; what they must do, the journal says")

    def questions(self) -> int:
        return 0  # it has no `call`, and so nowhere to keep one

    def queue(self) -> OurQueue:
        return OurQueue()


class OurQueue:
    """An outbox."""

    def __init__(self) -> None:
        self._outbox = Outbox(1_000)

    def put(self, text: str) -> None:
        self._outbox.put(Frame(text.encode()))

    async def take(self) -> Any:
        return await self._outbox.take(16)

    def waiting(self) -> int:
        return len(self._outbox)
