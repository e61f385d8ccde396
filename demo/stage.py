"""The stage: a gateway in a process of its own, with a store, a menu, keys and tokens, in a directory of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.guests import menu_text
from heard.client.alive import held, is_held
from heard.client.finding import run_directory, run_files
from heard.contract.audience import Role
from heard.errors import Exit
from heard.ids import new_id
from server.auth import Tokens
from server.keys import KEY_FILE, load_keys
from server.starter import CONFIG_FILE, MENU_FILE

STATIONS = ("grill", "fry", "cold", "expo")
STORE = "s1"
HEAT_S = (300, 480, 720)
READY_WITHIN_S = 60.0
"""A busy machine may take its time; an idle one takes a second."""
LIFE_S = 12 * 3600
PASSING = "heard-demo-"
HELD = "held"
"""The file in a passing directory by which others see that its demo lives."""


class NoGateway(Exception):
    """The gateway did not start or does not answer; the text says what it said last, `code` what to exit with."""

    def __init__(self, words: str, code: Exit = Exit.UNREACHABLE) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stage:
    """A running gateway, and a token for each part that is played."""

    url: str
    ops_url: str
    data: Path
    tokens: dict[str, str]
    pid: int


def furnish(data: Path, speed: float) -> None:
    """Write the demo store's configuration, unless the directory has one. Heat rises `speed` times as fast, and the
    store's name says so: it stands on every screen."""
    data.mkdir(parents=True, exist_ok=True)
    if (data / CONFIG_FILE).exists():
        return
    heat = sorted({max(1, round(level / speed)) for level in HEAT_S})
    stations = json.dumps(STATIONS)
    (data / MENU_FILE).write_text(menu_text(), encoding="utf-8")
    (data / CONFIG_FILE).write_text(
        f'[[stores]]\nid = "{STORE}"\ntenant = "demo"\ndisplay_name = "Friday Night Diner, {speed:g}x speed"\n'
        f'stations = {stations}\nheat_s = {heat}\nmenu = "{MENU_FILE}"\n',
        encoding="utf-8",
    )


@contextlib.asynccontextmanager
async def gateway(data: Path, speed: float) -> AsyncIterator[Stage]:
    """A gateway that lasts as long as the block. Its log goes to `gateway.log` in the data directory.

    Raises:
        NoGateway: it did not accept within a minute.
    """
    furnish(data, speed)
    log = data / "gateway.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            # -P: whatever lies in the directory we were started in is not ours to import.
            sys.executable, "-P", "-m", "demo.lifeline", "serve", "--data", str(data), "--port", "0",
            stdout=asyncio.subprocess.PIPE, stderr=errors, stdin=asyncio.subprocess.PIPE, env=_environment(),
            start_new_session=True,  # Ctrl+C belongs to the screen, which ends the gateway by itself
        )  # fmt: skip
    try:
        said = await _addresses(process, log)
        yield Stage(said["ready"], said["ops"], data, _tokens(data), process.pid)
    finally:
        await end(process)


async def _addresses(process: asyncio.subprocess.Process, log: Path) -> dict[str, str]:
    assert process.stdout is not None  # noqa: S101 - asked for above
    said: dict[str, str] = {}
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while {"ready", "ops"} - said.keys():
                line = await process.stdout.readline()
                if not line:
                    raise NoGateway(f"the gateway did not start: {_last_words(log)}", _code(await process.wait()))
                word, _, address = line.decode().strip().partition(" ")
                said[word] = address
    except TimeoutError:
        raise NoGateway(f"the gateway was not ready in {READY_WITHIN_S:.0f} s: {_last_words(log)}") from None
    return said


def _environment() -> dict[str, str]:
    """Ours, without settings meant for a real gateway: guests must not end up in somebody's journal."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("HEARD_")}


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].removeprefix("heard: ") if lines else "it said nothing"


def _code(ended: int) -> Exit:
    return Exit(ended) if ended > Exit.USAGE and ended in list(Exit) else Exit.UNREACHABLE


async def end(process: asyncio.subprocess.Process) -> None:
    """End a child, politely at first."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(12):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _tokens(data: Path) -> dict[str, str]:
    """A token for the till, for every station's screen, for reading along."""
    maker = Tokens(load_keys(data / KEY_FILE), {"demo"}, now=time.time, new_id=new_id)
    parts: dict[str, tuple[Role, tuple[str, ...]]] = {
        "till": ("pos", ()), "viewer": ("viewer", ()), "operator": ("operator", ()), "expo": ("expo", ()),
    }  # fmt: skip
    parts |= {station: ("kitchen", (station,)) for station in STATIONS if station != "expo"}
    return {
        part: maker.make(
            tenant="demo", subject=f"demo-{part}", role=role, stores=(STORE,), stations=stations, life_s=LIFE_S
        )
        for part, (role, stations) in parts.items()
    }


@contextlib.contextmanager
def findable(stage: Stage) -> Iterator[None]:
    """Let other commands of this user find the demo while the block lasts; readable by nobody else."""
    told = json.dumps({"url": stage.url, "store": STORE, "tokens": stage.tokens})
    with contextlib.ExitStack() as around:
        # Without a runtime directory the demo runs all the same; others then need --server and --token.
        with contextlib.suppress(OSError):
            run_directory().mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in run_files():
                if not is_held(left):
                    left.unlink(missing_ok=True)
            around.enter_context(held(run_directory() / f"demo-{new_id()}.json", told))
        yield


# ── Where it is all kept ──────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def passing_directory() -> Iterator[Path]:
    """A directory for one evening, thrown away after it, with those of demos that were killed. Raises: OSError."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PASSING, ignore_cleanup_errors=True) as name, contextlib.ExitStack() as by:
        # Where files cannot be held it merely stays when we are killed.
        with contextlib.suppress(OSError):
            by.enter_context(held(Path(name) / HELD))
        yield Path(name)


def _sweep(around: Path) -> None:
    """One whose holder is dead goes; one that nobody ever held may be on its way to be."""
    for left in around.glob(f"{PASSING}*"):
        with contextlib.suppress(OSError):
            seen, held_by = left.lstat(), left / HELD
            if stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and held_by.exists() and not is_held(held_by):
                shutil.rmtree(left, ignore_errors=True)
