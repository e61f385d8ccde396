"""`python -m bench [--full] [--write] [names…]`: the figures, in tables; the short set takes under five minutes."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from rich.console import Console

from bench.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
WIDTH = 150
SHOWN_VERSIONS = ("textual", "rich", "aiohttp", "python-socketio", "pydantic", "aiosqlite")


class Bench(Protocol):
    """A benchmark: measures and gives a table."""

    def __call__(self, *, full: bool) -> Table:
        """Run it; `full` takes its time."""
        ...


def _benches() -> dict[str, Callable[[], Bench]]:
    """Each is imported when it runs: one must not crowd another."""

    def load(name: str) -> Callable[[], Bench]:
        def imported() -> Bench:
            module = __import__(f"bench.{name}", fromlist=["figures"])
            figures: Bench = module.figures
            return figures

        return imported

    return {name: load(name) for name in ("journal", "glass", "keys", "rest", "catchup", "flow", "ops", "console")}


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 when a bench failed, whatever its figures."""
    benches = _benches()
    given = _arguments(arguments, list(benches))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    tables: list[Table] = []
    failed = False
    for name in given.names or benches:
        began = time.monotonic()
        try:
            tables.append(benches[name]()(full=given.full))
        except Exception as error:  # noqa: BLE001 - the other figures are still worth having
            console.print(f"{name} failed: {error!r}", markup=False)
            failed = True
            continue
        tables[-1].show(console)
        console.print(f"{name}: {time.monotonic() - began:.0f} s\n", highlight=False)
    if given.write and not failed:
        RESULTS.write_text(_document(tables), encoding="utf-8")
        console.print(f"wrote {RESULTS.name}")
    return int(failed)


def _arguments(arguments: list[str], names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks; a table for each.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(names)}; all when none is named")
    parser.add_argument("--full", action="store_true", help="longer runs and more rounds")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(names):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return given


def _document(tables: list[Table]) -> str:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    python = ".".join(platform.python_version_tuple()[:2])
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {python}"
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
    head = [
        "# Results", "",
        "Written by `python -m bench --write`. Absolute figures belong to the machine and to what else it did; the",
        "ratio to a peer in the same run is what can be compared. A figure without a peer has a goal only.", "",
        f"- {today}; {machine}", f"- {versions}", "",
    ]  # fmt: skip
    return "\n".join([*head, *(table.markdown() for table in tables)])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
