"""JSON schemas of everything said, one name each: for OpenAPI, TypeScript and the reference pages."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from heard.contract import envelope, goodbyes, ops, orders, registry, session
from heard.contract.base import Wire, instant_text

REF = "#/components/schemas/"
DECIMAL = r"^[0-9]{1,12}(\.[0-9]{1,9})?$"
_HEARD: tuple[type[Wire], ...] = (
    orders.Order,
    envelope.Envelope,
    envelope.Answer,
    envelope.Read,
    envelope.KdsSnapshot,
    envelope.LiveRead,
    envelope.HistoryRead,
    envelope.OrdersSnapshot,
    ops.OpsSnapshot,
    goodbyes.SessionGoodbye,
    *session.MESSAGES,
)
_SAID: tuple[type[Wire], ...] = (session.Auth, session.CommandIn, *session.REQUESTS)

_MEANT: dict[tuple[str, str], dict[str, Any]] = {
    ("Read", "events"): {"anyOf": [{"type": "array", "items": {"$ref": REF + "Envelope"}}, {"type": "null"}]},
    ("HistoryRead", "events"): {"items": {"$ref": REF + "Envelope"}},
    ("Answer", "order"): {"anyOf": [{"$ref": REF + "Order"}, {"type": "null"}]},
}
"""Where the models say `dict`, because the gateway passes on what it has written once."""


COMMAND_ID: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
_COMMAND_IN: dict[str, Any] = {
    "command_id": COMMAND_ID | {"description": "Your id of this command, a UUIDv7 if you can: again is once."},
    "name": {"enum": list(registry.COMMANDS), "description": "The command; its other fields go into `data`."},
    "made_at": {"type": ["string", "null"], "format": "date-time", "description": "When the person acted."},
    "seen_seq": {"type": ["integer", "null"], "minimum": 0, "description": "The kds position of the screen then."},
}
"""What the model leaves open, because it is checked where the command itself is read."""


@cache
def heard() -> dict[str, Any]:
    """What the gateway says: facts, envelopes, answers, reads, session messages; schema by name. Not to be changed."""
    schemas = _schemas((*_HEARD, *registry.FACTS.values()), "serialization")
    for (name, field), meant in _MEANT.items():
        schemas[name]["properties"][field] |= meant
    schemas["Envelope"]["required"].append("cause")  # told even when it is null
    return schemas


@cache
def said() -> dict[str, Any]:
    """What the gateway is told: commands and requests; a name that `heard` has too ends in `In`. Not to be changed."""
    schemas = _schemas((*_SAID, *registry.COMMANDS.values()), "validation")
    taken = heard()
    schemas["CommandIn"] |= {
        "properties": schemas["CommandIn"]["properties"] | _COMMAND_IN,
        "required": ["command_id", "name"],
    }
    schemas.pop("JsonValue", None)
    names = {name: f"{name}In" if name in taken else name for name in schemas}
    return {names[name]: _renamed(schema, names) for name, schema in schemas.items()}


def every() -> dict[str, Any]:
    """Both, in order of name."""
    return dict(sorted((heard() | said()).items()))


class _Schemas(GenerateJsonSchema):
    def ser_schema(self, schema: Any) -> Any:
        """Moments stay moments when they travel as text."""
        if schema.get("function") is instant_text:
            return {"type": "string", "format": "date-time"}
        return super().ser_schema(schema)


def _schemas(models: Iterable[type[Wire]], mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    _, whole = models_json_schema(
        [(model, mode) for model in models], ref_template=REF + "{model}", schema_generator=_Schemas
    )
    told = mode == "serialization"
    return {name: _described(name, _tidy(schema, told=told)) for name, schema in whole["$defs"].items()}


def _tidy(node: Any, *, told: bool) -> Any:
    """Plain JSON Schema: decimals as they travel, no titles; what we tell is whole, what we are told is closed."""
    if isinstance(node, list):
        return [_tidy(one, told=told) for one in node]
    if not isinstance(node, dict):
        return node
    if "decimal_places" in node:
        return _decimal(node, told=told)
    clean = {key: _tidy(value, told=told) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    if "properties" in clean:
        clean |= _whole(clean) if told else {"additionalProperties": False}
    return clean


def _decimal(node: dict[str, Any], *, told: bool) -> dict[str, Any]:
    text = {"type": "string", "pattern": DECIMAL}
    if told:
        return text
    return {"anyOf": [text, {"type": "integer", "minimum": node["ge"], "maximum": node["le"]}]}


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    """All fields are told but those that are None."""
    always = [name for name, field in schema["properties"].items() if field.get("default", ...) is not None]
    return {"required": always} if always else {}


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: REF + names[value.removeprefix(REF)] if key == "$ref" else _renamed(value, names)
        for key, value in node.items()
    }


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    model = _models().get(name.partition("-")[0])
    for field, words in field_words(model).items() if model else ():
        inner = schema.get("properties", {}).get(field)
        if inner is not None:
            inner["description"] = words
    return schema


@cache
def _models() -> dict[str, type[BaseModel]]:
    return {model.__name__: model for model in _below(Wire)}


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def field_words(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings below a model's fields, its parents' too, by the name that travels."""
    words: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            words |= _own_words(one)
    aliases = {name: field.alias or name for name, field in model.model_fields.items()}
    return {aliases[name]: text for name, text in words.items() if name in aliases}


@cache
def _own_words(model: type[BaseModel]) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    except OSError:  # shipped without its source
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return dict(_pairs(body))


def _pairs(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
