"""Write what can be made from the code: `python -m docs.generate`; with `--check` say what is stale instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from docs.making import facts, programs, speech, typescript
from heard.contract.openapi import document

HERE = Path(__file__).parent


def openapi() -> str:
    """docs/openapi.json."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "openapi.json": openapi,
    "heard.d.ts": typescript.text,
    "reference/events.md": speech.events,
    "reference/commands.md": speech.commands,
    "reference/session.md": speech.messages,
    "reference/errors.md": facts.errors,
    "reference/goodbyes.md": facts.goodbyes,
    "reference/roles.md": facts.roles,
    "reference/states.md": facts.states,
    "reference/settings.md": programs.settings,
    "reference/kds.md": programs.station,
    "reference/cli.md": programs.cli,
    "reference/metrics.md": programs.metrics,
}
"""Every generated file, below docs/, and who makes it."""


def stale() -> list[str]:
    """The files that are not what the code says."""
    return [name for name, make in PAGES.items() if _on_disk(name) != make()]


def _on_disk(name: str) -> str | None:
    path = HERE / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def write() -> None:
    """Write those that are stale."""
    for name in stale():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


def main(words: list[str]) -> int:
    """The command; the exit code."""
    if words not in ([], ["--check"]):
        sys.stderr.write("usage: python -m docs.generate [--check]\n")
        return 2
    if not words:
        write()
        return 0
    old = stale()
    if old:
        names = ", ".join(f"docs/{name}" for name in old)
        sys.stderr.write(f"not what the code says any more: {names}; run `make docs`\n")
    return 1 if old else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
