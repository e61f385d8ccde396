"""The console, by pressing keys."""

from __future__ import annotations

import pytest

from console.screens.disconnect import DisconnectDialog
from heard.client.status import LinkState
from heard.contract.ops import Latency
from heard.errors import NotFound
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


async def test_copying_goes_to_the_terminal_only_by_its_key(screen):
    async with screen() as s:
        await s.press("2", "y")
        await s.sees("nothing to copy")
        assert s.app.clipboard == ""
        await s.press("down", "y")
        assert s.app.clipboard.startswith("fry-2\tkitchen\tfry")


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


# ── Throwing off ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def ask(s):
    """The dialog about the connection that is worst."""
    await s.press("2", "down", "x")
    await s.sees("DISCONNECT fry-2")


async def test_a_reason_and_a_word_throw_a_connection_off(still, screen):
    async with screen() as s:
        await ask(s)
        await s.types("too slow")
        await s.press("enter")
        await s.sees("Type fry-2 or yes")
        await s.types("fry-2")
        await s.press("enter")
        await s.sees("thrown off: fry-2")
        assert still.asked == [("c2", "too slow", "forced")]
        await s.press("4")
        assert "forced" in s.line("fry-2")
        assert "too slow" in s.line("fry-2")
        assert "sam" in s.line("fry-2")
        await s.press("6")
        assert s.line("ops:disconnect").split()[1] == "sam"


async def test_the_other_code_says_what_it_does(still, screen):
    async with screen() as s:
        await ask(s)
        await s.sees("(*) forced stays away until a person there acts")
        await s.press("tab")
        await s.sees("(*) moved  comes back at once, by itself")
        await s.types("moving")
        await s.press("enter")
        await s.types("yes")
        await s.press("enter")
        assert still.asked == [("c2", "moving", "moved")]


@pytest.mark.parametrize("key", ["enter", "x", "delete", "space", "y", "tab"])
async def test_no_key_held_down_throws_anybody_off(still, screen, key):
    async with screen() as s:
        await s.press("2", "down", "x", *[key] * 40)
        assert still.asked == []


async def test_a_reason_must_have_something_to_read(still, screen):
    async with screen() as s:
        await ask(s)
        await s.types("a  . ")
        await s.press("enter")
        await s.sees("A reason first, in at least 3 letters.")
        assert not s.app.screen.confirming


async def test_enter_alone_does_not_confirm(still, screen):
    async with screen() as s:
        await ask(s)
        await s.types("too slow")
        await s.press(*["enter"] * 10)
        await s.sees("Nothing was done: type fry-2 or yes.")
        await s.types("grill-1")
        await s.press("enter")
        assert still.asked == []
        await s.press("escape")
        await s.sees("nothing was done")


async def test_the_one_thrown_off_is_the_one_it_was_about_whatever_moves_meanwhile(still, screen):
    async with screen() as s:
        await ask(s)
        still.rows(row("c1", subject="grill-1", queue_bytes=9_000_000, lag=900, unsent=99))
        await s.until(lambda: s.app.connections.table.rows[0].connection == "c1")
        await s.types("too slow")
        await s.press("enter")
        await s.types("yes")
        await s.press("enter")
        await s.sees("thrown off: fry-2")
        assert [one[0] for one in still.asked] == ["c2"]


async def test_one_that_left_meanwhile_is_said_to_have_left(still, screen):
    async with screen() as s:
        await ask(s)
        await s.types("too slow")
        await s.press("enter")
        still.leave("c2")
        await s.sees("has left meanwhile")
        await s.types("yes")
        await s.press("enter")
        await s.sees("there is nobody to throw off")
        assert still.asked == []


async def test_a_row_that_took_the_place_of_one_that_left_is_not_chosen_yet(still, screen):
    async with screen() as s:
        await s.press("2", "down")
        still.leave("c2")
        await s.until(lambda: len(s.app.connections.table.rows) == 2)
        await s.press("x")
        assert not isinstance(s.app.screen, DisconnectDialog)
        await s.sees("look, then press the key again")
        await s.press("x")
        assert isinstance(s.app.screen, DisconnectDialog)


async def test_without_a_cursor_the_key_only_puts_it_somewhere(still, screen):
    async with screen() as s:
        await s.press("2", "x")
        await s.sees("the cursor is on fry-2 now: look, then press the key again")
        assert not isinstance(s.app.screen, DisconnectDialog)


async def test_all_that_are_marked_go_after_one_word_that_says_how_many(still, screen):
    async with screen() as s:
        await s.press("2", "asterisk")
        await s.sees("3 marked")
        await s.press("down", "space", "x")
        await s.sees("DISCONNECT 2 connections")
        await s.types("closing")
        await s.press("enter")
        await s.sees("Type 2 or yes")
        await s.types("2")
        await s.press("enter")
        await s.sees("2 of 2 thrown off")
        assert sorted(one[0] for one in still.asked) == ["c1", "c3"]


async def test_a_mark_ends_with_its_connection(still, screen):
    async with screen() as s:
        await s.press("2", "down", "space")
        await s.sees("1 marked")
        still.leave("c2")
        await s.until(lambda: not s.app.connections.table.marked)


async def test_what_the_gateway_refuses_is_said_in_its_words(still, screen):
    still.refusal = NotFound("there is no connection c2")
    async with screen() as s:
        await ask(s)
        await s.types("too slow")
        await s.press("enter")
        await s.types("yes")
        await s.press("enter")
        await s.sees("refused: fry-2: there is no connection c2")


async def test_who_may_only_look_is_told_so_and_offered_no_key_for_it(clock, screen):
    viewer = Still(clock, row("c1", since=clock.now()), role="viewer")
    async with screen(viewer) as s:
        await s.press("2", "down")
        await s.sees("READ ONLY")
        assert "disconnect" not in s.app.bottom.shown()
        for key in ("x", "delete", "space", "asterisk"):
            await s.press(key)
            await s.sees("READ ONLY: role viewer looks and does not act")
        assert not isinstance(s.app.screen, DisconnectDialog)


async def test_without_a_link_nobody_is_thrown_off(still, screen):
    async with screen() as s:
        still.link(state=LinkState.OFFLINE)
        await s.press("2", "down", "x")
        await s.sees("nothing can be done now: there is no link to the gateway")


async def test_a_console_that_is_left_while_an_answer_is_due_leaves(still, screen):
    still.answers_at_once = False
    async with screen() as s:
        await ask(s)
        await s.types("too slow")
        await s.press("enter")
        await s.types("yes")
        await s.press("enter", "q")
        await s.until(lambda: not s.app.is_running)
    still.waiting[0](None)
