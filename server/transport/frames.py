"""Engine.IO v4 packets as they stand on the wire, and the polling payloads made of them."""

from collections.abc import Sequence
from typing import Final

from server.transport import strict_json
from server.transport.packets import ProtocolError
from server.transport.settings import TransportSettings

CLOSE: Final = b"1"
PING: Final = b"2"
NOOP: Final = b"6"

PROBE: Final = "2probe"
PROBED: Final = "3probe"
UPGRADE: Final = "5"

_SEPARATOR: Final = "\x1e"


def open_frame(sid: str, upgrades: Sequence[str], settings: TransportSettings) -> bytes:
    """Encode the first packet of a connection; its times are milliseconds."""
    handshake = {
        "sid": sid,
        "upgrades": list(upgrades),
        "pingInterval": settings.ping_interval_ms,
        "pingTimeout": settings.ping_timeout_ms,
        "maxPayload": settings.max_payload,
    }
    return b"0" + strict_json.dumps(handshake).encode()


def join(frames: Sequence[bytes]) -> bytes:
    """Return frames as the body of one polling answer."""
    return _SEPARATOR.encode().join(frames)


def split(body: bytes, most: int) -> list[str]:
    """Return the packets of a polling body. Raises: ProtocolError for bad UTF-8 or more than `most` packets."""
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        raise ProtocolError("body is not UTF-8") from None
    if len(packets) > most:
        raise ProtocolError("too many packets in one body")
    return packets
