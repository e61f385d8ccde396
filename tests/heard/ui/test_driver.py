"""Whoever reads keys rests while nothing can come of silence, and misses nothing for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from textual.events import Key
from textual.message import Message

from heard.ui import driver
from heard.ui.driver import PASTE_PAUSE_S, PatientParser
from tests.patience import PATIENCE_S


class Seconds:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def rested(seconds: Seconds) -> PatientParser:
    parser = PatientParser(clock=seconds)
    seconds.now += 60
    assert not parser.restless
    return parser


def test_a_key_keeps_it_awake_for_as_long_as_silence_may_mean_something(seconds):
    parser = rested(seconds)
    assert list(parser.feed("\x1b")) == []
    assert parser.restless
    seconds.now += PASTE_PAUSE_S
    assert parser.restless
    seconds.now += 1
    assert not parser.restless


def test_a_paste_without_an_end_keeps_it_awake_until_it_is_given_up(seconds):
    parser = rested(seconds)
    list(parser.feed("\x1b[200~half a paste"))
    seconds.now += 60
    assert parser.restless
    list(parser.tick())
    seconds.now += 60
    assert not parser.restless


@pytest.fixture
def keyboard() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_lone_escape_after_a_long_rest_is_told_soon(keyboard, seconds, monkeypatch):
    monkeypatch.setattr(driver, "REST_S", 3600.0)
    reads, types = keyboard
    told: list[Message] = []
    stop, came = threading.Event(), threading.Event()

    def tell(message: Message) -> None:
        told.append(message)
        came.set()

    reader = threading.Thread(target=driver._read_keys, args=(reads, stop, rested(seconds), tell))
    reader.start()
    try:
        os.write(types, b"\x1b")
        assert came.wait(PATIENCE_S)
    finally:
        stop.set()
        os.write(types, b"a")
        reader.join(PATIENCE_S)
    assert isinstance(told[0], Key)
    assert told[0].key == "escape"
