"""Every name of python-socketio and python-engineio that this package overrides or leans on.

Most are private, so an upgrade may move them. A test compares this list with what is installed.
"""

import inspect
from typing import Any, Final

import engineio
import socketio
from socketio import packet

RELIED_ON: Final[tuple[tuple[Any, str, tuple[str, ...]], ...]] = (
    (socketio.AsyncServer, "_engineio_server_class", ("self",)),
    (socketio.AsyncServer, "_handle_eio_message", ("self", "eio_sid", "data")),
    (socketio.AsyncServer, "_handle_connect", ("self", "eio_sid", "namespace", "data")),
    (socketio.AsyncServer, "_handle_disconnect", ("self", "eio_sid", "namespace", "reason")),
    (socketio.AsyncServer, "_handle_event", ("self", "eio_sid", "namespace", "id", "data")),
    (socketio.AsyncServer, "_handle_ack", ("self", "eio_sid", "namespace", "id", "data")),
    (socketio.AsyncServer, "attach", ("self", "app", "socketio_path")),
    (engineio.AsyncServer, "attach", ("self", "app", "engineio_path")),
    (engineio.AsyncServer, "handle_request", ("self", "args", "kwargs")),
    (engineio.AsyncServer, "generate_id", ("self",)),
    (packet.Packet, "decode", ("self", "encoded_packet")),
    (packet.Packet, "encode", ("self",)),
)
"""Owner, name, and the parameters it has to have."""

PACKET_TYPES: Final = {"CONNECT": 0, "DISCONNECT": 1, "EVENT": 2, "ACK": 3, "CONNECT_ERROR": 4}
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
    return moved + renumbered


def _moved(owner: Any, name: str, want: tuple[str, ...]) -> bool:
    method = getattr(owner, name, None)
    return method is None or tuple(inspect.signature(method).parameters) != want
