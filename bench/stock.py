"""`python -m bench.stock TICKETS`: the same board as most would write it in Textual, as a peer for the station's wall.

A `Static` per card in scrolling columns, one timer that writes every age each second, a bump that removes the card. It
has no gateway, no outbox and no link to keep: all it does is paint.
"""

from __future__ import annotations

import sys
import time
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

COLUMNS = 7


class Card(Static):
    """One ticket."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.placed = time.monotonic()
        super().__init__(self.text(), markup=False)

    def text(self) -> str:
        """What is on it this second."""
        minutes, seconds = divmod(int(time.monotonic() - self.placed), 60)
        return f"#{self.number}  {minutes:02}:{seconds:02}\n1 Dish {self.number}"

    def tick(self) -> None:
        """Another second."""
        self.update(self.text(), layout=False)


class Stock(App[None]):
    """The board."""

    CSS = (
        "VerticalScroll { width: 1fr; } Card { height: auto; margin-bottom: 1; } Card.focused { background: $primary; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [("down", "go", "next"), ("enter", "bump", "bump")]

    def __init__(self, tickets: int) -> None:
        super().__init__()
        self._cards = [Card(n) for n in range(1, tickets + 1)]
        self._focused: Card | None = None

    def compose(self) -> ComposeResult:
        """Columns of cards."""
        with Horizontal():
            each = -(-len(self._cards) // COLUMNS)
            for start in range(0, len(self._cards), each):
                with VerticalScroll(can_focus=False):
                    yield from self._cards[start : start + each]

    def on_mount(self) -> None:
        """One clock for all."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        for card in self._cards:
            card.tick()

    def action_go(self) -> None:
        """Focus the first card, or the one after it."""
        if self._focused is not None:
            self._focused.remove_class("focused")
        at = self._cards.index(self._focused) + 1 if self._focused in self._cards else 0
        self._focused = self._cards[at % len(self._cards)]
        self._focused.add_class("focused")

    async def action_bump(self) -> None:
        """Done with the focused card."""
        card, self._focused = self._focused, None
        if card is not None:
            self._cards.remove(card)
            await card.remove()


if __name__ == "__main__":
    Stock(int(sys.argv[1])).run()
