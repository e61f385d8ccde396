"""What the gateway refused: read, and put away by a person."""

from __future__ import annotations

import pytest

from heard.client.outbox import Refusal
from tests.kds.station import lines


@pytest.fixture
def refused(still):
    order = still.place("Burger")
    still.refused = [
        Refusal(f"c{n}", "kds:bump", {"ticket_id": f"{order}.grill"}, f"2026-11-20T18:0{n}:00.000Z", "voided",
                f"refusal {n} [no nuts]")
        for n in range(3)
    ]  # fmt: skip
    return still


async def test_each_says_what_was_asked_when_and_why_not(refused, screen):
    async with screen() as s:
        await s.sees("3 REFUSED (x)")
        await s.press("x")
        await s.sees("3 refused by the gateway")
        assert [line.split() for line in lines(s.app)[1:]] == [
            [str(n + 1), f"18:0{n}", "bump", "#1:", "refusal", str(n), "[no", "nuts]"] for n in range(3)
        ]


async def test_a_person_puts_them_away_one_by_one(refused, screen):
    async with screen() as s:
        await s.press("x", "2", "2")
        await s.sees("2 refused by the gateway")
        assert [one.command_id for one in refused.refused] == ["c0", "c2"]
        await s.press("1", "enter")
        await s.sees("1 REFUSED")
        await s.press("1", "1")
        await s.sees("Nothing was refused.")
        await s.misses("REFUSED (x)")


async def test_all_of_them_go_at_the_second_press_and_not_before(refused, screen, clock):
    async with screen(size=(120, 24)) as s:
        await s.press("x", "v")
        await s.sees("v again puts all 3 away")
        for _ in range(20):
            clock.advance(0.033)
            await s.pilot.press("v")
        assert len(refused.refused) == 3
        await s.press("v")
        await s.sees("Nothing was refused.")


async def test_a_second_press_too_late_is_a_first_one(refused, screen, clock):
    async with screen() as s:
        await s.press("x", "v")
        clock.advance(5)
        await s.press("v")
        assert len(refused.refused) == 3


async def test_what_is_refused_meanwhile_is_not_put_away_unread(refused, screen):
    async with screen() as s:
        await s.press("x", "v")
        refused.refused.append(Refusal("late", "kds:start", {}, "2026-11-20T18:09:00.000Z", "forbidden", "came late"))
        await s.press("v")
        assert [one.command_id for one in refused.refused] == ["late"]
        await s.sees("came late")
