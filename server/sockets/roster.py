"""Who is connected: one entry a joined socket, and everything an operator may ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heard.contract.audience import Principal
from heard.contract.base import instant_text
from heard.contract.session import Auth


@dataclass(slots=True)
class Seat:
    """A joined socket. `connection` is the transport's id, shared by all namespaces of one client."""

    sid: str
    namespace: str
    connection: str
    who: Principal
    store: str | None
    auth: Auth
    address: str
    transport: str
    since: datetime
    warned: bool = False
    """Told that its token is about to end."""
    asked: tuple[str, str | None] = ("", None)
    """The event it sent last, and its command id."""

    def as_wire(self) -> dict[str, Any]:
        """What `connection:opened` tells."""
        client = self.auth.client
        wire = {
            "connection": self.connection,
            "subject": self.who.subject,
            "role": self.who.role,
            "namespace": self.namespace,
            "address": self.address,
            "transport": self.transport,
            "client": " ".join(word for word in (client.name, client.version) if word) or None,
            "device": self.who.device or client.device,
            "since": instant_text(self.since),
        }
        return {key: value for key, value in wire.items() if value is not None}


class Roster:
    """Seats by socket and by connection."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}

    def __iter__(self) -> Iterator[Seat]:
        return iter(tuple(self._seats.values()))

    def __len__(self) -> int:
        return len(self._seats)

    def add(self, seat: Seat) -> None:
        """Somebody sat down."""
        self._seats[seat.sid] = seat

    def pop(self, sid: str) -> Seat | None:
        """Somebody left."""
        return self._seats.pop(sid, None)

    def get(self, sid: str) -> Seat:
        """The seat of a joined socket."""
        return self._seats[sid]

    def of_connection(self, connection: str) -> list[Seat]:
        """All namespaces of one client."""
        return [seat for seat in self if seat.connection == connection]

    def of_store(self, tenant: str, store: str) -> list[Seat]:
        """Everybody in a store."""
        return [seat for seat in self if seat.who.tenant == tenant and seat.store == store]
