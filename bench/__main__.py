"""`python -m bench [--full] [--write] [names…]`: the figures, in tables.

Without names: the short set, which takes under five minutes; with `--full` all of them, which take an hour.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console

from bench import results
from bench.generator import Missing
from bench.table import Table
from bench.versions import machine, versions

WIDTH = 150
NAMES = (
    "journal", "glass", "keys", "rest", "catchup", "flow", "ops", "console",
    "fanout", "steady", "acks", "connects", "stalled", "transport",
)  # fmt: skip
SHORT = ("journal", "keys", "catchup", "fanout", "steady", "acks")


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

    return {name: load(name) for name in NAMES}


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 when a bench failed, whatever its figures."""
    benches = _benches()
    given = _arguments(arguments, list(benches))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    sections: dict[str, str] = {}
    failed = False
    for name in given.names or (NAMES if given.full else SHORT):
        began = time.monotonic()
        try:
            table = benches[name]()(full=given.full)
        except Missing as what:
            console.print(f"{name}: {what}", markup=False)
            failed = True
            continue
        except Exception as error:  # noqa: BLE001 - the other figures are still worth having
            console.print(f"{name} failed: {error!r}", markup=False)
            failed = True
            continue
        sections[name] = _section(table)
        table.show(console)
        console.print(f"{name}: {time.monotonic() - began:.0f} s\n", highlight=False)
    console.print(f"{machine()}; {versions()}", highlight=False)
    if given.write and sections:
        results.write(sections, NAMES)
        console.print(f"wrote {', '.join(sections)} into {results.FILE.name}")
    return int(failed)


def _arguments(arguments: list[str], names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks; a table for each.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(names)} [{', '.join(SHORT)}]")
    parser.add_argument("--full", action="store_true", help="longer runs and more rounds; all where none is named")
    parser.add_argument("--write", action="store_true", help=f"write what was measured into {results.FILE.name}")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(names):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return given


def _section(table: Table) -> str:
    return f"{table.markdown()}\nMeasured {datetime.now(UTC):%Y-%m-%d} on {machine()}: {versions()}.\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
