"""Socket.IO packets: a decoder that takes nothing on trust, and the encoders of what this server sends."""

import re
from typing import Any, Final

from socketio import packet

from server.transport import strict_json
from server.transport.attachments import Detached, Vacancies, placeholder
from server.transport.frames import Frame, ProtocolError
from server.transport.handler import Args, BadContent

RESERVED_NAMES: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Event names that belong to Socket.IO itself; no client may send them."""

MOST_ATTACHMENTS: Final = 16
"""How many one packet may have, both ways."""
_TO_BINARY: Final = packet.BINARY_EVENT - packet.EVENT

# A namespace may carry a query, which every implementation ignores. CONNECT_ERROR (4) is ours alone.
_SHAPE = re.compile(
    r"(?P<type>[0-3]|[56](?P<attachments>[0-9]{1,3})-)(?:(?P<namespace>/[^,?]{0,127})(?:\?[^,]*)?(?:,|$))?(?P<id>[0-9]{1,16})?(?P<data>.*)",
    re.ASCII | re.DOTALL,
)


class StrictPacket(packet.Packet):  # type: ignore[misc]  # python-socketio ships no types
    """A Socket.IO packet that refuses every shape the protocol does not know."""

    uses_binary_events = False

    def decode(self, encoded_packet: str) -> int:
        """Fill this packet from its text and return how many attachments it has. Raises: ProtocolError."""
        shape = _SHAPE.fullmatch(encoded_packet)
        if shape is None:
            raise ProtocolError("unknown packet type")
        self.packet_type = int(shape["type"][0])
        attachments = self._attachments(shape["attachments"])
        self.namespace = shape["namespace"]
        self.id = None if shape["id"] is None else int(shape["id"])
        self.data = self._content(shape["data"])
        return attachments

    def _attachments(self, digits: str | None) -> int:
        if digits is not None:
            raise ProtocolError("binary is off")
        return 0

    def _content(self, text: str) -> Any:
        match self.packet_type:
            case packet.CONNECT if self.id is None:
                return _auth(text)
            case packet.DISCONNECT if self.id is None and not text:
                return None
            case packet.EVENT | packet.BINARY_EVENT:
                return _event(text)
            case packet.ACK | packet.BINARY_ACK if self.id is not None:
                return _array(_parsed(text))
        raise ProtocolError("packet of a wrong shape")


class BinaryPacket(StrictPacket):
    """A strict packet that may hold bytes."""

    uses_binary_events = True
    vacancies: Vacancies | None = None
    """Where the attachments to come belong, None when the packet is whole."""

    def decode(self, encoded_packet: str) -> int:
        """Fill this packet from its text and return how many attachments it has. Raises: ProtocolError."""
        count = super().decode(encoded_packet)
        if self.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK):
            vacancies = Vacancies(self._roomy(count), count)
            self.vacancies = vacancies if count else None
        return count

    def add_attachment(self, attachment: bytes) -> bool:
        """Take the next attachment, and say whether the packet is whole now."""
        if self.vacancies is not None and self.vacancies.fill(attachment):
            self.vacancies = None
        return self.vacancies is None

    def _attachments(self, digits: str | None) -> int:
        count = int(digits or 0)
        if count > MOST_ATTACHMENTS:
            raise ProtocolError("too many attachments")
        return count

    def _roomy(self, count: int) -> list[Any]:
        # The attachments of refused content come all the same, and go nowhere.
        refused = any(isinstance(value, BadContent) for value in self.data)
        return [placeholder(number) for number in range(count)] if refused else self.data


def event_frame(namespace: str, event: str, args: tuple[Any, ...], *, binary: bool = False) -> Frame:
    """Encode an event once, ready for any number of clients; with `binary` it may hold bytes.

    Raises: ValueError, TypeError for what is not JSON.
    """
    return _frame(packet.EVENT, namespace, [event, *args], binary=binary)


def connect_frame(namespace: str, sid: str, pid: str | None = None) -> Frame:
    """Encode the answer to a CONNECT that was let in; `pid` promises connection state recovery."""
    return _frame(packet.CONNECT, namespace, {"sid": sid} if pid is None else {"sid": sid, "pid": pid})


def refusal_frame(namespace: str, body: dict[str, Any]) -> Frame:
    """Encode the answer to a CONNECT that was refused."""
    return _frame(packet.CONNECT_ERROR, namespace, body)


def disconnect_frame(namespace: str) -> Frame:
    """Encode "leave this namespace": stock clients do not come back after it."""
    return _frame(packet.DISCONNECT, namespace, None)


def ack_frame(namespace: str, ack_id: int, result: Any, *, binary: bool = False) -> Frame:
    """Encode an acknowledgement with exactly one argument, or with those of `Args`; with `binary` it may hold bytes."""
    return _frame(packet.ACK, namespace, list(result) if isinstance(result, Args) else [result], ack_id, binary=binary)


def _frame(kind: int, namespace: str, data: Any, ack_id: int | None = None, *, binary: bool = False) -> Frame:
    detached = Detached(MOST_ATTACHMENTS) if binary else None
    content = b"" if data is None else strict_json.dumps(data, default=detached)
    attachments = [] if detached is None else detached.checked(content)
    head = f"{kind + _TO_BINARY}{len(attachments)}-" if attachments else kind
    place = "" if namespace == "/" else f"{namespace},"
    number = "" if ack_id is None else ack_id
    return Frame(f"4{head}{place}{number}".encode() + content, *attachments)


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
