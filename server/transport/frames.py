"""Engine.IO v4 packets as they stand on the wire, and the polling payloads made of them."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from server.transport import strict_json
from server.transport.settings import TransportSettings

_TEXT: Final = 0x1
_BINARY: Final = 0x2
_FIN: Final = 0x80


class ProtocolError(ValueError):
    """The client said something that cannot be Engine.IO or Socket.IO; the message never quotes it."""


class Attachment(bytes):
    """A binary packet: an Engine.IO message of raw bytes. Plain `bytes` stand for a text packet, type digit and all."""

    __slots__ = ()


class Frame:
    """Packets that travel together, encoded and framed once for all who get them."""

    __slots__ = ("packets", "size", "wire")

    def __init__(self, *packets: bytes) -> None:
        self.packets = packets
        self.size = len(packets[0]) if len(packets) == 1 else sum(map(len, packets))
        """Bytes of its packets."""
        self.wire = b"".join(map(websocket_message, packets)) if len(packets) > 1 else websocket_message(packets[0])
        """The packets as WebSocket messages."""


def websocket_message(packet: bytes) -> bytes:
    """Return a packet as one unmasked WebSocket message (RFC 6455, 5.2)."""
    head = _FIN | (_BINARY if isinstance(packet, Attachment) else _TEXT)
    size = len(packet)
    if size < 126:
        return bytes((head, size)) + packet
    if size < 65_536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + packet
    return bytes((head, 127)) + size.to_bytes(8, "big") + packet


CLOSE: Final = Frame(b"1")
PING: Final = Frame(b"2")
NOOP: Final = Frame(b"6")

PROBE: Final = "2probe"
PROBED: Final = "3probe"
UPGRADE: Final = "5"

_SEPARATOR: Final = "\x1e"
_BASE64: Final = "b"


def open_frame(sid: str, upgrades: Sequence[str], settings: TransportSettings) -> Frame:
    """Encode the first packet of a connection; its times are milliseconds."""
    handshake = {
        "sid": sid,
        "upgrades": list(upgrades),
        "pingInterval": settings.ping_interval_ms,
        "pingTimeout": settings.ping_timeout_ms,
        "maxPayload": settings.max_payload,
    }
    return Frame(b"0" + strict_json.dumps(handshake))


def join(packets: Sequence[bytes]) -> bytes:
    """Return packets as the body of one polling answer, binary ones as `b` and base64."""
    return _SEPARATOR.encode().join(map(_in_text, packets))


def split(body: bytes, most: int, *, binary: bool = False) -> list[str | bytes]:
    """Return the packets of a polling body, with `binary` the binary ones as bytes.

    Raises: ProtocolError for bad UTF-8, bad base64 or more than `most` packets.
    """
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        raise ProtocolError("body is not UTF-8") from None
    if len(packets) > most:
        raise ProtocolError("too many packets in one body")
    return [_binary(packet) if binary and packet.startswith(_BASE64) else packet for packet in packets]


def _in_text(packet: bytes) -> bytes:
    return _BASE64.encode() + b64encode(packet) if isinstance(packet, Attachment) else packet


def _binary(packet: str) -> bytes:
    try:
        return b64decode(packet.removeprefix(_BASE64), validate=True)
    except ValueError:
        raise ProtocolError("broken base64") from None
