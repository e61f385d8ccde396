"""The bars: what they say of what may be done here."""

import pytest

from heard.client.status import LinkState, LinkStatus
from kds.bars import hands_off


@pytest.mark.parametrize(
    ("role", "stations", "sentence"),
    [
        ("kitchen", ("grill",), ""),
        ("kitchen", ("*",), ""),
        ("expo", (), ""),
        ("manager", (), ""),
        (None, (), ""),
        ("of a newer gateway", (), ""),
        ("kitchen", ("fry", "cold"), "to look at only: this token works at fry, cold, not at grill"),
        ("kitchen", (), "to look at only: this token works at no station, not at grill"),
        ("viewer", (), "to look at only: role viewer bumps nothing"),
    ],
)
def test_a_token_that_can_do_nothing_here_is_told_so_before_a_key_is_pressed(role, stations, sentence):
    assert hands_off(LinkStatus(state=LinkState.LIVE, role=role, stations=stations), "grill") == sentence
