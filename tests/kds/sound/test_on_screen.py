"""The station's screen with its sound: what a cook reads in the bar, and an app that no helper can disturb."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from heard.ui.line import OneLine
from kds.app import KdsApp
from kds.settings import Settings
from kds.sound.names import Alert
from kds.sound.voice import Sounding

ENVIRON = {"TERM": "xterm-256color"}


@pytest.fixture
def screen(still, clock, until):
    @asynccontextmanager
    async def run(voice, **settings):
        app = KdsApp(still, "grill", Settings(**settings), clock=clock, environ=ENVIRON, voice=voice)
        bells = []
        app.bell = lambda: bells.append(1)
        async with app.run_test(size=(100, 30)) as pilot:

            def top():
                return app.query_one("#top", OneLine).shown()

            async def sees(words):
                await until(lambda: words in top())

            await pilot.pause()
            yield SimpleNamespace(app=app, press=pilot.press, sees=sees, top=top, bells=bells)

    return run


class Speaker:
    def __init__(self, sounding):
        self.sounding, self.rung, self.on_change = sounding, [], None

    def ring(self, alert, volume):
        self.rung.append((alert, volume))
        return True

    def becomes(self, sounding):
        self.sounding = sounding
        self.on_change()


async def test_no_device_is_permanent_words_in_the_bar_and_a_bell_for_orders(still, screen, until):
    async with screen(Speaker(Sounding(why="no device"))) as s:
        await s.sees("SOUND OFF")
        still.place("Burger")
        await s.sees("1 NEW")
        assert s.bells == [1]
        s.app.tick()
        assert still.figures["sound"] == "off"


async def test_sound_that_comes_back_takes_the_words_away_and_the_gateway_is_told(still, screen, until):
    speaker = Speaker(Sounding(why="no device"))
    async with screen(speaker) as s:
        await s.sees("SOUND OFF")
        speaker.becomes(Sounding("paplay"))
        s.app.tick()
        assert still.figures["sound"] == "on"
        await until(lambda: "SOUND OFF" not in s.top())
        still.place("Burger")
        await until(lambda: speaker.rung == [(Alert.NEW, 80)])
        assert not s.bells


async def test_the_bell_can_be_switched_off(still, screen):
    async with screen(Speaker(Sounding(why="no device")), bell=False) as s:
        still.place("Burger")
        await s.sees("1 NEW")
        assert not s.bells


async def test_m_mutes_says_so_and_is_remembered(still, screen, clock):
    speaker = Speaker(Sounding("paplay"))
    async with screen(speaker) as s:
        await s.press("m")
        await s.sees("MUTED 10 min")
        assert s.app.kept.now.mute_until == s.app.ringer.settings.mute_until
        still.place("Burger")
        await s.sees("1 NEW")
        assert not speaker.rung
        clock.advance(10)
        await s.press("m")
        s.app.tick()
        assert "MUTED" not in s.top()
        assert s.app.kept.now.mute_until is None


async def test_a_void_flashes_until_the_card_is_focused(still, screen, until, clock):
    order = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, "Burger")
    speaker = Speaker(Sounding("paplay"))
    async with screen(speaker) as s:
        still.change(order, items=[{"item_id": "v", "qty": 0}])
        await s.sees("VOID #1")
        clock.advance(60)
        s.app.tick()
        assert speaker.rung == [(Alert.VOID, 80)] * 2
        await s.press("1")
        s.app.tick()
        await until(lambda: "VOID #1" not in s.top())


async def test_a_rush_set_here_makes_no_sound_here(still, screen, until):
    still.place("Burger")
    speaker = Speaker(Sounding("paplay"))
    async with screen(speaker) as s:
        await s.press("1", "exclamation_mark")
        await until(lambda: any("RUSH" in line for line in s.app.shown()))
        s.app.tick()
        assert not speaker.rung


async def test_a_helper_that_is_killed_is_back_and_the_screen_never_noticed(still, screen, until, clock, voices, deaf):
    voice = voices()
    await until(lambda: not voice.sounding.starting)
    async with screen(voice) as s:
        await s.sees("SOUND OFF")
        first = voice.pid
        os.kill(first, signal.SIGKILL)
        still.place("Burger")
        await until(lambda: any("1 Burger" in line for line in s.app.shown()))
        assert s.bells
        await until(lambda: voice.pid not in (None, first))
        await s.press("1")
        clock.advance(0.5)
        await s.press("1")
        await until(lambda: any("BUMPED" in line for line in s.app.shown()))


async def test_a_sound_server_that_dies_in_service_is_read_in_the_bar_and_so_is_its_return(
    still, screen, until, voices, pulse
):
    voice = voices()
    await until(lambda: voice.sounding.on)
    async with screen(voice) as s:
        assert "SOUND OFF" not in s.top()
        pulse.kill()
        still.place("Burger")
        await s.sees("SOUND OFF")
        await until(lambda: s.bells)
        pulse.start()
        await until(lambda: "SOUND OFF" not in s.top())
        s.app.tick()
        assert still.figures["sound"] == "on"
