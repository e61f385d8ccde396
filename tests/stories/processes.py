"""Real processes for stories: a gateway, what goes over its HTTP door, and waiting for what must become so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from heard.contract.audience import Role
from heard.contract.envelope import Envelope
from heard.ids import new_id
from heard.kitchen.board import Board
from heard.kitchen.rules import apply_to_board
from server.auth import Tokens
from server.keys import KEY_FILE, load_keys
from tests.patience import PATIENCE_S

HEARD = (sys.executable, "-m", "heard")
STORE = "s1"


def until(so: Callable[[], object], what: str = "it", within_s: float = PATIENCE_S, *, shown: object = "") -> None:
    """Wait until something is so; what is `shown` then, a screen say, goes into the complaint."""
    end = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < end, f"{what} did not come true within {within_s:g} s\n{shown}"
        time.sleep(0.005)


class GatewayProcess:
    """`heard serve` in a process and on a port of its own. A context; may be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process of now."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def start(self, port: int = 0) -> None:
        """Start it; returns when it accepts."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "stderr.log").open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                [*HEARD, "serve", "--data", str(self.data), "--port", str(port)],
                stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        word, _, self.url = self._process.stdout.readline().strip().partition(" ")
        assert word == "ready", (self.data / "stderr.log").read_text("utf-8")

    def end(self, how: int = signal.SIGKILL) -> None:
        """End it, by default without a warning."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            process.send_signal(how)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def token(self, role: Role, *stations: str) -> str:
        """A token of this gateway."""
        maker = Tokens(load_keys(self.data / KEY_FILE), {"demo"}, now=time.time, new_id=new_id)
        return maker.make(
            tenant="demo", subject=f"test-{role}", role=role, stores=(STORE,), stations=stations, life_s=3600
        )

    def pos(self) -> Till:
        """Its HTTP door, with everybody's rights at one counter."""
        return Till(self)


class Till:
    """What comes and goes over HTTP."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._tokens = {"pos": gateway.token("pos"), "manager": gateway.token("manager")}

    def ask(self, method: str, path: str, body: Any = None, *, role: str = "pos") -> Any:
        """The answer, refusals too."""
        headers = {"Authorization": f"Bearer {self._tokens[role]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        wanted = Request(self._gateway.url + path, data, headers, method=method)  # noqa: S310 - our own gateway
        try:
            with urlopen(wanted, timeout=PATIENCE_S) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except HTTPError as refused:
            with refused:
                return json.load(refused)

    def place(self, *items: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
        """An order; the one that was made of it."""
        rows = [{"name": one, "qty": "1"} if isinstance(one, str) else one for one in items]
        answer = self.ask("POST", f"/v1/stores/{STORE}/orders", {"items": rows} | more)
        assert answer.get("ok"), answer
        return dict(answer["order"])

    def place_many(self, orders: Sequence[dict[str, Any]]) -> None:
        """Orders in batches."""
        for first in range(0, len(orders), 64):
            batch = [
                {"command_id": new_id(), "name": "orders:place", "data": {"order": order}}
                for order in orders[first : first + 64]
            ]
            answers = self.ask("POST", f"/v1/stores/{STORE}/commands", batch)
            assert all(answer.get("ok") for answer in answers), answers

    def change(self, order: dict[str, Any], **changes: Any) -> None:
        """Update an order."""
        answer = self.ask("PATCH", f"/v1/stores/{STORE}/orders/{order['id']}", changes)
        assert answer.get("ok"), answer

    def cancel(self, order: dict[str, Any]) -> None:
        """Cancel an order."""
        answer = self.ask("POST", f"/v1/stores/{STORE}/orders/{order['id']}/cancel", {"reason": "guest left"})
        assert answer.get("ok"), answer

    def status(self, order: dict[str, Any]) -> str:
        """How an order stands."""
        return str(self.ask("GET", f"/v1/stores/{STORE}/orders/{order['id']}")["order"]["status"])

    def clear(self) -> Self:
        """A kitchen with nothing to do."""
        for order in self.ask("GET", f"/v1/stores/{STORE}/orders?limit=300", role="manager")["orders"]:
            if order["status"] not in ("completed", "cancelled"):
                told = {"ticket_id": f"{order['id']}.expo", "force": True}
                asked = {"command_id": new_id(), "name": "kds:bump", "data": told}
                assert self.ask("POST", f"/v1/stores/{STORE}/commands", asked, role="manager")["ok"]
        return self

    # ── The journal ───────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, kind: str, **query: Any) -> dict[str, Any]:
        """One read of a stream."""
        path = f"/v1/streams/{STORE}/{kind}" + (f"?{urlencode(query)}" if query else "")
        return dict(self.ask("GET", path, role="manager"))

    def journal(self, kind: str = "kds") -> list[Envelope]:
        """A stream from its first event; held against itself: no gap, one epoch."""
        epoch, events = self.read(kind)["epoch"], list[Envelope]()
        while True:
            page = self.read(kind, epoch=epoch, after=len(events))
            assert page["recovered"], page
            events += [Envelope.model_validate(event) for event in page["events"]]
            if not page["more"]:
                break
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return events

    def fold(self) -> Board:
        """The board that the journal comes to."""
        board = Board()
        for event in self.journal():
            board = apply_to_board(board, event)
        return board

    def snapshot(self) -> tuple[Board, int]:
        """The board as the gateway hands it out, and in how many pages it came."""
        page = self.read("kds")
        pages = [page]
        while page.get("cursor"):
            page = self.read("kds", cursor=page["cursor"])
            pages.append(page)
        tickets = [ticket for page in pages for ticket in page["snapshot"]["tickets"]]
        return Board.from_snapshot(pages[-1]["snapshot"] | {"tickets": tickets}), len(pages)


def own_directories(home: Path) -> dict[str, str]:
    """An environment whose every directory is below `home`, for programs that keep things in the user's places."""
    places = {"XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
    for place in places.values():
        (home / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    return dict(os.environ) | {name: str(home / place) for name, place in places.items()} | {"HOME": str(home)}


def running(home: Path) -> dict[int, str]:
    """Every process with this home that has not ended, and its words."""
    found: dict[int, str] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (place / "environ").read_bytes():
                words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if (place / "stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z":
                    found[int(place.name)] = words
        except OSError:
            continue
    return found
