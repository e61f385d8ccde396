"""The contract as TypeScript: JSON Schema to types, and the maps that make `socket.on(...)` typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from heard.contract import schemas, session
from heard.contract.goodbyes import SessionGoodbye
from heard.contract.registry import COMMANDS, FACTS

HEAD = """\
// What Heard says and hears, as types. Made from the contract by `make docs`; edits here are lost.
//
//     import { io, type Socket } from "socket.io-client";
//     import type { HeardCommands, HeardEvents } from "./heard";
//     const kds: Socket<HeardEvents, HeardCommands> = io("http://127.0.0.1:8787/kds", { auth: { token } });
//     kds.on("kds:item_ready", (event) => console.log(event.data.ticket_id));
//     kds.emit("kds:bump", { command_id, ticket_id }, (answer) => console.log(answer.ok));
//
// Fields and names you do not know may come at any time: ignore them.
"""
_ENVELOPE = {"name": "Name", "data": "Facts[Name]"}
_ACKS = {
    session.Subscribe.name: "Read | LiveRead | Answer",
    session.History.name: "HistoryRead | Answer",
    session.Unsubscribe.name: "Answer",
    session.Refresh.name: "Answer",
    session.Report.name: "Answer",
}


def text() -> str:
    """The whole declaration file."""
    return "\n".join([HEAD, *_types(), _facts(), _events(), _commands()])


def _types() -> Iterator[str]:
    for name, schema in schemas.every().items():
        yield _envelope(schema) if name == "Envelope" else _named(name, schema)


def _named(name: str, schema: Mapping[str, Any]) -> str:
    words = _comment(schema.get("description"), "")
    if "properties" in schema:
        return f"{words}export interface {name} {_object(schema, '')}\n"
    return f"{words}export type {name} = {_type(schema, '')};\n"


def _envelope(schema: Mapping[str, Any]) -> str:
    fields = _fields(schema, "", _ENVELOPE)
    words = _comment(schema.get("description"), "")
    return f"{words}export interface Envelope<Name extends keyof Facts = keyof Facts> {{\n{fields}}}\n"


# ── Types ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _type(schema: Mapping[str, Any], indent: str) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(schemas.REF)
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_type(one, indent) for one in several))
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    return _simple(schema, indent)


_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def _simple(schema: Mapping[str, Any], indent: str) -> str:
    match schema.get("type"):
        case [*several]:
            return " | ".join(_PLAIN[one] for one in several)
        case "array":
            inner = _type(schema.get("items", {}), indent)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case "object":
            return _object(schema, indent)
        case kind:
            return _PLAIN.get(str(kind), "unknown")


def _object(schema: Mapping[str, Any], indent: str) -> str:
    if "properties" in schema:
        return f"{{\n{_fields(schema, indent, {})}{indent}}}"
    patterns = schema.get("patternProperties")
    values = next(iter(patterns.values())) if patterns else schema.get("additionalProperties")
    return f"Record<string, {_type(values, indent) if isinstance(values, dict) else 'unknown'}>"


def _fields(schema: Mapping[str, Any], indent: str, special: Mapping[str, str]) -> str:
    required = {*schema.get("required", ()), *special}
    lines = []
    for name, field in schema["properties"].items():
        inner = indent + "  "
        kind = special.get(name) or _type(field, inner)
        lines.append(
            f"{_comment(field.get('description'), inner)}{inner}{name}{'' if name in required else '?'}: {kind};\n"
        )
    return "".join(lines)


def _comment(words: str | None, indent: str) -> str:
    if not words:
        return ""
    lines = words.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} *{' ' + line if line else ''}\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


# ── Maps ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts() -> str:
    rows = "".join(f'  "{name}": {fact.__name__};\n' for name, fact in FACTS.items())
    return f"/** What `data` holds, by the name of the event. */\nexport interface Facts {{\n{rows}}}\n"


def _events() -> str:
    messages = {message.name: message.__name__ for message in session.MESSAGES}  # type: ignore[attr-defined]
    rows = [f'  "{name}": (event: Envelope<"{name}">, offset?: string) => void;\n' for name in FACTS]
    rows += [f'  "{name}": (message: {kind}, offset?: string) => void;\n' for name, kind in messages.items()]
    rows += [f'  "session:goodbye": (message: {SessionGoodbye.__name__}) => void;\n']
    return (
        "/** What a socket hears. `offset` comes with Socket.IO's own recovery only. */\n"
        f"export interface HeardEvents {{\n{''.join(rows)}}}\n"
    )


def _commands() -> str:
    said = {request.name: request.__name__ for request in session.REQUESTS}  # type: ignore[attr-defined]
    rows = [
        f'  "{name}": (fields: {kind.__name__}, answer: (answer: Answer) => void) => void;\n'
        for name, kind in COMMANDS.items()
    ]
    rows += [
        f'  "{name}": (fields: {kind}, answer: (answer: {_ACKS[name]}) => void) => void;\n'
        for name, kind in said.items()
    ]
    return (
        f"/** What a socket may say, each with its answer. */\nexport interface HeardCommands {{\n{''.join(rows)}}}\n"
    )
