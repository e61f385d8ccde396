"""Markdown from schemas: tables, fields, types in words, JSON blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from heard.contract import schemas

NOTE = "<!-- Made by `make docs`; edits here are lost. -->\n\n"


def page(title: str, *parts: str) -> str:
    """A whole page."""
    body = "\n\n".join(part.strip("\n") for part in parts if part)
    return f"{NOTE}# {title}\n\n{body}\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; pipes and line ends inside cells are made harmless."""
    head = list(head)
    lines = [_row(head), _row("---" for _ in head), *(_row(_cell(cell) for cell in row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Words as code."""
    return f"`{text}`"


def json_block(value: Any) -> str:
    """JSON in a fence."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def folded(summary: str, body: str) -> str:
    """Something long that opens on a click."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def sentence(kind: type) -> str:
    """A class's docstring as one paragraph."""
    return " ".join((kind.__doc__ or "").split())


# ── Schemas ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def fields(schema: Mapping[str, Any], *, skip: frozenset[str] = frozenset()) -> str:
    """A schema's fields as a table; nothing for a schema without."""
    required = set(schema.get("required", ()))
    rows = [
        (code(name), _type_cell(field, told=name in required), "yes" if name in required else "", field_words(field))
        for name, field in schema.get("properties", {}).items()
        if name not in skip
    ]
    return table(("field", "type", "always", "meaning"), rows) if rows else ""


def _type_cell(field: Mapping[str, Any], *, told: bool) -> str:
    """A type; null is worth a word only where the field is always there."""
    null = told and any(one.get("type") == "null" for one in field.get("anyOf", ()))
    return type_words(field) + (" or null" if null else "")


def field_words(field: Mapping[str, Any]) -> str:
    """What is said of a field: its docstring, its default, its limits."""
    words = [str(field["description"])] if field.get("description") else []
    if field.get("default") not in (None, [], {}, "", False):
        words.append(f"Default {code(json.dumps(field['default'], ensure_ascii=False))}.")
    one = _flat(field)
    limits = "; ".join(label.format(one[key]) for key, label in _LIMITS.items() if key in one)
    return " ".join([*words, f"{limits[0].upper()}{limits[1:]}." if limits else ""]).strip()


_LIMITS = {
    "minimum": "at least {}", "maximum": "at most {}", "maxLength": "at most {} characters",
    "minItems": "at least {} of them", "maxItems": "at most {} of them", "maxProperties": "at most {} of them",
}  # fmt: skip


def _flat(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one thing a nullable field is beside null."""
    others = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    return others[0] if len(others) == 1 else field


def type_words(schema: Mapping[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(schemas.REF)
        return f"[{name}](#{name.lower()})"
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(type_words(one) for one in several if one.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(code(one) for one in schema["enum"])
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str:
    match schema.get("type"):
        case "string" if schema.get("format") == "date-time":
            return "time"
        case "string" if schema.get("pattern") == schemas.DECIMAL:
            return "decimal"
        case "array":
            return f"list of {type_words(schema.get('items', {}))}"
        case "object":
            patterns = schema.get("patternProperties")
            values = next(iter(patterns.values())) if patterns else schema.get("additionalProperties")
            return f"map to {type_words(values)}" if isinstance(values, dict) and values else "object"
        case None:
            return "anything"
        case kind:
            return str(kind)


def shapes(every: Mapping[str, Mapping[str, Any]], roots: Iterable[Mapping[str, Any]]) -> str:
    """A section for each shape that these schemas mention, and those mention, in order of name."""
    seen: dict[str, Mapping[str, Any]] = {}
    waiting = [name for root in roots for name in _mentions(root)]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = every[name]
            waiting += _mentions(every[name])
    return "\n\n".join(_shape(name, seen[name]) for name in sorted(seen))


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    words = " ".join(str(schema.get("description", "")).split())
    body = fields(schema) if "properties" in schema else f"One of {type_words(schema)}." if "enum" in schema else ""
    return "\n\n".join(part for part in (f"### {name}", words, body) if part)


def _mentions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield str(node["$ref"]).removeprefix(schemas.REF)
        for value in node.values():
            yield from _mentions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _mentions(value)
