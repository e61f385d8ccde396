"""Below the connections: one of them closely, how the store does, who left lately; only where there is room."""

from __future__ import annotations

from itertools import pairwise

import pytest

from console.screens import closed
from console.screens.glance import BELOW_ALL, LEAST, LEAST_ROOM, STEP, glance_lines
from heard.text import cells
from tests.console.stand_in import row
from tests.console.still import Still


def below(s):
    return [line.rstrip() for line in s.app.connections.under.shown()] if s.app.connections.under.display else []


async def test_a_wide_screen_tells_of_the_worst_without_a_key(still, screen):
    async with screen(size=(200, 60)) as s:
        await s.press("2")
        await s.until(lambda: below(s))
        assert "CONNECTION OF fry-2" in below(s)[0]
        assert "no row is chosen: the first one" in below(s)[0]
        assert any(line.startswith("!! lag") or " !! lag" in line for line in below(s))


async def test_it_goes_with_the_cursor(still, screen):
    async with screen(size=(200, 60)) as s:
        await s.press("2", "down", "down")
        await s.until(lambda: below(s) and "CONNECTION OF expo-3" in below(s)[0])
        assert "no row is chosen" not in below(s)[0]
        still.sample()
        still.rows(row("c3", subject="expo-3", role="expo", rtt_ms=70.0))
        still.sample()
        await s.until(lambda: any("round trip, ms" in line and "70" in line for line in below(s)))


@pytest.mark.parametrize("keys", [["2"], ["2", "down", "enter"]])
async def test_what_is_held_stands_still_while_the_gateway_goes_on(still, screen, keys):
    async with screen(size=(200, 60)) as s:
        await s.press(*keys)
        for rtt in (40.0, 50.0):
            still.rows(row("c2", subject="fry-2", rtt_ms=rtt, lag=312))
            still.sample()
            await s.pilot.pause()
        page = s.app.pages[s.app.here]

        def picture():
            return [*page.shown(), *(page.under.shown() if page is s.app.connections else [])]

        await s.until(lambda: any("round trip, ms" in line and "50" in line for line in picture()))
        await s.press("p")
        held = picture()
        still.rows(row("c2", subject="fry-2", rtt_ms=60.0, lag=312))
        still.sample()
        await s.pilot.pause()
        s.app.paint()
        assert picture() == held
        await s.press("p")
        await s.until(lambda: any("round trip, ms" in line and "60" in line for line in picture()))


@pytest.mark.parametrize("size", [(200, 60), (120, 34)])
async def test_who_left_lately_is_there_with_the_reason_and_by_whom(still, screen, size):
    async with screen(size=size) as s:
        await s.press("2")
        await s.until(lambda: any("No connection has ended yet." in line for line in below(s)))
        still.leave("c1", code="forced", by="nora", reason="swapping the tablet")
        await s.until(lambda: any("swapping the tablet" in line and "nora" in line for line in below(s)))


async def test_where_nobody_is_the_store_has_all_of_it(clock, screen):
    async with screen(Still(clock), size=(200, 60)) as s:
        await s.press("2")
        await s.until(lambda: below(s))
        assert "answers p99" in below(s)[0]
        assert len(below(s)[0]) > 150


async def test_a_small_screen_has_none(still, screen):
    async with screen(size=(80, 24)) as s:
        await s.press("2", "down")
        assert below(s) == []
        await s.pilot.resize_terminal(200, 60)
        await s.until(lambda: below(s))
        await s.pilot.resize_terminal(80, 24)
        await s.until(lambda: not below(s))
        assert len(s.app.connections.body.shown()) == 20


async def test_thousands_keep_most_of_a_tall_page(clock, screen):
    many = Still(clock, *[row(f"c{n:05}", subject=f"s{n:05}", since=clock.now()) for n in range(2_000)])
    async with screen(many, size=(200, 60)) as s:
        await s.press("2")
        await s.until(lambda: len(below(s)) == BELOW_ALL)
        await s.until(lambda: len(s.app.connections.body.shown()) == 56 - BELOW_ALL)


