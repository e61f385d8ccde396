"""Pages on what is said: events, commands, session messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from docs.making.examples import Said, evening
from docs.making.tables import code, fields, folded, json_block, page, sentence, shapes
from heard.contract import envelope, goodbyes, schemas, session
from heard.contract.audience import ROLES
from heard.contract.base import Command, Fact, Wire
from heard.contract.envelope import LIVE_KINDS
from heard.contract.registry import COMMANDS, FACTS, NAMESPACES, kind_of

Json = dict[str, Any]


# ── Events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def events() -> str:
    """docs/reference/events.md."""
    every = schemas.heard()
    return page(
        "Events",
        "A fact, in the past tense. It travels in an envelope; what is different from event to event is `data`. Ignore "
        "fields and names you do not know. Each example below came out of the kitchen's own rules.",
        _contents(FACTS),
        "## The envelope",
        sentence(envelope.Envelope),
        fields(every["Envelope"]),
        *_by_kind(),
        "## Shapes",
        shapes(every, [every["Envelope"], *(every[fact.__name__] for fact in FACTS.values())]),
    )


def _contents(names: Iterable[str]) -> str:
    return " · ".join(f"[{name}](#{name.replace(':', '')})" for name in names)


def _by_kind() -> Iterator[str]:
    for kind in dict.fromkeys(kind_of(fact) for fact in FACTS.values()):
        yield f"## `{{store}}/{kind}`"
        yield _kind_words(kind)
        yield from (_event(fact) for fact in FACTS.values() if kind_of(fact) == kind)


def _kind_words(kind: str) -> str:
    hears = ", ".join(role for role, powers in ROLES.items() if kind in powers.hears)
    kept = (
        "Live: the latest wins, nothing is kept." if kind in LIVE_KINDS else "Durable: in the journal, with a position."
    )
    return f"{kept} Socket.IO namespace `/{kind}`. Heard by {hears}."


def _event(fact: type[Fact]) -> str:
    private = ", ".join(code(path) for path in fact.private) or "none"
    example = evening().facts[fact.name]
    return "\n\n".join(
        (
            f"### {fact.name}",
            sentence(fact),
            f"`v` {fact.v} · personal data, kept apart and erasable: {private}",
            fields(schemas.heard()[fact.__name__]),
            folded("Example", json_block(example)),
        )
    )


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def commands() -> str:
    """docs/reference/commands.md."""
    every, told = schemas.said(), schemas.heard()
    return page(
        "Commands",
        "An imperative. Over Socket.IO it is an event with one argument and an ack, in the namespace of its prefix; "
        "over HTTP it goes to `POST /v1/stores/{store}/commands` as `{command_id, name, data}`, orders also by calls "
        "of their own. Unknown fields are refused. Every command has one answer, and the same `command_id` gets the "
        "same answer again.",
        _contents(COMMANDS),
        "## The answer",
        sentence(envelope.Answer),
        fields(told["Answer"]),
        "Refusals have a [code](errors.md); with `temporary` the same command may pass later.",
        "## What every command has",
        fields({**every["Start"], "properties": _common(every["Start"])}),
        *(_command(command) for command in COMMANDS.values()),
        "## Shapes",
        shapes(schemas.every(), [told["Answer"], *(every[command.__name__] for command in COMMANDS.values())]),
    )


def _common(schema: Json) -> Json:
    return {name: field for name, field in schema["properties"].items() if name in Command.model_fields}


def _command(command: type[Command]) -> str:
    roles = ", ".join(role for role, powers in ROLES.items() if command.name in powers.commands)
    said = evening().commands[command.name]
    return "\n\n".join(
        (
            f"## {command.name}",
            sentence(command),
            f"Namespace `{NAMESPACES[command.name.partition(':')[0]]}` · may be sent by {roles}",
            fields(schemas.said()[command.__name__], skip=frozenset(Command.model_fields)),
            folded("Example", _said(said)),
        )
    )


def _said(said: Said) -> str:
    return f"{json_block(said.fields)}\n\n{json_block(said.answer)}"


# ── Session ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def messages() -> str:
    """docs/reference/session.md."""
    heard, said = schemas.heard(), schemas.said()
    told: list[type[Wire]] = [*session.MESSAGES, goodbyes.SessionGoodbye]
    return page(
        "Session",
        "The talk about the talk: how a socket joins, where streams stand, why it ends. Plain objects, not envelopes; "
        "they may be said in every namespace.",
        "## Joining",
        "The `auth` of a Socket.IO CONNECT. What is refused comes back as CONNECT_ERROR with "
        '`{"message": …, "data": {"code": …, "temporary": false}}`.',
        fields(said["Auth"]),
        "## What you may ask",
        *(_message(one, said) for one in session.REQUESTS),
        "## What you are told",
        *(_message(one, heard) for one in told),
        "## A read",
        f"The ack of `stream:subscribe` and the body of `GET /v1/streams/…`. {sentence(envelope.Read)} At most "
        f"{envelope.MAX_READ_EVENTS} events or {envelope.MAX_READ_BYTES // 1024} KiB come at once.",
        fields(heard["Read"]),
        "## Shapes",
        shapes(heard | said, [said["Auth"], heard["Read"], *(heard[one.__name__] for one in told)]),
    )


def _message(model: type[Wire], every: dict[str, Json]) -> str:
    name = getattr(model, "name", "session:goodbye")
    return "\n\n".join((f"### {name}", sentence(model), fields(every[model.__name__])))
