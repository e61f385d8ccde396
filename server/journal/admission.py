"""Which batches may be written, and under which numbers: pure, and the same for every journal."""

from collections.abc import Callable, Container

from server.journal.base import AnswerExists, Batch, Head, HeadMoved, JournalError, Recorded

StreamKey = tuple[str, str]
"""(tenant, stream)"""
AnswerKey = tuple[str, str, str]
"""(tenant, store, command id)"""
Outcome = tuple[Recorded, ...] | JournalError


def answer_key(batch: Batch) -> AnswerKey | None:
    """Under what the batch's answer is kept, None if it brings none."""
    return (batch.tenant, batch.answer.store, batch.answer.command_id) if batch.answer else None


class Admission:
    """One transaction's view of heads and answers, moved on by each batch that is let in.

    `head` tells where a stream stands (None: it is new), `answered` which commands have their answer. Nothing is
    changed outside until the caller has committed and takes `heads` over.
    """

    def __init__(
        self,
        head: Callable[[StreamKey], Head | None],
        answered: Container[AnswerKey],
        new_epoch: Callable[[], str],
    ) -> None:
        self.heads: dict[StreamKey, Head] = {}
        self._head = head
        self._answered = answered
        self._answered_now: set[AnswerKey] = set()
        self._new_epoch = new_epoch

    def admit(self, batch: Batch) -> Outcome:
        """The batch's facts under their numbers, or why it must not be written."""
        key = answer_key(batch)
        if key is not None and (key in self._answered or key in self._answered_now):
            return AnswerExists(*key[1:])
        for stream, expected in batch.expected.items():
            if (found := self._seq((batch.tenant, stream))) != expected:
                return HeadMoved(stream, expected, found)
        if key is not None:
            self._answered_now.add(key)
        return self._number(batch)

    def open(self, key: StreamKey) -> Head:
        """Where a stream stands; it is begun if it is new."""
        head = self.heads.get(key) or self._head(key)
        if head is None:
            head = self.heads[key] = Head(self._new_epoch(), 0)
        return head

    def _seq(self, key: StreamKey) -> int:
        head = self.heads.get(key) or self._head(key)
        return head.seq if head else 0

    def _number(self, batch: Batch) -> tuple[Recorded, ...]:
        recorded = []
        for entry in batch.entries:
            key = (batch.tenant, entry.stream)
            head = self.open(key)
            self.heads[key] = head = Head(head.epoch, head.seq + 1)
            recorded.append(Recorded(entry, head.epoch, head.seq))
        return tuple(recorded)
