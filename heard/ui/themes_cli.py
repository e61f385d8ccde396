"""`heard themes list` and `heard themes check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heard.errors import Exit
from heard.saying import give_up, hint, say
from heard.ui.contrast import hard_to_read
from heard.ui.themes import BadTheme, Theme, available, own_themes, read_theme, shipped

themes = typer.Typer(
    help="List colour themes, and check one of your own.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Directory = Annotated[
    Path | None, typer.Option("--directory", help="Where themes of your own are.", show_default=False)
]


@themes.command("list")
def list_themes(directory: Directory = None) -> None:
    """Name the themes a station can be given, one a line."""
    place = directory or own_themes()
    found, faults = available(place)
    ours, _ = shipped()
    for name, theme in sorted(found.items()):
        say(name if theme == ours.get(name) else f"{name}  ({place})")
    for fault in faults:
        hint(fault)


@themes.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="A theme file; without one, every theme there is.")] = None,
    directory: Directory = None,
) -> None:
    """Say whether a theme is whole and can be read: every role styled, every word with enough contrast."""
    found, faults = ({}, []) if file else available(directory or own_themes())
    if file:
        found[str(file)] = _read(file)
    for name, theme in sorted(found.items()):
        wrong = hard_to_read(theme)
        faults += [f"{name}: {words}" for words in wrong]
        if not wrong:
            say(f"{name}: every role is styled and can be read")
    for fault in faults[:-1]:
        hint(f"heard: {fault}")
    if faults:
        give_up(faults[-1], Exit.NOT_SO)


def _read(file: Path) -> Theme:
    try:
        return read_theme(file.read_text(encoding="utf-8"))
    except BadTheme as wrong:
        give_up(f"{file}: it {wrong}", Exit.NOT_SO)
    except (OSError, UnicodeDecodeError) as error:
        give_up(f"{file}: it cannot be read ({error})", Exit.NOT_SO)
