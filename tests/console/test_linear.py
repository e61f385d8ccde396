"""The console in lines: how the store stands, and a disconnect that is asked for twice."""

from __future__ import annotations

import pytest

from console.linear import AT_ONCE, EVERY_S, NEWEST, Linear
from console.picture import Picture
from heard.client.clock import ManualClock
from heard.client.status import LinkState, LinkStatus
from heard.errors import NotFound
from heard.ui.words import words_for
from tests.console.stand_in import row
from tests.console.still import Still

HOSTILE = "A\x1b]52;c;aGVhcmQ=\x07\x1b[2J\x9b31m\r\nforged\u202e[/red]"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def still(clock):
    return Still(clock, row("c1", subject="ann", role="kitchen", rtt_ms=10.0), row("c2", subject="bob", role="viewer"))


@pytest.fixture
def linear(still, clock):
    made = Linear(still, clock=clock)
    made.look()
    return made


def test_it_begins_with_how_the_store_stands(still, clock):
    (line,) = Linear(still, clock=clock).look()
    assert line.startswith("s1: live. ")
    assert "2 connections" in line


def test_a_status_comes_by_itself_from_time_to_time(still, linear, clock):
    assert linear.look() == []
    clock.advance(EVERY_S)
    assert len(linear.look()) == 1
    assert linear.look() == []


def test_enter_tells_how_it_stands_now(still, linear):
    still.sample(events_in={"kds:bump": 3})
    (line,) = linear.answer("\n")
    assert "3 in and 0 out a second" in line


def test_the_link_is_told_when_it_goes_and_comes_and_not_at_every_try(still, linear):
    still.link(state=LinkState.OFFLINE, reason="no answer")
    (line,) = linear.look()
    assert "no link to the gateway" in line
    still.link(state=LinkState.CONNECTING)
    assert linear.look() == []
    still.link(state=LinkState.LIVE, reason=None)
    assert linear.look()[0].startswith("s1: live.")


def test_while_it_is_only_connecting_nothing_is_wrong_and_nothing_known(still, clock):
    still.picture = Picture()
    still.link(state=LinkState.CONNECTING)
    linear = Linear(still, clock=clock)
    assert linear.look() == ["s1: connecting."]
    still.link(state=LinkState.OFFLINE, reason="nobody answers")
    assert linear.look() == ["s1: offline. ! no link to the gateway: nobody answers."]


def test_figures_that_are_old_are_not_told_as_new(still, linear, clock):
    still.sample()
    linear.look()
    clock.advance(20)
    assert "these figures are old" in linear.answer("")[0]


def test_connections_are_listed_with_numbers_the_worst_first(still, linear):
    still.rows(row("c3", subject="cid", role="kitchen", queue_bytes=900_000))
    lines = linear.answer("list")
    assert [line[:2] for line in lines] == ["1:", "2:", "3:"]
    assert "user cid" in lines[0]
    assert "! queue" in lines[0]
    assert "user ann" in lines[1]


def test_a_filter_chooses_among_them_and_a_wrong_one_says_where(still, linear):
    assert [("ann" in line) for line in linear.answer("list role:kitchen")] == [True]
    assert linear.answer("list role:nobody") == ["No connection matches."]
    assert linear.answer("list nothing:here")[0].startswith("filter, at character 1: ")


def test_of_many_only_some_are_read_out(clock):
    many = Linear(Still(clock, *(row(f"c{n}") for n in range(AT_ONCE + 3))), clock=clock)
    lines = many.answer("list")
    assert len(lines) == AT_ONCE + 1
    assert lines[-1] == "and 3 more"


def test_a_number_is_never_another_connection_s(still, linear):
    linear.answer("list")
    still.leave("c1")
    still.rows(row("c9", subject="zoe"))
    assert any(line.startswith("3: ") and "zoe" in line for line in linear.answer("list"))
    assert linear.answer("show 1") in (["no connection has number 1; list numbers them"], ["it has left meanwhile"])


def test_one_of_them_is_shown_whole(still, linear):
    linear.answer("list")
    (line,) = linear.answer("show 1")
    assert "user ann" in line
    assert "id c1" in line


@pytest.mark.parametrize("yes", ["yes", "YES \n"])
def test_a_disconnect_wants_a_reason_and_then_a_yes(still, linear, yes):
    linear.answer("list")
    (asked,) = linear.answer("disconnect 1 wrong screen")
    assert "ann" in asked
    assert still.asked == []
    assert "thrown off: ann" in [*linear.answer(yes), *linear.look()]
    assert still.asked == [("c1", "wrong screen", "forced")]


@pytest.mark.parametrize("no", ["", "y", "no", "disconnect 1 wrong screen", "yes please"])
def test_anything_but_a_yes_leaves_it_be(still, linear, no):
    linear.answer("list")
    linear.answer("disconnect 1 wrong screen")
    assert linear.answer(no) == ["nothing was done"]
    assert linear.answer("yes")[0].startswith("there is no command yes")
    assert still.asked == []


