"""The servers that are measured, each in a fresh process on one core, and how a load generator talks to them.

`heard` is the whole product with its journal in memory, `durable` the same with its journal on disk; `bare` and
`written` are the transport alone (bench/bare.py), without and with a journal; `node` and `stock` are the peers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import jwt

from bench.generator import SERVER_CORE, Missing, cache, pinned
from bench.house import House, Till, house, plain_environment, store_names
from demo.stage import end

Kind = Literal["heard", "durable", "bare", "written", "node", "stock"]
NAMES: Mapping[Kind, str] = {
    "heard": "Heard, journal in memory",
    "durable": "Heard, durable",
    "bare": "transport alone",
    "written": "transport and journal",
    "node": "Node socket.io",
    "stock": "stock python-socketio",
}
EVENT_BYTES = 600
NAMESPACE = "/kds"
READY_WITHIN_S = 30.0
LOAD = Path(__file__).with_name("load")
_OVERHEAD = {"node": 83, "stock": 91, "heard": 505}
"""What an event holds beside its padding."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is there: so many clients in one store, or each in a store of its own (`apart`); in the one store so many
    tickets that commands may be about; `acker`: one more client, in another store. `event_bytes` is how long an event
    is on the wire, near enough.
    """

    clients: int
    tickets: int = 4
    apart: bool = False
    acker: bool = False
    event_bytes: int = EVENT_BYTES


@dataclass(frozen=True, slots=True)
class Contender:
    """A running server. Commands are templates of the generator's; `command` is durable where the server is."""

    port: int
    pid: int
    event: str
    trigger: tuple[str, ...]
    ask: tuple[str, ...]
    command: tuple[str, ...]
    nothing_new: tuple[str, ...]
    """A command that is answered and changes nothing."""
    files: dict[str, Path]
    ready: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def generator(self, scene: Scene, ask: Sequence[str] = ()) -> dict[str, Any]:
        """The generator's options for it."""
        return {
            "port": self.port, "pid": self.pid, "ns": NAMESPACE, "ready": self.ready, "event": self.event,
            "clients": scene.clients, "acker": int(scene.acker), "trigger": list(self.trigger), "ask": list(ask),
            **self.files,
        }  # fmt: skip


@contextlib.asynccontextmanager
async def contender(kind: Kind, scene: Scene) -> AsyncIterator[Contender]:
    """One of them, fresh, for as long as the block. Raises: Missing: what it needs is not on this machine."""
    if kind in ("heard", "durable"):
        async with _heard(scene, None if kind == "durable" else "memory:") as it:
            yield it
        return
    commands: dict[Kind, list[str]] = {
        "stock": [sys.executable, "-m", "bench.load.peer"],
        "bare": [sys.executable, "-m", "bench.bare"],
        "written": [sys.executable, "-m", "bench.bare", "--journal"],
    }
    words = [node(), str(LOAD / "peer.mjs")] if kind == "node" else commands[kind]
    async with _peer(words, scene, _OVERHEAD["node" if kind == "node" else "stock"]) as it:
        yield it


# ── Heard ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _heard(scene: Scene, journal: str | None) -> AsyncIterator[Contender]:
    """`heard serve` as it is installed: tokens, roles, limits and metrics on."""
    stores = scene.clients if scene.apart else 1
    async with house(1, stores=stores + scene.acker, journal=journal, words_before=pinned(SERVER_CORE)) as at:
        seats = store_names(stores) if scene.apart else store_names(1) * scene.clients
        seats += store_names(stores + 1)[-1:] if scene.acker else ()
        # By line: whose client's command is about which ticket; in one store the first few are the senders'.
        wanted = list(seats) if scene.apart else list(store_names(1) * scene.tickets)
        if scene.acker:
            wanted += [seats[0]] * (scene.clients - len(wanted)) + [seats[-1]]
        tickets = await _tickets(at, wanted)
        about = {"client": {"name": "bench", "version": "1", "device": "bench"}}
        auths = [
            {"token": at.token("kitchen", *at.stations, store=store, subject=f"bench-{number}")} | about
            for number, store in enumerate(seats)
        ]
        pad = "x" * (scene.event_bytes - _OVERHEAD["heard"])
        hold, fire = (
            f'42{NAMESPACE},@["kds:{move}",{{"command_id":"bench-@n","ticket_id":"@t","reason":"{pad}"}}]'
            for move in ("hold", "fire")
        )
        yield Contender(
            port=int(at.url.rpartition(":")[2]), pid=at.pid, event=f'42{NAMESPACE},["kds:item_',
            ready=f'42{NAMESPACE},["session:ready"',
            trigger=(hold.replace(",@[", ",["), fire.replace(",@[", ",[")),
            ask=(f'42{NAMESPACE},@k["session:report",{{"positions":{{}},"unsent":0}}]',),
            command=(hold.replace(",@[", ",@k["), fire.replace(",@[", ",@k[")),
            nothing_new=(fire.replace(",@[", ",@k["),),
            files=_files(at.data, auths, tickets),
        )  # fmt: skip


