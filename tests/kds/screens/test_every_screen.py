"""What holds for every screen over the wall: hostile text, sizes, floods, a board that changes under it, themes."""

from __future__ import annotations

import re

import pytest
from textual.events import Key

from heard.client.outbox import Refusal
from heard.contract import kds
from heard.text import cells
from heard.ui.themes import shipped
from tests.kds.station import whole
from tests.kds.test_hostile import PRECIOUS, STEERING, WIDE

OPENING = {
    "recent": ("d",),
    "detail": ("1", "i"),
    "refusals": ("x",),
    "vitals": ("f2",),
    "help": ("f1",),
}


def full(still, text="Burger"):
    """A kitchen with something for each screen, this text wherever a text can be."""
    about = {
        "table": text[:20], "server": text[:60], "customer": {"name": text}, "notes": [{"text": text}],
        "allergies": [{"text": text}],
    }  # fmt: skip
    item = {"name": text, "qty": 1, "station_hint": ["grill"], "notes": [{"text": text}], "seat": "1",
            "modifiers": [{"name": text, "action": "no", "children": [{"name": text}]}]}  # fmt: skip
    done, _ = (still.place(item, **about) for _ in range(2))
    still.act(kds.Bump, f"{done}.grill")
    still.doers[f"{done}.grill"] = text
    still.refused = [Refusal("c1", "kds:bump", {}, "2026-11-20T18:00:00.000Z", "voided", text)]


@pytest.mark.parametrize("text", STEERING + WIDE)
@pytest.mark.parametrize("name", ["recent", "detail", "refusals"])
async def test_nothing_steers_the_terminal_and_every_line_keeps_its_width(still, screen, until, name, text):
    full(still, text)
    async with screen() as s:
        await s.press(*OPENING[name])
        await until(lambda: s.app.over is not None)
        seen = whole(s.app)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", seen)
        assert max(cells(line) for line in seen.splitlines()) <= 80
        assert all(strip.cell_length == 80 for strip in map(s.app.over.body.render_line, range(22)))


@pytest.mark.parametrize("text", PRECIOUS)
@pytest.mark.parametrize("name", ["recent", "detail", "refusals"])
async def test_every_word_is_shown_as_it_was_written(still, screen, name, text):
    full(still, text)
    async with screen(size=(120, 40)) as s:
        await s.press(*OPENING[name])
        await s.sees(text)
        await s.press("escape")
        assert s.app.is_running


@pytest.mark.parametrize("name", [*OPENING, "all_day"])
@pytest.mark.parametrize("size", [(1, 1), (12, 3), (39, 24), (80, 9), (40, 10), (80, 24), (160, 44), (250, 80)])
async def test_any_size_is_survived_and_the_way_out_is_kept(still, screen, until, name, size):
    full(still)
    async with screen(size=(50, 24)) as s:
        await s.press(*OPENING.get(name, ("a",)))
        await until(lambda: s.app.over is not None)
        await s.resize(*size)
        if size[0] < 40 or size[1] < 10:
            await until(lambda: "Thiswindowistoosmall" in re.sub(r"\s", "", whole(s.app)))
        else:
            await s.misses("This window is")
            await s.sees("Esc close")
        await s.resize(80, 24)
        await s.misses("This window is")
        await s.press("escape")
        await until(lambda: s.app.over is None)


@pytest.mark.parametrize("name", OPENING)
async def test_a_thousand_keys_at_once_do_nothing_by_themselves_and_leave_a_way_out(still, screen, until, name):
    full(still)
    for _ in range(30):
        still.act(kds.Bump, f"{still.place('Burger')}.grill")
    async with screen() as s:
        await s.press(*OPENING[name])
        await until(lambda: s.app.over is not None)
        for key in ["down", "5", "pagedown", "up", "7"] * 200:
            s.app.post_message(Key(key, key if len(key) == 1 else None))
        await s.press("escape")
        await until(lambda: s.app.over is None)
        assert all(type(one) is not kds.Recall for one in still.did)


@pytest.mark.parametrize("name", OPENING)
async def test_the_wall_hears_nothing_of_what_is_pressed_over_it(still, screen, until, name):
    full(still)
    async with screen() as s:
        await s.press(*OPENING[name])
        await until(lambda: s.app.over is not None)
        did = len(still.did)
        await s.press("u", "!", "p", "e", "c", "a", "s")
        assert len(still.did) == did
        assert s.app.glass.station == "grill"


@pytest.mark.parametrize("name", OPENING)
async def test_what_must_not_be_missed_stays_above_and_refusals_are_said_below(still, screen, name):
    full(still)
    async with screen(size=(120, 24)) as s:
        await s.press(*OPENING[name])
        still.place("Burger", allergies=[{"code": "nuts"}])
        await s.sees("ALLERGY")
        still.refused.append(Refusal("c9", "kds:bump", {}, "2026-11-20T18:00:00.000Z", "voided", "it was voided"))
        still.clock.advance(10)
        s.app.tick()
        await s.sees("it was voided")
        await s.sees("2 REFUSED")


@pytest.mark.parametrize("name", OPENING)
async def test_themes_change_while_it_is_open(still, screen, until, name):
    full(still)
    async with screen() as s:
        await s.press(*OPENING[name])
        await until(lambda: s.app.over is not None)
        worn = set()
        for _ in shipped()[0]:
            await s.press("t")
            worn.add(s.app.look.name)
            s.app.over.body.render_line(0)
        assert worn == set(shipped()[0])
        assert s.app.over is not None


async def test_the_bump_bar_keys_of_a_keymap_work_on_every_screen(still, screen):
    full(still)
    async with screen(keymap_name="E") as s:
        await s.press("left_control")  # View
        await s.sees("Recently done")
        await s.press("1", "space")  # Bump
        await s.sees("recalled")
        await s.press("left_control", "0")  # Reset closes
        await s.misses("Recently done")
