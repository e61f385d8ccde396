"""Socket.IO packets: a decoder that takes nothing on trust, and the encoders of what this server sends."""

import re
from typing import Any, Final

from socketio import packet

from server.transport import strict_json
from server.transport.frames import Frame, ProtocolError
from server.transport.handler import BadContent

RESERVED_NAMES: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Event names that belong to Socket.IO itself; no client may send them."""

# A namespace may carry a query, which every implementation ignores. Binary (5, 6) is off; CONNECT_ERROR (4) is ours.
_SHAPE = re.compile(
    r"(?P<type>[0-3])(?:(?P<namespace>/[^,?]{0,127})(?:\?[^,]*)?(?:,|$))?(?P<id>[0-9]{1,16})?(?P<data>.*)",
    re.ASCII | re.DOTALL,
)


class StrictPacket(packet.Packet):  # type: ignore[misc]  # python-socketio ships no types
    """A Socket.IO packet that refuses every shape the protocol does not know."""

    json = strict_json
    uses_binary_events = False

    def decode(self, encoded_packet: str) -> int:
        """Fill this packet from its text and return the attachments to come: none. Raises: ProtocolError."""
        shape = _SHAPE.fullmatch(encoded_packet)
        if shape is None:
            raise ProtocolError("unknown packet type")
        self.packet_type = int(shape["type"])
        self.namespace = shape["namespace"]
        self.id = None if shape["id"] is None else int(shape["id"])
        self.data = self._content(shape["data"])
        return 0

    def _content(self, text: str) -> Any:
        match self.packet_type:
            case packet.CONNECT if self.id is None:
                return _auth(text)
            case packet.DISCONNECT if self.id is None and not text:
                return None
            case packet.EVENT:
                return _event(text)
            case packet.ACK if self.id is not None:
                return _array(_parsed(text))
        raise ProtocolError("packet of a wrong shape")


def event_frame(namespace: str, event: str, args: tuple[Any, ...]) -> Frame:
    """Encode an event once, ready for any number of clients. Raises: ValueError, TypeError for what is not JSON."""
    return _frame(packet.EVENT, namespace, [event, *args])


def connect_frame(namespace: str, sid: str) -> Frame:
    """Encode the answer to a CONNECT that was let in."""
    return _frame(packet.CONNECT, namespace, {"sid": sid})


def refusal_frame(namespace: str, body: dict[str, Any]) -> Frame:
    """Encode the answer to a CONNECT that was refused."""
    return _frame(packet.CONNECT_ERROR, namespace, body)


def disconnect_frame(namespace: str) -> Frame:
    """Encode "leave this namespace": stock clients do not come back after it."""
    return _frame(packet.DISCONNECT, namespace, None)


def ack_frame(namespace: str, ack_id: int, result: Any) -> Frame:
    """Encode an acknowledgement with exactly one argument."""
    return _frame(packet.ACK, namespace, [result], ack_id)


def _frame(kind: int, namespace: str, data: Any, ack_id: int | None = None) -> Frame:
    text: str = StrictPacket(kind, data=data, namespace=namespace, id=ack_id).encode()
    return Frame(b"4" + text.encode())


def _auth(text: str) -> Any:
    if not text:
        return None
    auth = _parsed(text)
    if not isinstance(auth, dict):
        raise ProtocolError("auth is not an object")
    return auth


def _event(text: str) -> list[Any]:
    try:
        return _named(strict_json.loads(text))
    except strict_json.FaultyContentError as fault:
        return [_named(_lenient(text))[0], BadContent(str(fault))]
    except ProtocolError:
        raise
    except ValueError:
        raise ProtocolError("broken JSON") from None


def _named(value: Any) -> list[Any]:
    event = _array(value)
    if not event or not isinstance(event[0], str):
        raise ProtocolError("event without a name")
    return event


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ProtocolError("payload is not an array")
    return value


def _parsed(text: str) -> Any:
    try:
        return strict_json.loads(text)
    except ValueError:
        raise ProtocolError("broken JSON") from None


def _lenient(text: str) -> Any:
    try:
        return strict_json.loads_leniently(text)
    except ValueError:
        raise ProtocolError("broken JSON") from None
