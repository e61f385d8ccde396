"""`heard demo`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from heard.errors import Exit
from heard.saying import give_up, hint, say
from heard.text import fold, safe_text

if TYPE_CHECKING:
    from demo.stage import Stage
    from heard.ui.words import Words

demo = typer.Typer(
    help="A Friday night: guests, robot cooks, and a screen for you.", add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

LIVE_SPEED = 6.0
HEADLESS_SPEED = 60.0
INTERRUPTED = 130


class Screen(StrEnum):
    """What you look at."""

    STATION = "station"
    EXPO = "expo"
    CONSOLE = "console"


Sabotage = Literal["drop", "double"]
"""What is broken on purpose."""


@demo.callback(invoke_without_command=True)
def _demo(  # noqa: PLR0913, PLR0917 - a command's options
    screen: Annotated[str, typer.Option(metavar="|".join(Screen), help="Which screen is yours.")] = Screen.STATION,
    station: Annotated[str, typer.Option(help="Which station is yours.")] = "grill",
    speed: Annotated[
        float | None, typer.Option(help="How much faster the evening goes [6; headless 60].", min=0.1, max=1000)
    ] = None,
    load: Annotated[float, typer.Option(help="How many times as many guests.", min=0.0, max=1000)] = 4.0,
    seed: Annotated[int, typer.Option(help="The same dice, the same evening.")] = 7,
    language: Annotated[str | None, typer.Option(help="What the screens speak: en, de, es.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Keep everything here; by default it is thrown away.")
    ] = None,
    tmux: Annotated[
        bool, typer.Option("--tmux", help="Station, pass and console side by side, in a tmux of their own.")
    ] = False,
    headless: Annotated[bool, typer.Option("--headless", help="No screen: count, compare, report.")] = False,
    seconds: Annotated[float, typer.Option("--for", help="Headless: how long guests come.", min=1, max=86_400)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Headless: one JSON object as the last line.")] = False,
    sabotage: Annotated[
        str | None,
        typer.Option(metavar="|".join(get_args(Sabotage)), help="Headless: break a delivery to see the count notice."),
    ] = None,
) -> None:
    """Serve guests in a made-up diner, with robots at every station but yours."""
    from demo.stage import STATIONS, NoGateway

    watched = Screen(_one_of(list(Screen), "--screen", screen))
    broken = None if sabotage is None else cast("Sabotage", _one_of(get_args(Sabotage), "--sabotage", sabotage))
    station = "expo" if watched is Screen.EXPO else station
    if tmux and headless:
        give_up("--headless has no screens to put side by side: leave out --tmux", Exit.USAGE)
    words = _words(language)
    if station not in STATIONS:
        give_up(f"there is no station {station} in the demo; there is {', '.join(STATIONS)}", Exit.USAGE)
    _end_as_by_hand()
    try:
        with _directory(data) as home:
            if headless:
                _count(home, seconds, speed or HEADLESS_SPEED, load, seed, broken, as_json=as_json)
            else:
                _play(home, watched, station, speed or LIVE_SPEED, load, seed, words, side_by_side=tmux)
    except NoGateway as wrong:
        give_up(str(wrong), wrong.code)
    except TimeoutError:
        give_up("the stage could not be set in time", Exit.UNREACHABLE)
    except KeyboardInterrupt:
        hint("heard: the evening ends early")
        raise SystemExit(INTERRUPTED) from None


def _one_of(choices: Sequence[str], option: str, value: str) -> str:
    # By hand: typer passes on the words of the library it checks with.
    if value not in choices:
        give_up(f"{option} {safe_text(value)} is not one of {', '.join(choices)}", Exit.USAGE)
    return value


def _words(language: str | None) -> Words:
    from heard.ui.words import UnknownLanguage, words_for

    try:
        return words_for(language)
    except UnknownLanguage as unknown:
        give_up(str(unknown), Exit.USAGE)


def _spoken(words: Words) -> str | None:
    """As settings have it: in English dishes are called what was ordered."""
    return None if words.language == "en" else words.language


def _end_as_by_hand() -> None:
    """Whoever ends us, everything is put away: gateway, files, threads."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


