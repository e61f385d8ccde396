"""Rows made into strips: the one place where a role becomes a style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from heard.text import cells
from heard.ui.spans import Row, clipped

_BLANKS = " " * 512


def segments(row: Row, room: int, fill: str, styles: Mapping[str, Style]) -> list[Segment]:
    """A row in exactly `room` columns, the rest filled in the style of `fill`."""
    made: list[Segment] = []
    for part in clipped(row, room):
        made.append(Segment(part.text, styles[part.role]))
        room -= cells(part.text)
    if room > 0:
        made.append(Segment(_BLANKS[:room], styles[fill]))
    return made


def strip(row: Row, room: int, fill: str, styles: Mapping[str, Style]) -> Strip:
    """A whole line."""
    return Strip(segments(row, room, fill, styles), room)


def filtered(styles: Mapping[str, Style], filters: Iterable[LineFilter], ground: Color) -> dict[str, Style]:
    """The styles as Textual's filters leave them, once for all that is painted in them."""
    segments = [Segment(" ", style) for style in styles.values()]
    for one in filters:
        segments = one.apply(segments, ground)
    return {role: segment.style or Style.null() for role, segment in zip(styles, segments, strict=True)}
