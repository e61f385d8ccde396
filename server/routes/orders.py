"""Orders over HTTP: place, list, look at, change, cancel."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from heard.contract.audience import may_hear
from heard.contract.envelope import store_stream
from heard.contract.orders import CancelOrder, Order, PlaceOrder, Status, UpdateOrder
from heard.errors import BY_CODE, BadRequest, HeardError, Permanent
from heard.ids import derived_id
from server.routes.asking import json_body, json_object, principal, whole
from server.routes.errors import answer, refusal
from server.routes.keys import GATEWAY

routes = web.RouteTableDef()
MAX_LISTED = 300


@routes.post("/v1/stores/{store}/orders")
async def post_order(request: web.Request) -> web.Response:
    """Take an order in: 201; one its source told before: 200."""
    who = principal(request)
    body = json_object(await json_body(request))
    fields = {"command_id": _command_id(request, body), "order": body}
    return await _submit(request, PlaceOrder.ingest(fields), who)


@routes.get("/v1/stores/{store}/orders")
async def list_orders(request: web.Request) -> web.Response:
    """The store's orders, oldest first, in pages that begin after an order's id."""
    orders = _orders(request)
    wanted = _statuses(request.query.get("status"))
    after, limit = request.query.get("after", ""), whole(request, "limit", 100, MAX_LISTED, least=1)
    found = sorted((order for order in orders if order.id > after and order.status in wanted), key=lambda one: one.id)
    return answer({"orders": [order.as_wire() for order in found[:limit]], "more": len(found) > limit})


@routes.get("/v1/stores/{store}/orders/{id}")
async def get_order(request: web.Request) -> web.Response:
    """One order, with its revision as ETag."""
    who = principal(request)
    may_hear(who, store_stream(request.match_info["store"], "orders"))
    order = (
        request.app[GATEWAY].kitchen(who, request.match_info["store"]).committed.book.order(request.match_info["id"])
    )
    return answer({"order": order.as_wire()}, headers=_tag(order.revision))


@routes.get("/v1/stores/{store}/orders/{id}/events")
async def get_order_events(request: web.Request) -> web.Response:
    """What happened to one order: who did what when."""
    place = request.match_info
    gateway, cursor = request.app[GATEWAY], request.query.get("cursor")
    return answer(await gateway.history(principal(request), place["store"], place["id"], cursor))


@routes.patch("/v1/stores/{store}/orders/{id}")
async def patch_order(request: web.Request) -> web.Response:
    """Change an order; `If-Match` refuses when somebody else was faster."""
    who = principal(request)
    fields: dict[str, Any] = {"changes": json_object(await json_body(request)), "order_id": request.match_info["id"]}
    if (tag := request.headers.get("If-Match")) is not None:
        fields["if_revision"] = _revision(tag)
    return await _submit(request, UpdateOrder.ingest(fields | {"command_id": _command_id(request, {})}), who)


@routes.post("/v1/stores/{store}/orders/{id}/cancel")
async def cancel_order(request: web.Request) -> web.Response:
    """Take an order back."""
    who = principal(request)
    body = json_object(await json_body(request)) if request.body_exists else {}
    if elsewhere := {"order_id", "command_id"} & body.keys():
        raise BadRequest(f"{min(elsewhere)}: stands in the address or the Idempotency-Key, not in the body")
    fields = body | {"order_id": request.match_info["id"], "command_id": _command_id(request, {})}
    return await _submit(request, CancelOrder.ingest(fields), who)


async def _submit(request: web.Request, command: PlaceOrder | UpdateOrder | CancelOrder, who: Any) -> web.Response:
    told = await request.app[GATEWAY].submit(command, who, request.match_info["store"])
    headers = {"Idempotent-Replayed": "true"} if told.get("replayed") else {}
    if not told["ok"]:
        response = refusal(HeardError.from_wire(told))
        response.headers.update(headers)
        return response
    if order := told.get("order"):  # an older revision of its source changes nothing and shows nothing
        headers |= _tag(order["revision"])
    created = any(event["name"] == "order:created" for event in told["events"])
    return answer(told, 201 if created else 200, headers)


def _command_id(request: web.Request, body: dict[str, Any]) -> str:
    """What makes this call one: the header, else the source's event, else the source's order and revision."""
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        return key.strip().strip('"')
    if isinstance(event := body.get("event_id"), str):
        return derived_id("event", _source(body), event)
    if isinstance(body.get("external_id"), str) and isinstance(body.get("source_revision"), str):
        return derived_id("revision", _source(body), body["external_id"], body["source_revision"])
    return request.app[GATEWAY].make_id()


def _source(body: dict[str, Any]) -> str:
    source = body.get("source")
    return f"{source.get('system', '')}\x1f{source.get('account', '')}" if isinstance(source, dict) else ""


def _orders(request: web.Request) -> list[Order]:
    who, store = principal(request), request.match_info["store"]
    may_hear(who, store_stream(store, "orders"))
    return list(request.app[GATEWAY].kitchen(who, store).committed.book.orders.values())


def _statuses(text: str | None) -> frozenset[Status]:
    if text is None:
        return frozenset(Status)
    try:
        return frozenset(Status(word.strip()) for word in text.split(","))
    except ValueError:
        raise BadRequest(f"status: must be some of {', '.join(Status)}") from None


def _tag(revision: int) -> dict[str, str]:
    """What `If-Match` takes."""
    return {"ETag": f'"{revision}"'}


def _revision(tag: str) -> int:
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', tag.strip())
    if found is None:
        raise BadRequest('If-Match: must be a revision, like "3"')
    return int(found[1])


def status_of(told: dict[str, Any]) -> int:
    """The HTTP status of an answer."""
    return 200 if told["ok"] else BY_CODE.get(told["code"], Permanent).status
