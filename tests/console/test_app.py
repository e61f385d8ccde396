"""The console, by pressing keys."""

from __future__ import annotations

from importlib.resources import files

import pytest

from console.screens.disconnect import DisconnectDialog
from console.screens.help import Help
from heard.client.status import LinkState
from heard.contract.ops import Latency
from heard.ui.words import Words
from tests.console.stand_in import row
from tests.console.still import Still


async def test_the_overview_says_first_what_is_wrong(screen):
    async with screen() as s:
        await s.sees("!! 1 client reads too slowly: fry-2 900kB")
        await s.sees("!! 1 screen is stale, by events: fry-2 312")


async def test_where_nothing_is_wrong_the_overview_says_so(clock, screen):
    calm = Still(clock, row("c1", since=clock.now()))
    async with screen(calm) as s:
        await s.sees("nothing is wrong")
        calm.sample(health={"journal": "the disk is full"})
        await s.sees("journal: the disk is full")


async def test_the_worst_connection_comes_first_with_a_sign_before_its_figures(screen):
    async with screen() as s:
        await s.press("2")
        await s.sees("3 connections")
        first = s.app.connections.body.shown()[1]
        assert first.split()[:2] == ["!!", "fry-2"]
        assert "!900kB" in first
        assert "!312" in first


@pytest.mark.parametrize(
    ("key", "name", "words"),
    [
        ("1", "overview", "LOOK AT"),
        ("2", "connections", "worst first"),
        ("3", "errors", "Nothing was refused"),
        ("4", "closed", "No connection has ended yet."),
        ("5", "latency", "ANSWERS"),
        ("6", "audit", "No operator has done anything yet."),
    ],
)
async def test_every_page_has_a_key_and_a_name(screen, key, name, words):
    async with screen() as s:
        await s.press("2", key)
        await s.sees(words)
        await s.press("2", "colon")
        await s.types(name)
        await s.press("enter")
        await s.sees(words)


async def test_a_name_nobody_has_is_answered_with_those_there_are(screen):
    async with screen(size=(160, 30)) as s:
        await s.press("colon")
        await s.types("sesame")
        await s.press("enter")
        await s.sees("there is no command sesame; there are overview, connections")


async def test_the_cursor_stays_on_its_connection_when_the_order_changes(still, screen):
    async with screen() as s:
        await s.press("2", "down", "down")
        assert s.app.connections.table.cursor == "c3"
        still.rows(row("c3", subject="expo-3", role="expo", lag=999, sound="off", queue_bytes=999_999))
        await s.until(lambda: s.app.connections.table.rows[0].connection == "c3")
        assert s.app.connections.table.cursor == "c3"
        await s.until(lambda: s.app.connections.body.shown()[1].startswith("►"))


async def test_a_filter_works_while_it_is_typed_and_escape_takes_it_back(screen):
    async with screen() as s:
        await s.press("2", "slash")
        await s.types("role:expo")
        await s.sees("/role:expo shows 1")
        assert [one.subject for one in s.app.connections.table.rows] == ["expo-3"]
        await s.press("escape")
        await s.until(lambda: len(s.app.connections.table.rows) == 3)


async def test_a_filter_that_cannot_be_read_says_why_and_keeps_the_one_before(screen):
    async with screen() as s:
        await s.press("2", "slash")
        await s.types("lag>300x")
        await s.sees("filter, at character 5: 300x is no number")
        assert [one.subject for one in s.app.connections.table.rows] == ["fry-2"]


async def test_letters_typed_into_a_filter_are_no_keys(screen):
    async with screen() as s:
        await s.press("2", "slash")
        await s.types("qxp1")
        assert s.app.is_running
        assert s.app.here == "connections"
        assert s.app.prompt.typed.value == "qxp1"
        await s.sees("No row matches qxp1")


async def test_a_filter_that_is_left_before_it_has_the_focus_leaves_no_key_deaf(screen):
    async with screen() as s:
        await s.press("2")
        s.app.action_filter()
        s.app.action_step_back()
        await s.press("3")
        await s.sees("refusals")
        assert s.app.focused is None


