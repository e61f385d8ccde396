"""The load generator in C: built when it is needed, run on a core of its own, its lines of JSON read."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import platformdirs

SOURCE = Path(__file__).with_name("load") / "load.c"
WITHIN_S = 300.0
"""The longest that a run may take; the generator itself gives up on a server much sooner."""
END_WITHIN_S = 2.0
SERVER_CORE, GENERATOR_CORE = 0, 1

Options = dict[str, str | int | float | list[str] | None]
"""By the generator's own names; None leaves one out, a list gives it several times."""


class Missing(Exception):
    """What a bench cannot do without is not on this machine; the text says what and where it comes from."""


class WentWrong(Exception):
    """A run that measured nothing; the text is the generator's."""


def cache() -> Path:
    """Where compiled and downloaded things are kept between runs."""
    kept = Path(platformdirs.user_cache_dir("heard", appauthor=False)) / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def pinned(core: int) -> list[str]:
    """The words before a command that keep it on one core; none where there is only one, or no taskset."""
    taskset = shutil.which("taskset")
    cores = sorted(os.sched_getaffinity(0))
    return [taskset, "-c", str(cores[core])] if taskset and len(cores) > 1 else []


def built() -> Path:
    """The generator, compiled from what its source is now. Raises: Missing."""
    if sys.platform != "linux":
        raise Missing("the load generator needs Linux: it watches the server through /proc")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Missing("there is no C compiler for the load generator (Debian: apt install gcc libc6-dev)")
    binary = cache() / f"load-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]}"
    if not binary.exists():
        fresh = binary.with_suffix(f".{os.getpid()}")
        subprocess.run([compiler, "-O2", "-o", fresh, SOURCE], check=True)
        fresh.replace(binary)
    return binary


class Load:
    """A running generator."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> dict[str, Any]:
        """The next line. Raises: WentWrong: it says that something did, or nothing more."""
        assert self._process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            line = await self._process.stdout.readline()
        told: dict[str, Any] = json.loads(line or '{"error": "the generator said nothing"}')
        if "error" in told:
            raise WentWrong(told["error"])
        return told

    async def drop(self) -> None:
        """Let it cut all its connections at once, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"drop\n")
        await self._process.wait()


@contextlib.asynccontextmanager
async def load(mode: str, core: int = GENERATOR_CORE, **options: Any) -> AsyncIterator[Load]:
    """The generator in one of its modes, for as long as the block; options as in `Options`. Raises: Missing."""
    process = await asyncio.create_subprocess_exec(
        *pinned(core), built(), mode, *_words(options), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Load(process)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """It ends by itself when it has found what it was to find, or when stdin ends."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def measure(mode: str, **options: Any) -> dict[str, Any]:
    """What one run found. Raises: Missing, WentWrong."""
    async with load(mode, **options) as running:
        return await running.said()


def _words(options: Options) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [] if one is None else [f"--{name}", str(one)]
    return words
