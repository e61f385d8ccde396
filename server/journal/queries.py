"""The SQL files of this package, as named queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

MOST_ROWS = 64
"""Rows one statement carries at most; 64 rows of 13 columns stay below SQLite's oldest limit of 999 values."""

_QUERY = re.compile(r"^-- name: (\w+)\n((?:-- .*\n)+)((?:(?!--).*\n?)+)", re.MULTILINE)
_ROW = re.compile(r"/\*row\*/(.*?)/\*row\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement; what stands between two /*row*/ marks may be repeated, once for each row."""

    name: str
    about: str
    sql: str

    def chunks(self, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
        """Statements that carry all rows, with their values.

        Each statement gives up the GIL and may wait for it behind a busy loop, so a group is few statements, not one
        per row; powers of two keep the texts few enough for the driver's cache of prepared statements.
        """
        start = 0
        while left := len(rows) - start:
            size = min(MOST_ROWS, 1 << (left.bit_length() - 1))
            yield _repeated(self.sql, size), list(chain.from_iterable(rows[start : start + size]))
            start += size


def load() -> Mapping[str, Query]:
    """Every query of `sql/*.sql` under its name."""
    folder = files(__package__) / "sql"
    texts = (item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".sql"))
    return {query.name: query for text in texts for query in parse(text)}


def parse(text: str) -> list[Query]:
    """The queries of a file: a `-- name:` line, lines of comment that explain it, and the statement."""
    return [Query(name, about.replace("-- ", "").strip(), sql.strip()) for name, about, sql in _QUERY.findall(text)]


@cache
def _repeated(sql: str, times: int) -> str:
    return _ROW.sub(lambda found: ", ".join([found[1].strip()] * times), sql)
