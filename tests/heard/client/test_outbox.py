"""Commands kept: one suite for both outboxes, and what only a disk can do."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heard.client.outbox import DiskOutbox, MemoryOutbox, Outbox, OutboxError, OutboxInUse, Row
from heard.contract.envelope import Answer
from heard.errors import HeardError, StorageFull

APPLIED = Answer(ok=True, result="applied")
REFUSED = Answer(ok=False, code="voided", message="Burger on #1 was voided; acknowledge it", temporary=False)


def row(n: int, ticket: str = "o1.grill") -> Row:
    return Row(f"command-{n}", "kds:bump", {"command_id": f"command-{n}", "ticket_id": ticket}, "2026-11-20T18:00:00Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "station" / "outbox.db"


@pytest.fixture(params=["memory", "disk"])
def outbox(request: pytest.FixtureRequest, path: Path) -> Iterator[Outbox]:
    one: Outbox = MemoryOutbox() if request.param == "memory" else DiskOutbox(path)
    yield one
    one.close()


def test_rows_wait_in_the_order_they_were_put(outbox: Outbox) -> None:
    for n in (3, 1, 2):
        outbox.put(row(n))
    assert outbox.waiting() == (row(3), row(1), row(2))
    assert outbox.waiting(2) == (row(3), row(1))
    assert outbox.unsent == 3


def test_the_same_id_is_kept_once(outbox: Outbox) -> None:
    outbox.put(row(1))
    outbox.put(row(1))
    assert outbox.unsent == 1


def test_an_answer_takes_a_row_out(outbox: Outbox) -> None:
    outbox.put(row(1))
    outbox.put(row(2))
    outbox.settle([("command-1", APPLIED), ("unknown-1", APPLIED)])
    assert outbox.waiting() == (row(2),)
    assert outbox.refusals() == ()


def test_a_refusal_is_kept_for_a_person_until_dismissed(outbox: Outbox) -> None:
    outbox.put(row(1))
    outbox.settle([("command-1", REFUSED)])
    (refusal,) = outbox.refusals()
    assert (refusal.code, refusal.message, refusal.ticket_id) == ("voided", REFUSED.message, "o1.grill")
    assert outbox.unsent == 0
    outbox.dismiss("command-1")
    assert outbox.refusals() == ()


def test_commands_of_one_order_are_about_the_same() -> None:
    assert row(1, "o1.grill").about == row(2, "o1.expo").about == "o1"
    assert Row("command-9", "orders:place", {}, "").about == "command-9"


def test_close_may_be_called_twice(outbox: Outbox) -> None:
    outbox.close()
    outbox.close()


# ── On disk ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_and_refusals_are_there_again(path: Path) -> None:
    before = DiskOutbox(path)
    for n in (1, 2, 3):
        before.put(row(n))
    before.settle([("command-2", REFUSED)])
    before.close()
    after = DiskOutbox(path)
    assert after.waiting() == (row(1), row(3))
    assert [one.command_id for one in after.refusals()] == ["command-2"]
    after.close()


@pytest.mark.parametrize("before", [None, 0o644])
def test_nobody_else_may_read_what_is_kept(path: Path, before: int | None) -> None:
    if before is not None:
        path.parent.mkdir()
        sqlite3.connect(path).close()
        path.chmod(before)
    one = DiskOutbox(path)
    one.put(row(1))
    rights = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    one.close()
    assert rights == dict.fromkeys(["outbox.db", "outbox.db-shm", "outbox.db-wal", "outbox.db.lock"], 0o600)


def test_two_stations_do_not_share_one(path: Path) -> None:
    first = DiskOutbox(path)
    with pytest.raises(OutboxInUse, match="open in another station"):
        DiskOutbox(path)
    first.close()
    DiskOutbox(path).close()


CHILD = """
import sys
from pathlib import Path
from heard.client.outbox import DiskOutbox, Row
outbox = DiskOutbox(Path(sys.argv[1]))
for n in range(100_000):
    outbox.put(Row(f"command-{n}", "kds:bump", {"ticket_id": "o1.grill"}, ""))
    print(n, flush=True)
"""


def test_what_put_returned_from_survives_a_kill(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        promised = [int(child.stdout.readline()) for _ in range(50)][-1]
        child.send_signal(signal.SIGKILL)
        promised = max([promised, *(int(line) for line in child.stdout if line.endswith("\n"))])
    kept = DiskOutbox(path)
    names = [one.command_id for one in kept.waiting()]
    assert names[: promised + 1] == [f"command-{n}" for n in range(promised + 1)]
    kept.close()


def fill(outbox: Outbox) -> None:
    for n in range(1_000):
        outbox.put(Row(f"command-{n}", "kds:bump", {"reason": "x" * 500}, ""))


def test_a_full_disk_is_said_and_nothing_is_kept(path: Path) -> None:
    outbox = DiskOutbox(path)
    outbox._base.execute("PRAGMA max_page_count = 8")
    with pytest.raises(StorageFull, match="disk is full"):
        fill(outbox)
    kept = outbox.waiting()
    outbox.close()
    again = DiskOutbox(path)
    assert again.waiting() == kept
    again.close()


def test_a_disk_that_fails_otherwise_is_a_refusal_too(path: Path) -> None:
    outbox = DiskOutbox(path)
    outbox._base.close()
    with pytest.raises(HeardError, match="cannot be written"):
        outbox.put(row(1))
    assert outbox.unsent == 0
    os.close(outbox._handle)


def garbage(path: Path) -> None:
    path.write_bytes(b"no database " * 1_000)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()


@pytest.mark.parametrize(("spoil", "words"), [(garbage, "is not an outbox"), (newer, "newer version")])
def test_a_file_it_cannot_use_is_said_in_a_sentence(path: Path, spoil: Callable[[Path], None], words: str) -> None:
    path.parent.mkdir()
    spoil(path)
    for _ in range(2):  # and it is not left locked
        with pytest.raises(OutboxError, match=words):
            DiskOutbox(path)


def test_a_place_it_cannot_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutboxError, match="cannot be written"):
        DiskOutbox(tmp_path / "file" / "outbox.db")
