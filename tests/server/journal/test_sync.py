"""The journal on a VFS of our own: what an acknowledgement waits for, as the disk sees it."""

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import apsw
import pytest

from server.journal import JournalBroken, SqliteJournal, drivers
from tests.server.journal.conftest import Open
from tests.server.journal.samples import batch

_names = itertools.count()


class Disk:
    """Keeps what is done to the write-ahead log, in order, and fails to sync it on demand."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.failing: type[Exception] | None = None
        self.name = f"watched-{next(_names)}"
        disk = self

        class File(apsw.VFSFile):
            def __init__(self, name: Any, flags: Any) -> None:
                path = name.filename() if isinstance(name, apsw.URIFilename) else name
                self.is_log = str(path).endswith("-wal")
                super().__init__("", name, flags)

            def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
                if self.is_log:
                    disk.done.append("write")
                super().xWrite(data, offset)

            def xSync(self, flags: int) -> None:  # noqa: N802
                if self.is_log:
                    disk.done.append("sync")
                    if disk.failing:
                        raise disk.failing
                super().xSync(flags)

        class Vfs(apsw.VFS):
            def __init__(self) -> None:
                super().__init__(disk.name, "")

            def xOpen(self, name: Any, flags: Any) -> File:  # noqa: N802
                return File(name, flags)

        self.vfs = Vfs()


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.vfs.unregister()


async def opened(open_sqlite: Open, disk: Disk) -> SqliteJournal:
    return await open_sqlite(partial(drivers.apsw, vfs=disk.name))


async def test_an_append_is_answered_after_its_last_write_was_synced(open_sqlite: Open, disk: Disk):
    journal = await opened(open_sqlite, disk)
    for _ in range(5):
        del disk.done[:]
        await journal.append(batch("s1/kds"))
        assert "write" in disk.done
        assert disk.done[-1] == "sync"
    await journal.close()


@pytest.mark.parametrize("error", [apsw.IOError, RuntimeError])
async def test_a_sync_that_failed_is_the_end_even_if_the_next_would_succeed(
    open_sqlite: Open, disk: Disk, error: type[Exception]
):
    journal = await opened(open_sqlite, disk)
    await journal.append(batch("s1/kds"))
    disk.failing = error
    with pytest.raises(JournalBroken):
        await journal.append(batch("s1/kds"))
    disk.failing = None
    with pytest.raises(JournalBroken):
        await journal.append(batch("s1/kds"))
    assert len(await journal.read("demo", "s1/kds", 0, 10)) == 1
    await journal.close()
