"""What every route needs of a request: who asks, and a body that is strict JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from heard.contract.audience import Principal
from heard.errors import BadRequest, Timeout, TokenInUrl, Unsupported
from server import auth
from server.routes.keys import TOKENS
from server.transport import TransportSettings, strict_json

MAX_BODY = 2 * 1024 * 1024
BODY_S = TransportSettings().body_deadline_ms / 1000
"""How long a body may take to arrive: as long as one of a client that polls."""


def principal(request: web.Request) -> Principal:
    """Who asks. Raises: TokenInUrl, InvalidToken, TokenExpired."""
    return request.app[TOKENS].verify(bearer(request))


def bearer(request: web.Request) -> str | None:
    """The token of a request. Raises: TokenInUrl: it stands in the address, where logs keep it."""
    if auth.in_address(request.query):
        raise TokenInUrl("a token must not stand in the address; send it as `Authorization: Bearer …`")
    return auth.bearer(request.headers.get("Authorization"))


async def json_body(request: web.Request) -> Any:
    """The body's JSON: no NaN, no key twice, no half characters.

    Raises:
        BadRequest, Unsupported: not JSON, packed, or another media type. Timeout: it took too long to arrive.
        web.HTTPRequestEntityTooLarge.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unsupported("send the body unpacked")
    if request.body_exists and request.content_type not in ("application/json", "application/octet-stream"):
        raise Unsupported("send application/json")
    raw = await _read(request)
    try:
        return strict_json.loads(raw.decode())
    except ValueError as wrong:
        # Our own sentences are safe to repeat; the parser's hold pieces of the input.
        why = str(wrong) if isinstance(wrong, strict_json.FaultyContentError) else "the body is not JSON"
        raise BadRequest(why) from None


async def _read(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except TimeoutError:
        raise Timeout(f"the body did not arrive within {BODY_S:g} s; nothing was done, send it again") from None
    except (ConnectionError, web.RequestPayloadError, HttpProcessingError):
        raise BadRequest("the body was cut off or broken on its way") from None


def json_object(body: Any) -> dict[str, Any]:
    """A JSON object. Raises: BadRequest."""
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def whole(request: web.Request, name: str, default: int, most: int, *, least: int = 0) -> int:
    """A whole number from the query. Raises: BadRequest."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 16 or not least <= int(text) <= most:
        raise BadRequest(f"{name}: must be a whole number from {least} to {most}")
    return int(text)
