"""What only a journal in a file has to stand: restarts, group commit, other programs."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.journal import (
    AnswerExists,
    BadBatch,
    Batch,
    Head,
    HeadMoved,
    JournalBroken,
    JournalBusy,
    JournalInUse,
    JournalUnwritable,
    NotAJournal,
    SqliteJournal,
    StaleSchema,
    StorageFull,
    open_journal,
)
from server.journal.drivers import Connection, apsw, stdlib
from server.journal.ledger import QUERIES
from server.journal.schema import migrations
from server.journal.writer import MOST_IN_GROUP
from tests.server.journal.conftest import Open
from tests.server.journal.samples import answer, batch, entry, until

DRIVERS = pytest.mark.parametrize("connect", [stdlib, apsw])


class Tampered:
    """A connection that lets a test look at each statement first."""

    def __init__(self, connection: Any, before: Any) -> None:
        self._connection, self._before = connection, before

    def cursor(self) -> "Tampered":
        return Tampered(self._connection.cursor(), self._before)

    def execute(self, sql: str, params: Any = (), /) -> Any:
        self._before(self._connection, sql)
        return self._connection.execute(sql, params)

    def close(self) -> None:
        self._connection.close()


def tampering(driver: Any, before: Any) -> Any:
    """A connect whose writing connection shows every statement to `before`."""

    def connect(path: Path, *, read_only: bool) -> Connection:
        connection = driver(path, read_only=read_only)
        return connection if read_only else Tampered(connection, before)

    return connect


def failure(driver: Any, name: str) -> Exception:
    """What a driver raises for one of SQLite's result codes."""
    code = getattr(sqlite3, name)
    if driver is apsw:
        import apsw as module

        error: Any = module.exception_for(code)
        error.extendedresult = code
        return error
    error = sqlite3.OperationalError(f"made up: {name}")
    error.sqlite_errorcode = code
    return error


@DRIVERS
async def test_everything_is_there_after_a_restart(open_sqlite: Open, connect: Any):
    journal = await open_sqlite(connect)
    written = await journal.append(Batch("demo", (entry(private={"name": "Ann"}), entry("user/ann")), answer=answer()))
    await journal.close()
    again = await open_sqlite(connect)
    assert await again.read("demo", "s1/kds", 0, 10) + await again.read("demo", "user/ann", 0, 10) == list(written)
    assert await again.heads("demo") == {"s1/kds": Head("e1", 1), "user/ann": Head("e2", 1)}
    assert await again.answer("demo", "s1", "command-1") == answer()
    (next_one,) = await again.append(batch("s1/kds", expected={"s1/kds": 1}))
    assert (next_one.epoch, next_one.seq) == ("e1", 2)


@DRIVERS
async def test_what_waits_together_shares_a_transaction(open_sqlite: Open, connect: Any):
    journal = await open_sqlite(connect)
    await asyncio.gather(*(journal.append(batch("s1/kds")) for _ in range(200)))
    stats = journal.stats()
    assert (stats.appends, stats.events) == (200, 200)
    assert stats.commits < 100
    assert stats.last_commit_s > 0


async def test_what_is_asked_in_one_turn_of_the_loop_is_written_as_one(open_sqlite: Open):
    journal = await open_sqlite()
    writes = [journal.append(batch("s1/kds")) for _ in range(MOST_IN_GROUP * 2 + 1)]
    assert journal.stats().queued == len(writes)
    assert [fact.seq for (fact,) in await asyncio.gather(*writes)] == list(range(1, len(writes) + 1))
    assert (journal.stats().commits, journal.stats().queued) == (3, 0)


@pytest.fixture
def lookups() -> list[str]:
    """The ids of the commands a reader was asked about."""
    return []


@pytest.fixture
def watched(lookups: list[str]) -> Any:
    """A connect whose readers note which commands they look up."""

    class Watched(Tampered):
        def execute(self, sql: str, params: Any = (), /) -> Any:
            if sql == QUERIES["find_answer"].sql:
                lookups.append(params[-1])
            return super().execute(sql, params)

        def cursor(self) -> "Watched":
            return Watched(self._connection.cursor(), self._before)

    def connect(path: Path, *, read_only: bool) -> Connection:
        connection = stdlib(path, read_only=read_only)
        return Watched(connection, lambda *_: None) if read_only else connection

    return connect


