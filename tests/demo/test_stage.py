"""The stage: what is written, what is told to whom, and what is left behind: nothing."""

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from demo.stage import NoGateway, Stage, findable, furnish, gateway
from heard.client.finding import run_file
from heard.errors import Exit

STAGE = Stage("http://127.0.0.1:1", "http://127.0.0.1:2", Path("unused"), {"grill": "token"}, 0)


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("speed", "heat"), [(1, [300, 480, 720]), (6, [50, 80, 120]), (60, [5, 8, 12]), (1000, [1])])
def test_heat_rises_as_fast_as_the_evening_goes(tmp_path: Path, speed: float, heat: list[int]) -> None:
    furnish(tmp_path / "new", speed)
    written = tomllib.loads((tmp_path / "new" / "heard.toml").read_text("utf-8"))
    assert written["stores"][0]["heat_s"] == heat


def test_a_directory_that_has_a_configuration_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "heard.toml").write_text("# mine")
    furnish(tmp_path, 6)
    assert (tmp_path / "heard.toml").read_text() == "# mine"
    assert not (tmp_path / "menu.toml").exists()


def test_the_run_file_is_for_its_owner_alone_and_goes_with_the_demo(runtime: Path) -> None:
    with findable(STAGE):
        assert json.loads(run_file().read_text()) == {"url": STAGE.url, "store": "s1", "tokens": STAGE.tokens}
        assert stat.S_IMODE(run_file().stat().st_mode) == 0o600
        assert runtime in run_file().parents
    assert not run_file().exists()


def test_a_link_somebody_left_in_place_of_the_run_file_is_not_followed(runtime: Path) -> None:
    victim = runtime / "victim"
    victim.write_text("precious")
    run_file().parent.mkdir()
    run_file().symlink_to(victim)
    with findable(STAGE):
        assert not run_file().is_symlink()
    assert victim.read_text() == "precious"


def test_the_run_file_of_a_demo_started_later_is_left_alone(runtime: Path) -> None:
    later = Stage("http://127.0.0.1:9", "", Path("unused"), {}, 0)
    with findable(STAGE):
        theirs = findable(later)
        theirs.__enter__()
    assert json.loads(run_file().read_text())["url"] == later.url
    theirs.__exit__(None, None, None)
    assert not run_file().exists()


def test_without_a_runtime_directory_the_demo_is_merely_not_found(runtime: Path) -> None:
    (runtime / "heard").write_text("a file where a directory should be")
    with findable(STAGE):
        assert not run_file().exists()


async def test_a_gateway_runs_while_the_block_lasts_with_a_token_for_each_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARD_JOURNAL", f"sqlite:///{tmp_path}/production.db")
    monkeypatch.setenv("HEARD_ISSUER", "somebody else")
    async with gateway(tmp_path / "data", 6) as stage:
        os.kill(stage.pid, 0)
        assert stage.url.startswith("http://127.0.0.1:")
        assert set(stage.tokens) == {"till", "viewer", "operator", "grill", "fry", "cold", "expo"}
    with pytest.raises(ProcessLookupError):
        os.kill(stage.pid, 0)
    assert not (tmp_path / "production.db").exists()
    assert (tmp_path / "data" / "journal.db").exists()


async def test_a_gateway_that_cannot_start_says_why_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "heard.toml").write_text('colour = "blue"\n')
    with pytest.raises(NoGateway, match=r"did not start: .*heard\.toml.*colour") as no:
        async with gateway(tmp_path, 6):
            raise AssertionError
    assert no.value.code == Exit.BAD_CONFIG


async def test_a_directory_another_gateway_uses_is_named_in_the_refusal(tmp_path: Path) -> None:
    async with gateway(tmp_path, 6):
        with pytest.raises(NoGateway) as no:
            async with gateway(tmp_path, 6):
                raise AssertionError
    assert no.value.code == Exit.DATA_DIR
