"""The letters of a station in lines, and the help that tells of them."""

from __future__ import annotations

from kds.settings import Settings
from tests.kds.spoken.hearing import at


def test_all_day_and_help_are_lines(still, linear):
    still.place("Burger")
    still.place({"name": "Burger", "qty": 2})
    linear.look()
    assert linear.answer("a") == ["All-day: 3 Burger."]
    assert [line[0] for line in linear.answer("h")][3:] == list("bsvp!ifurdlaetm<>hq")


def test_q_leaves_but_not_in_a_kiosk(still, clock):
    assert at(still, "grill", clock=clock).answer("q") is None
    kiosk = at(still, "grill", Settings(kiosk=True), clock=clock)
    assert kiosk.answer("q") == ["q is no letter here; h helps"]
    assert not any(line.startswith("q") for line in kiosk.answer("h"))
