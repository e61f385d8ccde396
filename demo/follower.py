"""Somebody who reads a stream of the journal from now on, whole, over HTTP: the truth the screens are held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from demo.stage import STORE, NoGateway, Stage

WAIT_S = 5


@dataclass(slots=True)
class Follower:
    """A stream's events since `begin`. Every method raises NoGateway when the journal cannot be read."""

    stage: Stage
    kind: str
    events: list[dict[str, Any]] = field(default_factory=list)
    _epoch: str = ""
    _seq: int = 0

    async def begin(self, http: aiohttp.ClientSession) -> None:
        """Note where the stream stands."""
        page = await self._get(http, {})
        self._epoch, self._seq = page["epoch"], page["head"]

    async def follow(self, http: aiohttp.ClientSession) -> None:
        """Read on until cancelled."""
        while True:
            await self._read(http, WAIT_S)

    async def finish(self, http: aiohttp.ClientSession) -> None:
        """Read what is left."""
        while await self._read(http, 0):
            pass

    async def _read(self, http: aiohttp.ClientSession, wait: int) -> bool:
        page = await self._get(http, {"epoch": self._epoch, "after": str(self._seq), "wait": str(wait)})
        if not page["recovered"]:
            raise NoGateway(f"the journal of {self.kind} ran away: it cannot be compared")
        # Taken together, with no await in between: a reader that is cancelled has read all of a page or none.
        self.events += page["events"]
        self._seq = page["seq"]
        return bool(page["more"])

    async def _get(self, http: aiohttp.ClientSession, query: dict[str, str]) -> dict[str, Any]:
        url = f"{self.stage.url}/v1/streams/{STORE}/{self.kind}"
        headers = {"Authorization": f"Bearer {self.stage.tokens['viewer']}"}
        try:
            async with http.get(url, headers=headers, params=query) as response:
                page: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, TimeoutError) as gone:
            raise NoGateway(f"the journal of {self.kind} cannot be read: {gone}") from gone
        if "error" in page:
            raise NoGateway(f"the journal of {self.kind} cannot be read: {page['error'].get('message')}")
        return page
