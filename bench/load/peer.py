"""`python -m bench.load.peer`: stock python-socketio on aiohttp with its default settings; does what peer.mjs does.

The environment gives BENCH_SECRET. Says `{"port": …}` and lives until stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from itertools import count
from typing import Any

import jwt
import socketio
from aiohttp import web

NAMESPACE = "/kds"


def server(secret: str) -> socketio.AsyncServer:
    """The peer."""
    sio = socketio.AsyncServer(async_mode="aiohttp")
    numbers = count(1)
    stores: dict[str, str] = {}

    async def connect(sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
        try:
            claims = jwt.decode(auth["token"], secret, algorithms=["HS256"], issuer="heard", audience="heard")
        except jwt.PyJWTError as wrong:
            raise socketio.exceptions.ConnectionRefusedError(str(wrong)) from None
        stores[sid] = claims["stores"][0]
        await sio.enter_room(sid, stores[sid], namespace=NAMESPACE)

    async def disconnect(sid: str, _reason: str) -> None:
        stores.pop(sid, None)

    async def trigger(sid: str, asked: dict[str, Any]) -> None:
        store, at = stores[sid], datetime.now(UTC).isoformat()
        event = {"seq": next(numbers), "at": at, "store": store, "pad": asked["pad"]}
        await sio.emit("event", event, room=store, namespace=NAMESPACE)

    async def echo(_sid: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    for handler in (connect, disconnect, trigger, echo):
        sio.on(handler.__name__, handler, namespace=NAMESPACE)
    return sio


async def serve() -> None:
    """Until stdin ends."""
    app = web.Application()
    server(os.environ["BENCH_SECRET"]).attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # thousands of clients may be connected, and nothing is worth seeing them off


if __name__ == "__main__":
    asyncio.run(serve())