def test_who_comes_or_goes_moves_nothing_but_at_a_step():
    lines = [glance_lines(n, 200, 55) for n in range(100)]
    changes = [n for n, (one, other) in enumerate(pairwise(lines)) if one != other]
    assert all(later - earlier == STEP for earlier, later in pairwise(changes))


@pytest.mark.parametrize("room", [LEAST_ROOM, 120, 149, 150, 200, 300])
@pytest.mark.parametrize("height", [20, 30, 43, 44, 55])
def test_every_row_is_in_sight_where_the_page_is_not_tall(room, height):
    for n in range(height):
        lines = glance_lines(n, room, height)
        assert lines in (0, BELOW_ALL) or (lines >= LEAST and height - lines > n + 1)
    assert glance_lines(5_000, room, height) == (BELOW_ALL if height >= 44 else 0)


@pytest.mark.parametrize("size", [(100, 26), (100, 30), (149, 50), (150, 34), (200, 60), (300, 90)])
async def test_it_has_its_lines_and_no_line_is_too_wide(still, screen, size):
    async with screen(size=size) as s:
        still.leave("c1", code="slow", by="厨房" * 9, reason="長い" * 60)
        still.sample()
        await s.press("2", "down")
        await s.until(lambda: below(s))
        await s.pilot.pause()
        page = s.app.connections
        assert len(page.under.shown()) == glance_lines(2, size[0], page.size.height - 1)
        assert max(cells(line) for line in page.under.shown()) <= size[0]
        assert page.body.size.height + page.under.size.height + 1 == page.size.height


async def test_the_whole_reason_of_the_row_under_the_cursor_stands_below_on_a_narrow_screen(still, screen):
    why = "the tablet fell into the fryer, take the spare one from the office and wake it with the red key"
    async with screen(size=(80, 24)) as s:
        still.leave("c1", code="forced", by="nora", reason=why)
        for key in ("4", "6"):
            await s.press(key)
            page = s.app.pages[s.app.here]
            assert not page.under.display
            await s.press("down")
            await s.until(lambda page=page: why in " ".join(" ".join(page.under.shown()).split()))
            await s.press("escape")
            await s.until(lambda page=page: not page.under.display)


@pytest.mark.parametrize("keys", [["4"], ["4", "down"]])
async def test_who_left_most_often_is_not_counted_where_it_finds_no_room(still, screen, monkeypatch, keys):
    counted = []
    monkeypatch.setattr(closed, "leavers", lambda *asked: counted.append(asked) or [])
    async with screen(size=(80, 24)) as s:
        still.leave("c1", code="slow")
        await s.press(*keys)
        await s.sees("1 connection ended")
        assert counted == []
        await s.pilot.resize_terminal(120, 34)
        await s.until(lambda: counted)


async def test_who_comes_and_goes_all_the_time_is_told_below_those_who_left(still, clock, screen):
    async with screen(size=(120, 34)) as s:
        await s.press("4")
        page = s.app.pages["closed"]
        await s.until(lambda: "LEFT IN THE LAST HOUR" in "".join(page.under.shown()))
        for _ in range(3):
            still.rows(row("c9", subject="spare", since=clock.now()))
            still.leave("c9", code="no_pong")
            clock.advance(60)
        still.leave("c1", code="slow")
        await s.until(
            lambda: any(line.split() == ["spare", "3", "60s", "no_pong", "3", "60s"] for line in page.under.shown())
        )
        clock.advance(3_590)
        still.leave("c3", code="slow")
        await s.until(lambda: any(line.split()[:3] == ["expo-3", "1", "0s"] for line in page.under.shown()))
        assert not any("spare" in line for line in page.under.shown())
        before = len(page.under.shown())
        await s.press("down")
        await s.until(lambda: any(line.startswith(" why") for line in page.under.shown()))
        assert len(page.under.shown()) == before
