"""Reads over HTTP: a stream after a position, waiting for the next event if asked."""

from __future__ import annotations

from aiohttp import web

from heard.contract.envelope import MAX_READ_EVENTS, user_stream
from heard.contract.envelope import store_stream as name_of
from server.routes.asking import principal, whole
from server.routes.errors import answer
from server.routes.keys import GATEWAY
from server.streams import Wanted

routes = web.RouteTableDef()
MAX_WAIT_S = 25
_BIGGEST = 2**53 - 1


@routes.get("/v1/streams/user/{subject}")
async def get_user_stream(request: web.Request) -> web.Response:
    """Facts addressed to a person, for that person."""
    return await _read(request, user_stream(request.match_info["subject"]))


@routes.get("/v1/streams/{store}/{kind}")
async def get_store_stream(request: web.Request) -> web.Response:
    """A store's stream."""
    return await _read(request, name_of(request.match_info["store"], request.match_info["kind"]))


async def _read(request: web.Request, stream: str) -> web.Response:
    who = principal(request)
    wanted = Wanted(
        epoch=request.query.get("epoch"),
        after=whole(request, "after", 0, _BIGGEST) if "after" in request.query else None,
        limit=whole(request, "limit", MAX_READ_EVENTS, MAX_READ_EVENTS, least=1),
        cursor=request.query.get("cursor"),
        station=request.query.get("station"),
    )
    wait = whole(request, "wait", 0, MAX_WAIT_S)
    return answer(await request.app[GATEWAY].long_poll(who, stream, wanted, wait))
