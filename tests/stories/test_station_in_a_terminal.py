"""A station in a real terminal: what a cook sees, what keys do, and how it leaves."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heard.errors import Exit
from tests.missing import need
from tests.patience import PATIENCE_S
from tests.stories.processes import HEARD, GatewayProcess, Till, own_directories, until
from tests.stories.proxy import Proxy
from tests.stories.terminal import Terminal, families

pytestmark = pytest.mark.story

XTERM = "xterm-256color"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


@pytest.fixture
def till(gateway: GatewayProcess) -> Till:
    return gateway.pos()


Start = Callable[..., Terminal]


@pytest.fixture
def start(gateway: GatewayProcess, tmp_path: Path) -> Iterator[Start]:
    """Starts `heard kds` under a terminal of its own."""
    made: list[Terminal] = []

    def terminal(
        station: str = "grill", *, url: str = "", token: str = "", size: tuple[int, int] = (80, 24), term: str = XTERM
    ) -> Terminal:
        paper = tmp_path / "token"
        paper.write_text(token or gateway.token("expo"))
        words = [*HEARD, "kds", "--server", url or gateway.url, "--token", str(paper), "--station", station]
        made.append(Terminal(words, own_directories(tmp_path), size=size, term=term))
        return made[-1]

    yield terminal
    for one in made:
        one.__exit__()


@pytest.fixture(autouse=True)
def _empty_wall(till: Till) -> None:
    """One gateway serves all of this file: each test begins without the cards of the one before."""
    for order in till.ask("GET", "/v1/stores/s1/orders?limit=300", role="manager")["orders"]:
        if order["status"] not in ("completed", "cancelled"):
            ticket = {"ticket_id": f"{order['id']}.expo", "force": True}
            answer = till.ask(
                "POST",
                "/v1/stores/s1/commands",
                {"command_id": f"clear-{order['id']}", "name": "kds:bump", "data": ticket},
                role="manager",
            )
            assert answer["ok"], answer


def nuts(n: int) -> dict[str, object]:
    """An order with brackets in its words and an allergy."""
    note = [{"text": "allergy: nuts"}]
    return {"name": f"Burger [no nuts] [/] q{n}", "qty": "2", "station_hint": ["grill"], "notes": note}


SIZES = [
    ((80, 24), XTERM),
    ((200, 60), XTERM),
    ((80, 24), "linux"),
    ((100, 30), "xterm"),
    ((120, 40), "screen-256color"),
    ((132, 43), "vt220"),
]


@pytest.mark.parametrize(("size", "term"), SIZES, ids=[f"{term}-{size[0]}x{size[1]}" for size, term in SIZES])
def test_an_order_is_shown_word_by_word_and_a_number_and_enter_bump_it(
    till: Till, start: Start, size: tuple[int, int], term: str
) -> None:
    screen = start(size=size, term=term)
    screen.until_sees("grill", "LIVE", "Nothing to cook.")
    order = till.place(nuts(1))
    screen.until_sees(f"#{order['display_no']}", "Burger [no nuts] [/] q1", "ALLERGY", "nuts")
    screen.press("1")
    screen.press("\r")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")
    screen.until_sees("BUMPED", "0 open")
    screen.press("q")
    assert screen.left() == 0
    assert screen.restored()
    assert "Traceback" not in screen.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_politely_and_the_terminal_is_as_it_was(start: Start, number: signal.Signals) -> None:
    screen = start()
    screen.until_sees("LIVE")
    screen.signal(number)
    assert screen.left() == 0
    assert screen.restored()
    assert "Traceback" not in screen.raw


def test_a_signal_while_it_comes_up_leaves_no_traceback_and_a_usable_terminal(start: Start) -> None:
    screen = start()
    until(lambda: "\x1b[?1049h" in screen.raw, "the first escape")
    screen.signal(signal.SIGTERM)
    screen.left()
    assert "Traceback" not in screen.raw
    assert screen.restored()


def test_a_window_that_is_closed_ends_the_station(start: Start) -> None:
    screen = start()
    screen.until_sees("LIVE")
    screen.hang_up()
    screen.process.wait(PATIENCE_S)


def test_a_bump_made_and_the_window_closed_at_once_still_reaches_the_gateway(till: Till, start: Start) -> None:
    order = till.place("Burger")
    screen = start()
    screen.until_sees(f"#{order['display_no']}")
    screen.press("1\r")
    screen.until_sees("BUMPED")
    screen.hang_up()
    screen.process.wait(PATIENCE_S)
    start().until_sees("LIVE")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")


def test_a_gateway_that_is_away_at_first_is_offline_and_then_live(
    gateway: GatewayProcess, till: Till, start: Start
) -> None:
    with Proxy(gateway.url) as link:
        link.cut()
        screen = start(url=link.url)
        screen.until_sees("OFFLINE", "Waiting for the gateway")
        order = till.place(nuts(1))
        link.resume()
        screen.until_sees("LIVE", f"#{order['display_no']}")
        link.cut()
        screen.until_sees("OFFLINE", f"#{order['display_no']}")
        screen.press("1\r")
        screen.until_sees("BUMPED", "1 unsent")
        link.resume()
        until(lambda: till.status(order) == "ready", "the bump at the gateway")
        screen.until_sees("LIVE")
        screen.press("q")
        assert screen.left() == 0


def test_a_token_of_somebody_else_is_refused_in_a_sentence(start: Start, tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "elsewhere") as elsewhere:
        screen = start(token=elsewhere.token("expo"))
    screen.until_sees("REFUSED", "The gateway refuses this station", "signed by no key")
    screen.press("q")
    assert screen.left() == 0
    assert screen.restored()


def test_too_small_a_terminal_says_so_and_comes_back_with_more_room(till: Till, start: Start) -> None:
    order = till.place(nuts(3))
    screen = start(size=(36, 8))
    screen.until_sees("too small")
    assert f"#{order['display_no']}" not in screen.text
    screen.resize(80, 24)
    screen.until_sees(f"#{order['display_no']}", "Burger [no nuts] [/] q3")
    for columns, lines in ((200, 60), (60, 16), (1, 1), (33, 9), (500, 200), (80, 24)):
        screen.resize(columns, lines)
    screen.until_sees(f"#{order['display_no']}", "LIVE")
    screen.press("q")
    assert screen.left() == 0
    assert "Traceback" not in screen.raw


def test_the_window_says_how_large_it_is_and_not_what_a_shell_once_exported(start: Start, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "60")
    screen = start(size=(36, 8))
    screen.until_sees("too small")
    screen.resize(80, 24)
    screen.until_sees("LIVE", "F1 help")
    screen.press("q")
    assert screen.left() == 0


def test_a_window_that_had_another_size_for_a_moment_is_painted_anew(till: Till, start: Start) -> None:
    order = till.place(nuts(4))
    screen = start()
    screen.until_sees(f"#{order['display_no']}", "LIVE")
    # Busy meanwhile, it hears of one change, to the size it has; but the terminal has lost what was cut off.
    screen.signal(signal.SIGSTOP)
    screen.resize(10, 3)
    screen.resize(80, 24)
    screen.signal(signal.SIGCONT)
    screen.until_sees(f"#{order['display_no']}", "Burger [no nuts] [/] q4", "LIVE")


def test_a_dumb_terminal_gets_a_sentence_and_usage_as_its_code(start: Start) -> None:
    screen = start(term="dumb")
    assert screen.left() == Exit.USAGE
    assert "heard: the kitchen display cannot paint on a terminal of type 'dumb'" in screen.raw.replace("\r\n", " ")
    assert not families(screen.raw)


def test_without_a_terminal_it_says_so(gateway: GatewayProcess, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(gateway.token("expo"))
    words = [*HEARD, "kds", "--server", gateway.url, "--token", str(tmp_path / "token"), "--station", "grill"]
    said = subprocess.run(
        words, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=own_directories(tmp_path), check=False
    )
    assert (said.returncode, said.stdout) == (Exit.USAGE, "")
    assert "needs a terminal" in said.stderr


# ── tmux ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Talks to a tmux server of its own."""
    need("tmux")
    socket = str(tmp_path / "tmux")

    def run(*words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", socket, "-f", "/dev/null", *words], capture_output=True, text=True, check=False,
            env=own_directories(tmp_path),
        )  # fmt: skip
        return done.stdout

    yield run
    run("kill-server")


