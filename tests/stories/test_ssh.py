"""Over ssh: the screens paint and take keys, and however the line ends, nothing is left running at the far end.

What can be promised of the near end depends on who dies. A program that leaves by itself puts everything back. When
the line breaks, `ssh` gives the terminal its modes back (keys echo again), but the words that would leave the alternate
screen no longer come through: a pane of tmux takes it along when it closes, elsewhere `reset` helps. When `ssh` itself
is killed nobody is left to do anything.

Of the far end: the program ends when its sshd hangs up. Over a network that swallows everything an sshd learns of it
from its ClientAliveInterval while the screen is still, but OpenSSH 9.2 starts that interval again with each thing the
screen paints: a busy one goes on until TCP gives up.
"""

from __future__ import annotations

import getpass
import os
import shlex
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from heard.ui.terminal import FPS_AFAR
from tests.missing import give_up, need
from tests.patience import PATIENCE_S
from tests.stories.processes import HEARD, GatewayProcess, own_directories, until
from tests.stories.proxy import Proxy
from tests.stories.terminal import Terminal, in_order

pytestmark = pytest.mark.story

XTERM = "xterm-256color"
ALIVE_S = 1
"""The near end asks this often whether the far one is there; three silences end the line."""


# ── The far end ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FarEnd:
    """An sshd of our own on a loopback port, for our own account and one key."""

    port: int
    key: Path
    home: Path
    """Where what runs there keeps its things; every process there names it in its environment."""
    server: int
    """The sshd's process id."""

    def words(self, command: str, port: int | None = None) -> list[str]:
        """An `ssh` that runs a command there in a terminal."""
        options = {
            "Port": port or self.port, "IdentityFile": self.key, "IdentitiesOnly": "yes", "BatchMode": "yes",
            "StrictHostKeyChecking": "no", "UserKnownHostsFile": self.key.parent / "known", "LogLevel": "ERROR",
            "ServerAliveInterval": ALIVE_S, "ServerAliveCountMax": 3,
        }  # fmt: skip
        told = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return [need("ssh", "openssh-client"), "-tt", "-F", "none", *told, f"{getpass.getuser()}@127.0.0.1", command]

    def command(self, *words: str) -> str:
        """What the far shell is given to run a program of ours with directories of its own."""
        places = {name: value for name, value in own_directories(self.home).items() if str(self.home) in value}
        return "exec " + shlex.join(["env", *(f"{name}={value}" for name, value in places.items()), *words])

    def running(self) -> list[int]:
        """The processes that were started there and have not ended, helpers of helpers too."""
        return [int(one.name) for one in Path("/proc").glob("[0-9]*") if self._is_ours(one)]

    def _is_ours(self, process: Path) -> bool:
        try:
            environ = (process / "environ").read_bytes()
            state = (process / "stat").read_text("utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return False
        return str(self.home).encode() in environ and state != "Z"

    def sessions(self) -> list[int]:
        """The sshd processes that serve one connection each, the ones nearest to the program last."""
        found, above = list[int](), [self.server]
        while above:
            above = [pid for one in above for pid in _children(one) if _name(pid).startswith("sshd")]
            found += above
        return found


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """Port, process and key."""
    program, keygen = need("sshd", "openssh-server"), need("ssh-keygen", "openssh-client")
    if not Path("/proc/self/environ").exists():
        give_up("there is no /proc to see the far end's processes in")
    place = tmp_path_factory.mktemp("ssh")
    for name in ("host", "mine"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)], check=True)
    (place / "mine.pub").rename(place / "allowed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (place / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {place / 'host'}\nAuthorizedKeysFile {place / 'allowed'}\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"PermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\nClientAliveInterval 0\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where Debian's sshd parts with its rights
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", str(place / "config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until(lambda: "Server listening" in (place / "log").read_text() or process.poll() is not None, "sshd up")
        assert process.poll() is None, (place / "log").read_text()
        yield port, process.pid, place / "mine"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture
def far(sshd: tuple[int, int, Path], tmp_path: Path) -> Iterator[FarEnd]:
    """The far end with empty directories; when a test is over nothing may run there."""
    port, server, key = sshd
    (tmp_path / "far").mkdir()
    end = FarEnd(port, key, tmp_path / "far", server)
    yield end
    left = end.running()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "a test left something running at the far end"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


Start = Callable[..., Terminal]


@pytest.fixture
def start(far: FarEnd, gateway: GatewayProcess, tmp_path: Path) -> Iterator[Start]:
    """Starts a program at the far end under a terminal at this one; `around` are words before those of `ssh`."""
    made: list[Terminal] = []

    def terminal(program: str, *, port: int | None = None, around: tuple[str, ...] = (), term: str = XTERM) -> Terminal:
        paper = tmp_path / "token"
        paper.write_text(gateway.token("expo" if program == "kds" else "operator"))
        words = [*HEARD, program, "--server", gateway.url, "--token", str(paper)]
        words += ["--station", "grill"] if program == "kds" else []
        ssh = far.words(far.command(*words), port)
        made.append(Terminal([*around, *ssh], os.environ, size=(100, 30), term=term))
        return made[-1]

    yield terminal
    for one in made:
        one.__exit__()
    until(lambda: not far.running(), "nothing left at the far end")


SIGHTS = {"kds": ("grill", "LIVE"), "console": ("test-operator", "LIVE")}
"""What each program shows once it is up."""


# ── While the line stands ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_near_terminal_is_goes_through_and_frames_are_few(far: FarEnd) -> None:
    tell = (
        "import os; from heard.ui import terminal; terminal.pace(os.environ);"
        "print(os.environ['TERM'], os.environ['TEXTUAL_FPS'])"
    )
    words = far.words(far.command(sys.executable, "-c", tell))
    for term in (XTERM, "screen-256color", "linux"):
        with Terminal(words, os.environ, term=term) as screen:
            screen.until_sees(f"{term} {FPS_AFAR}")
            assert screen.left() == 0


def test_a_station_paints_and_a_key_bumps(gateway: GatewayProcess, start: Start) -> None:
    till = gateway.pos()
    screen = start("kds")
    screen.until_sees(*SIGHTS["kds"])
    order = till.place("Burger")
    screen.until_sees(f"#{order['display_no']}", "Burger")
    screen.press("1")
    screen.press("\r")
    until(lambda: till.status(order) == "ready", "the bump at the gateway")
    screen.until_sees("BUMPED")
    screen.resize(120, 40)
    screen.press("q")
    assert screen.left() == 0
    assert screen.restored()


def test_a_console_paints_and_takes_keys(start: Start) -> None:
    screen = start("console")
    screen.until_sees(*SIGHTS["console"])
    screen.press("q")
    assert screen.left() == 0
    assert screen.restored()


# ── However it ends ───────────────────────────────────────────────────────────────────────────────────────────────────

PROGRAMS = pytest.mark.parametrize("program", ["kds", "console"])


def modes_are_back(screen: Terminal, before: list[object]) -> bool:
    """Whether keys echo again, lines end as they did, and so on."""
    return termios.tcgetattr(screen._theirs) == before


@PROGRAMS
def test_when_ssh_is_killed_nothing_runs_on_at_the_far_end(far: FarEnd, start: Start, program: str) -> None:
    screen = start(program)
    screen.until_sees(*SIGHTS[program])
    assert len(far.running()) >= 1
    screen.signal(signal.SIGKILL)
    until(lambda: not far.running(), "nothing left at the far end")


@PROGRAMS
def test_when_the_far_session_dies_keys_echo_again_and_nothing_runs_on(far: FarEnd, start: Start, program: str) -> None:
    screen = start(program)
    before = screen._modes
    screen.until_sees(*SIGHTS[program])
    assert not modes_are_back(screen, before)
    for pid in far.sessions():
        os.kill(pid, signal.SIGKILL)
    assert screen.left() == 255
    assert modes_are_back(screen, before)
    until(lambda: not far.running(), "nothing left at the far end")


@PROGRAMS
def test_when_the_network_swallows_everything_the_near_end_gives_up_and_the_far_one_follows(
    far: FarEnd, start: Start, program: str
) -> None:
    with Proxy(f"ssh://127.0.0.1:{far.port}") as line:
        screen = start(program, port=int(line.url.rpartition(":")[2]))
        before = screen._modes
        screen.until_sees(*SIGHTS[program])
        line.blackhole()
        assert screen.left() == 255
        assert modes_are_back(screen, before)
        line.reset()  # what TCP does in the end
        until(lambda: not far.running(), "nothing left at the far end")


@PROGRAMS
def test_a_window_that_is_closed_ends_the_far_program(far: FarEnd, start: Start, program: str) -> None:
    screen = start(program)
    screen.until_sees(*SIGHTS[program])
    screen.hang_up()
    until(lambda: not far.running(), "nothing left at the far end")


@PROGRAMS
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_in_a_pane_of_tmux_even_a_killed_ssh_leaves_a_sane_terminal(
    far: FarEnd, start: Start, tmp_path: Path, program: str, how: signal.Signals
) -> None:
    tmux = (need("tmux"), "-S", str(tmp_path / "tmux"), "-f", "/dev/null")
    screen = start(program, around=(*tmux, "new-session"))
    screen.until_sees(*SIGHTS[program])
    asked = subprocess.run([*tmux, "list-panes", "-F", "#{pane_pid}"], capture_output=True, text=True, check=True)
    os.kill(int(asked.stdout), how)
    assert screen.left() == 0
    until(screen.restored, "the terminal as it was")
    assert "CSI ?1049 l" in in_order(screen.raw)
    until(lambda: not far.running(), "nothing left at the far end")
