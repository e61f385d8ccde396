"""What the wall looked like when somebody last looked and said yes: `screens/` holds it, cell by cell.

`HEARD_GOLDEN=write pytest tests/kds/golden` writes them anew; the diff is then for a person to read.
"""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.kds.golden.grid import as_text, painted, theme_named

SCREENS = Path(__file__).parent / "screens"
FOUR = ("dark", "paper", "sixteen", "plain")


def these(state, sizes, text_size="normal", themes=("dark",)):
    return [(state, size, text_size, theme) for size in sizes.split() for theme in themes]


CASES = [
    *these("empty", "80x24 200x60"),
    *these("empty", "39x24 80x9", themes=("plain",)),
    *these("rush", "80x24", themes=FOUR),
    *these("rush", "100x30 200x60"),
    *these("rush", "250x80", themes=("paper",)),
    *these("trouble", "80x24", themes=FOUR),
    *these("trouble", "100x30"),
    *these("sixty", "80x24", themes=("dark", "plain")),
    *these("sixty", "100x30 200x60 250x80", themes=("paper",)),
    *these("pass", "80x24", themes=FOUR),
    *these("pass", "100x30 200x60"),
    *these("ghosts", "80x24", themes=FOUR),
    *these("rush", "80x24 200x60", "large"),
    *these("rush", "100x30", "large", FOUR),
    *these("trouble", "100x30", "large", ("paper",)),
    *these("sixty", "100x30", "large"),
    *these("ghosts", "100x30", "large"),
    *these("rush", "100x30", "huge", FOUR),
    *these("rush", "200x60", "huge"),
    *these("trouble", "200x60", "huge", ("dark", "sixteen")),
    *these("pass", "100x30", "huge", ("paper",)),
]


def name_of(case):
    state, size, text_size, theme = case
    return f"{state}-{size}-{text_size}-{theme}.txt"


@pytest.mark.parametrize("case", CASES, ids=name_of)
async def test_the_wall_looks_as_it_did(case):
    state, size, text_size, theme = case
    columns, lines = map(int, size.split("x"))
    look = theme_named(theme)
    now = as_text(await painted(state, (columns, lines), text_size, look), look)
    kept = SCREENS / name_of(case)
    if os.environ.get("HEARD_GOLDEN") == "write":
        kept.write_text(now, encoding="utf-8")
    before = kept.read_text(encoding="utf-8") if kept.exists() else ""
    changes = "\n".join(unified_diff(before.splitlines(), now.splitlines(), "as it was", "as it is", lineterm="", n=1))
    assert not changes, f"{kept.name} changed; HEARD_GOLDEN=write keeps the new one:\n{changes}"


def test_no_screen_is_kept_that_nobody_looks_at():
    assert {one.name for one in SCREENS.iterdir()} == {name_of(case) for case in CASES}
