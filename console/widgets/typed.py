"""A line to type on: the filter, a command, a reason. What is pasted is made safe before it is shown."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.color import Color
from textual.widgets import Input

from heard.text import safe_text
from heard.ui.themes import Theme

_TO_CLIPBOARD = ("cut", "copy", "paste")


class Typed(Input, inherit_bindings=False):
    """Textual's own input on one line, in the theme's colours, that never writes to a clipboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        one for one in Input.BINDINGS if getattr(one, "action", "") not in _TO_CLIPBOARD
    ]
    DEFAULT_CSS = """
    Typed, Typed:focus, Typed:ansi {
        height: 1; border: none; padding: 0; background-tint: transparent;
    }
    """

    def __init__(self, theme: Theme, *, limit: int = 200, id: str | None = None) -> None:  # noqa: A002
        super().__init__(max_length=limit, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False
        self._look = theme

    def on_mount(self) -> None:
        """Wear the theme."""
        self.restyle(self._look)

    def restyle(self, theme: Theme) -> None:
        """Another theme."""
        self._look = theme
        style = theme.style("ops.input")
        default = "ansi_default" if theme.ansi else "#ffffff"
        self.styles.color = Color.parse(default) if style.color is None else Color.from_rich_color(style.color)
        ground = "ansi_default" if theme.ansi else "#000000"
        self.styles.background = Color.parse(ground) if style.bgcolor is None else Color.from_rich_color(style.bgcolor)

    def get_component_rich_style(self, *names: str, partial: bool = False, default: Style | None = None) -> Style:
        """The cursor and what is selected in the theme's colours, turned round."""
        if names[0] in ("input--cursor", "input--selection"):
            return self._look.style("ops.input") + Style(reverse=True)
        return super().get_component_rich_style(*names, partial=partial, default=default)

    def restricted(self) -> None:
        """What is too long is not taken; no bell for that."""

    def replace(self, text: str, start: int, end: int) -> None:
        """What is typed or pasted, without what steers a terminal."""
        super().replace(safe_text(text).replace("\n", " ").replace("\t", " "), start, end)
