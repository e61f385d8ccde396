"""What the bars say at any width."""

from __future__ import annotations

import pytest

from console.bars import PAGES, Top, footer, tabs, titles, top_bar
from console.keys import DEEDS
from console.picture import Picture
from heard.client.status import LinkState, LinkStatus
from heard.ui.deeds import keymap
from heard.ui.spans import apart, width

LIVE = LinkStatus(state=LinkState.LIVE, role="operator", subject="sam", since=0.0, last_heard=0.0)


def top(room=80, *, mono=0.0, **more):
    given = {"store": "s1", "server": "", "status": LIVE, "may_act": True, "sample_s": 0.4, "clock": "12:00:00"} | more
    left, right = top_bar(Top(**given), mono, room)
    return "".join(part.text for part in apart(left, right, room, "bar.text"))


@pytest.mark.parametrize("room", [60, 80, 120, 200])
def test_the_upper_bar_fits_whatever_it_must_say(room):
    status = LinkStatus(state=LinkState.OFFLINE, role="x" * 50, subject="y" * 90)
    line = top(room, store="z" * 200, server="s" * 200, status=status, paused_s=9_000, sample_s=99_999, may_act=False)
    assert len(line) <= room
    assert line.startswith(" PAUSED 2h ")


def test_how_old_the_sample_is_stands_beside_the_link():
    assert top().startswith(" LIVE  sample 0s ")
    assert top(sample_s=6.0).startswith(" LIVE  STALE  6s ")
    assert top(sample_s=None).startswith(" LIVE  no sample yet ")


def test_who_may_only_look_reads_it_in_words():
    assert " READ ONLY  viewer " in top(status=LinkStatus(state=LinkState.LIVE, role="viewer"), may_act=False)
    assert "READ ONLY" not in top()


@pytest.mark.parametrize("room", [20, 40, 60, 80, 200])
def test_the_pages_fit_and_the_one_in_sight_is_always_named(room):
    row = tabs(titles(Picture(), 12), "connections", room)
    assert width(row) <= room
    if room >= 40:
        assert any(part.text.strip().startswith("2 Connections") and part.role == "panel.title" for part in row)


@pytest.mark.parametrize("room", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("sentence", ["", "something happened " * 20])
def test_the_footer_fits_and_help_is_always_there(room, sentence):
    known = keymap(DEEDS)
    left, right = footer(known, ("disconnect", "filter", "sort.next", "open", "mark", "pause", "quit"), sentence, room)
    assert width(left) + width(right) <= room
    assert "help" in "".join(part.text for part in right)


def test_there_is_a_page_for_each_of_the_six_digits():
    assert [deed.action for deed in DEEDS[:6]] == [f"page('{name}')" for name in PAGES]
