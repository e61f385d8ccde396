"""An empty data directory becomes an installation, once."""

import stat

import pytest

from server.keys import load_keys
from server.settings import load_houses, load_settings
from server.starter import prepare


def test_an_empty_directory_gets_a_configuration_a_menu_and_a_key(tmp_path):
    home = tmp_path / "deep" / "data"
    made = prepare(home)
    assert [words.split()[0] for words in made] == ["wrote", "wrote", "made"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    settings = load_settings(home / "heard.toml")
    house = load_houses(settings, home)["demo", "s1"]
    assert house.stations == ("grill", "fry", "cold", "expo")
    assert {dish.name: dish.stations for dish in house.dishes}.items() >= {
        "Burger": ("grill",), "Fries": ("fry",), "Salad": ("cold",),
    }.items()  # fmt: skip
    assert load_keys(home / "keys.json").active


def test_the_second_start_makes_nothing(tmp_path):
    prepare(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert prepare(tmp_path) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_an_operator_wrote_stays(tmp_path):
    (tmp_path / "heard.toml").write_text("port = 1\n")
    prepare(tmp_path)
    assert (tmp_path / "heard.toml").read_text() == "port = 1\n"
    assert not (tmp_path / "menu.toml").exists()


def test_a_menu_that_lies_there_is_kept_beside_a_starter_configuration(tmp_path):
    (tmp_path / "menu.toml").write_text("# mine\n")
    prepare(tmp_path)
    assert (tmp_path / "menu.toml").read_text() == "# mine\n"


def test_a_place_below_a_file_is_an_error_of_the_system(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        prepare(tmp_path / "file" / "data")
