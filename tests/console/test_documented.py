"""docs/console.md knows every column, every field and every word of the options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from console.columns import connection_columns
from console.filters import Fault, read_filter
from console.once import SHOWN, as_json, tables
from console.picture import Picture
from tests.console.stand_in import NOON

PAGE = (Path(__file__).parents[2] / "docs" / "console.md").read_text("utf-8")
CODE = re.findall(r"`([^`\n]+)`", PAGE)
EVERY = tables(Picture(), "all", "", NOON)


@pytest.mark.parametrize("table", EVERY, ids=[table.name for table in EVERY])
def test_every_column_and_every_field_is_told_of(table):
    assert [column.id for column in table.columns if column.id not in CODE] == []
    assert [name for name in table.fields if name not in CODE] == []


def test_every_table_and_every_field_of_the_json_is_told_of():
    names = [*SHOWN, *json.loads(as_json(Picture(), "s1", EVERY, NOON))]
    assert [name for name in names if name not in CODE] == []


def test_every_example_of_a_filter_is_taken():
    lines = PAGE.partition("## Filters")[2].partition("A filter that")[0].splitlines()
    examples = [one for line in lines if line.startswith("| `") for one in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert len(examples) > 12
    assert [one for one in examples if isinstance(read_filter(one, connection_columns()), Fault)] == []
