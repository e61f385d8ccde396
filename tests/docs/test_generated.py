"""What is made from the code is what the code says."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from docs import generate
from docs.making import examples, typescript
from docs.making.exploring import order_moves
from heard.contract import schemas
from heard.contract.envelope import Envelope
from heard.contract.openapi import document
from heard.contract.orders import OrderIn, Status
from heard.contract.registry import COMMANDS, FACTS, read_command, read_fact
from heard.errors import BY_CODE
from server import routes
from server.routes.openapi import routes as openapi_routes


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_file_is_fresh(name: str) -> None:
    assert (generate.HERE / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"


def test_check_names_what_is_stale_and_how_to_refresh_it(monkeypatch, capsys) -> None:
    monkeypatch.setitem(generate.PAGES, "reference/errors.md", lambda: "something else")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err.count("docs/reference/errors.md") == 1
    monkeypatch.undo()
    assert generate.main(["--check"]) == 0


def test_writing_touches_only_what_is_stale(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"reference/one.md": lambda: "one"})
    assert generate.main([]) == 0
    assert generate.main([]) == 0
    assert capsys.readouterr().out == "docs/reference/one.md\n"
    assert generate.main(["--nonsense"]) == 2


# ── Examples ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_fact_and_every_command_has_an_example() -> None:
    night = examples.evening()
    assert examples.missing(FACTS, night.facts) == []
    assert examples.missing(COMMANDS, night.commands) == []


@pytest.mark.parametrize("name", FACTS)
def test_the_example_of_a_fact_reads_back_as_that_fact(name: str) -> None:
    envelope = Envelope.model_validate(examples.evening().facts[name])
    fact = read_fact(envelope)
    assert fact is not None
    assert fact.as_wire() == envelope.data


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_one_the_gateway_takes(name: str) -> None:
    said = examples.evening().commands[name]
    assert read_command(name, said.fields).name == name
    assert said.answer["result"] == "applied"


def _against(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    """Where a value has a field its schema does not know, or lacks one that is always there."""
    if "$ref" in schema:
        return _against(value, schemas.every()[schema["$ref"].rpartition("/")[2]], place)
    if "anyOf" in schema:
        kinds = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return _against(value, kinds[0], place) if len(kinds) == 1 and value is not None else []
    if isinstance(value, list):
        return [
            fault for n, one in enumerate(value) for fault in _against(one, schema.get("items", {}), f"{place}.{n}")
        ]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    wrong = [
        f"{place}.{name}" for name in {*schema.get("required", ())} - {*value} | {*value} - {*schema["properties"]}
    ]
    inner = [(name, schema["properties"][name]) for name in value if name in schema["properties"]]
    return wrong + [fault for name, one in inner for fault in _against(value[name], one, f"{place}.{name}")]


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_has_the_fields_its_schema_promises_and_no_other(name: str) -> None:
    told = examples.evening().facts[name]
    assert _against(told, {"$ref": schemas.REF + "Envelope"}, "") == []
    assert _against(told["data"], {"$ref": schemas.REF + FACTS[name].__name__}, "data") == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_answer_have_the_fields_their_schemas_promise(name: str) -> None:
    said = examples.evening().commands[name]
    assert _against(said.fields, {"$ref": schemas.REF + COMMANDS[name].__name__}, "") == []
    assert _against(said.answer, {"$ref": schemas.REF + "Answer"}, "") == []


# ── OpenAPI ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _refs(value)]
    return [ref for value in node for ref in _refs(value)] if isinstance(node, list) else []


def test_every_reference_in_openapi_leads_somewhere() -> None:
    whole = document()
    for ref in _refs(whole):
        here = whole
        for step in ref.removeprefix("#/").split("/"):
            assert step in here, ref
            here = here[step]


def test_openapi_has_each_route_of_the_gateway_and_no_other() -> None:
    app = web.Application()
    for table in (*routes.TABLES, openapi_routes):
        app.add_routes(table)
    served = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    methods = {"get", "post", "patch", "put", "delete"}
    told = {(path, method) for path, calls in document()["paths"].items() for method in calls if method in methods}
    assert told == served


def test_every_parameter_in_a_path_is_described() -> None:
    whole = document()
    for path, calls in whole["paths"].items():
        named = [
            whole["components"]["parameters"][ref.rpartition("/")[2]] for ref in _refs(calls.get("parameters", []))
        ]
        assert {one["name"] for one in named if one["in"] == "path"} == set(re.findall(r"{(\w+)}", path))


def test_every_error_code_is_an_answer_in_openapi() -> None:
    text = json.dumps(document()["components"]["responses"])
    assert [code for code in BY_CODE if f"`{code}`" not in text] == []


def test_the_orders_shown_in_openapi_are_orders() -> None:
    call = document()["paths"]["/v1/stores/{store}/orders"]["post"]
    for example in call["requestBody"]["content"]["application/json"]["examples"].values():
        OrderIn.ingest(example["value"])


def test_openapi_names_no_field_of_pydantics_own() -> None:
    assert not {"ge", "le", "decimal_places"} & set(re.findall(r'"(\w+)":', json.dumps(document())))


# ── TypeScript ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_typescript_knows_every_event_command_and_schema() -> None:
    text = typescript.text()
    events, commands = text.split("export interface HeardEvents")[1].split("export interface HeardCommands")
    assert [name for name in FACTS if f'"{name}": (event: Envelope<"{name}">' not in events] == []
    assert [name for name in COMMANDS if f'"{name}": (fields: ' not in commands] == []
    assert [name for name in schemas.every() if not re.search(rf"export (interface|type) {name}\b", text)] == []


def test_typescript_uses_only_names_it_declares() -> None:
    code = re.sub(r"/\*\*.*?\*/|//[^\n]*|\"[^\"]*\"", "", typescript.text(), flags=re.DOTALL)
    declared = {*re.findall(r"export (?:interface|type) (\w+)", code), "Record", "Name"}
    assert set(re.findall(r"\b[A-Z]\w+", code)) <= declared


# ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_orders_are_seen_to_go_the_common_road_and_never_back_from_cancelled() -> None:
    moves = order_moves()
    road = [Status.HELD, Status.RECEIVED, Status.IN_PROGRESS, Status.READY, Status.COMPLETED]
    assert [step for step in pairwise(road) if step not in moves] == []
    assert not [move for move in moves if move[0] is Status.CANCELLED]
    assert (Status.COMPLETED, Status.CANCELLED) not in moves