async def test_a_new_command_is_known_to_be_new_without_a_look(open_sqlite: Open, watched: Any, lookups: list[str]):
    journal = await open_sqlite(watched)
    await journal.append(batch("s1/kds", answer=answer()))
    assert await journal.answer("demo", "s1", "command-2") is None
    assert await journal.answer("demo", "s2", "command-1") is None
    assert await journal.answer("other", "s1", "command-1") is None
    assert lookups == []
    assert await journal.answer("demo", "s1", "command-1") == answer()
    assert lookups == ["command-1"]


async def test_every_answer_is_found_again_after_a_restart(
    open_sqlite: Open, watched: Any, lookups: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("server.journal.sqlite._PAGE", 2)
    journal = await open_sqlite()
    kept = [(tenant, answer(f"command-{n}", f"s{n % 3}")) for n in range(7) for tenant in ("demo", "other")]
    for tenant, one in kept:
        await journal.append(Batch(tenant, (), answer=one))
    await journal.close()
    again = await open_sqlite(watched)
    assert [await again.answer(tenant, one.store, one.command_id) for tenant, one in kept] == [one for _, one in kept]
    assert await again.answer("demo", "s1", "command-2") is None
    assert lookups == [one.command_id for _, one in kept]


async def test_a_forgotten_answer_is_looked_for_and_not_there(open_sqlite: Open, watched: Any, lookups: list[str]):
    journal = await open_sqlite(watched)
    await journal.append(batch("s1/kds", answer=answer()))
    assert await journal.forget_answers("2100") == 1
    assert await journal.answer("demo", "s1", "command-1") is None
    assert lookups == ["command-1"]
    await journal.append(batch("s1/kds", answer=answer()))
    assert await journal.answer("demo", "s1", "command-1") == answer()


async def test_an_answer_of_a_stranger_is_refused_once_and_then_found(open_sqlite: Open, tmp_path: Path):
    journal = await open_sqlite()
    await journal.append(batch("s1/kds", answer=answer()))
    with sqlite3.connect(tmp_path / "data" / "heard.db") as stranger:
        stranger.execute("UPDATE answers SET command_id = 'command-2'")
    stranger.close()
    with pytest.raises(AnswerExists):
        await journal.append(batch("s1/kds", answer=answer("command-2")))
    assert await journal.answer("demo", "s1", "command-2") == answer("command-2")


@DRIVERS
async def test_commits_are_synced_to_the_disk(open_sqlite: Open, connect: Any):
    seen: dict[str, Any] = {}

    def look(target: Any, sql: str) -> None:
        if sql == "COMMIT":
            seen["mode"] = target.execute("PRAGMA journal_mode").fetchone()[0]
            seen["synchronous"] = target.execute("PRAGMA synchronous").fetchone()[0]

    journal = await open_sqlite(tampering(connect, look))
    await journal.append(batch("s1/kds"))
    assert seen == {"mode": "wal", "synchronous": 2}


@DRIVERS
async def test_a_long_log_is_copied_into_the_file(
    open_sqlite: Open, tmp_path: Path, connect: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("server.journal.ledger.CHECKPOINT_PAGES", 500)
    journal = await open_sqlite(connect)
    empty = (tmp_path / "data" / "heard.db").stat().st_size
    for _ in range(3):
        await asyncio.gather(*(journal.append(batch(*["s1/kds"] * 10)) for _ in range(300)))
    await until(lambda: (tmp_path / "data" / "heard.db").stat().st_size > empty + 500_000)
    assert len(await journal.read("demo", "s1/kds", 0, 10_000)) == 9000


async def test_closing_leaves_one_tidy_file_and_no_threads(open_sqlite: Open, tmp_path: Path):
    journal = await open_sqlite()
    await journal.append(batch("s1/kds"))
    names = {thread.name for thread in threading.enumerate()}
    assert "heard-journal-writer" in names
    assert [name for name in names if name.startswith("heard-journal-reader")]
    await journal.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("heard-journal")]
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"heard.db", "heard.db.lock"}


async def test_the_directory_is_made_for_its_owner_alone(open_sqlite: Open, tmp_path: Path):
    await open_sqlite()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


