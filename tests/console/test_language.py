"""No word of the console gets past `Words`, and every language fits its screens."""

from __future__ import annotations

import pytest

from console.columns import (
    audit_columns,
    closed_columns,
    connection_columns,
    error_columns,
    latency_columns,
    rate_columns,
)
from heard.text import cells
from heard.ui.words import languages, words_for
from tests.kds.test_language import MADE_UP, foreign

DATA = (
    "operator", "sam", "no", "pong", "gone", "kds", "bump", "forbidden", "journal", "ok", "max",
)  # fmt: skip
"""What is called the same everywhere: roles, codes, commands, names of people and clients."""


def busy(still):
    """Traffic, refusals, somebody who left."""
    still.leave("c2", code="no_pong")
    still.sample(
        events_in={"kds:bump": 3}, events_out={"kds:bump": 9}, errors={"forbidden": {"kds:bump": 2}}, uptime_s=90,
        health={"journal": "ok"}, heads={"s1/kds": 4},
    )  # fmt: skip


@pytest.mark.parametrize("page", "123456")
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_pages_say_nothing_past_the_words(still, screen, page, size):
    busy(still)
    async with screen(size=size, words=MADE_UP) as s:
        await s.press(page)
        await s.pilot.pause()
        seen = "\n".join(s.lines())
        names = {part for row in still.picture.connections.values() for part in _parts(row)}
        assert foreign(seen, *DATA, *names) == set()


def _parts(row):
    texts = (row.subject, row.role, row.client or "", row.device or "", row.address, row.transport, row.connection,
             *row.stations, *row.namespaces)  # fmt: skip
    return [word for text in texts for word in text.replace("/", " ").replace("-", " ").replace("_", " ").split()]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("page", "123456")
async def test_every_page_keeps_its_width_and_help_in_every_language(still, screen, page, language):
    busy(still)
    words = words_for(language)
    async with screen(size=(80, 24), words=words) as s:
        await s.press(page)
        await s.pilot.pause()
        assert max(map(cells, s.lines())) <= 80
        assert words("help") in s.lines()[-1], s.lines()[-1]


TABLES = (audit_columns, closed_columns, connection_columns, error_columns, latency_columns, rate_columns)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.__name__)
def test_no_title_is_cut_and_no_two_columns_of_a_table_have_one(table, language):
    titles = [(column.title, column.width) for column in table(words_for(language))]
    assert [title for title, width in titles if cells(title) > width] == []
    assert len({title for title, _ in titles}) == len(titles)
