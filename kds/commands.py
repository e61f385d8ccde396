"""`heard kds` and `heard kds keys`."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from heard.errors import Exit
from heard.saying import give_up, hint, say
from kds import terminal
from kds.finding import CannotTell, Place, find

if TYPE_CHECKING:
    from kds.settings import Settings

STDIN = "-"

kds = typer.Typer(
    help="The kitchen display of one station.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@kds.callback(invoke_without_command=True)
def wall(
    context: typer.Context,
    server: Annotated[str | None, typer.Option(help="The gateway's address.", show_default=False)] = None,
    token: Annotated[
        str | None, typer.Option(help="The file that holds this station's token; - reads it from stdin.")
    ] = None,
    station: Annotated[str | None, typer.Option(help="Which station this is, like grill or expo.")] = None,
    store: Annotated[str | None, typer.Option(help="Which store, if the token is for several.")] = None,
    theme: Annotated[str | None, typer.Option(help="A theme by name: dark, sixteen, plain.")] = None,
) -> None:
    """Show a station's tickets; digits focus, Enter bumps, F1 helps."""
    if context.invoked_subcommand is not None:
        return
    given = _given(token)
    if (why := terminal.unfit(os.environ, tty=terminal.has_tty())) is not None:
        give_up(why, Exit.USAGE)
    try:
        place = find(server, given, station, store)
    except CannotTell as missing:
        give_up(str(missing), Exit.USAGE)
    terminal.pace(os.environ)
    terminal.log_to(platformdirs.user_log_path("heard") / f"kds-{place.station}.log")
    from kds.settings import Settings

    raise typer.Exit(_run(place, Settings(theme=theme)))


@kds.command("keys")
def keys(
    listed: Annotated[bool, typer.Option("--list", help="Only print the table, do not wait for keys.")] = False,
) -> None:
    """Show what each key does and sends, and what bump bars send here."""
    from kds.keys import keymap
    from kds.legends import key_sheet

    deeds = keymap()
    for line in key_sheet(deeds, os.environ):
        say(line)
    if listed or not terminal.has_tty() or terminal.unfit(os.environ, tty=True):
        return
    terminal.pace(os.environ)
    hint("\nPress Enter to try keys.")
    if sys.stdin.readline():
        from heard.ui.themes import fitting, shipped
        from kds.keytest import KeyTest

        KeyTest(deeds, shipped()[0][fitting(os.environ)], os.environ).run(mouse=False)


def _given(token: str | None) -> str | Path | None:
    if token != STDIN:
        return None if token is None else Path(token)
    text = sys.stdin.read().strip()
    if not terminal.keys_from_terminal():
        give_up("the token came from stdin, and there is no terminal to take keys from", Exit.USAGE)
    return text


def _run(place: Place, settings: Settings) -> int:
    """From top to bottom: outbox, link, wall; stopped in the other order."""
    from heard.client.kitchen import KitchenFeed
    from heard.client.links.socket import SocketLink
    from heard.client.outbox import DiskOutbox, OutboxError, OutboxInUse
    from kds.app import KdsApp

    try:
        outbox = DiskOutbox(outbox_path(place))
    except OutboxInUse:
        give_up(
            f"station {place.station} of {place.store} is open in another terminal here; leave that one with q first",
            Exit.DATA_DIR,
        )
    except OutboxError as error:
        give_up(str(error), Exit.DATA_DIR)
    feed = KitchenFeed(lambda: SocketLink(place.url), place.store, place.station, outbox, token=place.token)
    try:
        feed.start()
        app = KdsApp(feed, place.station, settings)
        app.run(mouse=False)
    finally:
        feed.stop(2.0)
        outbox.close()
    return app.return_code or 0


def outbox_path(place: Place) -> Path:
    """One for each gateway, store and station: what was promised to one kitchen is never sent to another."""
    where = hashlib.sha256(place.url.encode()).hexdigest()[:12]
    return platformdirs.user_state_path("heard") / "outbox" / f"{place.store}-{place.station}-{where}.sqlite"
