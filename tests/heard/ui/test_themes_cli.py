"""`heard themes`: what there is, and whether it can be read."""

from __future__ import annotations

from importlib.resources import files

import pytest
from typer.testing import CliRunner

from heard.cli import build


@pytest.fixture
def heard(tmp_path):
    def run(*words):
        return CliRunner().invoke(build(["themes"]), ["themes", *words])

    return run


def text_of(name):
    return files("themes").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_the_shipped_themes_are_listed_and_pass(heard, tmp_path):
    listed = heard("list", "--directory", str(tmp_path))
    assert listed.stdout.split() == ["dark", "paper", "plain", "sixteen"]
    checked = heard("check", "--directory", str(tmp_path))
    assert checked.exit_code == 0
    assert len(checked.stdout.splitlines()) == 4


def test_a_theme_of_ones_own_is_listed_with_its_place_and_a_broken_one_with_its_fault(heard, tmp_path):
    (tmp_path / "mine.toml").write_text(text_of("dark").replace('"dark"', '"mine"', 1), encoding="utf-8")
    (tmp_path / "bad.toml").write_text("name = 'bad'", encoding="utf-8")
    listed = heard("list", "--directory", str(tmp_path))
    assert f"mine  ({tmp_path})" in listed.stdout
    assert "theme bad.toml was skipped" in listed.stderr
    assert heard("check", "--directory", str(tmp_path)).exit_code == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text, ""),
        (lambda text: text.replace("[edge]", "[ledge]"), "it has no section [edge]"),
        (lambda text: text.replace('text = "#d7dde4"', 'text = "#222222"'), "card.text has a contrast of 1.0:1"),
        (lambda _: "[", "it is no TOML"),
    ],
)
def test_a_file_is_checked_before_a_station_is_given_it(change, words, heard, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(change(text_of("dark")), encoding="utf-8")
    answer = heard("check", str(file))
    assert answer.exit_code == (1 if words else 0)
    assert words in answer.stderr


def test_a_file_that_is_not_there_is_a_sentence(heard, tmp_path):
    answer = heard("check", str(tmp_path / "none.toml"))
    assert answer.exit_code == 1
    assert "it cannot be read" in answer.stderr
