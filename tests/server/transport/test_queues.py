"""Inbox, outbox and the quiet log, without a network."""

import asyncio
import logging

import pytest

from server.transport.frames import Frame
from server.transport.inbox import Inbox
from server.transport.outbox import Outbox
from server.transport.quiet import QuietLog
from server.transport.tasks import Tasks


async def test_an_inbox_has_no_task_when_it_has_no_work(eventually):
    tasks = Tasks()
    inbox = Inbox("a", 2, tasks)
    done = []
    assert inbox.put(lambda: _note(done, 1))
    await eventually(lambda: done == [1] and not tasks._running)
    assert inbox.put(lambda: _note(done, 2))
    await eventually(lambda: done == [1, 2] and not tasks._running)


async def test_an_inbox_survives_a_failing_job(eventually, caplog):
    inbox = Inbox("a", 9, Tasks())
    done = []
    inbox.put(_fail)
    inbox.put(lambda: _note(done, 2))
    await eventually(lambda: done == [2])
    assert "handler failed" in caplog.text


async def test_a_full_inbox_says_so_and_a_closed_one_swallows(eventually):
    inbox = Inbox("a", 1, Tasks())
    done = []
    assert inbox.put(lambda: _note(done, 1))  # under way at once: it does not wait
    assert inbox.put(lambda: _note(done, 2))
    assert not inbox.put(lambda: _note(done, "no room"))
    inbox.close(lambda: _note(done, "last"), 1)
    assert inbox.put(lambda: _note(done, 3))
    await eventually(lambda: done == [1, 2, "last"])


async def test_what_needs_no_waiting_is_done_at_once_unless_something_is_before_it(eventually):
    tasks = Tasks()
    inbox = Inbox("a", 9, tasks)
    done = []
    inbox.put(lambda: done.append(1))
    assert (done, tasks._running) == ([1], set())
    inbox.put(lambda: _note(done, 2))
    inbox.put(lambda: done.append(3))
    assert done == [1]
    await eventually(lambda: done == [1, 2, 3])


async def test_ending_cancels_what_does_not_finish():
    tasks = Tasks()
    task = tasks.start(_forever(), "forever")
    await tasks.end(0.01)
    assert task.cancelled()


async def test_an_outbox_counts_bytes_and_refuses_more():
    outbox = Outbox(10)
    assert outbox.put(Frame(b"12345"))
    assert outbox.put(Frame(b"123", b"45"))
    assert not outbox.put(Frame(b"1"))
    assert (len(outbox), outbox.size) == (2, 10)
    assert await outbox.take(1) == [b"12345"]
    assert outbox.put(Frame(b"1"))


async def test_what_the_network_has_not_taken_counts_too():
    outbox = Outbox(10)
    outbox.in_flight = 8
    assert outbox.put(Frame(b"12"))
    assert not outbox.put(Frame(b"3"))


async def test_an_outbox_knows_since_when_something_waits(monkeypatch):
    now = [10.0]
    monkeypatch.setattr("server.transport.outbox.monotonic", lambda: now[0])
    outbox = Outbox(100)
    assert outbox.since is None
    outbox.put(Frame(b"1"))
    now[0] = 12.0
    outbox.put(Frame(b"2"))
    assert outbox.since == 10.0
    await outbox.take(1)
    assert outbox.since == 12.0
    outbox.clear()
    assert outbox.since is None


async def test_a_poll_is_woken_and_the_end_is_nothing():
    outbox = Outbox(10)
    taken = asyncio.ensure_future(outbox.take(5))
    await asyncio.sleep(0)
    outbox.put(Frame(b"1"))
    outbox.put(Frame(b"2"))
    assert await taken == [b"1", b"2"]
    assert await outbox.take(5, within_s=0.001) == []
    outbox.put(Frame(b"3"))
    outbox.close()
    outbox.put(Frame(b"4"))
    assert await outbox.take(5) == [b"3"]
    assert await outbox.take(5) == []


async def test_a_frame_of_many_packets_is_split_over_polls_in_order():
    outbox = Outbox(100)
    outbox.put(Frame(b"1"))
    outbox.put(Frame(b"2", b"3", b"4"))
    outbox.put(Frame(b"5"))
    assert await outbox.take(2) == [b"1", b"2"]
    assert outbox.size == 3
    assert await outbox.take(9) == [b"3", b"4", b"5"]
    assert (len(outbox), outbox.size) == (0, 0)


@pytest.mark.parametrize(("most", "taken"), [(1, 1), (3, 1), (4, 2), (9, 3), (100, 3)])
async def test_some_frames_are_about_as_many_bytes_as_asked_for(most, taken):
    outbox = Outbox(100)
    for text in (b"111", b"222", b"333"):
        outbox.put(Frame(text))
    assert len(outbox.some(most)) == taken
    assert outbox.size == 9 - 3 * taken


async def test_a_quiet_log_counts_what_it_leaves_out(caplog, monkeypatch):
    now = 100.0
    monkeypatch.setattr("server.transport.quiet.monotonic", lambda: now)
    quiet = QuietLog(logging.getLogger("server.transport"), per_second=2)
    for n in range(5):
        quiet.warning("line %d", n)
    now = 101.0
    quiet.warning("line 5")
    assert caplog.messages == ["line 0", "line 1", "3 more lines like these were left out", "line 5"]


async def test_an_idle_inbox_is_closed_without_a_task_but_not_at_once(eventually):
    tasks = Tasks()
    inbox = Inbox("a", 9, tasks)
    done = []
    inbox.close(lambda: done.append("last"), 1)
    assert (done, tasks._running) == ([], set())
    await tasks.end(1)
    assert done == ["last"]


async def test_what_began_as_the_inbox_was_closed_comes_before_its_end(eventually):
    inbox = Inbox("a", 9, Tasks())
    done = []

    def closes():
        inbox.close(lambda: done.append("last"), 1)
        return _note_late(done, "begun")

    inbox.put(closes)
    await eventually(lambda: done == ["begun", "last"])


@pytest.mark.parametrize("grace_s", [0.0, 0.01])
async def test_a_closed_inbox_gives_up_on_a_job_that_hangs(eventually, grace_s):
    inbox = Inbox("a", 9, Tasks())
    done = []
    inbox.put(_forever)
    inbox.put(lambda: _note(done, "late"))
    await asyncio.sleep(0)
    inbox.close(lambda: _note(done, "last"), grace_s)
    await eventually(lambda: done == ["last"])


async def _note(done, what):
    done.append(what)


async def _note_late(done, what):
    await asyncio.sleep(0.01)
    done.append(what)


async def _fail():
    raise RuntimeError("bug")


async def _forever():
    await asyncio.Event().wait()
