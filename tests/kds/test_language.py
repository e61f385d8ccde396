"""No word of a screen gets past `Words`: in a made-up language only keys and what guests wrote are left as they are."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from heard.client.outbox import Refusal
from heard.client.status import LinkState
from heard.contract import kds
from heard.text import cells
from heard.ui.words import Words, languages, words_for
from kds.app import KdsApp
from kds.choices import Choices, Kept
from kds.linear import Linear
from kds.settings import Settings
from tests.kds.conftest import ENVIRON
from tests.kds.station import whole

FIELD = re.compile(r"(\{[^{}]*\})")


def _made_up(text: str) -> str:
    """Latin letters as Armenian ones, as wide as they were; fields stay."""
    return "".join(
        part if FIELD.fullmatch(part) else re.sub("[A-Za-z]", lambda one: chr(0x561 + ord(one[0].lower()) - 97), part)
        for part in FIELD.split(text)
    )


MADE_UP = Words("xx", _made_up, lambda one, more, n: _made_up(one if n == 1 else more))

DATA = {"grill", "fry", "FRY", "expo", "Corner", "Kitchen", "s1", "T"}
"""What the store and its guests wrote: in the test's own orders all else is Greek."""
KEYS = {"Enter", "BUMP", "Esc", "PgDn", "PgUp", "Space", "KP", "Ctrl", "Home", "End", "Tab"}
THE_CORE_SAYS = ("system", "the", "gateway", "is", "not", "reachable")
"""Errors of the gateway and the rules stay as they are."""
THE_MACHINE = ("UTC", "xterm", "color", "standard", "truecolor", "dark", "Python", "linux", "darwin", "dev")
MEASURES = {"ms", "kg", "kB", "MB"}


def foreign(text: str, *more: str) -> set[str]:
    """Words in Latin letters that are neither keys nor measures nor data; single letters are keys."""
    found = set(re.findall(r"[A-Za-z]+", text))
    return {word for word in found if len(word) > 1} - DATA - KEYS - MEASURES - set(more)


def busy(still):
    """A kitchen with a card of each kind."""
    item = {"name": "Μπιφτέκι", "qty": 2, "station_hint": ["grill", "fry"], "seat": "1", "course": 2,
            "modifiers": [{"name": "κρεμμύδι", "action": one} for one in ("no", "extra", "lite", "side", "sub", "add")],
            "notes": [{"text": "καλοψημένο"}], "allergies": [{"text": "ψάρι"}]}  # fmt: skip
    done = still.place(item, service="delivery")
    changed = still.place(item, service="pickup", covers=4, server="Άννα", paid=False)
    void = still.place(item, {"name": "Σούπα", "qty": 1, "station_hint": ["grill"]}, service="dine_in", table="7")
    rush = still.place(item, service="drive_thru", test=True, promised_at="2026-11-20T18:30:00.000Z")
    still.act(kds.Bump, f"{done}.grill")
    still.act(kds.Recall, f"{done}.grill")
    still.act(kds.Bump, f"{done}.fry")
    still.change(changed, items=[{"item_id": still.ticket(changed).lines[0].item_id, "qty": "3"}])
    still.change(void, items=[{"item_id": still.ticket(void).lines[1].item_id, "qty": "0"}])
    still.act(kds.Rush, f"{rush}.grill", priority="rush")
    still.act(kds.Start, f"{rush}.grill")
    gone = still.place({"name": "Σούπα", "qty": 1, "station_hint": ["grill"]})
    still.act(kds.Bump, f"{gone}.grill")
    still.refused = [Refusal("c1", "kds:bump", {"ticket_id": f"{void}.grill"}, "2026-11-20T18:00:00.000Z", "x", "ώχ")]
    still.clock.advance(800)


def station(still, name="grill", words=MADE_UP, **settings):
    return KdsApp(still, name, Settings(**settings), clock=still.clock, environ=ENVIRON, words=words)


@pytest.mark.parametrize("name", ["grill", "expo"])
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_wall_its_bars_and_its_panel_say_nothing_past_the_words(still, name, size):
    busy(still)
    app = station(still, name)
    async with app.run_test(size=size) as pilot:
        for key in ("a", "1", "enter", "F", "u", "r", "!", "s", "v", "p", "e", "t", "z", "m", "pagedown"):
            await pilot.press(key)
            still.clock.advance(7)
            app.tick()
            await pilot.pause()
            assert foreign(whole(app), app.look.name) == set(), key


@pytest.mark.parametrize("keys", [("d",), ("1", "i"), ("x",), ("f1",), ("f2",)])
async def test_the_screens_over_the_wall_say_nothing_past_the_words(still, keys):
    busy(still)
    app = station(still)
    async with app.run_test(size=(160, 80)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.over is not None
        assert foreign(whole(app), *THE_CORE_SAYS, *THE_MACHINE) == set()


@pytest.mark.parametrize("state", list(LinkState))
async def test_the_badge_and_an_empty_wall_say_nothing_past_the_words(still, state):
    still.link = replace(still.link, state=state, settings=None, unsent=3, last_event=still.clock.monotonic())
    still.silent = True
    app = station(still)
    async with app.run_test(size=(120, 24)) as pilot:
        still.clock.advance(20)
        app.tick()
        await pilot.pause()
        assert foreign(whole(app)) == set()


def test_lines_say_nothing_past_the_words(still):
    busy(still)
    linear = Linear(still, "grill", clock=still.clock, words=MADE_UP)
    said = linear.look()
    for typed in ("", "1", "l", "a", "h", "1 b", "u", "r", "b", "f", "zz", "t", "1 2", "77"):
        said += (linear.answer(typed) or []) + linear.look()
    assert foreign("\n".join(said)) == set()


# ── Widths ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", languages())
async def test_at_80_columns_the_footer_offers_what_a_cook_needs_most_in_every_language(still, language):
    words = words_for(language)
    app = station(still, words=words)
    async with app.run_test(size=(80, 24)) as pilot:
        still.place("Burger")
        app.tick()
        await pilot.pause()
        bars = whole(app).splitlines()
        footer = bars[-1]
        assert cells(footer) <= 80
        for deed in ("bump", "start", "undo", "help"):
            assert words(deed) in footer, footer
        assert words("LIVE") in footer
        assert "…" not in footer + bars[0]


@pytest.mark.parametrize("language", languages())
async def test_every_screen_keeps_its_width_and_its_way_out_in_every_language(still, language):
    busy(still)
    words = words_for(language)
    for keys in (("d",), ("1", "i"), ("x",), ("f1",), ("f2",)):
        app = station(still, words=words)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            seen = whole(app).splitlines()
            assert max(map(cells, seen)) <= 80
            assert f"Esc {words('close')}" in seen[-1], seen[-1]


async def test_what_was_chosen_on_the_station_is_up_again_at_the_next_start(still):
    still.place("Burger")
    app = station(still)
    app.kept = Kept(None, Choices(all_day=True))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        assert app.panel.has_class("open")
        await pilot.press("a", "a")
        assert not app.kept.now.all_day
