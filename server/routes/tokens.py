"""Fresh tokens for old ones."""

from __future__ import annotations

from aiohttp import web

from server.routes.asking import bearer
from server.routes.errors import answer
from server.routes.keys import TOKENS

routes = web.RouteTableDef()


@routes.post("/v1/tokens/refresh")
async def refresh(request: web.Request) -> web.Response:
    """The same rights for as long again, while the old token still lives."""
    token, ends = request.app[TOKENS].renew(bearer(request))
    return answer({"token": token, "expires_at": ends})
