"""Screens that left without meaning to: told until they are back, loudest where nobody stands in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from console.linear import Linear
from console.missing import DESERTED, MISSED, Missing
from console.once import as_json, as_text, tables, troubles
from tests.console.stand_in import row


def missed(still):
    return [one.row.subject for one in Missing().of(still.picture)]


def told(still):
    return [(one.level, one.sentence) for one in troubles(still.picture)]


def later(still, span: timedelta):
    still.clock.advance(span.total_seconds() - 1.0)
    still.sample()


def test_a_station_where_nobody_is_now_is_wrong_and_named(still):
    still.leave("c1")
    later(still, timedelta(seconds=40))
    assert told(still)[0] == (2, "nobody at grill; gone: grill-1 (grill) no_pong 40s ago")


def test_the_last_expo_thrown_off_leaves_the_pass_to_nobody(still):
    still.leave("c3", code="forced", by="sam")
    assert (2, "nobody at expo; gone: expo-3 (expo) forced 0s ago") in told(still)


def test_where_somebody_stands_in_it_is_a_warning(still):
    still.rows(row("c4", subject="grill-2"))
    still.leave("c1")
    assert (1, "gone: grill-1 (grill) no_pong 0s ago") in told(still)


def test_two_of_one_name_are_told_apart_by_their_devices(still):
    still.rows(row("c4", subject="grill-1", device="pc-4"))
    still.leave("c4")
    assert (1, "gone: grill-1/pc-4 (grill) no_pong 0s ago") in told(still)


def test_some_are_named_and_the_rest_is_counted(still):
    still.rows(*(row(f"d{n}", subject=f"s{n}", stations=(f"p{n}",)) for n in range(5)))
    for n in range(5):
        still.leave(f"d{n}")
    assert told(still)[0][1] == (
        "nobody at p4, p3, p2 and 2 more; "
        "gone: s4 (p4) no_pong 0s ago, s3 (p3) no_pong 0s ago, s2 (p2) no_pong 0s ago and 2 more"
    )


@pytest.mark.parametrize("code", ["client_left", "shutdown", "moved", "replaced"])
def test_who_meant_to_leave_is_not_missed(still, code):
    still.leave("c1", code=code)
    assert missed(still) == []


@pytest.mark.parametrize("code", ["no_pong", "transport_closed", "forced", "slow", "dropped", "token_expired"])
def test_who_did_not_mean_to_is(still, code):
    still.leave("c1", code=code)
    assert missed(still) == ["grill-1"]


def test_who_does_not_stand_in_a_kitchen_is_not_waited_for(still):
    still.rows(row("c7", subject="till", role="pos", stations=()))
    still.leave("c7")
    assert missed(still) == []


def test_who_is_back_is_not_missed_and_elsewhere_is_not_back(still):
    still.leave("c1")
    still.rows(row("c8", subject="grill-1", stations=("fry",)))
    assert missed(still) == ["grill-1"]
    still.rows(row("c9", subject="grill-1"))
    assert missed(still) == []


def test_only_the_last_departure_of_a_screen_counts(still):
    still.leave("c1")
    still.rows(row("c9", subject="grill-1"))
    still.leave("c9", code="client_left")
    assert missed(still) == []


def test_a_deserted_station_is_told_longer_than_one_with_a_stand_in(still):
    still.rows(row("c4", subject="grill-2"))
    still.leave("c1")
    still.leave("c3")
    later(still, MISSED)
    assert missed(still) == ["expo-3", "grill-1"]
    later(still, timedelta(seconds=1))
    assert missed(still) == ["expo-3"]
    later(still, DESERTED)
    assert missed(still) == []


async def test_both_pages_say_it_at_eighty_columns(still, screen):
    async with screen() as s:
        still.leave("c1")
        await s.sees("!! nobody at grill; gone: grill-1 (grill) no_pong")
        await s.press("2")
        await s.sees("1 gone")


def test_it_is_read_out_in_lines(still, clock):
    still.leave("c1")
    assert "! nobody at grill; gone: grill-1" in Linear(still, clock=clock).look()[0]


def test_one_look_tells_it_to_people_and_to_scripts(still):
    still.leave("c1")
    shown = tables(still.picture, "connections", "", still.now())
    lines = as_text(shown, still.now(), None, troubles(still.picture)).splitlines()
    assert lines[0] == "!! nobody at grill; gone: grill-1 (grill) no_pong 0s ago"
    assert lines[lines.index("") + 1].startswith("user")
    assert max(len(one) for one in as_text(shown, still.now(), 40, troubles(still.picture)).splitlines()) <= 40
    told = json.loads(as_json(still.picture, "s1", shown, still.now()))
    assert told["troubles"][0] == {"level": 2, "sentence": lines[0].removeprefix("!! ")}
