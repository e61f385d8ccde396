"""The screens that open over the wall, by name; each is loaded when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kds.desk import Desk

if TYPE_CHECKING:
    from kds.screens.over import Over

Name = Literal["all_day", "detail", "help", "recent", "refusals", "vitals"]


def named(name: Name, desk: Desk) -> Over | None:
    """A screen; None where it needs a card in focus and there is none."""
    match name:
        case "all_day":
            from kds.screens.all_day import AllDay

            return AllDay(desk)
        case "detail":
            from kds.screens.detail import Detail

            ticket = desk.feed.board.tickets.get(desk.glass.focus or "")
            return None if ticket is None else Detail(desk, ticket.order_id)
        case "help":
            from kds.screens.help import Help

            return Help(desk)
        case "recent":
            from kds.screens.recent import Recent

            return Recent(desk)
        case "refusals":
            from kds.screens.refusals import Refusals

            return Refusals(desk)
        case "vitals":
            from kds.screens.vitals import VitalsScreen

            return VitalsScreen(desk)
