"""What every page of the console is. The app tells it the view and which keys were pressed."""

from __future__ import annotations

from abc import abstractmethod

from textual.containers import Vertical

from console.view import View
from heard.ui.themes import Theme


class Page(Vertical):
    """One of the console's pages. Only the one in sight is told anything."""

    deeds: tuple[str, ...] = ()
    """What the footer offers here, beside what it offers everywhere."""

    @abstractmethod
    def take(self, view: View) -> None:
        """Show this."""

    @abstractmethod
    def restyle(self, theme: Theme) -> None:
        """Another theme."""

    def go(self, step: int) -> None:
        """A line up or down."""

    def scroll_page(self, step: int) -> None:
        """A page up or down."""

    def edge(self, *, last: bool) -> None:
        """To one end."""

    def back(self) -> bool:
        """Undo what Esc undoes here; whether there was anything."""
        return False

    def copied(self) -> str:
        """What `copy` takes from here; empty: nothing."""
        return ""

    @abstractmethod
    def shown(self) -> list[str]:
        """The text of its lines."""