async def _tickets(at: House, stores: Sequence[str]) -> list[str]:
    """One open ticket in each of these stores."""
    async with aiohttp.ClientSession() as http:
        tills = {store: Till(at, http, store) for store in set(stores)}
        orders = [await tills[store].send(("Burger", at.stations[0])) for store in stores]
    return [f"{order['id']}.{at.stations[0]}" for order in orders]


def _files(into: Path, auths: Sequence[object], tickets: Sequence[str] = ()) -> dict[str, Path]:
    files = {"auth": [json.dumps(one, separators=(",", ":")) for one in auths], "tickets": list(tickets)}
    made = {}
    for name, lines in files.items():
        if lines:
            made[name] = into / f"bench-{name}"
            made[name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


# ── The peers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _peer(words: Sequence[str], scene: Scene, overhead: int) -> AsyncIterator[Contender]:
    secret = secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="heard-bench-", ignore_cleanup_errors=True) as made:
        environment = plain_environment() | {
            "BENCH_SECRET": secret, "BENCH_MODULES": str(modules_in()), "BENCH_DATA": made, "NODE_ENV": "production",
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *pinned(SERVER_CORE), *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(READY_WITHIN_S):
                port = json.loads(await process.stdout.readline() or '{"port": 0}')["port"]
            if not port:
                raise RuntimeError(f"{words[-1]} did not start")
            echo = (f'42{NAMESPACE},@k["echo",{{"positions":{{}},"unsent":0}}]',)
            trigger = f'42{NAMESPACE},["trigger",{{"pad":"{"x" * (scene.event_bytes - overhead)}"}}]'
            yield Contender(
                port=port, pid=process.pid, event=f'42{NAMESPACE},["event",', trigger=(trigger,), ask=echo,
                command=echo, nothing_new=echo, files=_files(Path(made), _claims(scene, secret)),
            )  # fmt: skip
        finally:
            await end(process)


def _claims(scene: Scene, secret: str) -> list[dict[str, str]]:
    """Tokens that say what those of Heard's own clients say."""
    at = int(time.time())
    return [
        {"token": jwt.encode({
            "iss": "heard", "aud": "heard", "sub": f"bench-{number}", "iat": at, "exp": at + 3600,
            "jti": secrets.token_hex(16), "typ": "user", "tenant": "demo", "role": "kitchen", "stations": ["p01"],
            "stores": [f"s{number + 1}" if scene.apart or number >= scene.clients else "s1"],
        }, secret, algorithm="HS256")}
        for number in range(scene.clients + scene.acker)
    ]  # fmt: skip


def node() -> str:
    """Node, with the peer's packages installed. Raises: Missing."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise Missing(
            "Node is not installed (Debian: apt install nodejs npm); compared with stock python-socketio only"
        )
    home = modules_in()
    package = (LOAD / "package.json").read_text(encoding="utf-8")
    if not (home / "node_modules").exists() or (home / "package.json").read_text(encoding="utf-8") != package:
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text(package, encoding="utf-8")
        quiet = ["--silent", "--no-audit", "--no-fund", "--omit=dev"]
        done = subprocess.run([npm, "install", *quiet], cwd=home, check=False, capture_output=True)
        if done.returncode:
            shutil.rmtree(home, ignore_errors=True)
            raise Missing(f"npm could not install socket.io: {done.stderr.decode(errors='replace')[-300:]}")
    return found


def modules_in() -> Path:
    """The directory with the Node peer's packages."""
    return cache() / "node"


def node_versions() -> dict[str, str]:
    """What the Node peer is made of; nothing where it never ran."""
    found, packages = shutil.which("node"), modules_in() / "node_modules"
    if found is None or not packages.exists():
        return {}
    said = subprocess.run([found, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    parts = {
        name: json.loads((packages / name / "package.json").read_text(encoding="utf-8"))["version"]
        for name in ("socket.io", "engine.io", "ws")
    }
    return {"node": said.removeprefix("v")} | parts


def server_cpu_s(pid: int) -> float:
    """CPU of all threads of a process so far, in s."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


def server_rss(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
