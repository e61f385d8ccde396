"""What a station was told in its file and what its cooks chose on it, in a real terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.processes import HEARD, GatewayProcess, own_directories
from tests.stories.terminal import Terminal, families

pytestmark = pytest.mark.story


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


Start = Callable[..., Terminal]


@pytest.fixture
def start(gateway: GatewayProcess, tmp_path: Path) -> Iterator[Start]:
    """Starts `heard kds` with a configuration of its own."""
    made: list[Terminal] = []
    (tmp_path / "token").write_text(gateway.token("expo"))

    def terminal(*options: str, config: str = "", size: tuple[int, int] = (120, 30)) -> Terminal:
        file = tmp_path / "kds.toml"
        file.write_text(config)
        words = [*HEARD, "kds", "--server", gateway.url, "--token", str(tmp_path / "token"), "--station", "grill",
                 "--config", str(file), *options]  # fmt: skip
        made.append(Terminal(words, own_directories(tmp_path), size=size, term="xterm-256color"))
        return made[-1]

    yield terminal
    for one in made:
        one.__exit__()


def test_a_station_speaks_the_language_of_its_file(start: Start) -> None:
    screen = start(config='language = "es"\n')
    screen.until_sees("EN VIVO", "Nada que cocinar.", "ayuda")
    screen.press("q")
    assert screen.left() == 0


def test_a_kiosk_is_not_left_by_a_key(start: Start) -> None:
    screen = start("--kiosk")
    screen.until_sees("LIVE")
    screen.press("q\x03\x10")  # q, Ctrl+C, Ctrl+P
    screen.press("a")
    screen.until_sees("ALL DAY")
    assert screen.process.poll() is None


def test_the_mouse_is_the_terminal_s_unless_asked_for(start: Start) -> None:
    plain = start()
    plain.until_sees("LIVE")
    plain.press("q")
    assert plain.left() == 0
    assert not {one for one in families(plain.raw) if one.startswith("CSI ?1000")}
    mouse = start("--mouse")
    mouse.until_sees("LIVE")
    mouse.press("q")
    assert mouse.left() == 0
    assert "CSI ?1000 h" in families(mouse.raw)
    assert mouse.restored()


def test_what_cooks_chose_is_there_after_a_restart(start: Start) -> None:
    screen = start(config='theme = "plain"\n')
    screen.until_sees("LIVE")
    screen.press("a")
    screen.until_sees("ALL DAY")
    screen.press("q")
    assert screen.left() == 0
    again = start(config='theme = "plain"\n')
    again.until_sees("LIVE", "ALL DAY")
    again.press("q")
    assert again.left() == 0


def test_a_broken_file_of_choices_and_a_broken_theme_are_said_and_the_station_comes_up(
    start: Start, tmp_path: Path
) -> None:
    screen = start()
    screen.until_sees("LIVE")
    screen.press("a")
    screen.until_sees("ALL DAY")
    screen.press("q")
    assert screen.left() == 0
    (kept,) = tmp_path.rglob("stations/*.json")
    kept.write_text("{")
    again = start(config="banner_s = 1\n")
    again.until_sees("LIVE", "what was chosen here before is forgotten")
    again.press("q")
    assert again.left() == 0
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text("name = 3")
    once_more = start(config="banner_s = 1\n")
    once_more.until_sees("LIVE", "theme mine.toml was skipped")
    once_more.press("q")
    assert once_more.left() == 0
