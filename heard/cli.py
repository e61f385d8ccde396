"""The `heard` command: each program registers its sub-commands, and only the one asked for is loaded."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

from heard import version

GROUP = "heard.commands"
"""Entry points in this group are Typer apps, named after their sub-command."""


def build(words: list[str]) -> typer.Typer:
    """The command tree for these words: all of it for help, one branch otherwise, so that starting stays quick."""
    app = typer.Typer(
        name="heard",
        help="Restaurant gateway, kitchen display and ops console. Nothing is ever silently lost.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    points = {point.name: point for point in entry_points(group=GROUP)}
    wanted = next((word for word in words if not word.startswith("-")), None)
    for point in _chosen(points, wanted):
        app.add_typer(point.load(), name=point.name)
    return app


def _chosen(points: dict[str, EntryPoint], wanted: str | None) -> list[EntryPoint]:
    return [points[wanted]] if wanted in points else [points[name] for name in sorted(points)]


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"heard {version()}")
        raise typer.Exit


def _root(
    show: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """The options of `heard` itself; each is answered by a callback of its own, before a sub-command is asked for."""


def main() -> None:
    """Entry point of the `heard` script."""
    build(sys.argv[1:])(prog_name="heard")
