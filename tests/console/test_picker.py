"""Choosing the columns of a table."""

from __future__ import annotations

from console.screens.picker import Picker


def heads(s):
    return s.app.connections.body.shown()[0].split()


async def test_a_column_goes_and_another_comes_at_once(screen):
    async with screen() as s:
        await s.press("2")
        await s.sees("station")
        assert "since" not in heads(s)
        await s.press("c")
        await s.sees("[x] station")
        await s.press("down", "down", "space")
        await s.until(lambda: "station" not in heads(s))
        await s.press(*["down"] * 5, "space", "escape")
        await s.until(lambda: "since" in heads(s))
        assert "station" not in heads(s)
        assert not isinstance(s.app.screen, Picker)


async def test_what_finds_no_room_says_so_and_comes_where_there_is_room(screen):
    async with screen() as s:
        await s.press("2", "c", *["down"] * 3, "space", "down", "space", "down", "space")
        await s.sees("no room")
        await s.pilot.resize_terminal(200, 40)
        await s.until(lambda: {"device", "client", "address"} <= set(heads(s)))


async def test_one_column_stays_whatever_is_pressed(screen):
    async with screen() as s:
        await s.press("2", "colon")
        await s.types("columns user")
        await s.press("enter")
        await s.until(lambda: heads(s) == ["user"])
        await s.press("c", "space")
        assert heads(s) == ["user"]
        await s.press("d")
        await s.until(lambda: "rtt" in heads(s))


async def test_both_halves_are_reached(screen):
    async with screen() as s:
        await s.press("2", "c", "right", "space")
        await s.until(lambda: "queue" not in heads(s))
        await s.press("left", "up", "space")
        await s.sees("[x] id")


async def test_with_caps_lock_on_the_keys_do_the_same(screen):
    async with screen() as s:
        await s.press("2", "C", "J", "J", "X")
        await s.until(lambda: "station" not in heads(s))
        await s.press("D")
        await s.until(lambda: "station" in heads(s))
        await s.press("C")
        assert not isinstance(s.app.screen, Picker)


async def test_columns_may_be_named(screen):
    async with screen(size=(160, 30)) as s:
        await s.press("2", "colon")
        await s.types("columns user id key")
        await s.press("enter")
        await s.until(lambda: heads(s) == ["user", "key", "p99", "id"])
        await s.press("colon")
        await s.types("columns colour")
        await s.press("enter")
        await s.sees("there is no column colour; there are user, role")


async def test_what_is_sorted_by_is_in_sight_though_it_was_not_chosen(screen):
    async with screen() as s:
        await s.press("2", "colon")
        await s.types("columns user")
        await s.press("enter", "colon")
        await s.types("sort rtt")
        await s.press("enter")
        await s.until(lambda: heads(s) == ["user", "▼rtt"])


async def test_where_there_is_no_table_there_is_nothing_to_choose(screen):
    async with screen() as s:
        await s.press("1", "c")
        await s.sees("only tables have columns")
