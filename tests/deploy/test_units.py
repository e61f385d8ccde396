"""The unit files are what systemd takes them for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.missing import need

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").rglob("*.service"))
HEARD = re.compile(r"[^ =]*/bin/(heard|foot)\b")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    analyze = need("systemd-analyze", "systemd")
    place = tmp_path / unit.name.replace("@.", "@grill.")
    # What is not installed here is no fault of the unit: any program stands in for it.
    text = HEARD.sub(shutil.which("true") or "/bin/true", unit.read_text(encoding="utf-8"))
    place.write_text(text, encoding="utf-8")
    who = ["--user"] if unit.parent.name == "user" else []
    (tmp_path / "runtime").mkdir()
    checked = subprocess.run(
        [analyze, "verify", *who, "--man=no", str(place)], check=False, capture_output=True, text=True, timeout=60,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert place.name not in checked.stderr, checked.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_calls_a_command_with_options_it_has(unit: Path) -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=.*?/bin/heard (\w+) (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    section = reference.partition(f"## heard {line[0]}\n")[2].partition("\n## ")[0]
    assert section
    assert [option for option in re.findall(r"--[\w-]+", line[1]) if f"`{option}" not in section] == []
