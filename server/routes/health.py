"""The ops address: is it alive, may it get work, what does it count."""

from __future__ import annotations

from aiohttp import web

from server.routes.errors import answer
from server.routes.keys import GATEWAY, METRICS

routes = web.RouteTableDef()


@routes.get("/livez")
async def livez(_: web.Request) -> web.Response:
    """The loop turns."""
    return answer({"ok": True})


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Orders can be taken: the journal writes, and nobody is on the way out."""
    gateway = request.app[GATEWAY]
    stats = gateway.journal.stats()
    checks = {"journal": not stats.broken, "room": not stats.full, "serving": not (gateway.leaving or gateway.draining)}
    return answer({"ok": all(checks.values()), "checks": checks}, 200 if all(checks.values()) else 503)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text format."""
    kind = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    return web.Response(body=request.app[METRICS].text(), headers=kind)
