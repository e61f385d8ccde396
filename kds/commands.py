"""`heard kds`, `heard kds keys` and `heard kds config`."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import platformdirs
import typer

from heard.client.finding import CannotTell
from heard.errors import Exit
from heard.saying import give_up, hint, say
from heard.text import safe_text
from heard.ui import terminal
from heard.ui.words import later
from kds.finding import Place, find

if TYPE_CHECKING:
    from heard.client.kitchen import KitchenFeed
    from heard.ui.words import Words
    from kds.choices import Kept
    from kds.settings import InForce, Settings

STDIN = "-"
LEAVING_S = 5.0
"""How long leaving waits for the disk to take what was chosen; it holds nothing else up."""
WHAT = "the kitchen display"

kds = typer.Typer(
    help="The kitchen display of one station.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@kds.callback(invoke_without_command=True)
def wall(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    server: Annotated[str | None, typer.Option(help="The gateway's address.", show_default=False)] = None,
    token: Annotated[
        str | None, typer.Option(help="The file that holds this station's token; - reads it from stdin.")
    ] = None,
    station: Annotated[str | None, typer.Option(help="Which station this is, like grill or expo.")] = None,
    store: Annotated[str | None, typer.Option(help="Which store, if the token is for several.")] = None,
    theme: Annotated[
        str | None, typer.Option(help="A theme by name: dark, paper, sixteen, plain, or one of your own.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="What the screen speaks: en, de, es.")] = None,
    text_size: Annotated[str | None, typer.Option(help="normal, large or huge.")] = None,
    keymap: Annotated[str | None, typer.Option(help="The letter printed on a bump bar, or a keymap by name.")] = None,
    kiosk: Annotated[bool, typer.Option("--kiosk", help="No key leaves the program.")] = False,
    mouse: Annotated[
        bool | None, typer.Option("--mouse/--no-mouse", help="Whose the mouse is: the station's, or yours to select.")
    ] = None,
    linear: Annotated[
        bool,
        typer.Option(
            "--linear", help="Lines to read and numbers to type, h helps: for screen readers, plain terminals."
        ),
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Settings; by default kds.toml in the configuration directory.")
    ] = None,
) -> None:
    """Show a station's tickets; digits focus, Enter bumps, F1 helps."""
    flags = {
        "theme": theme, "language": language, "text_size": text_size, "keymap_name": keymap, "kiosk": kiosk or None,
        "mouse": mouse, "linear": linear or None,
    }  # fmt: skip
    given = {name: value for name, value in flags.items() if value is not None}
    asked = Asked(server, token, station, store, config, given)
    if context.invoked_subcommand is not None:
        context.obj = asked
        return
    paper = _given(token)
    plain = _settings(asked).settings.linear
    if not plain and (why := terminal.unfit(os.environ, tty=terminal.has_tty(), what=WHAT)) is not None:
        give_up(f"{why}; or read and type with `heard kds --linear`", Exit.USAGE)
    place = _place(asked, paper)
    terminal.log_to(platformdirs.user_log_path("heard") / f"kds-{place.station}.log")
    raise typer.Exit(_run(asked, place))


@kds.command("keys")
def keys(
    context: typer.Context,
    listed: Annotated[bool, typer.Option("--list", help="Only print the table, do not wait for keys.")] = False,
) -> None:
    """Show what each key does and sends, and what bump bars send here."""
    from heard.ui.words import words_or_english
    from kds.keymaps import keys_for
    from kds.legends import key_sheet

    told = _settings(context.obj).settings
    words, unspoken = words_or_english(told.language)
    deeds, faults = keys_for(told.keymap_name, told.keymap, told.directory, kiosk=told.kiosk, words=words)
    for fault in (unspoken, *faults):
        if fault:
            hint(f"heard: {fault}")
    for line in key_sheet(deeds, os.environ, words):
        say(line)
    if listed or not terminal.has_tty() or terminal.unfit(os.environ, tty=True, what=WHAT):
        return
    terminal.pace(os.environ)
    hint("\n" + words("Press Enter to try keys."))
    if sys.stdin.readline():
        from heard.ui.themes import fitting, shipped
        from kds.keytest import KeyTest

        KeyTest(deeds, shipped()[0][fitting(os.environ)], os.environ, words).run(mouse=False)


@kds.command("sound")
def sound(
    context: typer.Context,
    listed: Annotated[bool, typer.Option("--list", help="Only tell what there is, play nothing.")] = False,
    through: Annotated[str | None, typer.Option(help="Only this player, like aplay.")] = None,
) -> None:
    """Play every tone with its name, and say what this machine plays them through."""
    from kds.sound.trial import Unheard, players, tones

    asked: Asked = context.obj
    given = {**asked.given, **({"sound": {"through": through}} if through else {})}
    settings = _settings(replace(asked, given=given)).settings.sound
    try:
        for line in players(settings.through):
            say(line)
        for line in () if listed else tones(settings):
            say(line)
    except Unheard as why:
        give_up(str(why), Exit.NOT_SO)