async def test_rows_are_sorted_by_any_column_either_way(screen):
    async with screen() as s:
        await s.press("2", "right")
        await s.sees("▲user")
        assert [one.subject for one in s.app.connections.table.rows] == ["expo-3", "fry-2", "grill-1"]
        await s.press("r")
        await s.sees("▼user")
        assert [one.subject for one in s.app.connections.table.rows] == ["grill-1", "fry-2", "expo-3"]
        await s.press("colon")
        await s.types("sort key")
        await s.press("enter")
        await s.sees("▼key p99")


async def test_the_detail_tells_everything_and_goes_on_telling(still, screen):
    async with screen(size=(120, 34)) as s:
        await s.press("2", "down", "enter")
        await s.sees("CONNECTION OF fry-2")
        assert s.line("!! lag").split() == ["!!", "lag", "312", *s.line("!! lag").split()[3:]]
        still.sample()
        await s.sees("watched for 1s")
        still.leave("c2")
        await s.sees("CONNECTION OF fry-2, ENDED")
        await s.press("escape")
        await s.sees("2 connections")


async def test_pause_holds_the_picture_and_says_so(still, clock, screen):
    async with screen() as s:
        await s.press("2", "p")
        await s.sees("PAUSED 0s")
        still.leave("c2")
        clock.advance(3)
        s.app.paint()
        await s.sees("PAUSED 3s")
        assert any("fry-2" in line for line in s.lines())
        await s.press("p")
        await s.until(lambda: not any("fry-2" in line for line in s.lines()))


async def test_samples_that_stop_make_the_figures_stale_in_words(still, clock, screen):
    async with screen() as s:
        still.sample()
        await s.sees("sample 0s")
        clock.advance(14)
        s.app.paint()
        await s.sees("STALE")
        await s.sees("no sample for 14s: these figures are old")


async def test_a_lost_link_is_said_and_what_was_known_stays(still, clock, screen):
    async with screen() as s:
        await s.press("2")
        still.link(state=LinkState.OFFLINE, since=clock.monotonic(), reason="nobody answers there")
        await s.sees("OFFLINE")
        assert any("fry-2" in line for line in s.lines())
        await s.press("1")
        await s.sees("no link to the gateway; what is shown is how it was: nobody answers there")


async def test_a_refused_console_says_what_the_gateway_said(still, screen):
    async with screen() as s:
        still.link(state=LinkState.REFUSED, reason="role kitchen does not hear ops")
        await s.sees("REFUSED")
        await s.sees("role kitchen does not hear ops")


async def test_a_person_may_try_again_at_once(still, screen):
    async with screen() as s:
        still.link(state=LinkState.REFUSED, reason="the token has expired")
        await s.sees("the token has expired")
        await s.press("R")
        await s.sees("CONNECTING")


async def test_the_mouse_points_at_a_row(screen):
    async with screen() as s:
        await s.press("2")
        await s.pilot.click(s.app.connections.body, offset=(10, 2))
        await s.until(lambda: s.app.connections.table.cursor == "c3")


async def test_another_language_is_spoken_where_there_is_one(screen):
    def louder(one, more, n):
        return (one if n == 1 else more).replace("client", "CLIENT")

    async with screen(words=Words("xx", one=lambda text: text.replace("first", "FIRST"), several=louder)) as s:
        await s.sees("1 CLIENT reads too slowly")
        await s.press("2")
        await s.sees("worst FIRST")


async def test_errors_are_told_by_code_and_command(still, screen):
    async with screen() as s:
        still.sample(errors={"forbidden": {"kds:bump": 3}, "voided": {"kds:bump": 1}})
        await s.press("3")
        await s.sees("4 refusals of 2 kinds")
        assert s.line("forbidden").split()[:4] == ["!", "forbidden", "kds:bump", "!3"]


