"""Text from outside on every screen of the console: shown as it is read, obeyed by nobody."""

from __future__ import annotations

import pytest

from heard.contract.ops import AuditLine, Latency, OpsActed
from heard.text import cells
from tests.console.stand_in import row
from tests.console.still import Still

NASTY = (
    "\x1b]52;c;ZXZpbA==\x07 grill",
    "\x1bc\x1b[2J\x1b[?1049l",
    "\x9b31mred\x9d0;x\x9c",
    "\x0e\x0f\x00\x7f\x08\r\x0b",
    "z" + "\u0301" * 500,
    "👩‍👩‍👧‍👦 👍🏽 ✈️",
    "[/] [/red] [link=http://x]here",
    "[@click=app.quit]Burger[/]",
    "{0.__class__} %s ${jndi:}",
    "two\nlines\tand a tab",
    "\u202egnirts\u2066",
    "厨房のディスプレイ" * 10,
    "x" * 4_000,
)


def steering(text):
    return [char for char in text if ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u202e\u2066\u200d\ufe0f"]


@pytest.fixture(params=NASTY, ids=range(len(NASTY)))
def nasty(request, clock):
    """A store whose every name says the same."""
    text = request.param
    short = text[:60]
    still = Still(
        clock,
        row("c1", subject=text, role=short, stations=(text, "grill"), device=text, client=text, address=text,
            transport=text, last_error=text, since=clock.now(), lag=400, queue_bytes=900_000),
        row("c2", subject=text, since=clock.now()),
        row("c3", subject=text, since=clock.now()),
    )  # fmt: skip
    still.sample(
        by_role={text: 1}, by_namespace={text: 1}, by_transport={text: 1}, events_in={text: 1}, events_out={text: 2},
        errors={text: {text: 3}}, latency={text: Latency(counts=(1, 2, 3))}, heads={text: 5}, version=text,
        health={text: text, "journal": "ok"},
    )  # fmt: skip
    still.leave("c3", code=short, by=text, reason=text)
    said = dict.fromkeys(("action", "by", "target", "subject", "reason", "code"), text)
    still.tell(OpsActed(line=AuditLine(at=clock.now(), role=short, **said)))
    still.link(subject=text, reason=text)
    still.store = short
    return still


def painted(s):
    """What the terminal is given, line by line."""
    return s.app.screen._compositor.render_strips()


def is_well(s, width):
    for line in painted(s):
        assert steering(line.text) == [], line.text
        assert cells(line.text) == width, line.text


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_no_screen_obeys_or_loses_its_shape(nasty, screen, size):
    async with screen(nasty, size=size) as s:
        for keys in ("1", "2", "3", "4", "5", "6", "2 down enter", "4 down enter", "3 down enter", "6 down enter"):
            await s.press(*keys.split())
            is_well(s, size[0])
            assert all(steering(line) == [] for line in s.lines())


async def test_the_dialog_obeys_nobody_either(nasty, screen):
    async with screen(nasty) as s:
        await s.press("2", "down", "x")
        is_well(s, 80)
        await s.types("slow")
        await s.press("enter")
        is_well(s, 80)
        await s.types("yes")
        await s.press("enter")
        assert [one[0] for one in nasty.asked] == ["c1"]
        is_well(s, 80)


@pytest.mark.parametrize("text", ["[no nuts]", "[GF]", "[VIP]", "50% [off]"])
async def test_brackets_stay(clock, screen, text):
    async with screen(Still(clock, row("c1", subject=text, last_error=text, lag=999))) as s:
        await s.sees(f"{text} 999")
        await s.press("2")
        await s.sees(text)
        await s.press("down", "enter")
        await s.sees(f"CONNECTION OF {text}")


async def test_what_is_copied_steers_no_terminal(clock, screen):
    async with screen(Still(clock, row("c1", subject="\x1b]52;c;eA==\x07evil", since=clock.now()))) as s:
        await s.press("2", "down", "y")
        assert s.app.clipboard.startswith("]52;c;eA==evil\t")


async def test_what_is_pasted_into_a_reason_is_made_safe_and_one_line(still, screen):
    async with screen() as s:
        await s.press("2", "down", "x")
        from textual.events import Paste

        s.app.screen._typed.post_message(Paste("sl\x1b[2Jow\nyes\n"))
        await s.until(lambda: s.app.screen._typed.value)
        assert s.app.screen._typed.value == "sl[2Jow"
        assert still.asked == []
