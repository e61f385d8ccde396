"""Links over HTTP long polling: an answer to each GET, and the packets in each POST."""

import asyncio

from aiohttp import web

from server.transport import frames
from server.transport.endings import Ending
from server.transport.frames import ProtocolError
from server.transport.link import Link
from server.transport.lost import cancelled_when_lost
from server.transport.settings import TransportSettings

_POLL_DURING_UPGRADE_S = 0.1
_AT_ONCE = 32
_ANSWER_PACKETS = 16  # python-engineio's client refuses an answer with more


async def poll(link: Link, request: web.Request) -> bytes:
    """Wait for packets and return the body of the answer; whoever hangs up meanwhile has left.

    Raises: ProtocolError when a poll is already waiting, Gone when the connection has ended.
    """
    if link.polling:
        raise ProtocolError("two polls at once")
    link.polling = True
    try:
        # While a client upgrades, an endless poll would hold it back and an instant answer would make it spin.
        patience_s = _POLL_DURING_UPGRADE_S if link.upgrading else None
        with cancelled_when_lost(request):
            taken = await link.outbox.take(_ANSWER_PACKETS, patience_s)
    except asyncio.CancelledError:
        _hung_up(link)
        raise
    finally:
        link.polling = False
    answer = taken or [_nothing(link)]
    body = frames.join(answer)
    link.tally.went(len(answer), len(body))
    return body


async def post(link: Link, request: web.Request) -> None:
    """Handle the packets of one POST in order.

    Raises: ProtocolError for what a client may not send, web.HTTPException for a body that is not read.
    """
    if link.posting:
        raise ProtocolError("two posts at once")
    link.posting = True
    try:
        body = await _body(request, link.owner.settings)
        settings = link.owner.settings
        most = settings.payload_packets if link.joined else settings.stranger_packets
        for number, frame in enumerate(frames.split(body, most, binary=settings.binary), 1):
            link.receive(frame)
            if number % _AT_ONCE == 0:  # nobody else waits for it, and its inbox is not the measure of a body
                await link.idle()
    finally:
        link.posting = False


def _hung_up(link: Link) -> None:
    # Nothing was taken yet, so an upgrade under way loses nothing.
    if link.transport == "polling" and not link.upgrading:
        link.close(Ending.TRANSPORT_CLOSED)
        link.abort()


class Gone(Exception):
    """The connection has ended: who polls it is told what he would be told of any he does not have."""


def _nothing(link: Link) -> bytes:
    """Return what a poll gets for which nothing came. Raises: Gone."""
    if not link.closing:
        return frames.NOOP.packets[0]
    link.finish()
    if link.left:
        return frames.NOOP.packets[0]
    # CLOSE is final for python-engineio, so it is for those who shall stay away; whoever may come back learns that his
    # connection is gone. It travels alone: stock JavaScript clients act on it at once, and on packets before it only a
    # tick later, by when their sockets are closed and the goodbye is lost.
    if not link.stays_away:
        raise Gone
    return frames.CLOSE.packets[0]


async def _body(request: web.Request, settings: TransportSettings) -> bytes:
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > settings.max_payload:
        raise web.HTTPRequestEntityTooLarge(settings.max_payload, request.content_length or 0)
    try:
        async with asyncio.timeout(settings.body_deadline_ms / 1000):
            return await _read_up_to(request, settings.max_payload)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def _read_up_to(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, len(body))
    return bytes(body)
