"""`heard console`."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from console.settings import MAX_INTERVAL_S, MIN_INTERVAL_S, Settings
from heard.client.finding import CannotTell, Found, find_gateway
from heard.errors import Exit
from heard.saying import give_up, say
from heard.ui import terminal
from heard.ui.words import UnknownLanguage, Words, words_for

if TYPE_CHECKING:
    from console.feed import OpsFeed

STDIN = "-"
WHAT = "the console"
PARTS = ("operator", "admin", "viewer")
"""Whose token of a demo the console takes, the one that may do most for connections first."""

console = typer.Typer(
    help="The ops console of a store.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@console.callback(invoke_without_command=True)
def open_console(  # noqa: PLR0913, PLR0917 - one for each option
    server: Annotated[str | None, typer.Option(help="The gateway's address.", show_default=False)] = None,
    token: Annotated[
        str | None, typer.Option(help="The file that holds a viewer's or operator's token; - reads it from stdin.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Which store, if the token is for several.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, print, and leave.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="With --once: one table as CSV.")] = False,
    show: Annotated[
        str | None,
        typer.Option(help="With --once: connections, closed, errors, rates, latency, audit or all."),
    ] = None,
    filter: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="Which rows, like 'role:kitchen rtt>100'; docs/console.md has the grammar.")
    ] = "",
    theme: Annotated[
        str | None, typer.Option(help="A theme by name: dark, paper, sixteen, plain, or one of your own.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="What the screen speaks: en, de, es.")] = None,
    mouse: Annotated[
        bool, typer.Option("--mouse/--no-mouse", help="Whose the mouse is: the console's, or yours to select.")
    ] = True,
    linear: Annotated[
        bool, typer.Option("--linear", help="Lines to read and words to type: for screen readers, plain terminals.")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=MIN_INTERVAL_S, max=MAX_INTERVAL_S, help="Seconds between two paintings.")
    ] = 1.0,
) -> None:
    """Watch a store's connections, rates, times and errors; throw connections off; F1 helps."""
    words = _words(language)
    if once:
        how = _how(json=json, csv=csv, show=show)
        _check(how, filter, words)
        raise typer.Exit(_look_once(_found(server, token, store), how, filter, words))
    if json or csv or show is not None:
        give_up("--json, --csv and --show go with --once", Exit.USAGE)
    _check(How("text", "connections"), filter, words)
    settings = Settings(theme=theme, language=language, filter=filter, interval_s=interval, mouse=mouse)
    found = _found(server, token, store)
    if token == STDIN and not terminal.keys_from_terminal():
        give_up("the token came from stdin, and there is no terminal to take keys from", Exit.USAGE)
    if not linear and (why := terminal.unfit(os.environ, tty=terminal.has_tty(), what=WHAT)) is not None:
        give_up(f"{why}; `heard console --once` or `--linear` do without", Exit.USAGE)
    terminal.log_to(platformdirs.user_log_path("heard") / f"console-{found.store}.log")
    raise typer.Exit(_read_along(found, words) if linear else _paint(found, settings, words))


@dataclass(frozen=True, slots=True)
class How:
    """How to print: `json`, `csv` or `text`, and which table."""

    form: str
    show: str


def _words(language: str | None) -> Words:
    try:
        return words_for(language)
    except UnknownLanguage as unknown:
        give_up(str(unknown), Exit.USAGE)


def _found(server: str | None, token: str | None, store: str | None) -> Found:
    given: str | Path | None = None if token is None else Path(token)
    if token == STDIN:
        given = sys.stdin.read().strip()
    try:
        return find_gateway(server, given, store, parts=PARTS, role="operator")
    except CannotTell as missing:
        give_up(str(missing), Exit.USAGE)


def _feed(found: Found) -> OpsFeed:
    from console.feed import NAMESPACE, OpsFeed
    from heard.client.links.socket import SocketLink

    return OpsFeed(lambda: SocketLink(found.url, namespaces=(NAMESPACE,)), found.store, token=found.token)


# ── Once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _how(*, json: bool, csv: bool, show: str | None) -> How:
    if json and csv:
        give_up("--json or --csv, not both", Exit.USAGE)
    return How("json" if json else "csv" if csv else "text", show or ("all" if json else "connections"))


def _check(how: How, text: str, words: Words) -> None:
    """Wrong usage is said before anybody is asked."""
    from console.once import SHOWN, CannotLook, check

    if how.show not in SHOWN:
        give_up(f"--show is one of {', '.join(SHOWN)}", Exit.USAGE)
    if how.form == "csv" and how.show == "all":
        give_up("a CSV holds one table; say which with --show", Exit.USAGE)
    try:
        check(how.show, text, words)
    except CannotLook as fault:
        give_up(str(fault), fault.code)


def _look_once(found: Found, how: How, text: str, words: Words) -> int:
    from console import once

    terminal.log_to(platformdirs.user_log_path("heard") / f"console-{found.store}.log")
    feed = _feed(found)
    try:
        feed.start()
        picture = once.look(feed)
        now = feed.now()
    except once.CannotLook as why:
        give_up(str(why), why.code)
    finally:
        feed.stop(2.0)
    shown = once.tables(picture, how.show, text, now, words)
    if how.form == "json":
        say(once.as_json(picture, found.store, shown, now))
    elif how.form == "csv":
        say(once.as_csv(shown[0]).removesuffix("\n"))
    else:
        wrong = once.troubles(picture, words) if how.show in ("connections", "all") else ()
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        say(once.as_text(shown, now, width, wrong))
    return int(Exit.OK)


# ── To stay ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _paint(found: Found, settings: Settings, words: Words) -> int:
    """From top to bottom: link, screen; stopped in the other order."""
    terminal.collect_seldom()
    terminal.pace(os.environ)
    from console.app import ConsoleApp
    from heard.ui.themes import own_themes

    feed = _feed(found)
    try:
        feed.start()
        app = ConsoleApp(feed, replace(settings, themes=own_themes()), server=found.url, words=words)
        app.run(mouse=settings.mouse)
    finally:
        feed.stop(2.0)
    return app.return_code or 0


def _read_along(found: Found, words: Words) -> int:
    from console.linear import run

    feed = _feed(found)
    try:
        feed.start()
        return run(feed, words)
    finally:
        feed.stop(2.0)
