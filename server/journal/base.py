"""The journal's port: what goes in, what comes out, what it promises, and how it fails."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact on its way into a stream; the journal gives it its number.

    `stream` is like `s1/kds` or `user/ann` and never names the tenant. `at` is wire text (`…mmmZ`). `private` holds
    personal data, kept apart from `data` so that it can be erased alone. `cause` is the id of the command that
    brought it about. `prevs` maps a station to the seq of the fact before this one in that station's view.
    """

    stream: str
    id: str
    v: int
    store: str
    at: str
    name: str
    data: dict[str, Any]
    private: dict[str, Any] | None
    cause: str | None
    actor: dict[str, Any]
    trace: str | None = None
    prevs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One fact in the journal: `seq` counts from 1 in its stream, without holes, as long as `epoch` is the same."""

    entry: Entry
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The one answer to a command, kept so that the same command id never acts twice."""

    store: str
    command_id: str
    digest: str
    subject: str
    answer: dict[str, Any]
    at: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one command writes: all of it or nothing.

    `expected` maps a stream to the head the decider saw (0 for a stream nobody opened yet). A batch without entries
    but with an answer is fine: refusals are remembered too.
    """

    tenant: str
    entries: tuple[Entry, ...]
    expected: Mapping[str, int] = field(default_factory=dict)
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest position of a stream; `seq` 0 when nothing is written yet."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class JournalStats:
    """Counters since the journal was opened, and how it is now.

    `queued` batches wait to be written. `reading` of the `readers` are at work, and `reads_waiting` wait for one; a
    journal in memory has none. `full`: the newest commit found no room; `broken`: nothing will be written until a
    restart.
    """

    appends: int = 0
    commits: int = 0
    events: int = 0
    queued: int = 0
    last_commit_s: float = 0.0
    readers: int = 0
    reading: int = 0
    reads_waiting: int = 0
    full: bool = False
    broken: bool = False


class JournalError(Exception):
    """Something the journal will not or cannot do; the text is a sentence for the operator.

    JournalError
    ├── HeadMoved           somebody wrote in between: decide again
    ├── AnswerExists        this command id was answered before: use that answer
    ├── BadBatch            cannot be written as given
    ├── StorageFull         no room; heals by itself once there is        (temporary)
    ├── JournalBusy         another program holds the file                 (temporary)
    ├── JournalBroken       the disk failed us: restart, then look at it
    ├── JournalClosed       asked after close()
    └── JournalUnusable     cannot be opened
        ├── JournalUnwritable   no such place, or no right to write there
        ├── JournalInUse        another gateway has it open
        ├── NotAJournal         a file of something else
        ├── StaleSchema         written by a newer program
        └── UnknownJournal      no such kind of journal
    """

    temporary: ClassVar[bool] = False
    """True when the very same call may succeed later."""


class HeadMoved(JournalError):
    """The stream was not where the decider saw it; nothing of the batch was written."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} stands at {found}, not at {expected}")
        self.stream, self.expected, self.found = stream, expected, found


class AnswerExists(JournalError):
    """This (tenant, store, command id) has its answer already; nothing of the batch was written."""

    def __init__(self, store: str, command_id: str) -> None:
        super().__init__(f"command {command_id} of {store} was answered before")
        self.store, self.command_id = store, command_id


class BadBatch(JournalError):
    """The batch holds something no journal can keep (NaN, a lone surrogate, a value that is not JSON)."""


class StorageFull(JournalError):
    """There is no room for the batch now; the journal goes on and works again once there is."""

    temporary = True


class JournalBusy(JournalError):
    """Another program held the file for longer than we wait."""

    temporary = True


class JournalBroken(JournalError):
    """Reading or writing the disk failed, so what is on it is unknown: the batch may or may not be there.

    Every later append gets this too. Only a restart, which reads the file anew, ends it.
    """


class JournalClosed(JournalError):
    """The journal was closed before this call."""


class JournalUnusable(JournalError):
    """The journal cannot be opened."""


class JournalUnwritable(JournalUnusable):
    """The place is missing, is no directory, is read-only or belongs to somebody else."""


class JournalInUse(JournalUnusable):
    """Another gateway has this journal open; two writers would ruin it."""


class NotAJournal(JournalUnusable):
    """The file belongs to another program and is left alone."""


class StaleSchema(JournalUnusable):
    """The file was written by a newer program; going back is refused."""


class UnknownJournal(JournalUnusable):
    """The address names no kind of journal this program has."""


class Journal(Protocol):
    """Where facts and answers are kept. Methods are called on the event loop that opened the journal.

    Streams belong to a tenant: no call ever sees another tenant's streams or answers. A stream comes into being with
    its first entry, or when it is opened.
    """

    def append(self, batch: Batch) -> asyncio.Future[tuple[Recorded, ...]]:
        """Write a batch; the future holds its facts, in order, once they would survive a power cut.

        A plain call: the order of calls is the order of commits and the order in which futures resolve. Cancelling the
        future does not take the batch back. It fails with HeadMoved, AnswerExists, BadBatch, StorageFull, JournalBusy
        (nothing was written, the batches beside it are not touched), JournalBroken or JournalClosed. When a command id
        is known and a head has moved as well, it is AnswerExists.
        """
        ...

    async def answer(self, tenant: str, store: str, command_id: str) -> StoredAnswer | None:
        """The answer kept for a command id; sees every append that has resolved."""
        ...

    async def open_stream(self, tenant: str, stream: str) -> Head:
        """The head of a stream, which is made with a fresh epoch if it is new; in line with the appends before it."""
        ...

    async def heads(self, tenant: str) -> dict[str, Head]:
        """Every stream of a tenant and where it stands."""
        ...

    async def tenants(self) -> list[str]:
        """Every tenant that has a stream, sorted."""
        ...

    async def read(self, tenant: str, stream: str, after: int, limit: int, before: int | None = None) -> list[Recorded]:
        """At most `limit` facts with after < seq < before, ascending from after + 1 without holes."""
        ...

    async def read_order(self, tenant: str, stream: str, order_id: str, after: int, limit: int) -> list[Recorded]:
        """At most `limit` facts of a stream whose data names this `order_id`, with seq > after, ascending.

        What it costs depends on how much happened to the order, not on how long the stream is.
        """
        ...

    async def forget_answers(self, before: str) -> int:
        """Drop the answers given before a time (wire text); how many that were."""
        ...

    def stats(self) -> JournalStats:
        """How it stands now; costs nothing."""
        ...

    async def close(self) -> None:
        """Write what was appended before, then let go of everything. Closing twice is fine."""
        ...
