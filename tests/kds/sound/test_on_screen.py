"""The station's screen with its sound: what a cook reads in the bar, and an app that no helper can disturb."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager
from itertools import pairwise
from types import SimpleNamespace

import pytest

from heard.ui.line import OneLine
from kds.app import KdsApp
from kds.choices import Kept
from kds.settings import Settings
from kds.sound.names import Alert
from kds.sound.voice import Sounding
from tests.kds.station import Speaker

ENVIRON = {"TERM": "xterm-256color"}


@pytest.fixture
def screen(still, clock, until):
    @asynccontextmanager
    async def run(voice, kept=None, **settings):
        app = KdsApp(still, "grill", Settings(**settings), clock=clock, environ=ENVIRON, voice=voice)
        app.kept = kept or app.kept
        bells = []
        app.bell = lambda: bells.append(1)
        async with app.run_test(size=(100, 30)) as pilot:

            def top():
                return app.query_one("#top", OneLine).shown()

            def bottom():
                return app.screen.query_one("#bottom", OneLine).shown()

            async def sees(words):
                await until(lambda: words in top())

            await pilot.pause()
            yield SimpleNamespace(app=app, press=pilot.press, sees=sees, top=top, bottom=bottom, bells=bells)

    return run


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


# ── Louder and softer ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_louder_and_softer_are_heard_said_and_remembered(screen, until):
    speaker = Speaker()
    async with screen(speaker) as s:
        await s.press("greater_than_sign")
        await until(lambda: "volume 90 %" in s.bottom())
        assert speaker.rung == [("new", 90)]
        await s.press("less_than_sign", "less_than_sign")
        await until(lambda: "volume 70 %" in s.bottom())
        assert speaker.rung[1:] == [("new", 80), ("new", 70)]
        assert s.app.kept.now.volume == 70


async def test_volume_can_be_turned_while_a_screen_lies_over_the_wall(screen, until):
    speaker = Speaker()
    async with screen(speaker) as s:
        await s.press("d", "greater_than_sign")
        await until(lambda: speaker.rung == [("new", 90)])


async def test_a_disk_that_remembers_nothing_is_said_when_it_is_known(screen, until, tmp_path):
    (tmp_path / "file").write_text("")
    async with screen(Speaker(), Kept(tmp_path / "file" / "no directory.json")) as s:
        await s.press("greater_than_sign")
        await until(lambda: "this is not remembered" in s.bottom())
        assert s.app.ringer.settings.volume == 90
    assert s.app.kept.unkept is None, "nobody posts to a screen that is closed"


# ── To the eye ────────────────────────────────────────────────────────────────────────────────────────────────────────


def grounds(bar):
    """The colours behind a bar, cell by cell."""
    return [str(part.style.bgcolor) for part in bar.render_line(0) for _ in part.text]


def share(s, role):
    """How much of the bars is in the colour of a role, above and below."""
    wanted = str(s.app.look.style(role).bgcolor)
    bars = [grounds(s.app.screen.query_one(name, OneLine)) for name in ("#top", "#bottom")]
    return [bar.count(wanted) / len(bar) for bar in bars]


@pytest.fixture
def void(still, until):
    """A card of which something is off, told to somebody who has seen it whole."""

    async def voided(s):
        order = still.place({"name": "Burger", "qty": 1, "item_id": "v"}, "Burger")
        await s.sees("1 open")
        still.change(order, items=[{"item_id": "v", "qty": 0}])
        await s.sees("VOID #1")
        await until(lambda: "VOID #1" in s.bottom())

    return voided


async def test_what_must_not_be_missed_is_bright_from_edge_to_edge_every_other_second(screen, void, clock):
    async with screen(Speaker()) as s:
        await void(s)
        seen = []
        for _ in range(6):
            s.app.tick()
            seen.append([part > 0.85 for part in share(s, "bar.alarm")])
            clock.advance(1)
        assert seen == [[True, True], [False, False]] * 3


async def test_it_never_changes_more_often_than_once_a_second(screen, void, clock):
    async with screen(Speaker()) as s:
        await void(s)
        seen = []
        for _ in range(100):
            s.app.tick()
            seen.append(share(s, "bar.alarm")[0] > 0.5)
            clock.advance(0.1)
        assert sum(a != b for a, b in pairwise(seen)) <= 10


async def test_it_stands_still_for_whom_flashing_harms(screen, void, clock):
    async with screen(Speaker(), reduced_motion=True) as s:
        await void(s)
        for _ in range(4):
            s.app.tick()
            assert min(share(s, "bar.alarm")) > 0.85
            clock.advance(1)


async def test_it_ends_when_somebody_was_at_the_card(screen, void):
    async with screen(Speaker()) as s:
        await void(s)
        await s.press("1")
        s.app.tick()
        assert max(share(s, "bar.alarm")) == 0
        assert "VOID #1" not in s.bottom()


async def test_a_screen_over_the_wall_shows_it_as_well(screen, void):
    async with screen(Speaker()) as s:
        await void(s)
        await s.press("d")
        s.app.tick()
        assert min(share(s, "bar.alarm")) > 0.85


async def test_an_order_that_is_heard_is_no_flash_and_one_that_is_not_is(still, screen, until, clock):
    async with screen(Speaker()) as s:
        still.place("Burger")
        await s.sees("1 NEW")
        assert "NEW" not in s.bottom()
        await s.press("1", "m")
        still.place("Burger")
        await s.sees("1 NEW")
        clock.advance(10)
        s.app.tick()
        assert "1 NEW" in s.bottom()
        assert min(share(s, "bar.banner")) > 0.8


async def test_the_link_keeps_its_own_colour_in_a_flash(still, screen, void):
    async with screen(Speaker()) as s:
        await void(s)
        s.app.tick()
        live = [part.role for part in s.app.query_one("#bottom", OneLine)._row if "LIVE" in part.text]
        assert live == ["bar.live"]
