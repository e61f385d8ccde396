"""The HTTP calls as OpenAPI 3.1, made from the contract's own models."""

from __future__ import annotations

from typing import Any

from heard import version
from heard.contract import schemas
from heard.contract.envelope import KINDS, LIVE_KINDS, MAX_BATCH, MAX_READ_EVENTS
from heard.contract.orders import Status
from heard.errors import BY_CODE, HeardError

Json = dict[str, Any]

ABOUT = """\
Orders in, kitchen out. Every command is answered once: send it again with the same `Idempotency-Key` (or `command_id`)
and the first answer comes back. Streams are read after a position; a position is an epoch and a sequence number.
"""
MOST_WAIT_S = 25
MOST_LISTED = 300


def document() -> Json:
    """The whole document, JSON-ready; the same for the same version."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Heard", "version": version(), "summary": "Restaurant gateway", "description": ABOUT,
                 "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": _paths(),
        "components": {
            "schemas": _components(),
            "responses": _refusals(),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                          "description": "What `heard token` prints. Never in the address."}
            },
        },
    }  # fmt: skip


_TAGS = {
    "orders": "Place, change, cancel and look at orders.",
    "commands": "Any command, as an outbox sends it.",
    "streams": "Events after a position, or a snapshot.",
    "tokens": "Fresh tokens for old ones.",
    "about": "This document.",
}

# ── Paths ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_ORDERS = "/v1/stores/{store}/orders"
_ASKED = ("bad_request", "token_in_url", "invalid_token", "token_expired", "forbidden", "not_found", "internal",
          "too_many_requests", "unavailable", "draining")  # fmt: skip
_SENT = (*_ASKED, "conflict", "invalid_transition", "not_ready", "voided", "too_large", "unsupported", "timeout",
         "storage_full")  # fmt: skip


def _paths() -> Json:
    return {
        _ORDERS: {"parameters": _at("store"), "post": _place(), "get": _list()},
        _ORDERS + "/{id}": {"parameters": _at("store", "id"), "get": _look(), "patch": _change()},
        _ORDERS + "/{id}/events": {"parameters": _at("store", "id"), "get": _history()},
        _ORDERS + "/{id}/cancel": {"parameters": _at("store", "id"), "post": _cancel()},
        "/v1/stores/{store}/commands": {"parameters": _at("store"), "post": _commands()},
        "/v1/streams/{store}/{kind}": {"parameters": _at("store", "kind"), "get": _stream("store")},
        "/v1/streams/user/{subject}": {"parameters": _at("subject"), "get": _stream("user")},
        "/v1/tokens/refresh": {"post": _refresh()},
        "/openapi.json": {"get": _about()},
    }  # fmt: skip


def _place() -> Json:
    return _call(
        "placeOrder", "orders", "Place an order",
        "The body is the order. 201 for a new one; 200 when its source told it before: that is an update. Without an "
        "`Idempotency-Key` the source's `event_id` counts, else source, `external_id` and `source_revision` together.",
        parameters=_at("idempotency_key"), body=_body("OrderIn", smallest=_SMALLEST, whole=_LARGER),
        answers={"201": _answered("Taken in", applied=_PLACED), "200": _answered("Known: updated, or nothing new")},
        refusals=_SENT,
    )  # fmt: skip


def _list() -> Json:
    return _call(
        "listOrders", "orders", "List orders", "Oldest first, in pages that begin after an order's id.",
        parameters=_at("status", "after_order", "limit_orders"),
        answers={"200": _json("A page", _object(orders=_array("Order"), more={"type": "boolean"}))},
        refusals=_ASKED,
    )  # fmt: skip


def _look() -> Json:
    return _call(
        "getOrder", "orders", "Look at an order", "With its status; `ETag` is its revision.",
        answers={"200": _json("The order", _object(order=_ref("Order")), headers=("ETag",))}, refusals=_ASKED,
    )  # fmt: skip


def _history() -> Json:
    return _call(
        "getOrderEvents", "orders", "What happened to an order",
        "Every fact about it in the durable streams that the token hears, each stream's in its order. `more` means: "
        "ask again with `cursor`.",
        parameters=_at("cursor_events"),
        answers={"200": _json("A page of events", _ref("HistoryRead"))}, refusals=_ASKED,
    )  # fmt: skip


def _change() -> Json:
    return _call(
        "updateOrder", "orders", "Change an order",
        "Top-level fields given replace. `items` lists changed rows only: with `item_id` the fields given replace and "
        '`qty: "0"` voids; without, a row is added.',
        parameters=_at("idempotency_key", "if_match"), body=_body("OrderChanges", table={"table": "12"}, add=_ADD_ON),
        answers={"200": _answered("Changed, or as it was")}, refusals=_SENT,
    )  # fmt: skip


def _cancel() -> Json:
    reason = {"type": "object", "additionalProperties": False,
              "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 1000}}}  # fmt: skip
    return _call(
        "cancelOrder", "orders", "Cancel an order", "From any state but completed; the kitchen sees it struck through.",
        parameters=_at("idempotency_key"), body=_json_body(reason, required=False, guest={"reason": "guest left"}),
        answers={"200": _answered("Cancelled, or it was")}, refusals=_SENT,
    )  # fmt: skip


def _commands() -> Json:
    row = {"type": "array", "items": _ref("CommandIn"), "minItems": 1, "maxItems": MAX_BATCH}
    answers = {"type": "array", "items": _ref("Answer"), "minItems": 1, "maxItems": MAX_BATCH}
    return _call(
        "sendCommands", "commands", f"Send one command, or up to {MAX_BATCH} in a row",
        "A row is answered one by one, in order, and stops at the first temporary refusal: send the rest again. "
        "A single command that is refused leaves with its code's status and the answer as the body.",
        body=_json_body({"oneOf": [_ref("CommandIn"), row]}, bump=_BUMP, row=[_BUMP]),
        answers={"200": _json("Answered", {"oneOf": [_ref("Answer"), answers]}, headers=("Idempotent-Replayed",))},
        refusals=_SENT,
    )  # fmt: skip


def _stream(whose: str) -> Json:
    return _call(
        f"read{whose.title()}Stream", "streams", f"Read a {whose}'s stream",
        "Events after a position; without one, or from one that is too far back, of another epoch or never was, a "
        "snapshot in pages of one position. `more` means: ask again.",
        parameters=_at("epoch", "after", "limit", "wait", "cursor", "station"),
        answers={"200": _json("Events or a snapshot", _ref("Read"))}, refusals=_ASKED,
    )  # fmt: skip


def _refresh() -> Json:
    fresh = _object(token={"type": "string"}, expires_at={"type": "integer", "description": "Unix time in s."})
    return _call(
        "refreshToken", "tokens", "A fresh token for an old one", "The same rights, while the old token still lives.",
        answers={"200": _json("The fresh token", fresh)}, refusals=_ASKED,
    )  # fmt: skip


def _about() -> Json:
    operation = _call(
        "getOpenApi", "about", "This document", "Made from the gateway's own contract.",
        answers={"200": _json("OpenAPI 3.1", {"type": "object"})}, refusals=(),
    )  # fmt: skip
    return operation | {"security": []}


def _call(
    operation: str, tag: str, summary: str, words: str, *, answers: Json, refusals: tuple[str, ...],
    parameters: list[Json] | None = None, body: Json | None = None,
) -> Json:  # fmt: skip
    statuses = sorted({BY_CODE[code].status for code in refusals})
    refused = {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in statuses}
    call: Json = {"operationId": operation, "tags": [tag], "summary": summary, "description": words}
    call |= {"parameters": parameters} if parameters else {}
    call |= {"requestBody": body} if body else {}
    return call | {"responses": answers | refused}


# ── Pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ref(name: str) -> Json:
    return {"$ref": schemas.REF + name}


def _array(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _object(**fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _at(*names: str) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _json(words: str, schema: Json, headers: tuple[str, ...] = (), **examples: Any) -> Json:
    content: Json = {"schema": schema} | _examples(examples)
    told: Json = {"description": words, "content": {"application/json": content}}
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return told | ({"headers": named} if named else {})


def _answered(words: str, **examples: Any) -> Json:
    return _json(words, _ref("Answer"), ("ETag", "Idempotent-Replayed"), **examples)


def _body(name: str, **examples: Any) -> Json:
    return _json_body(_ref(name), **examples)


def _json_body(schema: Json, *, required: bool = True, **examples: Any) -> Json:
    return {"required": required, "content": {"application/json": {"schema": schema} | _examples(examples)}}


def _examples(examples: Json) -> Json:
    return {"examples": {name: {"value": value} for name, value in examples.items()}} if examples else {}


def _parameter(name: str, words: str, schema: Json, place: str = "query") -> Json:
    return {"name": name, "in": place, "required": place == "path", "description": words, "schema": schema}


_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,31}$"}


def _count(least: int, most: int, default: int | None = None) -> Json:
    limits: Json = {"type": "integer", "minimum": least, "maximum": most}
    return limits if default is None else limits | {"default": default}


_PARAMETERS: Json = {
    "store": _parameter("store", "The restaurant.", _NAME, "path"),
    "id": _parameter("id", "The order.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, "path"),
    "kind": _parameter("kind", "Which of the store's streams.", {"enum": [*KINDS, *LIVE_KINDS]}, "path"),
    "subject": _parameter("subject", "The token's own subject.", _TEXT, "path"),
    "status": _parameter("status", f"Some of {', '.join(Status)}, with commas between.", _TEXT),
    "after_order": _parameter("after", "The last order's id of the page before.", _TEXT),
    "limit_orders": _parameter("limit", "How many at most.", _count(1, MOST_LISTED, 100)),
    "epoch": _parameter("epoch", "The epoch of `after`; without it `after` is refused.", _TEXT),
    "after": _parameter("after", "The last sequence number you have.", _count(0, 2**53 - 1)),
    "limit": _parameter("limit", "How many events at most.", _count(1, MAX_READ_EVENTS, MAX_READ_EVENTS)),
    "wait": _parameter("wait", "Seconds to wait for the next event when there is none.", _count(0, MOST_WAIT_S, 0)),
    "cursor": _parameter("cursor", "The next page of a snapshot, as the page before gave it.", _TEXT),
    "cursor_events": _parameter("cursor", "The next page, as the page before gave it.", _TEXT),
    "station": _parameter("station", "Only a station's view of a kds stream; each event then has `prev`.", _NAME),
    "idempotency_key": _parameter(
        "Idempotency-Key", "Your id of this call: again is once.", schemas.COMMAND_ID, "header"
    ),
    "if_match": _parameter(
        "If-Match", 'The revision you looked at, like "3"; another is a `conflict`.', _TEXT, "header"
    ),
}

_HEADERS: Json = {
    "ETag": {"description": 'The order\'s revision, like "3".', "schema": _TEXT},
    "Idempotent-Replayed": {
        "description": "`true` when this is the first call's answer again.",
        "schema": {"enum": ["true"]},
    },
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer", "minimum": 1}},
}

# ── Schemas and refusals ──────────────────────────────────────────────────────────────────────────────────────────────


def _components() -> Json:
    return dict(sorted((schemas.every() | {"Refusal": _refusal_schema()}).items()))


def _refusal_schema() -> Json:
    error = _object(
        code={"type": "string", "description": "More may come; treat one you do not know by `temporary`.",
              "examples": list(BY_CODE)},
        message={"type": "string", "description": "A sentence for whoever stands there."},
        temporary={"type": "boolean", "description": "Whether the same, later, may pass."},
        retry_after_ms={"type": "integer", "minimum": 0},
        fields={"type": "object", "additionalProperties": _TEXT, "description": "Place in the input: what is wrong."},
    )  # fmt: skip
    error["required"] = ["code", "message", "temporary"]
    return _object(error=error) | {"description": "A refused call."}


def _refusals() -> Json:
    statuses = sorted({kind.status for kind in BY_CODE.values()})
    return {
        f"Refused{status}": _refused([kind for kind in BY_CODE.values() if kind.status == status])
        for status in statuses
    }


def _refused(kinds: list[type[HeardError]]) -> Json:
    words = "\n".join(f"- `{kind.code}`: {_first_line(kind)}" for kind in kinds)
    examples = {kind.code: {"error": kind(_first_line(kind)).as_wire()} for kind in kinds}
    headers = ("Retry-After",) if any(kind.temporary for kind in kinds) else ()
    return _json(words, _ref("Refusal"), headers, **examples)


def _first_line(kind: type[HeardError]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


# ── Examples ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_SMALLEST: Json = {"items": [{"name": "Burger", "qty": "1"}]}
_LARGER: Json = {
    "source": {"system": "till"},
    "external_id": "T-1041",
    "service": "dine_in",
    "table": "7",
    "items": [
        {"name": "Burger", "qty": "2", "modifiers": [{"name": "onion", "action": "no"}], "seat": "1"},
        {"name": "Fries", "qty": "1", "notes": [{"text": "well done"}]},
    ],
    "allergies": [{"code": "sesame", "seat": "1"}],
}
_ADD_ON: Json = {"items": [{"name": "Salad", "qty": "1"}]}
_ORDER = "0190f3c0-7a10-7000-8000-000000000041"
_BUMP: Json = {
    "command_id": "0190f3c0-7b20-7000-8000-0000000000b1",
    "name": "kds:bump",
    "data": {"ticket_id": f"{_ORDER}.grill"},
    "made_at": "2026-11-20T18:04:05.000Z",
    "seen_seq": 12,
}
_PLACED: Json = {
    "ok": True,
    "result": "applied",
    "events": [
        {"stream": "s1/kds", "epoch": "e1", "seq": 1, "name": "kds:order_incoming"},
        {"stream": "s1/orders", "epoch": "e1", "seq": 1, "name": "order:created"},
    ],
}
