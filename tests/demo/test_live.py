"""An evening with a person in front of a real terminal."""

import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heard.errors import Exit
from tests.demo.evenings import DEMO, NOTHING, environment, left_behind
from tests.stories.processes import until
from tests.stories.terminal import Terminal

pytestmark = pytest.mark.story


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "run").mkdir(mode=0o700)
    return environment(tmp_path) | {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def demo(environ: dict[str, str]) -> Iterator[Terminal]:
    """A demo that plays, at 100x30."""
    with Terminal([*DEMO, "--speed", "30"], environ, size=(100, 30), term="xterm-256color") as screen:
        yield screen


def over(screen: Terminal, home: Path) -> None:
    """It has left politely, and nothing of it is left."""
    assert screen.left(30) == 0
    assert screen.restored()
    assert "Traceback" not in screen.raw
    assert left_behind(home) == NOTHING
    assert not list((home / "run" / "heard").iterdir())


def test_it_shows_the_wall_is_found_by_other_stations_and_q_ends_it(
    demo: Terminal, environ: dict[str, str], tmp_path: Path
) -> None:
    demo.until_sees("grill", "LIVE", "Friday Night Diner, 30x speed", "#")
    (run_file,) = (tmp_path / "run" / "heard").iterdir()
    assert stat.S_IMODE(run_file.stat().st_mode) == 0o600
    demo.until_sees("STARTED", "LATE", "ALLERGY", "RUSH", "CHANGED", "VOID", "Press 1")
    demo.press("1")
    demo.until_sees("Enter: done with it")
    demo.press("\r")
    demo.until_sees("BUMPED", "u takes it back")
    words = [sys.executable, "-m", "heard", "kds", "--station", "fry"]
    with Terminal(words, environ, size=(100, 30), term="xterm-256color") as other:
        other.until_sees("fry", "LIVE", "Friday Night Diner")
        other.press("q")
        assert other.left() == 0
    demo.press("q")
    over(demo, tmp_path)
    assert "Thank you for cooking" in demo.raw
    assert "1 bump of yours" in demo.raw


def test_a_demo_that_was_killed_is_found_by_nobody_and_the_next_one_puts_it_away(
    demo: Terminal, environ: dict[str, str], tmp_path: Path
) -> None:
    demo.until_sees("LIVE")
    demo.signal(signal.SIGKILL)
    demo.process.wait(30)
    until(lambda: not left_behind(tmp_path)[0], "the gateway's end")
    words = [sys.executable, "-m", "heard", "kds", "--station", "fry"]
    with Terminal(words, environ, size=(100, 30), term="xterm-256color") as other:
        assert other.left() == Exit.USAGE
        assert "or run `heard demo`" in other.raw
    assert len(left_behind(tmp_path)[1]) == 1
    with Terminal([*DEMO, "--speed", "30"], environ, size=(100, 30), term="xterm-256color") as second:
        second.until_sees("LIVE")
        second.press("q")
        over(second, tmp_path)


def test_the_console_shows_who_is_there_and_q_ends_it(environ: dict[str, str], tmp_path: Path) -> None:
    words = [*DEMO, "--speed", "30", "--screen", "console"]
    with Terminal(words, environ, size=(120, 36), term="xterm-256color") as screen:
        screen.until_sees("LIVE", "Connections")
        screen.press("2")
        screen.until_sees("demo-grill", "demo-expo", "demo-fry")
        screen.press("q")
        over(screen, tmp_path)
        assert "Thank you for cooking" in screen.raw


def test_ctrl_c_ends_it_as_well(demo: Terminal, tmp_path: Path) -> None:
    demo.until_sees("LIVE")
    demo.press("\x03")
    over(demo, tmp_path)


def test_ctrl_c_while_the_stage_is_set_ends_it_without_a_traceback(demo: Terminal, tmp_path: Path) -> None:
    until(lambda: any((tmp_path / "tmp").glob("heard-demo-*/gateway.log")), "the gateway's start")
    demo.press("\x03")
    assert demo.left(30) in (0, 130)
    assert "Traceback" not in demo.raw
    assert demo.restored()
    assert left_behind(tmp_path) == NOTHING


def test_a_window_that_is_closed_takes_the_gateway_with_it(demo: Terminal, tmp_path: Path) -> None:
    demo.until_sees("LIVE")
    demo.hang_up()
    demo.process.wait(30)
    until(lambda: left_behind(tmp_path) == NOTHING, "an empty stage")


def test_a_dumb_terminal_gets_a_sentence_and_no_gateway(environ: dict[str, str], tmp_path: Path) -> None:
    with Terminal(DEMO, environ, term="dumb") as screen:
        assert screen.left() == Exit.USAGE
        assert "--headless" in screen.raw
        assert "Traceback" not in screen.raw
    assert left_behind(tmp_path) == NOTHING
