"""Windows that change their size faster than anybody can follow, whatever is open in them."""

from __future__ import annotations

import pytest

from tests.stories.processes import Till, until
from tests.stories.screens import OPENED, Screens, comes_back, fryers, is_left, opens, storm, up

pytestmark = pytest.mark.story


@pytest.mark.parametrize("program", OPENED)
def test_a_storm_of_sizes_leaves_what_was_open_as_it_was(till: Till, start: Screens, program: str) -> None:
    till.place_many(fryers(12))
    screen = up(start(program))
    for seed, (keys, shown) in enumerate(OPENED[program].items()):
        opens(screen, keys, shown)
        storm(screen, seed)
        until(lambda shown=shown: shown in screen.text and "too small" not in screen.text, f"{shown} again")
        comes_back(screen)
        if keys == "a":
            screen.press("aa")
            until(lambda: "ALL DAY" not in screen.text, "the panel away")
    if program == "kds":
        screen.until_sees("12 open", "Burger 0", "Burger 11")
    is_left(screen)
