"""Both screens without a screen: lines through pipes and dumb terminals, over a real gateway."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heard.errors import Exit
from tests.patience import PATIENCE_S
from tests.stories.processes import HEARD, GatewayProcess, own_directories, until
from tests.stories.talk import Talk
from tests.stories.terminal import Terminal, controls, families

pytestmark = pytest.mark.story

HOSTILE = "A\x1b]52;c;aGVhcmQ=\x07B\x1b[2J\x9b31m\nNew: 9: forged [/red]"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway")) as one:
        yield one


Words = Callable[..., list[str]]


@pytest.fixture
def station(gateway: GatewayProcess, tmp_path: Path) -> Words:
    """The command of a station."""

    def words(name: str, *options: str) -> list[str]:
        paper = tmp_path / "token"
        paper.write_text(gateway.token("expo"))
        return [*HEARD, "kds", "--server", gateway.url, "--token", str(paper), "--station", name, *options]

    return words


def test_a_cook_who_reads_lines_hears_an_order_and_is_done_with_it(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    till = gateway.pos()
    with Talk(station("grill", "--linear"), own_directories(tmp_path)) as talk:
        talk.hears("Link: live.")
        talk.hears("h for help")
        burger = {"name": "Burger [no nuts]", "qty": "2", "notes": [{"text": HOSTILE}], "station_hint": ["grill"]}
        order = till.place(burger, allergies=[{"code": "nuts"}])
        line = talk.hears("New: ", f"#{order['display_no']}")
        assert line.index("ALLERGY nuts") < line.index("2 Burger [no nuts]")
        number = line.split()[1].rstrip(":")
        talk.types(f"{number} b")
        until(lambda: till.status(order) == "ready", "the bump at the gateway")
        talk.hears("Done: ", f"#{order['display_no']}")
        talk.types("u")
        talk.hears("Back: ", f"#{order['display_no']}")
        until(lambda: till.status(order) == "in_progress" or till.status(order) == "received", "the undo")
        talk.types("q")
        assert talk.left() == 0
    assert not families(talk.raw.decode())
    assert controls(talk.raw.decode()) <= {"\n"}
    assert not [line for line in talk.lines if line.startswith("New: 9")]


def test_the_pass_hears_every_station_and_hands_over_dish_by_dish(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    till, home = gateway.pos(), own_directories(tmp_path)
    with Talk(station("grill", "--linear"), home) as grill, Talk(station("expo", "--linear"), home) as expo:
        grill.hears("h for help")
        expo.hears("h for help")
        steak = {"name": "Steak", "qty": "1", "station_hint": ["grill"]}
        order = till.place(steak, {"name": "Bread", "qty": "2", "station_hint": ["grill"]})
        label = f"#{order['display_no']}"
        card = expo.hears("New: ", label).split()[1].rstrip(":")
        number = grill.hears("New: ", label).split()[1].rstrip(":")
        grill.types(f"{number}.2 b")
        grill.hears(label, "2 Bread, done")
        expo.hears(label, "2 Bread, grill done")
        before = expo.types(f"{card}.1 b")
        expo.hears("grill still has 1", after=before)
        before = expo.types(f"{card}.2 b")
        expo.hears(label, "2 Bread, handed over", after=before)
        grill.types(f"{number} b")
        expo.hears("Ready: ", label)
        expo.types(f"{card} b")
        expo.hears("Done: ", label)
        until(lambda: till.status(order) == "completed", "the order handed over")
        before = expo.types("d")
        listed = expo.hears(label, "1 Steak, 2 Bread", after=before).split(":")[0]
        expo.types(f"{listed} r")
        expo.hears("Back: ", label)
        until(lambda: till.status(order) != "completed", "the recall at the gateway")
        for talk in (grill, expo):
            talk.types("q")
            assert talk.left() == 0
            assert controls(talk.raw.decode()) <= {"\n"}


def test_a_station_in_lines_that_cannot_be_heard_says_so_rings_the_bell_and_remembers_its_volume(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    till = gateway.pos()
    environ = own_directories(tmp_path) | {"HEARD_KDS_SOUND__THROUGH": "none"}
    with Terminal(station("grill", "--linear"), environ, size=(120, 40), term="dumb") as screen:
        screen.until_sees("Link: live.", "SOUND OFF: ")
        assert "\a" not in screen.raw
        order = till.place("Burger")
        screen.until_sees("New: ", f"#{order['display_no']}")
        until(lambda: "\a" in screen.raw, "the bell")
        screen.press("<\r<\r")
        screen.until_sees("volume 60 %; SOUND OFF")
        screen.press("Q\r")
        assert screen.left() == 0
    assert controls(screen.raw) <= {"\r", "\n", "\a"}
    with Terminal(station("grill", "--linear"), environ, size=(120, 40), term="dumb") as again:
        again.until_sees("Link: live.")
        again.press("<\r")
        again.until_sees("volume 50 %")
        again.press("q\r")
        assert again.left() == 0


def test_the_end_of_the_input_is_the_end_and_what_was_typed_before_it_is_done(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    till = gateway.pos()
    order = till.place("Burger")
    with Talk(station("grill", "--linear"), own_directories(tmp_path)) as talk:
        number = talk.hears(f"#{order['display_no']}").split(":")[0].split()[-1]
        assert talk.process.stdin is not None
        talk.process.stdin.write(f"{number} b\n".encode())
        talk.process.stdin.close()
        assert talk.process.wait(PATIENCE_S) == 0
    with Talk(station("grill", "--linear"), own_directories(tmp_path)) as again:
        again.hears("Link: live.")
        until(lambda: till.status(order) == "ready", "what the outbox kept")


def test_a_gateway_that_goes_away_is_said_and_what_is_done_meanwhile_is_kept(
    gateway: GatewayProcess, tmp_path: Path
) -> None:
    from tests.stories.proxy import Proxy

    till = gateway.pos()
    order = till.place("Burger")
    (tmp_path / "token").write_text(gateway.token("expo"))
    with Proxy(gateway.url) as link:
        words = [
            *HEARD,
            "kds",
            "--server",
            link.url,
            "--token",
            str(tmp_path / "token"),
            "--station",
            "grill",
            "--linear",
        ]
        with Talk(words, own_directories(tmp_path)) as talk:
            number = talk.hears(f"#{order['display_no']}").split(":")[0].split()[-1]
            link.cut()
            talk.hears("Link: offline.")
            talk.types(f"{number} b")
            talk.hears("Done: ")
            before = talk.types("")
            talk.hears("1 command is not sent yet.", after=before)
            before = len(talk.lines)
            link.resume()
            talk.hears("Link: live.", after=before)
            until(lambda: till.status(order) == "ready", "the bump at the gateway")
            talk.types("q")
            assert talk.left() == 0


@pytest.mark.parametrize("term", ["dumb", "vt100"])
def test_a_terminal_that_only_prints_gets_nothing_but_lines(
    gateway: GatewayProcess, station: Words, tmp_path: Path, term: str
) -> None:
    with Terminal(station("grill", "--linear", "--language", "de"), own_directories(tmp_path), term=term) as screen:
        screen.until_sees("Verbindung: steht.", "Posten grill.")
        screen.press("h\r")
        screen.until_sees("s: Start: bin dran", "q: Ende")
        screen.press("q\r")
        assert screen.left() == 0
    assert not families(screen.raw)
    assert controls(screen.raw) <= {"\r", "\n"}


def test_a_dumb_terminal_is_told_of_the_lines(station: Words, tmp_path: Path) -> None:
    with Terminal(station("grill"), own_directories(tmp_path), term="dumb") as screen:
        assert screen.left() == Exit.USAGE
    assert "heard kds --linear" in screen.raw.replace("\r\n", " ")


def test_an_operator_who_reads_lines_throws_a_station_off(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    paper = tmp_path / "operator"
    paper.write_text(gateway.token("operator"))
    console = [*HEARD, "console", "--server", gateway.url, "--token", str(paper), "--linear"]
    home = own_directories(tmp_path)
    with Talk(station("grill", "--linear"), home) as cook, Talk(console, home) as talk:
        cook.hears("Link: live.")
        talk.hears("s1: live.")

        def listed() -> bool:
            talk.types("list role:expo")
            return any("role expo" in line for line in talk.lines)

        until(listed, "the station in the list")
        number = talk.hears("role expo").split(":")[0]
        talk.types(f"disconnect {number} wrong kitchen")
        talk.hears("wrong kitchen", "Type yes")
        talk.types("yes")
        talk.hears("thrown off: ")
        cook.hears("Link: the gateway refuses this station.", "wrong kitchen", "t tries again")
        cook.hears("Link: live.", after=cook.types("t"))
        talk.types("quit")
        assert talk.left() == 0
    assert not families(talk.raw.decode())
    assert controls(talk.raw.decode()) <= {"\n"}


def test_one_that_nobody_reads_any_more_still_leaves_when_told(
    gateway: GatewayProcess, station: Words, tmp_path: Path
) -> None:
    environ = own_directories(tmp_path) | {"TERM": "dumb"}
    with subprocess.Popen(
        station("grill", "--linear"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline()
        handle = process.stdout.fileno()
        process.stdin.write(b"h\n" * 2_000)
        process.stdin.flush()
        until(lambda: _unread(handle) > 60_000, "a full pipe")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def _unread(handle: int) -> int:
    """How many bytes wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(handle, termios.FIONREAD, bytes(4)), sys.byteorder)
