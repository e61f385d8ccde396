"""The contract, served as OpenAPI."""

from __future__ import annotations

from functools import cache
from typing import Any

from aiohttp import web

from heard.contract.openapi import document
from server.routes.errors import answer

routes = web.RouteTableDef()


@cache
def _document() -> dict[str, Any]:
    return document()


@routes.get("/openapi.json")
async def get_openapi(_: web.Request) -> web.Response:
    """Generated from the contract."""
    return answer(_document())
