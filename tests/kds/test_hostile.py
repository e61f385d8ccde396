"""Order text is hostile and precious: nothing of it steers the terminal, none of its words is lost."""

from __future__ import annotations

import re
from datetime import UTC

import pytest
from rich.console import Console

from heard.contract import kds
from heard.contract.base import instant_text
from heard.ui.strips import segments
from heard.ui.themes import shipped
from kds.glass import Glass
from kds.look import Look
from kds.sizes import SIZES
from kds.widgets.wall import CellSegments

STEERING = [
    "\x1b]52;c;aGFja2Vk\x07Burger",
    "\x1bc\x1b[2J\x1b[?1049l\x1b[6nBurger",
    "\x1bPq#0\x1b\\\x1b_x\x1b\\\x1b^y\x1b\\\x1bXz\x1b\\Burger",
    "\x9b31mBurger\x9d0;x\x9c",
    "\x0e\x0f\x7f\x07\x08\x0d\x0bBurger",
    "Burger\nkitchen: all done\ttabs",
    "\u202eregruB\u202c \u2066x\u2069",
]
PRECIOUS = [
    "[/]",
    "[/red]",
    "[link=http://x]Burger",
    "[no nuts]",
    "[GF]",
    "[VIP] 50% [off]",
    "[@click=app.quit]Burger[/]",
    "{0.__class__} %s ${jndi:x}",
    "javascript:alert(1)",
]
WIDE = [
    "B" + "\u0301" * 150,
    "👩‍👩‍👧‍👦" * 20,
    "王" * 40,
    "ﷺ﷽" * 9,
    "e\u20dd" * 30,
    "ไทยสวัสดี" * 5,
    "🍔️🏽" * 20,
    "\u115f\u3164x",
]


def painted(text: str, board_of, size="normal") -> tuple[list[str], str]:
    """The lines of a wall with this text everywhere a text can be, and what a terminal would be sent."""
    glass = Glass("grill", Look(width=25, zone=UTC, size=size))
    glass.resize(80, 40)
    board, now = board_of(text)
    glass.show(board, 0.0)
    glass.paint(now, 0.0)
    theme = shipped()[0]["dark"]
    console = Console(force_terminal=True, color_system="truecolor", width=80)
    painting = CellSegments(theme.styles, theme.focused)
    strips = [painting.strip(y, line, glass.widths, 80) for y, line in enumerate(glass.lines)]
    assert {strip.cell_length for strip in strips} == {80}
    assert {sum(part.cell_length for part in strip) for strip in strips} == {80}
    return [strip.text for strip in strips], "".join(strip.render(console) for strip in strips)


@pytest.fixture
def board_of(still, clock):
    """A board as a careless gateway might send it: the text untouched in every field."""

    def make(text: str):
        modifier = {"name": text, "action": "no", "children": [{"name": text}]}
        item = {
            "item_id": "i", "name": text, "qty": "2", "variation": text, "seat": text, "stations": ["grill", text],
            "modifiers": [modifier], "notes": [{"text": text}], "allergies": [{"text": text}],
        }  # fmt: skip
        ticket = {
            "display_no": "41", "service": "dine_in", "table": text, "customer_name": text, "source": text,
            "placed_at": instant_text(clock.now()), "notes": [{"text": text}], "items": [item],
        }  # fmt: skip
        from heard.kitchen.facts import Stamp, apply_fact

        fact = kds.OrderIncoming.model_validate(
            {"order_id": "o", "ticket_id": "o.grill", "station": "grill", "stations": ["grill"], "ticket": ticket}
        )
        return apply_fact(still.board, fact, Stamp(1, clock.now())), clock.now()

    return make


@pytest.mark.parametrize("text", [*STEERING, *WIDE])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_steers_the_terminal_and_every_line_keeps_its_width(text, size, board_of):
    lines, sent = painted(text, board_of, size)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "".join(lines))
    assert not re.sub(r"\x1b\[[0-9;]*m", "", sent).count("\x1b")


@pytest.mark.parametrize("text", PRECIOUS)
@pytest.mark.parametrize(("size", "column"), [("normal", 27), ("large", 40)])
def test_every_word_is_shown_as_it_was_written(text, size, column, board_of):
    lines, sent = painted(text, board_of, size)
    shown = re.sub(r"\s+", "", "".join(re.sub(r"^.", "", line[:column]) for line in lines))
    assert shown.count(re.sub(r"\s+", "", text)) >= 6
    assert "\x1b]8;" not in sent


def test_a_span_is_cut_by_cells_and_never_inside_a_grapheme():
    theme = shipped()[0]["dark"]
    from heard.ui.spans import Span

    made = segments((Span("王小明王小明", "card.name"),), 6, "card.text", theme.styles)
    assert "".join(part.text for part in made) == "王小… "
