"""What was measured and by what: versions of the parts that figures depend on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from bench.contenders import node_versions

SHOWN = (
    "textual",
    "rich",
    "aiohttp",
    "python-socketio",
    "python-engineio",
    "pydantic",
    "aiosqlite",
    "uvloop",
    "orjson",
)


def machine() -> str:
    """Cores, system, Python."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {platform.system()}, Python {python}"


def versions() -> str:
    """Each part with its version, and what is not there."""
    ours = [f"{name} {_version(name)}" for name in SHOWN]
    theirs = [f"{name} {number}" for name, number in node_versions().items()]
    return ", ".join(ours + (theirs or ["Node: none"]))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
