"""What a cook changes of the wall itself: theme, text size, focus by mouse."""

from __future__ import annotations

from importlib.resources import files

from heard.ui.themes import shipped
from tests.kds.station import whole


async def test_a_key_goes_through_all_themes_and_the_words_stay(still, screen):
    still.place({"name": "Burger [no nuts]", "qty": 1, "station_hint": ["grill"]})
    async with screen() as s:
        await s.sees("Burger [no nuts]")
        worn = [s.app.look.name]
        for _ in range(len(shipped()[0]) - 1):
            await s.press("t")
            await s.sees(f"theme {s.app.look.name}")
            assert "Burger [no nuts]" in whole(s.app)
            worn.append(s.app.look.name)
        assert sorted(worn) == sorted(shipped()[0])
        await s.press("t")
        assert s.app.look.name == worn[0]
        assert s.app.kept.now.theme == worn[0]


async def test_without_colour_only_themes_without_any_are_offered(still, screen):
    async with screen(environ={"TERM": "xterm", "NO_COLOR": "1"}) as s:
        for _ in range(3):
            await s.press("t")
            assert s.app.look.name == "plain"


async def test_a_theme_of_ones_own_is_among_them(still, screen, tmp_path):
    text = files("themes").joinpath("dark.toml").read_text(encoding="utf-8")
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(text.replace('name = "dark"', 'name = "mine"'))
    async with screen(theme="mine", directory=tmp_path) as s:
        assert s.app.look.name == "mine"


async def test_text_grows_and_shrinks_and_says_when_the_window_is_too_small(still, screen):
    still.place("Burger")
    async with screen(size=(160, 44)) as s:
        await s.press("z")
        await s.sees("text size large")
        assert s.app.glass.look.size == "large"
        await s.press("z", "z")
        await s.sees("text size normal")
        await s.resize(80, 13)
        await s.press("z")
        await s.sees("too small for it")
        assert s.app.glass.look.size == "normal"


async def test_a_click_focuses_a_card_and_never_bumps_it(still, screen):
    _, second = still.place("Burger"), still.place("Melt")
    async with screen() as s:
        await s.sees("Melt")
        x = s.app.glass.widths[0] + 3
        for _ in range(4):
            await s.pilot.click("#wall", offset=(x, 1))
        assert s.app.glass.focus == f"{second}.grill"
        assert len(still.did) == 2
        await s.pilot.click("#wall", offset=(x, 20))
        assert s.app.glass.focus == f"{second}.grill"
        await s.press("enter")
        assert still.ticket(second).prep_state() == "done"


async def test_a_click_between_two_presses_makes_the_second_one_a_first(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.press("1")
        await s.pilot.click("#wall", offset=(3, 1))
        await s.press("1")
        assert len(still.did) == 1


async def test_what_is_wrong_at_the_start_is_said_one_after_the_other(still, screen, clock):
    async with screen(size=(120, 24), theme="no such", keymap_name="no such") as s:
        await s.sees("there is no theme no such")
        clock.advance(7)
        s.app.tick()
        await s.sees("there is no keymap no such")