@kds.command("config")
def config(context: typer.Context) -> None:
    """Print the settings in force and where each comes from; with --station those chosen there too."""
    asked: Asked = context.obj
    chosen = {}
    if asked.station is not None or asked.token is not None:
        chosen = _kept(_place(asked, None if asked.token is None else Path(asked.token)))[0].now.as_settings()
    for line in _settings(asked, chosen).lines():
        say(safe_text(line))


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as given; `given` are those that are settings."""

    server: str | None
    token: str | None
    station: str | None
    store: str | None
    config: Path | None
    given: Mapping[str, Any]


def _place(asked: Asked, token: str | Path | None) -> Place:
    try:
        return find(asked.server, token, asked.station, asked.store)
    except CannotTell as missing:
        give_up(str(missing), Exit.USAGE)


def _given(token: str | None) -> str | Path | None:
    if token != STDIN:
        return None if token is None else Path(token)
    text = sys.stdin.read().strip()
    if not terminal.keys_from_terminal():
        give_up("the token came from stdin, and there is no terminal to take keys from", Exit.USAGE)
    return text


def _settings(asked: Asked, chosen: Mapping[str, Any] | None = None) -> InForce:
    from heard.config import BadConfig
    from kds.settings import load_settings

    try:
        return load_settings(asked.config, chosen, asked.given)
    except BadConfig as wrong:
        give_up(str(wrong), wrong.code)


def _kept(place: Place) -> tuple[Kept, str]:
    from kds.choices import Kept, read_choices

    path = choices_path(place)
    chosen, fault = read_choices(path)
    return Kept(path, chosen), fault


def _run(asked: Asked, place: Place) -> int:
    """From top to bottom: settings, outbox, link, screen; stopped in the other order."""
    terminal.collect_seldom()
    from heard.client.kitchen import KitchenFeed
    from heard.client.links.socket import SocketLink
    from heard.client.outbox import DiskOutbox, OutboxError, OutboxInUse

    kept, fault = _kept(place)
    in_force = _settings(asked, kept.now.as_settings())
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
    show = _read_out if in_force.settings.linear else _paint
    try:
        feed.start()
        facts = {"url": place.url, later("outbox"): str(outbox_path(place))}
        return show(feed, in_force, kept, [fault] if fault else [], facts)
    finally:
        feed.stop(2.0)
        outbox.close()
        if unkept := kept.settle(LEAVING_S):
            hint(f"heard: {unkept}")


def _paint(feed: KitchenFeed, in_force: InForce, kept: Kept, faults: list[str], facts: dict[str, str]) -> int:
    terminal.pace(os.environ)
    from heard.ui.words import words_or_english
    from kds.app import KdsApp
    from kds.sound.voice import speaking

    settings = in_force.settings
    kept.words, unspoken = words_or_english(settings.language)
    with speaking(settings.sound) as voice:
        app = KdsApp(feed, feed.station, settings, words=kept.words, voice=voice)
        app.kept = kept
        app.desk.facts |= facts
        app.faults += [*faults, *([unspoken] if unspoken else [])]
        app.run(mouse=settings.mouse and not settings.kiosk)
    return app.return_code or 0


def _read_out(feed: KitchenFeed, in_force: InForce, kept: Kept, faults: list[str], _: dict[str, str]) -> int:
    from heard.ui.conversation import converse
    from heard.ui.words import words_or_english
    from kds.linear import Linear
    from kds.sound.voice import speaking

    settings = in_force.settings
    kept.words, unspoken = words_or_english(settings.language)
    with speaking(settings.sound) as voice:
        linear = Linear(feed, feed.station, settings, words=kept.words, voice=voice, kept=kept)
        unusable = _unusable(settings, kept.words)
        return converse(linear, feed, [*faults, *unusable, *([unspoken] if unspoken else [])])


def _unusable(settings: Settings, words: Words) -> list[str]:
    """What the screen would say of its theme and keys: lines have neither, but a slip must not wait for the screen."""
    from functools import partial

    from heard.ui.themes import available, chosen
    from kds.keymaps import keys_for

    own = settings.directory
    _, themes = chosen(settings.theme, os.environ, partial(available, own and own / "themes"))
    _, keys = keys_for(settings.keymap_name, settings.keymap, own, kiosk=settings.kiosk, words=words)
    return [*themes, *keys]


def choices_path(place: Place) -> Path:
    """What was chosen at one station of one store of one gateway."""
    return platformdirs.user_state_path("heard") / "stations" / f"{_name_of(place)}.json"


def outbox_path(place: Place) -> Path:
    """One for each gateway, store and station: what was promised to one kitchen is never sent to another."""
    return platformdirs.user_state_path("heard") / "outbox" / f"{_name_of(place)}.sqlite"


def _name_of(place: Place) -> str:
    where = hashlib.sha256(place.url.encode()).hexdigest()[:12]
    return f"{place.store}-{place.station}-{where}"
