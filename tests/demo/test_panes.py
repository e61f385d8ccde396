"""Three screens in a tmux of their own: what it is told, that it is left as it was found, however it ends."""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import panes
from demo.panes import ALONE, LEAVE, NEXT, NoTmux, screens, script, tmux
from heard.errors import Exit
from heard.ui.deeds import keys_of
from heard.ui.words import words_for
from kds.keys import DEEDS
from tests.demo.evenings import DEMO, NOTHING, environment, left_behind
from tests.stories.processes import until
from tests.stories.terminal import Terminal

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux on this machine")


URL = "http://127.0.0.1:5"


def verbs(size: tuple[int, int]) -> list[str]:
    return [command[0] for command in script(screens(URL, "grill"), size)]


@pytest.mark.parametrize(
    ("size", "panes", "windows"), [((200, 59), 2, 0), ((160, 40), 2, 0), ((159, 60), 0, 2), ((80, 23), 0, 2)]
)
def test_a_large_terminal_has_panes_and_a_small_one_windows(size: tuple[int, int], panes: int, windows: int) -> None:
    told = verbs(size)
    assert told[0] == "new-session"
    assert (told.count("split-window"), told.count("new-window")) == (panes, windows)


def test_no_token_is_on_a_command_line_and_the_address_of_this_demo_is() -> None:
    commands = [one.command for one in screens(URL, "fry")]
    assert [one.name for one in screens(URL, "fry")] == ["fry", "expo", "console"]
    assert [one.name for one in screens(URL, "expo")] == ["expo", "console"]
    for command in commands:
        assert sys.executable in command
        assert "token" not in command
        assert f"--server {URL}" in command


def test_the_keys_are_told_in_words_and_none_of_them_is_the_stations() -> None:
    told = " ".join(" ".join(command) for command in script(screens(URL, "grill"), (200, 59)))
    for key in (NEXT, ALONE, LEAVE):
        assert f"{key} " in told
        assert key.lower() not in {one for deed in DEEDS for one in keys_of(deed)}


def test_the_screens_speak_the_language_that_was_asked_for_and_the_line_below_names_the_one_in_use() -> None:
    for one in screens(URL, "grill", words_for("de")):
        assert one.words[-2:] == ("--language", "de")
    assert not any("--language" in one.words for one in screens(URL, "grill"))
    told = [" ".join(command) for command in script(screens(URL, "grill"), (200, 59))]
    for n, name in enumerate(("grill", "expo", "console")):
        assert f"select-pane -t heard:0.{n} -T {name}" in told


def test_without_tmux_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panes.shutil, "which", lambda _: None)
    with pytest.raises(NoTmux, match="no tmux"):
        tmux()


def test_without_a_screen_there_is_nothing_to_put_side_by_side(tmp_path: Path) -> None:
    said = subprocess.run(
        [*DEMO, "--tmux", "--headless"], env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == Exit.USAGE
    assert "leave out --tmux" in said.stderr


@pytest.fixture
def home() -> Iterator[Path]:
    """A short one: the name of a socket may not be long."""
    with tempfile.TemporaryDirectory(prefix="hd-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    (home / "run").mkdir(mode=0o700)
    here = environment(home) | {"XDG_RUNTIME_DIR": str(home / "run"), "XDG_STATE_HOME": str(home / "state")}
    # As if it were started in a tmux that is none of its business.
    return here | {"TMUX": f"{home}/theirs,1,0", "TMUX_PANE": "%7"}


@pytest.fixture
def demo(environ: dict[str, str]) -> Iterator[Terminal]:
    words = [*DEMO, "--tmux", "--speed", "30"]
    with Terminal(words, environ, size=(180, 50), term="xterm-256color") as screen:
        screen.until_sees("grill", "expo", "Connections", "LIVE", f"{NEXT} next screen")
        # Two screens, the console, tmux itself, its guard, us who look at it, the demo, its gateway.
        found = running(Path(environ["TMPDIR"]).parent)
        assert len(found) >= 7
        yield screen


def running(home: Path) -> list[str]:
    """What of ours still runs: tmux and its guard by their socket, gateway and screens by what they were started in."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    lines = listed.stdout.splitlines()
    return [line for line in lines if str(home) in line or ("-m heard" in line and _in(home, line.split()[0]))]


def _in(home: Path, pid: str) -> bool:
    try:
        return str(home).encode() in Path("/proc", pid, "environ").read_bytes()
    except OSError:
        return False


@pytest.mark.story
@needs_tmux
def test_your_screen_takes_the_others_with_it(demo: Terminal, home: Path) -> None:
    demo.press("q")
    assert demo.left(30) == 0
    assert "Thank you for cooking" in demo.raw
    assert "exited]" not in demo.raw
    until(lambda: running(home) == [], "an empty stage")
    assert left_behind(home) == NOTHING
    assert not (home / "state").exists()


@pytest.mark.story
@needs_tmux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_ended_puts_its_tmux_away(demo: Terminal, home: Path, number: signal.Signals) -> None:
    demo.signal(number)
    assert demo.left(30) == 130
    assert "Traceback" not in demo.raw
    until(lambda: running(home) == [], "an empty stage")
    assert left_behind(home) == NOTHING


@pytest.mark.story
@needs_tmux
def test_a_demo_that_is_killed_leaves_no_tmux_and_no_gateway(demo: Terminal, home: Path) -> None:
    demo.signal(signal.SIGKILL)
    demo.process.wait(30)
    until(lambda: running(home) == [], "an empty stage")
    assert not list((home / "tmp").glob("heard-tmux-*"))


@pytest.mark.story
@needs_tmux
def test_a_window_that_is_closed_takes_everything_with_it(demo: Terminal, home: Path) -> None:
    demo.hang_up()
    demo.process.wait(30)
    until(lambda: running(home) == [] and left_behind(home) == NOTHING, "an empty stage")
