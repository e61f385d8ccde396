"""Throwing connections off: asked for twice, told of once, and never by accident."""

from __future__ import annotations

import pytest

from console.screens.disconnect import DisconnectDialog
from console.throwing import AT_ONCE
from heard.client.links.base import LinkDown
from heard.client.status import LinkState
from heard.errors import NotFound
from tests.console.stand_in import row
from tests.console.still import Still


async def ask(s):
    """The dialog about the connection that is worst."""
    await s.press("2", "down", "x")
    await s.sees("DISCONNECT fry-2")


async def decide(s, reason):
    """Give the reason, and then the word."""
    await s.types(reason)
    await s.press("enter")
    await s.types("yes")
    await s.press("enter")


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
        await decide(s, "moving")
        assert still.asked == [("c2", "moving", "moved")]


@pytest.mark.parametrize("key", ["enter", "x", "delete", "space", "y", "tab"])
async def test_no_key_held_down_throws_anybody_off(still, screen, key):
    async with screen() as s:
        await s.press("2", "down", "x")
        await s.hold(key)
        await s.press()
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
        await s.hold("enter", 10)
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
        await decide(s, "too slow")
        await s.sees("thrown off: fry-2")
        assert [one[0] for one in still.asked] == ["c2"]


@pytest.mark.parametrize(
    ("devices", "word"), [(("pc-1", "pc-2"), "pc-2"), (("pc-1", "pc-1"), "c8"), ((None, None), "c8")]
)
async def test_of_two_with_one_name_each_has_a_word_of_its_own(still, screen, devices, word):
    still.rows(*(row(f"c{7 + n}", subject="fry-2", device=one, sound="off") for n, one in enumerate(devices)))
    async with screen() as s:
        await s.press("2", "down")
        await s.until(lambda: s.app.connections.table.current)
        s.app.connections.table.cursor = "c8"
        await s.press("x")
        await s.sees(f"DISCONNECT {word}")
        await s.types("too slow")
        await s.press("enter")
        await s.sees(f"Type {word} or yes")
        await s.types("fry-2")
        await s.press("enter")
        await s.sees(f"Nothing was done: type {word} or yes.")
        assert still.asked == []


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


@pytest.fixture
async def crowd(clock, screen):
    """Thirty marked connections, the decision made, and nobody who answers by himself."""
    still = Still(clock, *[row(f"c{n:02}", subject=f"grill-{n:02}", since=clock.now()) for n in range(30)])
    still.answers_at_once = False
    async with screen(still) as s:
        await s.press("2", "asterisk", "x")
        await decide(s, "closing")
        yield s, still


async def test_many_go_a_few_at_a_time_with_their_progress(crowd):
    s, still = crowd
    await s.sees("throwing 30 off …")
    assert len(still.asked) == AT_ONCE
    for _ in range(30):
        await s.until(lambda: still.waiting)
        still.waiting.pop(0)(None)
        await s.pilot.pause()
        assert len(still.waiting) <= AT_ONCE
    await s.sees("30 of 30 thrown off")
    assert [one[0] for one in still.asked] == [f"c{n:02}" for n in range(30)]
    assert not s.app.connections.table.marked


async def test_escape_leaves_those_be_whose_turn_has_not_come(crowd):
    s, still = crowd
    still.waiting.pop(0)(None)
    await s.sees("1 of 30 thrown off; Esc stops")
    await s.press("escape")
    asked = AT_ONCE + 1
    while still.waiting:
        still.waiting.pop(0)(None)
    await s.sees(f"{asked} of 30 thrown off; {30 - asked} left be")
    assert len(still.asked) == asked
    assert len(s.app.connections.table.marked) == 30 - asked


async def test_escape_before_the_first_answer_says_at_once_what_it_did(crowd):
    s, _ = crowd
    await s.sees("throwing 30 off …; Esc stops")
    await s.press("escape")
    await s.sees(f"0 of 30 thrown off; {30 - AT_ONCE} left be")
    assert len(s.app.connections.table.marked) == 30


async def test_progress_stays_as_long_as_answers_take(crowd, clock):
    s, still = crowd

    def an_hour_later():
        clock.advance(3_600)
        s.app.write_bars()
        return s.app.bottom.shown()

    assert "throwing 30 off …; Esc stops" in an_hour_later()
    await s.press("escape")
    assert f"{30 - AT_ONCE} left be" in an_hour_later()
    while still.waiting:
        still.waiting.pop()(None)
    await s.sees(f"{AT_ONCE} of 30 thrown off; {30 - AT_ONCE} left be")
    assert "thrown off" not in an_hour_later()


async def test_nobody_is_asked_about_who_left_before_the_turn(crowd):
    s, still = crowd
    still.leave("c29")
    for _ in range(29):
        await s.until(lambda: still.waiting)
        still.waiting.pop(0)(None)
        await s.pilot.pause()
    await s.sees("29 of 30 thrown off; 1 left by themselves")
    assert "c29" not in [one[0] for one in still.asked]


async def test_who_was_refused_stays_marked(crowd):
    s, still = crowd
    for n in range(30):
        await s.until(lambda: still.waiting)
        still.waiting.pop(0)(NotFound("it is elsewhere") if n in (3, 4) else None)
        await s.pilot.pause()
    await s.sees("28 of 30 thrown off; 2 refused: not_found; grill-03: it is elsewh")
    assert s.app.connections.table.marked == {"c03", "c04"}


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
        await decide(s, "too slow")
        await s.sees("refused: fry-2: there is no connection c2")


async def test_one_that_nobody_answered_is_not_said_to_be_refused(still, screen):
    still.refusal = LinkDown("no answer within 10 s")
    async with screen() as s:
        await ask(s)
        await decide(s, "too slow")
        await s.sees("without an answer: fry-2: no answer within 10 s")


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


async def test_while_one_decision_is_carried_out_the_key_tells_how_far_it_is(still, screen):
    still.answers_at_once = False
    async with screen() as s:
        await ask(s)
        await decide(s, "too slow")
        await s.press("2", "home", "end", "x")
        assert not isinstance(s.app.screen, DisconnectDialog)
        await s.sees("throwing 1 off …")
        still.waiting[0](NotFound("it has gone"))
        await s.sees("refused: fry-2: it has gone")
        await s.press("x")
        assert isinstance(s.app.screen, DisconnectDialog)


async def test_all_that_is_wrong_at_the_start_is_said_together(screen):
    async with screen(theme="mauve", filter="rtt>", size=(240, 30)) as s:
        await s.sees("there is no theme mauve")
        assert "; filter, at character" in s.line("there is no theme mauve")


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
