"""`heard demo` as a stranger starts it, and a look at what it leaves behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

DEMO = (sys.executable, "-m", "heard", "demo")
SHORT = ("--headless", "--for", "3", "--speed", "120", "--json")


def environment(home: Path) -> dict[str, str]:
    """One in which everything temporary lies in a directory of its own, and nothing points to a home."""
    (home / "tmp").mkdir(exist_ok=True)
    here = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HOME"))}
    return here | {"TMPDIR": str(home / "tmp")}


def run(home: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """An evening from beginning to end."""
    return subprocess.run(
        [*DEMO, *words], env=environment(home), capture_output=True, text=True, timeout=90, check=False,
        stdin=subprocess.DEVNULL, **more,
    )  # fmt: skip


def summary(said: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Its one line of JSON."""
    (line,) = said.stdout.splitlines()
    return dict(json.loads(line))


def left_behind(home: Path) -> tuple[list[str], list[str]]:
    """Processes that still know this directory, and files in it that should be gone."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    processes = [line for line in listed.stdout.splitlines() if str(home / "tmp") in line]
    return processes, [path.name for path in (home / "tmp").iterdir()]


NOTHING: tuple[list[str], list[str]] = ([], [])
