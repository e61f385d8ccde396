"""All-day as a screen of its own, for terminals that have no room for the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from heard.ui.deeds import Deed
from heard.ui.spans import Row, Span
from kds.screens.over import Over
from kds.tallies import all_day_rows, open_dishes


class AllDay(Over):
    """How many of each dish are open here; its key counts the choices apart, and then closes."""

    stays: ClassVar[bool] = True
    with_choices: bool = False

    def rows(self, room: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - scrolled
        """The panel's rows, over the whole width."""
        glass = self.desk.glass
        tallies = open_dishes(self.desk.feed.board, glass.station, glass.look, with_choices=self.with_choices)
        return all_day_rows(tallies, room, self.words)

    def keys(self) -> Sequence[Span]:
        """With choices, and away."""
        return [self.key("all_day", self.words("choices")), *super().keys()]

    def deed(self, deed: Deed) -> None:
        """Its own key goes on."""
        if deed.id != "all_day":
            super().deed(deed)
        elif self.with_choices:
            self.close()
        else:
            self.with_choices = True
            self.rewrite()