def test_under_tmux_it_survives_a_storm_of_sizes_and_gives_the_shell_back(
    gateway: GatewayProcess, till: Till, tmux: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(gateway.token("expo"))
    order = till.place(nuts(9))
    words = [*HEARD, "kds", "--server", gateway.url, "--token", str(tmp_path / "token"), "--station", "grill"]
    tmux("new-session", "-d", "-s", "k", "-x", "80", "-y", "24", "bash --norc --noprofile")

    def sees(*wanted: str) -> None:
        until(lambda: all(one in tmux("capture-pane", "-p", "-t", "k") for one in wanted), str(wanted))

    tmux("send-keys", "-t", "k", f"{' '.join(words)}; echo back-$((40+2))", "Enter")
    sees("LIVE", f"#{order['display_no']}", "Burger [no nuts] [/] q9", "ALLERGY")
    for columns, lines in ((60, 16), (200, 60), (30, 8), (81, 25), (80, 24)):
        tmux("resize-window", "-t", "k", "-x", str(columns), "-y", str(lines))
    sees("LIVE", f"#{order['display_no']}")
    tmux("send-keys", "-t", "k", "1", "Enter")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")
    tmux("send-keys", "-t", "k", "q")
    sees("back-42")
    assert "Traceback" not in tmux("capture-pane", "-p", "-t", "k")
