"""An evening without a person, as a process: it counts, it notices, and it leaves nothing behind."""

import signal
import subprocess
from pathlib import Path

import pytest

from heard.errors import Exit
from tests.demo.evenings import DEMO, NOTHING, SHORT, environment, left_behind, run, summary
from tests.patience import PATIENCE_S
from tests.stories.processes import until

pytestmark = pytest.mark.story


def test_an_evening_ends_with_one_line_of_json_and_nothing_lost_or_doubled(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("raise SystemExit('not the server you wanted')")
    said = run(tmp_path, "--headless", "--for", "5", "--speed", "120", "--json")
    assert said.returncode == 0, said.stderr
    got = summary(said)
    assert (got["lost"], got["duplicates"]) == (0, 0), said.stderr
    assert got["orders"] >= 8
    assert got["completed"] >= 7
    assert got["tickets"] > got["orders"]
    assert got["bumps"] > got["completed"]
    assert {"changed", "added", "voided", "cancelled", "resent", "drops"} <= set(got)
    assert got["changed"] >= 1
    assert got["voided"] >= 1
    assert said.stderr.splitlines() == [said.stderr.strip()], "one line says what it does, and nothing ugly"
    assert {*got["order_to_glass_ms"]} == {*got["key_to_frame_ms"]} == {"p50", "p95", "p99"}
    assert 0 < got["order_to_glass_ms"]["p50"] < 10_000
    assert got["key_to_frame_ms"]["p50"] > 0
    assert "Traceback" not in said.stderr
    assert left_behind(tmp_path) == NOTHING


@pytest.mark.parametrize(
    ("how", "field", "words"),
    [("drop", "lost", ".expo was never shown whole"), ("double", "duplicates", "no guest sent it")],
)
def test_sabotage_is_noticed_and_told(tmp_path: Path, how: str, field: str, words: str) -> None:
    said = run(tmp_path, *SHORT, "--sabotage", how)
    assert said.returncode == Exit.NOT_SO
    assert summary(said)[field] == 1
    assert words in said.stderr
    assert left_behind(tmp_path) == NOTHING


def test_a_screen_whose_connection_drops_all_the_time_loses_nothing(tmp_path: Path) -> None:
    said = run(tmp_path, "--headless", "--for", "12", "--speed", "60", "--json", "--seed", "11")
    assert said.returncode == 0, said.stderr
    got = summary(said)
    assert got["drops"] >= 1
    assert (got["lost"], got["duplicates"]) == (0, 0)


def test_without_load_there_are_the_first_guests_only_and_a_table_for_a_person(tmp_path: Path) -> None:
    said = run(tmp_path, "--headless", "--for", "1", "--load", "0", "--data", str(tmp_path / "kept"), "--speed", "240")
    assert said.returncode == 0, said.stderr
    told = dict(line.split(maxsplit=1) for line in said.stdout.splitlines())
    assert (told["orders"], told["completed"], told["lost"], told["duplicates"]) == ("7", "7", "0", "0")
    assert (told["changed"], told["voided"], told["cancelled"]) == ("1", "1", "0")
    assert (tmp_path / "kept" / "journal.db").exists()
    assert left_behind(tmp_path) == NOTHING


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_demo_that_is_stopped_puts_everything_away(tmp_path: Path, number: signal.Signals) -> None:
    with _started(tmp_path) as demo:
        demo.send_signal(number)
        _, said = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 130
    assert said.endswith("heard: the evening ends early\n")
    assert "Traceback" not in said
    assert left_behind(tmp_path) == NOTHING


def test_a_demo_that_is_stopped_in_mid_service_puts_everything_away(tmp_path: Path) -> None:
    with _started(tmp_path) as demo:
        (journal,) = (tmp_path / "tmp").glob("heard-demo-*/journal.db-wal")
        until(lambda: journal.stat().st_size > 200_000, "some orders")
        demo.terminate()
        _, said = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 130
    assert "Traceback" not in said
    assert left_behind(tmp_path) == NOTHING


def test_the_gateway_of_a_demo_that_was_killed_ends_too(tmp_path: Path) -> None:
    with _started(tmp_path) as demo:
        demo.kill()
        demo.communicate(timeout=PATIENCE_S)
    until(lambda: not left_behind(tmp_path)[0], "the gateway's end")


def _started(home: Path) -> subprocess.Popen[str]:
    """A demo whose gateway is up."""
    demo = subprocess.Popen(
        [*DEMO, "--headless", "--for", "600", "--json"], env=environment(home), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: any((home / "tmp").glob("heard-demo-*/outbox-expo.db")), "the stations")
    return demo


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--station", "bar"], Exit.USAGE, "there is no station bar in the demo"),
        (["--screen", "bar"], Exit.USAGE, "heard: --screen bar is not one of station, expo, console"),
        ([*SHORT, "--sabotage", "fire"], Exit.USAGE, "heard: --sabotage fire is not one of drop, double"),
        ([], Exit.USAGE, "needs a terminal"),
        ([*SHORT, "--data", "file"], Exit.DATA_DIR, "cannot be written"),
        ([*SHORT, "--data", "broken"], Exit.BAD_CONFIG, "colour"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_a_code(tmp_path: Path, words: list[str], code: Exit, sentence: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "heard.toml").write_text('colour = "blue"\n')
    said = run(tmp_path, *words, cwd=tmp_path)
    assert (said.returncode, said.stdout) == (code, "")
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr
    assert left_behind(tmp_path) == NOTHING