def test_who_left_before_the_yes_is_not_mistaken_for_another(still, linear):
    linear.answer("list")
    linear.answer("disconnect 1 wrong screen")
    still.leave("c1")
    assert linear.answer("yes") == ["it has left meanwhile"]
    assert still.asked == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("disconnect 1", "A reason first, in at least 3 letters."),
        ("disconnect 1 \x1b\x07", "A reason first, in at least 3 letters."),
        ("disconnect 1 a b", "A reason first, in at least 3 letters."),
        ("disconnect", "no connection has number ; list numbers them"),
        ("disconnect 77 wrong screen", "no connection has number 77; list numbers them"),
        ("show x", "no connection has number x; list numbers them"),
        ("dance", "there is no command dance; there are list, show, disconnect, errors, closed, status, help, quit"),
    ],
)
def test_what_cannot_be_done_is_answered_with_a_sentence(still, linear, typed, said):
    linear.answer("list")
    assert linear.answer(typed) == [said]
    assert still.asked == []


def test_a_role_that_only_looks_is_told_so(clock):
    still = Still(clock, row("c1"), role="viewer")
    linear = Linear(still, clock=clock)
    linear.answer("list")
    assert linear.answer("disconnect 1 wrong screen") == ["READ ONLY: role viewer looks and does not act"]


def test_a_refusal_comes_later_and_is_said(still, linear):
    still.answers_at_once = False
    linear.answer("list")
    linear.answer("disconnect 1 wrong screen")
    assert linear.answer("yes") == []
    still.waiting[0](NotFound("there is no such connection"))
    assert linear.look() == ["refused: ann: there is no such connection"]


def test_who_left_and_what_was_refused_are_lines(still, linear):
    assert linear.answer("closed") == ["No connection has ended yet."]
    assert linear.answer("errors") == ["Nothing was refused since the gateway started."]
    still.leave("c2", code="no_pong")
    still.sample(errors={"forbidden": {"kds:bump": 2}})
    assert "user bob" in linear.answer("closed")[0]
    assert "code forbidden" in linear.answer("errors")[0]


def test_commands_may_be_cut_short_and_quit_leaves(still, linear):
    assert linear.answer("li") == linear.answer("list")
    assert linear.answer("q") is None
    assert [line.split(":")[0].split()[0] for line in linear.answer("help")][-1] == "quit"


@pytest.mark.parametrize("typed", ["quit that", "q 2", "closed today", "errors all", "status banana", "help me"])
def test_a_word_behind_what_takes_none_is_answered_and_nothing_is_done(linear, typed):
    (said,) = linear.answer(typed)
    assert said.endswith("takes no word and no number; help tells what can be typed")


@pytest.mark.parametrize("typed", ["banana", "quatsch", "lost", "5", "5 quit", "dis connect"])
def test_no_word_counts_as_its_first_letter(still, linear, typed):
    linear.answer("list")
    assert len(linear.answer(typed)) == 1
    assert linear.answer("yes")[0].startswith("there is no command yes")
    assert still.asked == []


def test_of_those_who_left_the_newest_are_read_out_and_the_rest_counted(clock):
    still = Still(clock, *(row(f"c{n}", subject=f"s{n}") for n in range(NEWEST + 3)))
    for n in range(NEWEST + 3):
        still.leave(f"c{n}")
    lines = Linear(still, clock=clock).answer("closed")
    assert len(lines) == NEWEST + 1
    assert f"user s{NEWEST + 2}," in lines[0]
    assert lines[-1] == "and 3 more"


def test_before_its_first_try_it_says_that_it_connects_and_not_that_it_is_cut_off(still, clock):
    still.picture, still.status = Picture(), LinkStatus()
    linear = Linear(still, clock=clock)
    assert linear.look() == ["s1: connecting."]
    still.link(state=LinkState.CONNECTING)
    assert linear.look() == []
    still.link(state=LinkState.OFFLINE, attempt=1, reason="nobody answers")
    assert linear.look() == ["s1: offline. ! no link to the gateway: nobody answers."]


def test_hostile_words_stay_on_their_line_and_steer_nothing(clock):
    still = Still(clock, row("c1", subject=HOSTILE, client=HOSTILE, device=HOSTILE, last_error=HOSTILE))
    linear = Linear(still, clock=clock)
    lines = linear.look() + linear.answer("list") + linear.answer("show 1") + linear.answer(f"dance{HOSTILE}")
    lines += linear.answer(f"disconnect 1 {HOSTILE}") + linear.answer("yes") + linear.look()
    assert all(line.isprintable() for line in lines)
    assert any("forged[/red]" in line for line in lines)
    assert still.asked[0][1].isprintable()


def test_it_speaks_another_language(still, clock):
    linear = Linear(still, clock=clock, words=words_for("de"))
    assert "2 Verbindungen" in linear.look()[0]
    linear.answer("list")
    linear.answer("disconnect 1 falscher Schirm")
    assert "getrennt: ann" in [*linear.answer("ja"), *linear.look()]
