"""Every name of python-socketio and aiohttp that this package overrides or leans on.

Most are private, so an upgrade may move them. A test compares this list with what is installed.
"""

import inspect
from typing import Any, Final

from aiohttp import web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.base_protocol import BaseProtocol
from socketio import packet

RELIED_ON: Final[tuple[tuple[Any, str, tuple[str, ...]], ...]] = (
    (web.WebSocketResponse, "_post_start", ("self", "request", "protocol", "writer")),
    (web.WebSocketResponse, "write_eof", ("self",)),
    (web.RequestHandler, "set_parser", ("self", "parser", "data_received_cb")),
    (web.RequestHandler, "connection_lost", ("self", "exc")),
    (WebSocketDataQueue, "feed_data", ("self", "data", "size")),
    (WebSocketDataQueue, "feed_eof", ("self",)),
    (WebSocketDataQueue, "set_exception", ("self", "exc", "exc_cause")),
    (WebSocketDataQueue, "read", ("self",)),
    (WebSocketReader, "feed_data", ("self", "data")),
    (packet.Packet, "decode", ("self", "encoded_packet")),
    (packet.Packet, "add_attachment", ("self", "attachment")),
)
"""Owner, name, and the parameters it has to have."""

SLOTS: Final[tuple[tuple[Any, str], ...]] = (
    (web.RequestHandler, "_request_count"),
    (BaseProtocol, "_upgraded"),
    (BaseProtocol, "transport"),
)
"""Owner and attribute that is read, or emptied."""

PACKET_TYPES: Final = {
    "CONNECT": 0,
    "DISCONNECT": 1,
    "EVENT": 2,
    "ACK": 3,
    "CONNECT_ERROR": 4,
    "BINARY_EVENT": 5,
    "BINARY_ACK": 6,
}
"""Numbers of the Socket.IO packets this server sends and takes."""


def broken_promises() -> list[str]:
    """Return what the installed libraries no longer keep, as sentences; empty when all is well."""
    moved = [
        f"{owner.__qualname__}.{name} is gone or changed"
        for owner, name, want in RELIED_ON
        if _moved(owner, name, want)
    ]
    renumbered = [
        f"packet.{name} is not {number}"
        for name, number in PACKET_TYPES.items()
        if getattr(packet, name, None) != number
    ]
    hidden = [f"{owner.__qualname__}.{name} is gone" for owner, name in SLOTS if name not in owner.__slots__]
    return moved + renumbered + hidden


def _moved(owner: Any, name: str, want: tuple[str, ...]) -> bool:
    method = getattr(owner, name, None)
    return method is None or tuple(inspect.signature(method).parameters) != want
