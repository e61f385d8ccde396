"""Fresh tokens for old ones."""

from __future__ import annotations

import time

from aiohttp import web

from server.auth import MAX_LIFE_S
from server.routes.asking import principal
from server.routes.errors import answer
from server.routes.keys import TOKENS

routes = web.RouteTableDef()
DEFAULT_LIFE_S = 12 * 3600


@routes.post("/v1/tokens/refresh")
async def refresh(request: web.Request) -> web.Response:
    """The same rights for as long again, while the old token still lives."""
    who = principal(request)
    life = min(DEFAULT_LIFE_S, MAX_LIFE_S["user"])
    token = request.app[TOKENS].make(
        tenant=who.tenant, subject=who.subject, role=who.role, stores=who.stores, stations=who.stations, life_s=life,
        device=who.device,
    )  # fmt: skip
    return answer({"token": token, "expires_at": int(time.time()) + life})
