"""Why a socket ended: the reason `Handler.left` hears and the key by which farewells are chosen."""

from enum import StrEnum


class Ending(StrEnum):
    """Why a socket or a connection ended."""

    CLIENT_LEFT = "client left"
    TRANSPORT_CLOSED = "transport closed"
    NO_PONG = "no pong"
    PROTOCOL_ERROR = "protocol error"
    NOT_JOINED = "not joined"
    INBOX_FULL = "inbox full"
    SLOW = "slow"
    FAILED = "failed"
    GOODBYE = "goodbye"
    DROPPED = "dropped"
    SHUTDOWN = "shutdown"
