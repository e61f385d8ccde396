"""Entries and answers as the rows a journal keeps, and back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.journal.base import BadBatch, Batch, Entry, Recorded, StoredAnswer

Row = tuple[Any, ...]

# One encoder for all calls: json.dumps builds a new one each time its arguments are not the defaults.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True)
class Packed:
    """A batch ready to be written: everything encoded, only epoch and seq still missing.

    `facts` are (id, v, store, at, name, data, cause, actor, trace, prevs), `private` stands beside them, `answer` is
    (tenant, store, command id, digest, subject, answer, at).
    """

    batch: Batch
    facts: list[Row]
    private: list[str | None]
    answer: Row | None


def pack(batch: Batch) -> Packed:
    """Encode a batch. Raises BadBatch if it holds what cannot be kept."""
    try:
        packed = Packed(
            batch,
            [_fact(entry) for entry in batch.entries],
            [None if entry.private is None else _encode(entry.private) for entry in batch.entries],
            _answer(batch.tenant, batch.answer) if batch.answer else None,
        )
        _check(packed)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadBatch(f"a batch of {batch.tenant} cannot be written: {error}") from error
    return packed


def fact(row: Sequence[Any], *, stream: str, private: str | None, epoch: str, seq: int) -> Recorded:
    """A kept row as the fact it is."""
    ident, v, store, at, name, data, cause, actor, trace, prevs = row
    entry = Entry(
        stream=stream,
        id=ident,
        v=v,
        store=store,
        at=at,
        name=name,
        data=json.loads(data),
        private=None if private is None else json.loads(private),
        cause=cause,
        actor=json.loads(actor),
        trace=trace,
        prevs={} if prevs is None else json.loads(prevs),
    )
    return Recorded(entry, epoch, seq)


def stored_answer(row: Sequence[Any]) -> StoredAnswer:
    """A kept row (store, command id, digest, subject, answer, at) as the answer it is."""
    store, command_id, digest, subject, answer, at = row
    return StoredAnswer(store, command_id, digest, subject, json.loads(answer), at)


def _fact(entry: Entry) -> Row:
    return (
        entry.id,
        entry.v,
        entry.store,
        entry.at,
        entry.name,
        _encode(entry.data),
        entry.cause,
        _encode(entry.actor),
        entry.trace,
        _encode(dict(entry.prevs)) if entry.prevs else None,
    )


def _answer(tenant: str, answer: StoredAnswer) -> Row:
    body = _encode(answer.answer)
    return (tenant, answer.store, answer.command_id, answer.digest, answer.subject, body, answer.at)


def _check(packed: Packed) -> None:
    """Every column is text that UTF-8 can hold; a lone surrogate would fail much later, in the writer."""
    texts = [packed.batch.tenant, *(entry.stream for entry in packed.batch.entries)]
    for ident, _v, store, at, name, data, cause, actor, trace, prevs in packed.facts:
        texts += [ident, store, at, name, data, actor]
        texts += [text for text in (cause, trace, prevs) if text is not None]
    texts += [text for text in packed.private if text is not None]
    "".join((*texts, *(packed.answer or ()))).encode()
