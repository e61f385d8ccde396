"""The console by pressing keys, over a feed that stands still until told."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace

import pytest
from textual.events import Key

from console.app import ConsoleApp
from console.settings import Settings
from heard.client.clock import ManualClock
from heard.ui.words import ENGLISH
from tests.console.stand_in import row
from tests.console.still import Still
from tests.patience import PATIENCE_S

ENVIRON = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def still(clock):
    """A kitchen of three, one of which reads too slowly."""
    return Still(
        clock,
        row("c1", subject="grill-1", since=clock.now()),
        row("c2", subject="fry-2", stations=("fry",), since=clock.now(), queue_bytes=900_000, lag=312),
        row("c3", subject="expo-3", role="expo", stations=(), since=clock.now()),
    )


@pytest.fixture
def screen(clock, still):
    """Run the app over a feed; `press` keys, wait until it `sees` words on some line."""

    @asynccontextmanager
    async def run(feed=None, *, size=(80, 24), environ=ENVIRON, words=ENGLISH, **settings):
        app = ConsoleApp(
            feed or still, Settings(**{"interval_s": 0.0} | settings), clock=clock, environ=environ, words=words
        )
        async with app.run_test(size=size) as pilot:

            def lines():
                return list_lines(app)

            async def press(*keys):
                for key in keys:
                    await pilot.press(key)
                await pilot.pause()

            async def types(text):
                await press(*({" ": "space", "-": "minus", ">": "greater_than_sign"}.get(char, char) for char in text))

            async def until(condition):
                async with asyncio.timeout(PATIENCE_S):
                    while not condition():  # noqa: ASYNC110 - a screen has no event for what it shows
                        await asyncio.sleep(0.005)

            async def sees(words_):
                try:
                    await until(lambda: any(words_ in line for line in lines()))
                except TimeoutError:
                    raise AssertionError(f"{words_!r} is not on\n" + "\n".join(lines())) from None

            yield SimpleNamespace(
                app=app, pilot=pilot, press=press, hold=partial(hold, app), types=types, until=until, sees=sees,
                lines=lines, line=lambda words_: next((one for one in lines() if words_ in one), ""),
            )  # fmt: skip

    return run


async def hold(app, key, times=40):
    """A key that is down for so long: it comes faster than it is handled. Until all of it was."""
    char = {"enter": "\r", "tab": "\t", "space": " ", "delete": None}.get(key, key)
    for _ in range(times):
        app.post_message(Key(key, char))
    handled = asyncio.Event()
    app.call_later(lambda: (app.focused or app.screen).call_later(handled.set))
    async with asyncio.timeout(PATIENCE_S):
        await handled.wait()


def list_lines(app):
    """What stands on the screen, line by line: the dialog on top of it, if there is one."""
    top = app.screen
    shown = getattr(top, "shown", None)
    if shown is not None:
        return [*app.shown(), *shown()]
    return app.shown()
