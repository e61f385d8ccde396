"""Operations: who is connected, and the commands of operators; `{store}/ops` is live, the latest wins."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from heard.contract.base import Command, Fact, Instant, Words


class ConnectionOpened(Fact):
    """Somebody came in."""

    name: ClassVar[str] = "connection:opened"

    connection: str
    subject: str
    role: str
    namespace: str
    address: str
    transport: str
    client: str | None = None
    device: str | None = None
    since: Instant


class ConnectionClosed(Fact):
    """Somebody left; `code` is a goodbye's, or the transport's own word."""

    name: ClassVar[str] = "connection:closed"

    connection: str
    subject: str
    namespace: str
    code: str


class Disconnect(Command):
    """Throw a connection off. `reason` is told to whoever stands there."""

    name: ClassVar[str] = "ops:disconnect"

    connection: Annotated[str, Field(max_length=64)]
    reason: Words | None = None


COMMANDS: tuple[type[Command], ...] = (Disconnect,)
FACTS: tuple[type[Fact], ...] = (ConnectionOpened, ConnectionClosed)
