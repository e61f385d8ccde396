"""Both screens under rough hands: a thousand keys a second, broken input, ways out of a kiosk."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest

from heard.kitchen.tickets import TicketState
from heard.ui.driver import PASTE_PAUSE_S
from kds.fingers import DEAD_S
from tests.stories.hostile import CLIPBOARD, MOUSE, WALL, obeyed_nobody
from tests.stories.processes import Till, until
from tests.stories.screens import (
    HELP,
    OPENED,
    SILENT,
    Screens,
    at_pace,
    comes_back,
    drawn,
    fryers,
    is_left,
    opens,
    up,
)
from tests.stories.terminal import families

pytestmark = pytest.mark.story

KEYS_S = 0.2
PROGRAMS = pytest.mark.parametrize("program", OPENED)


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

STATION_KEYS = (
    *"1234567890", "\r", "\r", "\r", *"surdiobvpFaecjkhlxztm!-?[] ", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~",
    "\x1b[6~", "\x1b[H", "\x1bOQ", "\x1bOP",
)  # fmt: skip
CONSOLE_KEYS = (
    *"123456", *"/:x *<>rkjgGptR?y+-n", "\r", "\t", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~",
    "\x1b[6~", "\x1b[H", "\x1b[F", "\x1bOP", "\x1b[3~",
)  # fmt: skip
GARBAGE = (
    b"\xff\xfe\xc3", b"\xe2\x82", b"\xf0\x9f\x91", b"\x80\x9b31m", b"\x00\x1c\x1d\x1e\x1f", b"\x1b", b"\x1b[", b"\x1bO",
    b"\x1b]0;x", b"\x1bP+r", b"\x1b[<0;10;10M", b"\x1b[<0;10;10m", b"\x1b[<64;1;1M", b"\x1b[M   ",
    b"\x1b[<99999;99999;1M",
    b"\x1b[1;1R", b"\x1b[?2026;2$y", b"\x1b[?2048;2$y", b"\x1b[I", b"\x1b[O", b"\x1b[201~", b"\x1b[99999999u",
    b"\x1b[57441u",
    b"\x1b[-1;-1H", b"\x1b_G\x1b\\", b"\x1b\x1b\x1b", b"\x1b[27;5;109~",
    b"\x1b[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;m",
    "漢字ŁÉ\u0301\U0001f600".encode(),
)  # fmt: skip


def nothing_twice(till: Till) -> int:
    """Hold the journal against itself: what was done was to do; how many tickets were bumped, each time counted."""
    ready: Counter[tuple[str, str]] = Counter()
    done = set()
    for event in till.journal():
        items = [(event.data.get("ticket_id", ""), item) for item in event.data.get("item_ids") or ()]
        if event.name == "kds:item_ready":
            ready.update(items)
            assert all(ready[one] == 1 for one in items), (event, ready)
            done.add((event.data["ticket_id"], event.seq))
        elif event.name in ("kds:item_reopened", "kds:ticket_recalled", "kds:order_changed", "kds:item_started"):
            for one in items:
                ready[one] = 0
    assert till.fold() == till.snapshot()[0]
    return len(done)


def to_cook(till: Till) -> int:
    """How many cards of the grill are up."""
    board = till.snapshot()[0]
    return sum(board.state(one) not in (TicketState.HELD, TicketState.DONE) for one in board.at("grill"))


def test_a_thousand_keys_a_second_on_any_screen_bump_nothing_twice_and_the_station_is_there_afterwards(
    till: Till, start: Screens
) -> None:
    till.place_many(fryers(40))
    screen = up(start("kds"))
    screen.until_sees("40 open")
    before, facts = nothing_twice(till), len(till.journal())
    for seed, (keys, shown) in enumerate(OPENED["kds"].items()):
        opens(screen, keys, shown)
        at_pace(screen, drawn(STATION_KEYS, seed), seconds=KEYS_S)
        comes_back(screen)
        if "(seen from grill)" in screen.text:  # where the grill may bump nothing
            screen.press("e")
    until(lambda: len(till.journal()) > facts, "something that the keys did", shown=screen)
    last = till.place({"name": "Afterwards", "qty": "1", "station_hint": ["grill"]}, priority="vip")
    until(lambda: "unsent" not in screen.text, "all of it at the gateway", shown=screen)
    until(lambda: f" {to_cook(till)} open" in screen.text, f"{to_cook(till)} open, as the gateway has it")
    assert nothing_twice(till) - before <= len(OPENED["kds"]) * KEYS_S / DEAD_S
    assert till.status(last) == "received"
    is_left(screen)


def test_a_held_enter_bumps_one_card(till: Till, start: Screens) -> None:
    before = nothing_twice(till)
    till.place_many(fryers(6))
    screen = up(start("kds", "--no-mouse", config=f"mouse = true\n{SILENT}"))
    screen.until_sees("6 open", "1 #")
    screen.press("\x1b[B")
    screen.until_sees("► ")
    longest = at_pace(screen, drawn(("\r",), 1), seconds=1.0)
    screen.press("\x1bOQ")
    screen.until_sees("Diagnostics of grill")
    until(lambda: nothing_twice(till) > before, "a bump")
    assert nothing_twice(till) - before == 1 or longest > 0.2
    screen.press("\x1bOQ")
    screen.until_sees("5 open", "F1 help")
    is_left(screen)
    assert not families(screen.raw) & MOUSE


@PROGRAMS
def test_what_no_keyboard_sends_and_half_a_paste_neither_end_nor_deafen_it(
    till: Till, start: Screens, program: str
) -> None:
    till.place_many(fryers(3))
    before = nothing_twice(till)
    screen = up(start(program))
    at_pace(screen, drawn(GARBAGE, 11), seconds=1.0, a_second=500)
    comes_back(screen)  # a paste behind half a sequence would be taken for the rest of it
    screen.send(b"\x1b[200~" + b"1\rq\x03" * 25_000 + b"\x1b[201~")
    comes_back(screen)
    assert nothing_twice(till) == before
    screen.send(b"\x1b[200~half a paste")
    begun = time.monotonic()
    until(lambda: time.monotonic() - begun > PASTE_PAUSE_S + 0.5, "the pause that says that it is over")
    screen.press("?")
    screen.until_sees(HELP[program])
    comes_back(screen)
    is_left(screen)


def test_the_console_stands_a_thousand_keys_a_second_on_any_page_and_throws_nobody_off(
    till: Till, start: Screens
) -> None:
    station, screen = up(start("kds")), up(start("console", "--no-mouse"))
    for seed, (keys, shown) in enumerate(OPENED["console"].items()):
        opens(screen, keys, shown)
        at_pace(screen, drawn(CONSOLE_KEYS, seed), seconds=KEYS_S)
        comes_back(screen)
    screen.press("p") if "PAUSED" in screen.text else None
    until(lambda: "PAUSED" not in screen.text and "sample 0s" in screen.text, "a fresh sample")
    station.until_sees("LIVE")
    opens(screen, "4", " ended ")
    is_left(station)
    is_left(screen, WALL | CLIPBOARD)


# ── Kiosk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

WAYS_OUT = (
    "q", "\x03", "\x11", "\x10", "\x1a", "\x1c", "\x04", "\x13", "\x17", "\x1bq", "\x1b[113;5u", "\x1b[99;5u",
    "\x1b[57362;3u",
    "\x1bOS\x1b[1;3S", ":q\r", "ZZ",
)  # fmt: skip


def test_no_key_leads_out_of_a_kiosk_and_the_mouse_is_nobody_s(till: Till, start: Screens) -> None:
    till.place("Burger")
    screen = up(start("kds", "--kiosk"))
    for opened in ("", "?", "1i"):
        screen.press(opened)
        for way in WAYS_OUT:
            screen.press(way)
        comes_back(screen)
    assert screen.process.poll() is None
    screen.signal(signal.SIGTERM)
    assert screen.left() == 0
    obeyed_nobody(screen, bell=True)
