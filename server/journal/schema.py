"""Brings a journal file to the shape this program knows, and refuses one that is ahead of it."""

import sqlite3
from collections.abc import Iterator, Mapping
from importlib.resources import files

from server.journal.base import NotAJournal, StaleSchema
from server.journal.drivers import Cursor
from server.journal.queries import Query

APPLICATION_ID = 0x48524A4C
"""Marks the file as ours: `HRJL`, in the place SQLite has for it."""


def migrations() -> dict[int, tuple[str, str]]:
    """Number -> (name, SQL) of every migration of this program, in order."""
    folder = files(__package__) / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return {int(name[:4]): (name[5:-4], (folder / name).read_text("utf-8")) for name in names}


def check(cursor: Cursor, queries: Mapping[str, Query], place: str) -> int:
    """The file's version, 0 if it is empty; changes nothing. Raises NotAJournal, StaleSchema."""
    owner = cursor.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID:
        if owner or cursor.execute(queries["tables"].sql).fetchone()[0]:
            raise NotAJournal(f"{place} is a database of another program")
        return 0
    version, known = int(cursor.execute(queries["schema_version"].sql).fetchone()[0]), max(migrations())
    if version > known:
        raise StaleSchema(f"{place} has schema {version}, this program knows {known}: run the newer Heard")
    return version


def migrate(cursor: Cursor, queries: Mapping[str, Query], version: int) -> None:
    """Run what came after `version`, each migration in a transaction of its own."""
    for number, (name, sql) in migrations().items():
        if number > version:
            cursor.execute("BEGIN IMMEDIATE")
            for statement in statements(sql):
                cursor.execute(statement)
            cursor.execute(queries["migrated"].sql, (number, name))
            cursor.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            cursor.execute("COMMIT")


def statements(sql: str) -> Iterator[str]:
    """The single statements of a script: neither driver's execute() takes more than one and stays comparable."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if line.strip() and sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
