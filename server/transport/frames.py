"""Engine.IO v4 packets as they stand on the wire, and the polling payloads made of them."""

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
    """Packets that travel together, encoded once for all who get them."""

    __slots__ = ("_wire", "packets", "size")

    def __init__(self, *packets: bytes) -> None:
        self.packets = packets
        self.size = sum(map(len, packets))
        """Bytes of its packets."""
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        """The packets as WebSocket messages, made once."""
        if self._wire is None:
            self._wire = b"".join(map(websocket_message, self.packets))
        return self._wire


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


def open_frame(sid: str, upgrades: Sequence[str], settings: TransportSettings) -> Frame:
    """Encode the first packet of a connection; its times are milliseconds."""
    handshake = {
        "sid": sid,
        "upgrades": list(upgrades),
        "pingInterval": settings.ping_interval_ms,
        "pingTimeout": settings.ping_timeout_ms,
        "maxPayload": settings.max_payload,
    }
    return Frame(b"0" + strict_json.dumps(handshake).encode())


def join(packets: Sequence[bytes]) -> bytes:
    """Return packets as the body of one polling answer."""
    return _SEPARATOR.encode().join(packets)


def split(body: bytes, most: int) -> list[str]:
    """Return the packets of a polling body. Raises: ProtocolError for bad UTF-8 or more than `most` packets."""
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        raise ProtocolError("body is not UTF-8") from None
    if len(packets) > most:
        raise ProtocolError("too many packets in one body")
    return packets
