"""Every command and fact by its wire name: the one list that docs, gateway and clients read."""

from __future__ import annotations

from typing import Any

from heard.contract import kds, ops, orders
from heard.contract.base import Command, Fact
from heard.contract.envelope import Envelope
from heard.errors import Malformed

NAMESPACES: dict[str, str] = {"orders": "/orders", "kds": "/kds", "ops": "/ops"}
"""Command prefix → Socket.IO namespace."""

COMMANDS: dict[str, type[Command]] = {
    command.name: command for command in (*orders.COMMANDS, *kds.COMMANDS, *ops.COMMANDS)
}
FACTS: dict[str, type[Fact]] = {fact.name: fact for fact in (*orders.FACTS, *kds.FACTS, *ops.FACTS)}


def read_command(name: str, fields: Any) -> Command:
    """The command an outsider means.

    Raises:
        Malformed: unknown name, unknown field, wrong type. BadRequest: a value that will not do.
    """
    kind = COMMANDS.get(name)
    if kind is None:
        raise Malformed(f"there is no command {name[:64]!r}")
    return kind.ingest(fields)


def read_fact(envelope: Envelope) -> Fact | None:
    """The fact in an envelope; None for a name this version does not know."""
    kind = FACTS.get(envelope.name)
    return None if kind is None else kind.model_validate(envelope.data)


def kind_of(fact: Fact | type[Fact]) -> str:
    """The kind of stream a fact belongs to: `kds`, `orders`, `ops`."""
    prefix = fact.name.partition(":")[0]
    return _KIND_OF.get(prefix, prefix)


_KIND_OF = {"order": "orders", "connection": "ops", "connections": "ops"}
