"""What the keys of the console do; a keymap may name other keys."""

from __future__ import annotations

from heard.ui.deeds import Deed
from heard.ui.words import ENGLISH, Words

ACTING = frozenset({"disconnect", "mark", "mark.all"})
"""Deeds of those who may act: others do not have them."""


def deeds(words: Words = ENGLISH) -> tuple[Deed, ...]:
    """Every deed, in the order of the help."""
    return (
        Deed("page.1", "page('overview')", "1", words("overview: what is wrong, rates, health")),
        Deed("page.2", "page('connections')", "2", words("connections: who is on, how they fare")),
        Deed("page.3", "page('errors')", "3", words("errors: what was refused, to whom and how often")),
        Deed("page.4", "page('closed')", "4", words("closed: who left, why, and by whose hand")),
        Deed("page.5", "page('latency')", "5", words("latency and rates, drawn over time")),
        Deed("page.6", "page('audit')", "6", words("audit: what operators did")),
        Deed("filter", "filter", "slash", words("filter the rows; Esc drops the filter"), words("filter")),
        Deed("command", "command", "colon", words("type a page or a command, like :closed or :sort rtt")),
        Deed("open", "open", "enter", words("everything about the row under the cursor"), words("detail")),
        Deed("disconnect", "disconnect", "x,delete", words("throw off the row under the cursor, or all marked"),
             words("disconnect")),
        Deed("mark", "mark", "space", words("mark the row, or unmark it"), words("mark")),
        Deed("mark.all", "mark_all", "asterisk", words("mark every row shown, or unmark all")),
        Deed("sort.next", "sort(1)", "right,greater_than_sign", words("sort by the next column"), words("sort")),
        Deed("sort.back", "sort(-1)", "left,less_than_sign", words("sort by the column before")),
        Deed("sort.turn", "turn", "r", words("sort the other way round")),
        Deed("up", "go(-1)", "up,k", words("the row above")),
        Deed("down", "go(1)", "down,j", words("the row below")),
        Deed("page.down", "scroll_page(1)", "pagedown,ctrl+f", words("a page down")),
        Deed("page.up", "scroll_page(-1)", "pageup,ctrl+b", words("a page up")),
        Deed("home", "edge(False)", "home,g", words("the first row")),
        Deed("end", "edge(True)", "end,G", words("the last row")),
        Deed("back", "step_back", "escape", words("out of a detail, the marks, the filter, the cursor"), words("back")),
        Deed("pause", "pause", "p", words("hold the picture still, and let it go on"), words("pause")),
        Deed("range", "range(1)", "t", words("another stretch of time for the charts"), words("time")),
        Deed("slower", "pace(1)", "plus,equals_sign", words("a new picture less often")),
        Deed("faster", "pace(-1)", "minus", words("a new picture more often")),
        Deed("copy", "copy", "y", words("copy the row to the clipboard of your terminal")),
        Deed("retry", "retry", "R", words("try to connect now")),
        Deed("help", "help", "f1,question_mark", words("this help"), words("help")),
        Deed("quit", "quit", "q,ctrl+c", words("leave"), words("quit")),
    )  # fmt: skip
