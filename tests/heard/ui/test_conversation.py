"""A program in lines: what wakes it, what ends it, and what never reaches the terminal."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable

import pytest

from heard.ui.conversation import MAX_TYPED, converse


class Parrot:
    """Says what it is given, and repeats what is typed."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.news: list[str] = ["hello"]
        self.heard: list[str] = []
        self.greeted = threading.Event()

    def look(self) -> list[str]:
        self.greeted.set()
        told, self.news = self.news, []
        return told

    def answer(self, typed: str) -> list[str] | None:
        self.heard.append(typed)
        return None if typed == "bye\n" else [f"you said {typed}"]


@pytest.fixture
def typed():
    """A pipe to type into: its two ends."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)
    let_go()
    os.close(reading)


def let_go():
    """Wait for who still reads: the number of a closed handle is soon another's."""
    for thread in threading.enumerate():
        if thread.name == "heard keyboard":
            thread.join(10)


def talk(parrot, typed, text, out=None, first=()):
    """Type all of this and read what comes until it is left with `bye`."""
    out = out or io.StringIO()
    os.write(typed[1], text.encode())
    assert converse(parrot, parrot, first, handle=typed[0], out=out) == 0
    return out.getvalue().splitlines()


def test_what_is_new_is_said_before_what_is_answered(typed):
    assert talk(Parrot(), typed, "one\ntwo\nbye\n", first=["a fault"]) == [
        "a fault", "hello", "you said one", "you said two",
    ]  # fmt: skip


def test_the_feed_is_let_go_of_in_the_end(typed):
    parrot = Parrot()
    talk(parrot, typed, "bye\n")
    assert parrot.on_change is None


def test_a_line_may_come_in_pieces_and_with_letters_cut_in_two(typed):
    parrot = Parrot()
    thread = threading.Thread(target=talk, args=(parrot, typed, "caf"), daemon=True)
    thread.start()
    assert parrot.greeted.wait(10)
    for piece in ("é".encode()[:1], "é".encode()[1:], b"\nbye\n"):
        os.write(typed[1], piece)
    thread.join(10)
    assert parrot.heard == ["café\n", "bye\n"]


def test_a_line_without_an_end_is_not_kept_whole(typed):
    parrot = Parrot()
    talk(parrot, typed, "x" * 9_000 + "\nbye\n")
    assert len(parrot.heard[0]) < MAX_TYPED + 4_096 + 2


def test_whatever_is_said_is_one_line_without_anything_that_steers(typed):
    parrot = Parrot()
    parrot.news = ["a\x1b[2Jb\nforged\x07", "", "\x9b31m"]
    assert talk(parrot, typed, "\x1b]52;c;x\x07\nbye\n") == ["a[2Jb forged", "31m", "you said ]52;c;x"]


def test_a_terminal_without_our_letters_gets_others_instead_of_nothing(typed):
    raw = io.BytesIO()
    parrot = Parrot()
    parrot.news = ["café ½"]
    out = io.TextIOWrapper(raw, encoding="ascii")
    os.write(typed[1], b"bye\n")
    assert converse(parrot, parrot, handle=typed[0], out=out) == 0
    assert raw.getvalue() == b"caf? ?\n"


def test_a_reader_that_is_gone_ends_it(typed):
    class Gone(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    assert converse(Parrot(), Parrot(), handle=typed[0], out=Gone()) == 0


def test_the_end_of_the_input_is_the_end():
    reading, writing = os.pipe()
    os.write(writing, b"one\nhalf a line")
    os.close(writing)
    parrot, out = Parrot(), io.StringIO()
    assert converse(parrot, parrot, handle=reading, out=out) == 0
    assert parrot.heard == ["one\n"]
    let_go()
    os.close(reading)
