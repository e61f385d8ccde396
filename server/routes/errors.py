"""The boundary of HTTP: whatever goes wrong leaves as `{"error": …}` with a code, and leaks nothing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from heard.errors import BadRequest, HeardError, Internal, NotFound, Timeout, TooLarge, Unsupported
from heard.text import safe_text
from server.routes.keys import GATEWAY, METRICS
from server.transport.incidents import printable

log = structlog.get_logger("heard.http")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refusal(error: HeardError) -> web.Response:
    """An error as an HTTP answer."""
    return answer({"error": error.as_wire()}, error.status, retry_after(error.retry_after_ms))


def retry_after(wait_ms: int | None) -> dict[str, str]:
    """The header for a wait, in whole seconds; none where there is no wait."""
    return {} if wait_ms is None else {"Retry-After": str(max(1, -(-wait_ms // 1000)))}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")


@web.middleware
async def boundary(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every exception becomes a coded answer; what was not foreseen is logged once and told without detail."""
    try:
        response = await handler(request)
    except HeardError as error:
        response = refusal(error)
        if isinstance(error, Unsupported | TooLarge | Timeout):
            _tell(request, response.status)
        if isinstance(error, Timeout):
            response.force_close()  # the rest of the body would be taken for the next request
    except web.HTTPException as stock:
        response = _ours(request, stock)
        _tell(request, response.status)
    except Exception:
        log.exception("unforeseen", route=pattern(request))
        response = refusal(Internal("something went wrong here; it was logged", retry_after_ms=1_000))
    request.app[METRICS].request(pattern(request), response.status)
    if request.app[GATEWAY].draining and not response.prepared:
        response.force_close()  # what is asked next belongs to another gateway
    return response


def _tell(request: web.Request, status: int) -> None:
    """Leave a short line about a request for what is not there, of a form we do not take, or that took too long."""
    request.app[GATEWAY].quiet.info("http_refused", status=status, path=printable(request.path))


async def anonymous(_: web.Request, response: web.StreamResponse) -> None:
    """Which versions answer here is nobody's business."""
    response.headers["Server"] = "heard"


def pattern(request: web.Request) -> str:
    """The route's pattern: a label from a closed set, whatever path was asked for."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _ours(request: web.Request, stock: web.HTTPException) -> web.Response:
    """aiohttp's own refusals in our form."""
    if stock.status < 400:
        raise stock
    if isinstance(stock, web.HTTPRequestEntityTooLarge):
        return refusal(TooLarge("the body is larger than 2 MiB"))
    if isinstance(stock, web.HTTPMethodNotAllowed):
        error = BadRequest(f"{request.method} is not for this path; try {', '.join(sorted(stock.allowed_methods))}")
        return answer({"error": error.as_wire()}, 405, {"Allow": ", ".join(sorted(stock.allowed_methods))})
    if isinstance(stock, web.HTTPNotFound):
        return refusal(NotFound(f"there is nothing at {safe_text(request.path, limit=100)}"))
    if isinstance(stock, web.HTTPUnsupportedMediaType):
        return refusal(Unsupported("send application/json"))
    return answer({"error": BadRequest(stock.reason).as_wire()}, stock.status)
