"""Browsers at the HTTP door: pages from listed origins may call and read, pages from anywhere else may not even call.

The list is that of the sockets (`[transport] origins`), and so is the rule: an origin is compared letter by letter, and
a request without one comes from a program, which has nothing but its token. There are no cookies here, so credentials
are never allowed and `*` is never said. The sockets' own path answers for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from aiohttp import hdrs, web

from heard.errors import Forbidden
from server.routes.errors import Handler, pattern
from server.transport.incidents import no_origin_of_ours

METHODS = "GET, HEAD, PATCH, POST"
ASKED = "Authorization, Content-Type, Idempotency-Key, If-Match"
"""Headers of a request that a page may set."""
TOLD = "Allow, ETag, Idempotent-Replayed, Retry-After"
"""Headers of an answer that a page may read, beside those that every page may."""
REMEMBERED_S = 600
"""How long a browser need not ask again; a change of the list is everywhere after that."""


def install(
    app: web.Application, origins: Collection[str], *, sockets: str, refused: Callable[[web.Request, str], None]
) -> None:
    """Let pages from these origins in and no others. `refused` is told of the others, and with which origin they came.

    `sockets` is the path that is left alone.
    """
    listed = frozenset(origins)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if pattern(request) == sockets:
            return await handler(request)
        for origin in request.headers.getall(hdrs.ORIGIN, ()):
            if origin not in listed:
                refused(request, origin)
                raise Forbidden(no_origin_of_ours(origin))
        return _preflight() if _is_preflight(request) else await handler(request)

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        if pattern(request) == sockets:
            return
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin in listed and len(request.headers.getall(hdrs.ORIGIN)) == 1:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = TOLD

    app.middlewares.append(check)
    app.on_response_prepare.append(mark)


def _is_preflight(request: web.Request) -> bool:
    asked = {hdrs.ORIGIN, hdrs.ACCESS_CONTROL_REQUEST_METHOD}
    return request.method == hdrs.METH_OPTIONS and all(name in request.headers for name in asked)


def _preflight() -> web.Response:
    """The same for every path: what is wrong with the request itself, its own answer tells."""
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: METHODS,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ASKED,
            hdrs.ACCESS_CONTROL_MAX_AGE: str(REMEMBERED_S),
        },
    )
