"""How the process fares: a loop that is held up is noticed, a quiet one is not blamed."""

import asyncio
import time

import pytest

from server.telemetry.process import REMEMBERED, TICK_S, Process, Stalls
from tests.server.desk import until


@pytest.fixture
async def stalls():
    ticking = Stalls().start()
    yield ticking
    ticking.stop()


async def test_a_loop_that_is_held_up_is_noticed_once(stalls):
    await asyncio.sleep(0)
    time.sleep(TICK_S * 6)  # noqa: ASYNC251 - holding up the loop is what this is about
    worst = await until(lambda: stalls._worst)
    assert worst >= TICK_S * 4
    assert stalls.take() == worst
    assert stalls._worst < worst


async def test_the_worst_of_a_minute_is_kept_and_then_forgotten(stalls):
    stalls._worst = 0.7
    stalls.take()
    assert stalls.recent() == 0.7
    for _ in range(REMEMBERED):
        stalls.take()
    assert stalls.recent() < 0.7


async def test_who_has_stopped_ticks_no_more():
    stalls = Stalls().start()
    timer = stalls._timer
    stalls.stop()
    assert timer is not None
    assert timer.cancelled()


def test_the_share_of_a_core_is_of_the_time_between_two_looks(monkeypatch):
    times = {"monotonic": 100.0, "process_time": 7.0}
    monkeypatch.setattr(time, "monotonic", lambda: times["monotonic"])
    monkeypatch.setattr(time, "process_time", lambda: times["process_time"])
    process = Process()
    assert process.look() == 0.0
    times |= {"monotonic": 102.0, "process_time": 7.5}
    assert (process.look(), process.uptime_s) == (0.25, 2.0)
    times |= {"monotonic": 110.0, "process_time": 7.5}
    assert (process.look(), process.overall()) == (0.0, 0.05)
