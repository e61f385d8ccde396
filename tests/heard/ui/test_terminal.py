"""Whether there is a terminal to paint on, and how often to paint on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from heard.ui.terminal import FPS_AFAR, FPS_HERE, log_to, pace, unfit


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_a_terminal_that_only_prints_is_told_by_its_name(term):
    assert "cannot paint on a terminal of type" in unfit({"TERM": term}, tty=True, what="the console")
    assert unfit({"TERM": term}, tty=True, what="the console").startswith("the console")


def test_without_a_terminal_its_kind_does_not_matter():
    assert unfit({"TERM": "xterm"}, tty=False, what="the demo") == (
        "the demo needs a terminal for its input and output; this is none"
    )
    assert unfit({"TERM": "xterm"}, tty=True, what="the demo") is None


@pytest.mark.parametrize(
    ("environ", "frames"),
    [({}, FPS_HERE), ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, FPS_AFAR), ({"TEXTUAL_FPS": "7"}, "7")],
)
def test_frames_are_few_over_ssh_unless_somebody_says_how_many(environ, frames):
    environ = dict(environ)
    pace(environ)
    assert environ["TEXTUAL_FPS"] == frames


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    one = logging.getLogger()
    handlers, level = one.handlers[:], one.level
    yield one
    for handler in one.handlers:
        if handler not in handlers:
            handler.close()
    one.handlers[:] = handlers
    one.setLevel(level)
    logging.captureWarnings(capture=False)


def test_logs_go_to_a_file_that_is_made_for_them(root, tmp_path: Path):
    log_to(tmp_path / "deep" / "console.log")
    logging.getLogger("heard.console").warning("the link is down")
    assert "WARNING heard.console: the link is down" in (tmp_path / "deep" / "console.log").read_text("utf-8")


def test_without_a_place_for_logs_nothing_is_painted_over_the_screen(root, tmp_path: Path, capfd):
    (tmp_path / "file").touch()
    log_to(tmp_path / "file" / "console.log")
    logging.getLogger("heard.console").warning("the link is down")
    assert capfd.readouterr() == ("", "")
