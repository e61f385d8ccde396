"""The writer's thread: gathers what waits into one transaction, and answers all of it at once."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import structlog

from server.journal.admission import Outcome
from server.journal.base import (
    BadBatch,
    JournalBroken,
    JournalBusy,
    JournalError,
    JournalStats,
    Recorded,
    StorageFull,
)
from server.journal.drivers import Fault, fault_of
from server.journal.ledger import Ledger
from server.journal.rows import Packed

_log = structlog.get_logger()

MOST_IN_GROUP = 256
"""Batches in one transaction at most; the more wait, the fewer syncs each of them costs."""


@dataclass(slots=True)
class Append:
    """A batch that waits to be written, or the reason why it will not be: it is told in its turn."""

    work: Packed | BadBatch
    future: asyncio.Future[tuple[Recorded, ...]]


@dataclass(slots=True)
class Call:
    """Something else to do with the ledger, in line with the appends."""

    do: Callable[[Ledger], Any]
    future: asyncio.Future[Any]


Job = Append | Call | None
"""What the thread does next; None: end."""
Answered = tuple[asyncio.Future[Any], Any]
"""A future and what it gets; a JournalError is raised from it."""


class Writer:
    """Owns the thread that owns the Ledger. All methods are for the event loop.

    Group commit comes by itself: while one transaction waits for the disk, the next one's batches gather. What is asked
    for in one turn of the loop is handed over at its end, all at once: the thread is woken once, not in the middle of
    the turn, where it would fight for the interpreter and write the first batch alone.

    After a disk error nothing more is written (fail-stop): a sync that failed once may report success the next time
    and lie.
    """

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self._open_ledger = open_ledger
        self._loop = asyncio.get_running_loop()
        self._asked: list[Job] = []
        """In this turn of the loop, not yet handed over."""
        self._jobs: SimpleQueue[list[Job]] = SimpleQueue()
        self._line: deque[Job] = deque()
        """Handed over and not yet begun; the thread's own."""
        self._given = self._taken = 0
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        # A daemon: whatever was acknowledged is safe, so a forgotten close() must not hang the process.
        self._thread = Thread(target=self._run, name="heard-journal-writer", daemon=True)
        self._appends = self._commits = self._events = 0
        self._last_commit_s = 0.0
        self._full = False
        self.broken: str | None = None
        """Why nothing is written any more, as a sentence; None while all is well."""

    async def open(self) -> None:
        """Start the thread; raises what opening the ledger raised."""
        self._thread.start()
        await self._opened

    def append(self, work: Packed | BadBatch) -> asyncio.Future[tuple[Recorded, ...]]:
        """Queue a batch."""
        future: asyncio.Future[tuple[Recorded, ...]] = self._loop.create_future()
        self._ask(Append(work, future))
        return future

    def call(self, do: Callable[[Ledger], Any]) -> asyncio.Future[Any]:
        """Queue something else."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._ask(Call(do, future))
        return future

    async def close(self) -> None:
        """Finish what is queued, let go of the file, end the thread."""
        self._ask(None)
        await self._closed
        self._thread.join()

    def stats(self) -> JournalStats:
        """Counters, read without a lock: each is a single value."""
        return JournalStats(
            appends=self._appends,
            commits=self._commits,
            events=self._events,
            queued=self._given - self._taken,
            last_commit_s=self._last_commit_s,
            full=self._full,
            broken=self.broken is not None,
        )

    def _ask(self, job: Job) -> None:
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.append(job)
        self._given += 1

    def _hand_over(self) -> None:
        self._jobs.put(self._asked)
        self._asked = []

    # From here on: in the thread.

    def _run(self) -> None:
        try:
            self._ledger = self._open_ledger()
        except Exception as error:  # noqa: BLE001  the thread's boundary: whoever opens the journal gets it
            self._post([(self._opened, error)])
            return
        self._post([(self._opened, None)])
        while self._turn():
            if not self.broken:
                self._guarded(self._ledger.checkpoint)
        self._guarded(lambda: self._ledger.close(tidy=not self.broken))
        self._post([(self._closed, None)])

    def _turn(self) -> bool:
        """Do what waits; False once the end was asked for."""
        group: list[Append] = []
        for job in self._gather():
            if isinstance(job, Append):
                group.append(job)
                continue
            self._answer(group)
            group = []
            if job is None:
                return False
            self._post([self._called(job)])
        self._answer(group)
        return True

    def _gather(self) -> list[Job]:
        """Wait for a job, then take along all that came meanwhile."""
        if not self._line:
            self._line.extend(self._jobs.get())
        with suppress(Empty):
            while len(self._line) < MOST_IN_GROUP:
                self._line.extend(self._jobs.get_nowait())
        jobs = [self._line.popleft() for _ in range(min(len(self._line), MOST_IN_GROUP))]
        self._taken += len(jobs)
        return jobs

    def _answer(self, group: list[Append]) -> None:
        """Commit a group and tell everybody, in order."""
        if group:
            outcomes = iter(self._commit([job.work for job in group if isinstance(job.work, Packed)]))
            self._post([(job.future, next(outcomes) if isinstance(job.work, Packed) else job.work) for job in group])

    def _commit(self, group: Sequence[Packed]) -> list[Outcome]:
        """One transaction; if a batch of it is bad in a way nobody foresaw, each batch gets one of its own."""
        if not group or self.broken:
            return [JournalBroken(self.broken) for _ in group]
        began = time.perf_counter()
        try:
            outcomes = self._ledger.commit(group)
        except Exception as error:  # noqa: BLE001  the thread's boundary: every batch gets an answer
            failure = self._failed(error)
            if isinstance(failure, BadBatch) and len(group) > 1:
                return [outcome for packed in group for outcome in self._commit([packed])]
            return [type(failure)(*failure.args) for _ in group]
        self._last_commit_s = time.perf_counter() - began
        self._count(outcomes)
        return outcomes

    def _called(self, job: Call) -> Answered:
        if self.broken:
            return job.future, JournalBroken(self.broken)
        try:
            return job.future, job.do(self._ledger)
        except Exception as error:  # noqa: BLE001  the thread's boundary
            return job.future, self._failed(error)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Housekeeping nobody waits for: a full disk may wait, a failing one is the end."""
        try:
            do()
        except Exception as error:  # noqa: BLE001  the thread's boundary
            if fault_of(error) is Fault.DISK:
                self._break(error)

    def _failed(self, error: Exception) -> JournalError:
        """Roll back; what the batches of this transaction are told."""
        try:
            self._ledger.rollback()
        except Exception as worse:  # noqa: BLE001  whatever it is, we no longer know what is on the disk
            return self._break(worse)
        if isinstance(error, JournalBroken):
            return self._break(error)
        match fault_of(error):
            case Fault.FULL:
                self._full = True
                return StorageFull("there is no room left for the journal; nothing was written")
            case Fault.BUSY:
                return JournalBusy("another program holds the journal; nothing was written")
            case Fault.DISK:
                return self._break(error)
            case Fault.OTHER:
                _log.warning("journal_batch_refused", reason=str(error))
                return BadBatch(f"a batch cannot be written: {error}")

    def _break(self, error: Exception) -> JournalBroken:
        self.broken = f"the journal's disk failed ({error}); nothing is written until the gateway is restarted"
        _log.error("journal_broken", reason=str(error))
        return JournalBroken(self.broken)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        written = [outcome for outcome in outcomes if not isinstance(outcome, JournalError)]
        self._appends += len(written)
        self._events += sum(map(len, written))
        if written:
            self._commits += 1
            self._full = False

    def _post(self, answers: list[Answered]) -> None:
        """Hand a group's answers to the loop in one go."""
        try:
            self._loop.call_soon_threadsafe(_settle, answers)
        except RuntimeError:  # the loop is closed: nobody is left to hear it
            return


def _settle(answers: list[Answered]) -> None:
    for future, answer in answers:
        if future.done():  # its caller gave up waiting
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