@contextlib.contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    from demo.stage import passing_directory

    with contextlib.ExitStack() as stack:
        try:
            home = given or stack.enter_context(passing_directory())
            home.mkdir(parents=True, exist_ok=True)
            stack.enter_context(tempfile.TemporaryFile(dir=home))
        except OSError as no:
            give_up(f"{no.filename or given} cannot be written: {no.strerror}", Exit.DATA_DIR)
        yield home


def _count(
    home: Path, seconds: float, speed: float, load: float, seed: int, sabotage: Sabotage | None, *, as_json: bool
) -> None:
    from heard.ui import terminal

    terminal.pace(os.environ)  # before Textual is loaded
    terminal.log_to(home / "screens.log")
    from demo.headless import evening

    hint(f"heard: guests come for {seconds:g} s at {speed:g} times speed; then cooks finish, and all is compared")
    summary = asyncio.run(evening(home, seconds=seconds, speed=speed, load=load, seed=seed, sabotage=sabotage))
    if as_json:
        say(json.dumps(asdict(summary)))
    else:
        for name, value in asdict(summary).items():
            say(f"{name:20} {value}")
    if not summary.sound:
        raise SystemExit(int(Exit.NOT_SO))


def _play(
    home: Path, screen: Screen, station: str, speed: float, load: float, seed: int, words: Words, *, side_by_side: bool
) -> None:
    from heard.ui import terminal

    if (why := terminal.unfit(os.environ, tty=terminal.has_tty(), what="the demo")) is not None:
        give_up(f"{why}; `heard demo --headless` does without", Exit.USAGE)
    if side_by_side:
        _need_tmux()
    hint("heard: " + words("setting the stage …"))
    terminal.pace(os.environ)
    terminal.log_to(home / "screen.log")
    from demo.live import Evening

    yours = None if screen is Screen.CONSOLE and not side_by_side else station
    evening = Evening(home, yours=yours, speed=speed, load=load, seed=seed, words=words)
    bumps = None
    with evening.running() as stage:
        if side_by_side:
            _in_panes(home, stage.url, station, words)
        elif screen is Screen.CONSOLE:
            _at_the_console(stage, words)
        else:
            bumps = _at_a_station(stage, station, words)
        closing = evening.closing(bumps)
    room = shutil.get_terminal_size().columns
    for sentence in (closing, words("`heard serve` runs it for real; README.md tells how.")):
        say("\n".join(fold(sentence, room)))


def _at_a_station(stage: Stage, station: str, words: Words) -> int:
    """Your bumps."""
    from demo.guide import guide_to
    from demo.live import your_feed
    from kds.app import KdsApp
    from kds.settings import Settings
    from kds.sound.voice import speaking

    settings = Settings(language=_spoken(words))
    with your_feed(stage, station) as feed, speaking(settings.sound) as voice:
        app = KdsApp(feed, station, settings, voice=voice, words=words)
        app.desk.facts["url"] = stage.url
        app.show_around(guide_to(station, words))
        app.run(mouse=False)
        return feed.bumps


def _at_the_console(stage: Stage, words: Words) -> None:
    from console.app import ConsoleApp
    from console.settings import Settings
    from demo.live import console_feed

    with console_feed(stage) as feed:
        ConsoleApp(feed, Settings(language=_spoken(words)), server=stage.url, words=words).run()


def _need_tmux() -> None:
    from demo.panes import NoTmux, tmux

    try:
        tmux()
    except NoTmux as missing:
        give_up(str(missing), Exit.USAGE)


def _in_panes(home: Path, url: str, station: str, words: Words) -> None:
    from demo.panes import NoTmux, show

    try:
        show(home, url, station, words)
    except NoTmux as wrong:
        give_up(str(wrong), Exit.UNREACHABLE)
