"""What is asked in a feed's thread hears of an end that came before its answer."""

from __future__ import annotations

import asyncio
import threading

import pytest

from heard.client.feed import ThreadedFeed
from tests.patience import PATIENCE_S


class Hasty(ThreadedFeed):
    """Ends when it is asked something that nobody answers; `late`: it has ended already."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("hasty", None)
        self.cut_off = threading.Event()
        self.begun = False
        self._late = late

    async def _run(self) -> None:
        if self._late:
            asyncio.get_running_loop().call_soon(self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        self._begin(self._asking(), "asking", self.cut_off.set)

    async def _asking(self) -> None:
        self.begun = True
        await asyncio.Event().wait()

    def _publish(self) -> None:
        """Nobody looks."""


@pytest.mark.parametrize("late", [False, True])
def test_what_is_cut_off_is_told_so_even_before_its_first_step(late):
    feed = Hasty(late=late)
    feed.start()
    assert feed.stop(PATIENCE_S)
    assert feed.cut_off.is_set()
    assert feed.begun is not late
