"""A loop in a thread of its own: begun once, called from anywhere, ended whatever happens."""

from __future__ import annotations

import asyncio
import threading

import pytest

from heard.client.thread import OwnThread


@pytest.fixture
def ends():
    return []


def test_it_takes_calls_from_its_start_to_its_end(ends):
    said = threading.Event()
    thread = OwnThread("t", asyncio.Event().wait, ends.append)
    assert not thread.call(said.set)
    thread.start()
    assert thread.call(said.set)
    assert said.wait(5)
    assert thread.stop(5)
    assert ends == ["stopped"]
    assert not thread.call(said.set)


def test_it_is_started_once_and_may_be_stopped_before_and_twice(ends):
    thread = OwnThread("t", asyncio.Event().wait, ends.append)
    assert thread.stop(5)
    thread.start()
    with pytest.raises(RuntimeError, match="started once"):
        thread.start()
    assert thread.stop(5)
    assert thread.stop(5)


def test_what_fails_inside_is_told_and_logged(ends, caplog):
    async def broken():
        raise ZeroDivisionError("by zero")

    thread = OwnThread("t", broken, ends.append)
    thread.start()
    assert thread.stop(5)
    assert ends == ["the link failed inside: ZeroDivisionError: by zero"]
    assert "the link's thread failed" in caplog.text


def test_one_that_does_not_let_go_is_left_behind(ends, caplog):
    begun, held = threading.Event(), threading.Event()

    async def stuck():
        begun.set()
        held.wait(30)

    thread = OwnThread("t", stuck, ends.append)
    thread.start()
    assert begun.wait(5)
    assert not thread.stop(0.01)
    assert "did not end within" in caplog.text
    held.set()
    assert thread.stop(5)
