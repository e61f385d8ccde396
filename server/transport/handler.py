"""What a namespace gives the transport: one handler, asked in order for every socket."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Protocol

from server.transport.endings import Ending
from server.transport.peers import Peer


class Refused(Exception):
    """Raised by `admit`: the CONNECT is answered by CONNECT_ERROR `{message, data}`."""

    def __init__(self, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data

    def wire(self) -> dict[str, Any]:
        """Return the body of the CONNECT_ERROR packet."""
        return {"message": self.message} | ({} if self.data is None else {"data": dict(self.data)})


class NoAck(Enum):
    """The type of `NO_ACK`."""

    NO_ACK = "no ack"


NO_ACK: Final = NoAck.NO_ACK
"""Returned by `received` when the event shall not be acknowledged."""


class Args(tuple[Any, ...]):
    """Returned by `received` when the ack shall carry these arguments instead of exactly one."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class BadContent:
    """Stands in for the arguments of an event that is well formed JSON but says something we do not accept."""

    reason: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """What `admit` may add to the answer of a CONNECT.

    `pid` is Socket.IO's private id, which a client from 4.6 on gives back as `pid` of its `auth` when it returns, with
    the last string that an event ended in as `offset`. It takes itself for recovered if the answer has that pid again.
    """

    pid: str | None = None


@dataclass(frozen=True, slots=True)
class Strike:
    """Returned by `received`: the answer to an event of wrong content, which counts against the connection."""

    answer: Any
    why: str = ""
    """A few words for the log, which never quote a value; none when the handler left a line itself."""


class Unheard(StrEnum):
    """Why an event got no answer from its handler."""

    RESERVED_NAME = "reserved name"
    FAILED = "handler failed"


class Handler(Protocol):
    """One namespace's side of the conversation.

    For one socket the calls never overlap and keep the order of the client's packets: `admit`, `joined`, then
    `received` for each event, then `left`. Different sockets run side by side. `left` is called exactly once
    if and only if `joined` was called, whatever happened in between, and is the last call for that sid.
    """

    async def admit(self, sid: str, namespace: str, auth: dict[str, Any] | None, peer: Peer) -> Admitted | None:
        """Let the socket in by returning. Raises: Refused; any other exception refuses too and is logged.

        CONNECT is queued and `joined` called in the turn of the loop in which this returns: what it found out in its
        last step still holds there.
        """
        ...

    async def joined(self, sid: str, namespace: str) -> None:
        """Greet: CONNECT is queued, what is sent from here on arrives after it. An exception closes the connection."""
        ...

    def received(self, sid: str, namespace: str, event: str, args: list[Any] | BadContent) -> Any:
        """Answer one event: the result becomes the single argument of its ack, unless it is `Args` or `NO_ACK`.

        A `Strike` around it counts against the connection.

        An awaitable (this may be a coroutine function) is awaited for the result, in a task; what is known at once
        costs none.
        """
        ...

    def unasked(self, sid: str, namespace: str, event: str, result: Any) -> None:
        """Hear the result of an event that carried no ack id. Does nothing unless overridden."""
        ...

    def left(self, sid: str, namespace: str, reason: Ending) -> Awaitable[None] | None:
        """Clean up; the socket can no longer be reached. As in `received`, a task is made only for an awaitable."""
        ...
