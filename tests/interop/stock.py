"""Stock JavaScript clients of several ages: installed once per test session, and moved about from here like puppets."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol, Self

import pytest

from tests.missing import give_up, need
from tests.stories.conftest import Process, until

HOME = Path(__file__).parent
ALIAS = "socket.io-client-"
VERSIONS = tuple(name.removeprefix(ALIAS) for name in json.loads((HOME / "package.json").read_text())["dependencies"])
INSTALL_S = 120


def installed(factory: pytest.TempPathFactory) -> Path:
    """The folder with the packages and our scripts; the first worker that asks installs, the others wait for it."""
    need("npm")
    need("node", "nodejs")
    base = factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "npm"
    home.mkdir(exist_ok=True)
    verdict = home / "verdict"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not verdict.exists():
            verdict.write_text(_install(home))
    failure = verdict.read_text()
    if failure:
        give_up(f"npm could not fetch socket.io-client: {failure}")
    return home


def _install(home: Path) -> str:
    """Install what the lock file says; what went wrong, empty when nothing did."""
    for file in ("package.json", "package-lock.json", ".npmrc", "puppet.mjs", "stock_client.mjs"):
        shutil.copy(HOME / file, home)
    command = ["npm", "ci", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return f"nothing within {INSTALL_S} s"
    return (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0] if done.returncode else ""


class Server(Protocol):
    """Where clients connect."""

    @property
    def url(self) -> str:
        """Its address, without a path."""
        ...


class Puppet:
    """One Node process with one version of the client; what its sockets live through comes in as rows.

    A row is `{socket, what, …}`: `connect {sid, recovered, transport}`, `disconnect {reason, active}`,
    `connect_error {message, data}`, `event {args}`, `ack {args}`, `upgrade {transport}`.
    """

    def __init__(self, home: Path, version: str) -> None:
        self.process = Process(ALIAS + version, command=("node", str(home / "puppet.mjs")), cwd=home, listens=True)
        self.version = version
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process.child.poll() is None

    def tell(self, do: str, **more: Any) -> None:
        """Have it do one thing."""
        pipe = self.process.child.stdin
        assert pipe is not None
        pipe.write(json.dumps({"do": do, **more}, default=_buffer) + "\n")
        pipe.flush()

    def open(
        self,
        socket: str,
        server: Server,
        transports: list[str],
        namespace: str = "/kds",
        *,
        back_after_ms: int = 20,
        **more: Any,
    ) -> None:
        """Connect a socket on a connection of its own, impatient to come back unless told otherwise."""
        options = {
            "transports": transports, "reconnectionDelay": back_after_ms, "reconnectionDelayMax": 2 * back_after_ms
        }  # fmt: skip
        self.tell("open", socket=socket, url=server.url, namespace=namespace, options=options, **more)

    async def calm(self) -> None:
        """Close what a test left open, and forget what was lived through."""
        start = len(self.process.out)
        self.tell("forget")
        await until(lambda: any('"forgotten"' in line for line in self.process.out[start:]) or self._failed())
        self._read = len(self.process.out)

    def rows(self, what: str, socket: str | None = None) -> list[dict[str, Any]]:
        """What happened so far, of one kind, oldest first."""
        lines = (json.loads(line, object_hook=_bytes) for line in self.process.out[self._read :])
        return [row for row in lines if row["what"] == what and socket in {None, row["socket"]}]

    async def saw(self, what: str, count: int = 1, socket: str | None = None) -> list[dict[str, Any]]:
        """Wait for that many of them."""
        await until(lambda: len(self.rows(what, socket)) >= count or self._failed())
        return self.rows(what, socket)

    def _failed(self) -> bool:
        assert self.alive, "".join(self.process.err)
        return False


def _buffer(value: bytes) -> dict[str, Any]:
    """Bytes as Node writes its own in JSON."""
    return {"type": "Buffer", "data": list(value)}


def _bytes(value: dict[str, Any]) -> Any:
    return bytes(value["data"]) if value.keys() == {"type", "data"} else value
