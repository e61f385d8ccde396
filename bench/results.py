"""RESULTS.md: a section for each bench, each as old as it says; writing one leaves the others as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

Written by `python -m bench --write`. Absolute figures belong to the machine and to what else it did; the
ratio to a peer in the same run is what can be compared. A figure without a peer has a goal only.
"""
_MARK = re.compile(r"^<!-- bench: (\w+) -->\n", re.MULTILINE)


def merged(before: str, fresh: Mapping[str, str], order: Iterable[str]) -> str:
    """The file with these sections, by bench, in place of those it had."""
    _, *parts = _MARK.split(before)
    sections = {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}
    sections |= {name: text.strip() for name, text in fresh.items()}
    kept = (f"<!-- bench: {name} -->\n{sections[name]}\n" for name in order if name in sections)
    return "\n".join([HEAD, *kept])


def write(fresh: Mapping[str, str], order: Iterable[str]) -> None:
    """Put these sections into the file."""
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    FILE.write_text(merged(before, fresh, order), encoding="utf-8")
