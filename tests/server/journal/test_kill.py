"""SIGKILL in the middle of writing: nothing that was acknowledged is missing afterwards."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

from server.journal import SqliteJournal, open_journal
from tests.server.journal.samples import answer, entry

WRITERS = 16


async def write(path: Path) -> None:
    """The child: writers that each append for ever, and print a line for every acknowledgement."""
    from server.journal import Batch

    journal = await open_journal(f"sqlite:///{path}")
    ids = itertools.count()

    async def writer(number: int) -> None:
        while True:
            command = f"{os.getpid()}-{next(ids)}"
            facts = (entry(f"s{number % 4}/kds", cause=command), entry(f"s{number % 4}/orders", cause=command))
            recorded = await journal.append(Batch("demo", facts, answer=answer(command)))
            line = " ".join([command, *(f"{fact.entry.stream}:{fact.seq}" for fact in recorded)])
            os.write(1, f"{line}\n".encode())  # one write, one line: a kill cannot cut it

    await asyncio.gather(*map(writer, range(WRITERS)))


def acknowledged_before_a_kill(path: Path, lines: int) -> list[str]:
    """Run the child, kill it after that many acknowledgements; all it ever printed."""
    command = [sys.executable, __file__, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        seen = list(itertools.islice(child.stdout, lines))
        child.send_signal(signal.SIGKILL)
        seen += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    return seen


async def missing(journal: SqliteJournal, acknowledged: list[str]) -> list[str]:
    """Acknowledgements whose facts or answers are not in the journal."""
    facts = {
        (stream, fact.seq): fact.entry.cause
        for stream in await journal.heads("demo")
        for fact in await journal.read("demo", stream, 0, 10**9)
    }
    lost = []
    for line in acknowledged:
        command, *positions = line.split()
        places = [(stream, int(seq)) for stream, _, seq in (place.partition(":") for place in positions)]
        if any(facts.get(place) != command for place in places) or not await journal.answer("demo", "s1", command):
            lost.append(line)
    return lost


async def test_a_kill_under_load_loses_nothing_acknowledged(tmp_path: Path):
    path = tmp_path / "heard.db"
    acknowledged: list[str] = []
    for round_number in range(3):
        acknowledged += await asyncio.to_thread(acknowledged_before_a_kill, path, 100 + 150 * round_number)
        journal = await SqliteJournal.open(path, new_epoch=lambda: "e")
        assert await missing(journal, acknowledged) == []
        for stream, head in (await journal.heads("demo")).items():
            seqs = [fact.seq for fact in await journal.read("demo", stream, 0, 10**9)]
            assert seqs == list(range(1, head.seq + 1))
        await journal.close()
    assert len(acknowledged) > 600


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
