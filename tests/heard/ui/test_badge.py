"""The badge is honest."""

import pytest

from heard.client.status import LinkState, LinkStatus
from heard.contract.envelope import Position
from heard.ui.badge import STALE_S, badge


def text(status, mono):
    return "".join(part.text for part in badge(status, mono))


@pytest.mark.parametrize("state", list(LinkState))
def test_every_state_is_a_word(state):
    assert state.value.replace("_", " ").upper() in text(LinkStatus(state=state), 0.0)


def test_it_tells_unsent_commands_the_last_event_and_the_position():
    status = LinkStatus(state=LinkState.OFFLINE, since=10.0, last_event=5.0, unsent=3, position=Position("e", 812))
    assert text(status, 70.0).split() == ["OFFLINE", "1m", "3", "unsent", "last", "1m", "#812"]


def test_a_live_link_that_says_nothing_is_stale():
    status = LinkStatus(state=LinkState.LIVE, since=0.0, last_heard=10.0)
    assert "STALE" not in text(status, 10.0 + STALE_S)
    assert "STALE" in text(status, 10.1 + STALE_S)
