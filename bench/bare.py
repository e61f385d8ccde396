"""`python -m bench.bare [--journal]`: the transport alone, to see what it costs by itself; speaks like the peers.

With `--journal` every broadcast is written to the real SQLite journal before it goes out, and every answer before it is
given. No tokens, no kitchen, no metrics. Says `{"port": …}` and lives until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.contenders import NAMESPACE
from heard.contract.base import instant_text
from server.app import settle_memory
from server.fanout import Members
from server.journal import open_journal
from server.journal.base import Batch, Entry, Journal
from server.loop import run
from server.transport import BadContent, Handler, SocketServer, TransportSettings

TENANT, STORE = "demo", "s1"
STREAM = f"{STORE}/kds"


class Bare(Handler):
    """Lets everybody in; tells "trigger" to all, answers the rest at once, or once it is written."""

    server: SocketServer

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self._all = Members()
        self._numbers = count(1)

    async def admit(self, *_: Any) -> None:
        """Everybody."""

    async def joined(self, sid: str, namespace: str) -> None:  # noqa: ARG002
        """One more to tell."""
        self._all.add(sid)

    def received(self, sid: str, namespace: str, event: str, args: list[Any] | BadContent) -> Any:  # noqa: ARG002
        """Written first, where there is a journal."""
        assert isinstance(args, list)
        said = {"seq": next(self._numbers), "at": datetime.now(UTC).isoformat(), "store": STORE} | args[0]
        return self._done(namespace, event, said) if self._journal is None else self._written(namespace, event, said)

    async def _written(self, namespace: str, event: str, said: dict[str, Any]) -> dict[str, Any]:
        assert self._journal is not None
        await self._journal.append(Batch(TENANT, (_entry(said),)))
        return self._done(namespace, event, said)

    def _done(self, namespace: str, event: str, said: dict[str, Any]) -> dict[str, Any]:
        if event == "trigger":
            self.server.broadcast(self._all.sids, namespace, "event", said)
        return {"ok": True}

    def unasked(self, *_: Any) -> None:
        """Nobody asked."""

    async def left(self, sid: str, *_: Any) -> None:
        """One less."""
        self._all.remove(sid)


def _entry(data: dict[str, Any]) -> Entry:
    return Entry(
        stream=STREAM, id=f"{data['seq']:032x}", v=1, store=STORE, at=instant_text(datetime.now(UTC)), name="event",
        data=data, private={}, cause=None, actor={"subject": "bench"}, trace=None, prevs={},
    )  # fmt: skip


async def serve(journal: Journal | None) -> None:
    """Until it is ended."""
    handler = Bare(journal)
    handler.server = SocketServer({NAMESPACE: handler}, TransportSettings(), lambda *_: None)
    app = web.Application()
    handler.server.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settle_memory()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def main(arguments: list[str]) -> None:
    """Open the journal, if there shall be one, and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare")
    parser.add_argument("--journal", action="store_true", help="write to SQLite first")
    journal = None
    if parser.parse_args(arguments).journal:
        journal = await open_journal(f"sqlite:///{Path(os.environ['BENCH_DATA']) / 'journal.db'}")
        await journal.open_stream(TENANT, STREAM)
    await serve(journal)


if __name__ == "__main__":
    run(main(sys.argv[1:]))