async def test_two_gateways_never_share_a_file(open_sqlite: Open):
    await open_sqlite()
    with pytest.raises(JournalInUse, match="open in another gateway"):
        await open_sqlite()


async def test_a_file_of_a_newer_program_is_refused_and_not_touched(open_sqlite: Open, tmp_path: Path):
    await (await open_sqlite()).close()
    path = tmp_path / "data" / "heard.db"
    with sqlite3.connect(path) as newer:
        newer.execute("INSERT INTO schema_version VALUES (999, 'from the future', '')")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StaleSchema, match=f"has schema 999, this program knows {max(migrations())}"):
        await open_sqlite()
    assert path.read_bytes() == before


async def test_migrations_run_once_and_in_order(open_sqlite: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    await (await open_sqlite()).close()
    later = migrations() | {3: ("colour", "ALTER TABLE events ADD COLUMN colour TEXT;\n-- done\n")}
    monkeypatch.setattr("server.journal.schema.migrations", lambda: later)
    for _ in range(2):
        journal = await open_sqlite()
        await journal.append(batch("s1/kds"))
        await journal.close()
    with sqlite3.connect(tmp_path / "data" / "heard.db") as file:
        assert file.execute("SELECT version, name FROM schema_version").fetchall() == [
            (1, "journal"), (2, "orders"), (3, "colour"),
        ]  # fmt: skip
    file.close()


async def test_a_journal_of_before_knows_what_happened_to_its_orders(
    open_sqlite: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = {1: migrations()[1]}
    with monkeypatch.context() as patched:
        patched.setattr("server.journal.schema.migrations", lambda: first)
        journal = await open_sqlite()
        written = await journal.append(batch("s1/kds", "s1/orders", "s1/kds"))
        await journal.close()
    journal = await open_sqlite()
    assert await journal.read_order("demo", "s1/kds", "o1", 0, 10) == [written[0], written[2]]
    with sqlite3.connect(tmp_path / "data" / "heard.db") as file:
        sql = f"EXPLAIN QUERY PLAN {QUERIES['read_order'].sql}"
        plan = file.execute(sql, ("demo", "s1/kds", "o1", 0, 9)).fetchall()
    file.close()
    assert any("events_by_order" in step[-1] for step in plan)


async def test_a_failed_migration_leaves_nothing_behind(
    open_sqlite: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await (await open_sqlite()).close()
    broken = migrations() | {3: ("broken", "CREATE TABLE halfway (x);\nCREATE TABLE events (x);\n")}
    with monkeypatch.context() as patched:
        patched.setattr("server.journal.schema.migrations", lambda: broken)
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            await open_sqlite()
    await (await open_sqlite()).append(batch("s1/kds"))
    with sqlite3.connect(tmp_path / "data" / "heard.db") as file:
        assert not file.execute("SELECT 1 FROM sqlite_schema WHERE name = 'halfway'").fetchall()
    file.close()


async def test_a_database_of_another_program_is_left_alone(open_sqlite: Open, tmp_path: Path):
    path = tmp_path / "data" / "heard.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotAJournal, match="another program"):
        await open_sqlite()
    assert path.read_bytes() == before
    path.write_text("this is no database, just a long enough text " * 100)
    with pytest.raises(NotAJournal, match="not a database"):
        await open_sqlite()


@pytest.mark.parametrize("place", ["file/heard.db", "folder", "\0"])
async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(JournalUnwritable, match="cannot be opened"):
        await open_journal(f"sqlite:///{tmp_path}/{place}")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere: for a while we are nobody."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(me)


async def test_a_forbidden_place_is_named(tmp_path: Path):
    os.chmod(tmp_path, 0o500)  # noqa: PTH101  ruff holds the Path method to be blocking
    with as_nobody(), pytest.raises(JournalUnwritable, match="Permission denied"):
        await open_journal(f"sqlite:///{tmp_path}/data/heard.db")


async def test_an_address_names_a_file(tmp_path: Path):
    journal = await open_journal(f"sqlite:///{tmp_path}/a folder?#%/heard.db")
    await journal.append(batch("s1/kds"))
    assert (tmp_path / "a folder?#%" / "heard.db").exists()
    await journal.close()


@DRIVERS
async def test_a_full_disk_refuses_and_heals(open_sqlite: Open, connect: Any):
    pages = 2**30

    def limit(target: Any, sql: str) -> None:
        if sql == "BEGIN IMMEDIATE":
            target.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    journal = await open_sqlite(tampering(connect, limit))
    await journal.append(batch("s1/kds"))
    pages = 1
    large = Batch("demo", (entry(data={"notes": "x" * 100_000}),), {"s1/kds": 1}, answer())
    for refused in [journal.append(large) for _ in range(3)]:
        with pytest.raises(StorageFull) as full:
            await refused
        assert full.value.temporary
    with pytest.raises(HeadMoved):
        await journal.append(batch("s1/kds", expected={"s1/kds": 2}))
    assert journal.stats().full
    assert await journal.heads("demo") == {"s1/kds": Head("e1", 1)}
    pages = 2**30
    (fact,) = await journal.append(large)
    assert fact.seq == 2
    assert not journal.stats().full


@DRIVERS
@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])
async def test_a_commit_that_finds_no_room_is_rolled_back(open_sqlite: Open, connect: Any, name: str):
    failing = True

    def no_room(_: Any, sql: str) -> None:
        if failing and sql == "COMMIT":
            raise failure(connect, name)

    failing = False
    journal = await open_sqlite(tampering(connect, no_room))
    failing = True
    with pytest.raises(StorageFull):
        await journal.append(batch("s1/kds", answer=answer()))
    failing = False
    (fact,) = await journal.append(batch("s1/kds", expected={"s1/kds": 0}, answer=answer()))
    assert fact.seq == 1


@DRIVERS
@pytest.mark.parametrize("point", ["BEGIN IMMEDIATE", "INSERT INTO events", "COMMIT", "ROLLBACK", "PRAGMA wal_checkp"])
async def test_after_a_disk_error_nothing_is_written_any_more(
    open_sqlite: Open, tmp_path: Path, connect: Any, point: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("server.journal.ledger.CHECKPOINT_PAGES", 500)
    failing = False
    statements: list[str] = []

    def fail(_: Any, sql: str) -> None:
        statements.append(sql)
        if failing and sql.startswith(point):
            raise failure(connect, "SQLITE_IOERR_FSYNC")
        if failing and point == "ROLLBACK" and sql == "COMMIT":
            raise failure(connect, "SQLITE_FULL")

    journal = await open_sqlite(tampering(connect, fail))
    (kept,) = await journal.append(batch("s1/kds"))
    failing = True
    doomed = [journal.append(batch(*["s1/kds"] * 500)) for _ in range(20)]
    await asyncio.wait(doomed)
    await until(lambda: journal.stats().broken)
    failing = False
    del statements[:]
    for call in (journal.append(batch("s1/kds")), journal.open_stream("demo", "new"), journal.forget_answers("3")):
        with pytest.raises(JournalBroken, match="until the gateway is restarted"):
            await call
    assert statements == []
    assert (await journal.read("demo", "s1/kds", 0, 1))[0] == kept
    await journal.close()
    assert statements == []
    assert (tmp_path / "data" / "heard.db-wal").stat().st_size > 0


@DRIVERS
async def test_a_failed_commit_refuses_its_whole_group_and_all_later_ones(open_sqlite: Open, connect: Any):
    gate, failing = threading.Event(), False

    def fail(_: Any, sql: str) -> None:
        if sql == "BEGIN IMMEDIATE":
            assert gate.wait(20)
        if failing and sql == "COMMIT":
            raise failure(connect, "SQLITE_IOERR_WRITE")

    gate.set()
    journal = await open_sqlite(tampering(connect, fail))
    gate.clear()
    failing = True
    futures = [journal.append(batch("s1/kds")) for _ in range(300)]
    gate.set()
    results = await asyncio.gather(*futures, return_exceptions=True)
    assert {type(result) for result in results} == {JournalBroken}
    assert len({id(result) for result in results}) == 300


async def test_a_stranger_who_holds_the_file_is_waited_for_and_then_named(open_sqlite: Open):
    def busy(_: Any, sql: str) -> None:
        if held and sql == "BEGIN IMMEDIATE":
            raise failure(stdlib, "SQLITE_BUSY")

    held = False
    journal = await open_sqlite(tampering(stdlib, busy))
    held = True
    with pytest.raises(JournalBusy):
        await journal.append(batch("s1/kds"))
    held = False
    await journal.append(batch("s1/kds"))


async def test_a_stranger_who_wrote_is_noticed(open_sqlite: Open, tmp_path: Path):
    journal = await open_sqlite()
    await journal.append(batch("s1/kds"))
    with sqlite3.connect(tmp_path / "data" / "heard.db") as stranger:
        stranger.execute("UPDATE streams SET epoch = 'restored', head = 7")
    stranger.close()
    with pytest.raises(HeadMoved):
        await journal.append(batch("s1/kds", expected={"s1/kds": 1}))
    (fact,) = await journal.append(batch("s1/kds", expected={"s1/kds": 7}))
    assert (fact.epoch, fact.seq) == ("restored", 8)


@DRIVERS
async def test_a_batch_only_the_driver_finds_bad_hurts_nobody_else(open_sqlite: Open, connect: Any):
    journal = await open_sqlite(connect)
    good = [journal.append(batch("s1/kds")) for _ in range(5)]
    bad = journal.append(Batch("demo", (entry(), entry(v=2**70)), answer=answer()))
    more = [journal.append(batch("s1/kds")) for _ in range(5)]
    with pytest.raises(BadBatch):
        await bad
    recorded = await asyncio.gather(*good, *more)
    assert [fact.seq for (fact,) in recorded] == list(range(1, 11))
    assert await journal.answer("demo", "s1", "command-1") is None


async def test_a_read_that_fails_is_an_error_of_that_read(open_sqlite: Open):
    failing = ""

    def connect(path: Path, *, read_only: bool) -> Connection:
        connection = stdlib(path, read_only=read_only)
        return Tampered(connection, fail) if read_only else connection

    def fail(_: Any, sql: str) -> None:
        if failing:
            raise failure(stdlib, failing)

    journal = await open_sqlite(connect)
    for failing, error in (("SQLITE_IOERR", JournalBroken), ("SQLITE_BUSY", JournalBusy)):  # noqa: B007
        with pytest.raises(error):
            await journal.tenants()
    failing = ""
    await journal.append(batch("s1/kds"))
    assert await journal.tenants() == ["demo"]


async def test_a_journal_that_cannot_be_read_is_not_opened(open_sqlite: Open):
    def connect(path: Path, *, read_only: bool) -> Connection:
        if read_only:
            raise failure(stdlib, "SQLITE_CANTOPEN")
        return stdlib(path, read_only=read_only)

    with pytest.raises(JournalUnwritable, match="for reading"):
        await open_sqlite(connect)
    await open_sqlite()  # the first one has let go of everything


@pytest.mark.parametrize(
    ("name", "error"),
    [("SQLITE_FULL", StorageFull), ("SQLITE_BUSY", JournalBusy), ("SQLITE_READONLY", JournalUnwritable)],
)
async def test_trouble_at_opening_is_told_in_our_words(open_sqlite: Open, name: str, error: type[Exception]):
    def fail(_: Any, sql: str) -> None:
        if sql == "BEGIN IMMEDIATE":
            raise failure(stdlib, name)

    with pytest.raises(error, match=r"heard\.db"):
        await open_sqlite(tampering(stdlib, fail))


async def test_a_file_system_without_a_write_ahead_log_is_refused(tmp_path: Path):
    def connect(path: Path, *, read_only: bool) -> Connection:
        return sqlite3.connect(":memory:", isolation_level=None)

    with pytest.raises(JournalUnwritable, match="write-ahead log"):
        await SqliteJournal.open(tmp_path / "heard.db", new_epoch=str, connect=connect)


def test_answers_that_arrive_after_the_loop_has_ended_are_dropped(tmp_path: Path):
    async def leave() -> Any:
        journal = await open_journal(f"sqlite:///{tmp_path}/heard.db")
        journal.append(batch("s1/kds"))
        return journal

    journal = asyncio.run(leave())
    journal._writer._jobs.put([None])
    journal._writer._thread.join(20)
    assert not journal._writer._thread.is_alive()
    for reader in journal._readers._all:
        reader._thread.submit(reader._close).result(20)
        reader._thread.shutdown()
