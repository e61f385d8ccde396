"""The stage: what is written, what is told to whom, and what is left behind: nothing."""

import base64
import contextlib
import json
import os
import stat
import tempfile
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from demo.stage import NoGateway, Stage, findable, furnish, gateway, passing_directory
from heard.client.finding import CannotTell, find_gateway, run_directory, run_files
from heard.errors import Exit

TOKEN = f"x.{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.x"
STAGE = Stage("http://127.0.0.1:1", "http://127.0.0.1:2", Path("unused"), {"grill": TOKEN}, 0)


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("speed", "heat"), [(1, [300, 480, 720]), (6, [50, 80, 120]), (60, [5, 8, 12]), (1000, [1])])
def test_heat_rises_with_the_evenings_speed_and_the_name_tells_it(
    tmp_path: Path, speed: float, heat: list[int]
) -> None:
    furnish(tmp_path / "new", speed)
    written = tomllib.loads((tmp_path / "new" / "heard.toml").read_text("utf-8"))
    assert written["stores"][0]["heat_s"] == heat
    assert written["stores"][0]["display_name"] == f"Friday Night Diner, {speed}x speed"


def test_a_directory_that_has_a_configuration_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "heard.toml").write_text("# mine")
    furnish(tmp_path, 6)
    assert (tmp_path / "heard.toml").read_text() == "# mine"
    assert not (tmp_path / "menu.toml").exists()


def the_run_file() -> Path:
    (only,) = run_files()
    return only


def found(url: str | None = None) -> str:
    return find_gateway(url, None, "s1", parts=("grill",), role="kitchen").url


def dead(name: str, url: str) -> Path:
    """What a demo leaves that was killed: its lock went with it."""
    run_directory().mkdir(exist_ok=True)
    path = run_directory() / name
    path.write_text(json.dumps({"url": url, "tokens": STAGE.tokens}))
    return path


def test_the_run_file_is_for_its_owner_alone_and_goes_with_the_demo(runtime: Path) -> None:
    with findable(STAGE):
        assert json.loads(the_run_file().read_text()) == {"url": STAGE.url, "store": "s1", "tokens": STAGE.tokens}
        assert stat.S_IMODE(the_run_file().stat().st_mode) == 0o600
        assert runtime in the_run_file().parents
    assert not list(run_directory().iterdir())


def test_of_two_demos_the_newest_that_lives_is_found_and_either_by_its_address(runtime: Path) -> None:
    later = replace(STAGE, url="http://127.0.0.1:9")
    with findable(STAGE):
        time.sleep(0.002)  # names are in the order of time, to the millisecond
        with findable(later):
            assert (found(), found(STAGE.url), found(f"{later.url}/")) == (later.url, STAGE.url, later.url)
        assert found() == STAGE.url
        with pytest.raises(CannotTell, match="needs a token"):
            found(later.url)
    with pytest.raises(CannotTell, match="needs a token"):
        found()


def test_a_demo_that_ends_before_a_later_one_leaves_that_ones_file_alone(runtime: Path) -> None:
    later = replace(STAGE, url="http://127.0.0.1:9")
    with contextlib.ExitStack() as others:
        with findable(STAGE):
            others.enter_context(findable(later))
        assert found() == later.url
    assert not run_files()


def test_a_demo_that_was_killed_is_not_found_and_its_file_goes_at_the_next_start(runtime: Path) -> None:
    left = dead("demo-f.json", "http://127.0.0.1:8")
    with pytest.raises(CannotTell, match="needs a token"):
        found()
    with findable(STAGE):
        assert not left.exists()
        assert found() == STAGE.url


def test_a_directory_whose_demo_was_killed_goes_at_the_next_start_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, unheld, precious = (tmp_path / name for name in ("heard-demo-1", "heard-demo-2", "precious"))
    for place in (killed, unheld, precious):
        place.mkdir()
        (place / "journal.db").write_text("")
    for place in (killed, precious):
        (place / "held").write_text("")
    (tmp_path / "heard-demo-3").symlink_to(precious)
    with passing_directory() as first, passing_directory() as second:
        assert first.is_dir()
        assert second.is_dir()
        assert not killed.exists()
        assert (unheld / "journal.db").exists()
        assert (precious / "journal.db").exists()
    assert not first.exists()


def test_without_a_runtime_directory_the_demo_is_merely_not_found(runtime: Path) -> None:
    (runtime / "heard").write_text("a file where a directory should be")
    with findable(STAGE):
        assert not run_files()


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
