"""Any command over HTTP, alone or up to 64 in a row: the way of outboxes and of scripts."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from heard.contract.audience import Principal
from heard.contract.envelope import MAX_BATCH
from heard.contract.registry import read_command
from heard.contract.session import CommandIn
from heard.errors import BadRequest, HeardError
from server.routes.asking import json_body, principal
from server.routes.errors import answer, retry_after
from server.routes.keys import GATEWAY
from server.routes.orders import status_of

routes = web.RouteTableDef()


@routes.post("/v1/stores/{store}/commands")
async def post_commands(request: web.Request) -> web.Response:
    """One command, or a row of them: answered one by one, stopping at the first temporary refusal."""
    who, body = principal(request), await json_body(request)
    if not isinstance(body, list):
        told = await _answer(request, who, body)
        headers = {"Idempotent-Replayed": "true"} if told.get("replayed") else {}
        return answer(told, status_of(told), headers | retry_after(told.get("retry_after_ms")))
    if not 1 <= len(body) <= MAX_BATCH:
        raise BadRequest(f"send between 1 and {MAX_BATCH} commands at once")
    answers = []
    for one in body:
        answers.append(await _answer(request, who, one))
        if answers[-1].get("temporary"):
            break
    return answer(answers)


async def _answer(request: web.Request, who: Principal, raw: Any) -> dict[str, Any]:
    try:
        asked = CommandIn.ingest(raw)
        given = asked.model_dump(include={"command_id", "made_at", "seen_seq"}, exclude_none=True)
        command = read_command(asked.name, {**asked.data, **given})
        return await request.app[GATEWAY].submit(command, who, request.match_info["store"])
    except HeardError as refused:
        return refused.as_answer()