async def test_answers_are_told_by_command_with_their_percentiles(still, screen):
    async with screen(size=(120, 34)) as s:
        still.sample(latency={"kds:bump": Latency(counts=(0, 0, 0, 98, 2), sum_ms=300.0)})
        await s.press("5")
        await s.sees("kds:bump")
        assert s.line("kds:bump").split()[:5] == ["kds:bump", "100", "2.5", "3", "4"]


async def test_too_small_a_window_says_what_is_needed(screen):
    async with screen(size=(50, 12)) as s:
        await s.until(lambda: s.app.small.display)
        assert "too small for the console: it needs 60 columns" in " ".join(s.app.small.shown())
        await s.pilot.resize_terminal(100, 30)
        await s.until(lambda: not s.app.small.display)
        await s.sees("LOOK AT")
        await s.pilot.resize_terminal(50, 30)
        await s.until(lambda: s.app.small.display)


@pytest.mark.parametrize("size", [(20, 5), (12, 3)])
async def test_the_smallest_window_still_says_what_is_needed(screen, size):
    async with screen(size=size) as s:
        await s.until(lambda: s.app.small.display)
        said = s.app.small.shown()
        assert "needs 60x14" in " ".join(said)
        assert len(said) <= s.app.small.size.height


async def test_copying_goes_to_the_terminal_only_by_its_key(screen):
    async with screen() as s:
        await s.press("2", "y")
        await s.sees("nothing to copy")
        assert s.app.clipboard == ""
        await s.press("down", "y")
        assert s.app.clipboard.startswith("fry-2\tkitchen\tfry")


async def test_with_caps_lock_on_the_help_is_left_too(screen):
    async with screen() as s:
        await s.press("question_mark", "J")
        assert s.app.screen.query_one("#help").top > 0
        await s.press("Q")
        assert not isinstance(s.app.screen, Help)


async def test_help_names_the_keys_in_use(screen):
    async with screen(keymap={"disconnect": "d"}) as s:
        await s.press("question_mark")
        shown = s.app.screen.query_one("#help").shown()
        assert any(line.split()[:3] == ["d", "throw", "off"] for line in shown)
        await s.press("escape", "2", "down", "x")
        assert not isinstance(s.app.screen, DisconnectDialog)
        await s.press("d")
        assert isinstance(s.app.screen, DisconnectDialog)


@pytest.mark.parametrize("theme", ["dark", "paper", "sixteen", "plain"])
@pytest.mark.parametrize("size", [(80, 24), (120, 34), (200, 60)])
async def test_no_page_is_wider_than_the_window_in_any_theme(still, screen, theme, size):
    async with screen(theme=theme, size=size) as s:
        still.sample(
            latency={"kds:bump": Latency(counts=(1, 2, 3))}, errors={"voided": {"kds:bump": 1}}, heads={"s1/kds": 9}
        )
        for key in "123456":
            await s.press(key)
            assert max(len(line.rstrip()) for line in s.lines()) <= size[0]


async def test_another_theme_is_worn_at_once(screen):
    async with screen() as s:
        await s.press("colon")
        await s.types("theme paper")
        await s.press("enter")
        assert s.app.look.name == "paper"
        await s.press("colon")
        await s.types("theme mauve")
        await s.press("enter")
        await s.sees("there is no theme mauve")


async def test_a_theme_of_ones_own_is_worn(screen, tmp_path):
    paper = files("themes").joinpath("paper.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(paper.replace('"paper"', '"mine"'), encoding="utf-8")
    (tmp_path / "broken.toml").write_text("", encoding="utf-8")
    async with screen(theme="mine", themes=tmp_path) as s:
        assert s.app.look.name == "mine"
        await s.sees("theme broken.toml was skipped")
        await s.press("colon")
        await s.types("theme sixteen")
        await s.press("enter")
        assert (s.app.look.name, s.app.ansi_color) == ("sixteen", True)


async def test_a_detail_is_copied_though_the_key_comes_before_its_first_picture(still, screen):
    async with screen() as s:
        await s.press("2", "down")
        s.app.action_open()
        s.app.action_copy()
        assert "CONNECTION OF fry-2" in s.app.clipboard
        assert s.app.banner[0].startswith("copied: ")
