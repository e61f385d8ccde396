"""What the keys of the console do; a keymap may name other keys."""

from __future__ import annotations

from heard.ui.deeds import Deed
from heard.ui.words import later

DEEDS: tuple[Deed, ...] = (
    Deed("page.1", "page('overview')", "1", later("overview: what is wrong, rates, health")),
    Deed("page.2", "page('connections')", "2", later("connections: who is on, how they fare")),
    Deed("page.3", "page('errors')", "3", later("errors: what was refused, to whom and how often")),
    Deed("page.4", "page('closed')", "4", later("closed: who left, why, and by whose hand")),
    Deed("page.5", "page('latency')", "5", later("latency and rates, drawn over time")),
    Deed("page.6", "page('audit')", "6", later("audit: what operators did")),
    Deed("filter", "filter", "slash", later("filter the rows; Esc drops the filter"), later("filter")),
    Deed("command", "command", "colon", later("type a page or a command, like :closed or :sort rtt")),
    Deed("open", "open", "enter", later("everything about the row under the cursor"), later("detail")),
    Deed("disconnect", "disconnect", "x,delete", later("throw off the row under the cursor, or all marked"),
         later("disconnect")),
    Deed("mark", "mark", "space", later("mark the row, or unmark it"), later("mark")),
    Deed("mark.all", "mark_all", "asterisk", later("mark every row shown, or unmark all")),
    Deed("sort.next", "sort(1)", "right,greater_than_sign", later("sort by the next column"), later("sort")),
    Deed("sort.back", "sort(-1)", "left,less_than_sign", later("sort by the column before")),
    Deed("sort.turn", "turn", "r", later("sort the other way round")),
    Deed("columns", "columns", "c", later("which columns to show")),
    Deed("up", "go(-1)", "up,k", later("the row above")),
    Deed("down", "go(1)", "down,j", later("the row below")),
    Deed("page.down", "scroll_page(1)", "pagedown,ctrl+f", later("a page down")),
    Deed("page.up", "scroll_page(-1)", "pageup,ctrl+b", later("a page up")),
    Deed("home", "edge(False)", "home,g", later("the first row")),
    Deed("end", "edge(True)", "end,G", later("the last row")),
    Deed("back", "step_back", "escape", later("out of a detail, the marks, the filter, the cursor"), later("back")),
    Deed("pause", "pause", "p", later("hold the picture still, and let it go on"), later("pause")),
    Deed("range", "range(1)", "t", later("another stretch of time for the charts"), later("time")),
    Deed("slower", "pace(1)", "plus,equals_sign", later("a new picture less often")),
    Deed("faster", "pace(-1)", "minus", later("a new picture more often")),
    Deed("copy", "copy", "y", later("copy the row to the clipboard of your terminal")),
    Deed("retry", "retry", "R", later("try to connect now")),
    Deed("help", "help", "f1,question_mark", later("this help"), later("help")),
    Deed("quit", "quit", "q,ctrl+c", later("leave"), later("quit")),
)  # fmt: skip
"""Every deed, in the order of the help."""

ACTING = frozenset({"disconnect", "mark", "mark.all"})
"""Deeds of those who may act: others do not have them."""
