"""HTTP: each route parses, submits, answers; an `if` about cooking belongs elsewhere."""

from __future__ import annotations

from aiohttp import web

from server.routes import commands, orders, streams, tokens

TABLES: tuple[web.RouteTableDef, ...] = (orders.routes, commands.routes, streams.routes, tokens.routes)
