"""Settings: a file under the environment under the command line; whatever is wrong is named by file and line."""

from pathlib import Path

import pytest

from heard.config import BadConfig
from server.settings import load_houses, load_settings

STORE = '[[stores]]\nid = "s1"\n'


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("HEARD_PORT", "HEARD_HOST", "HEARD_OPS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write(tmp_path):
    def writing(text: str, name: str = "heard.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return writing


def refused(path: Path, **overrides) -> str:
    with pytest.raises(BadConfig) as wrong:
        load_houses(load_settings(path, overrides), path.parent)
    return str(wrong.value)


def test_one_store_is_all_a_file_must_name(write):
    settings = load_settings(write(STORE))
    assert (settings.host, settings.port, settings.journal) == ("127.0.0.1", 8787, "sqlite:///journal.db")
    assert settings.stores[0].tenant == "demo"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("port = 1\nprot = 2\n" + STORE, 2, "prot"),
        (STORE + 'nmae = "x"\n', 3, "nmae"),
        (STORE + STORE.replace("s1", "s2") + "heat = [1]\n", 5, "heat"),
        (STORE + "\n[transport]\n# a word\nping = 3\n", 6, "ping"),
        ("[nonsense]\nx = 1\n" + STORE, 1, "nonsense"),
        ("transport.ping = 3\n" + STORE, 1, "transport.ping"),
        ("port = 99999\n" + STORE, 1, "port"),
        ("port = 'x'\n" + STORE, 1, "port"),
        ("\nops = 'nowhere'\n" + STORE, 2, "ops"),
        ("ops = '127.0.0.1:70000'\n" + STORE, 1, "ops"),
        ("log_level = 'loud'\n" + STORE, 1, "log_level"),
        ("drain_s = 0\n" + STORE, 1, "drain_s"),
        ("drain_notice_s = -1\n" + STORE, 1, "drain_notice_s"),
        ("journal_readers = 0\n" + STORE, 1, "journal_readers"),
        ("[transport]\nmax_connections = 0\n" + STORE, 2, "max_connections"),
        ("[transport]\norigins = ['*']\n" + STORE, 2, "origins"),
        ("[transport]\norigins = ['null']\n" + STORE, 2, "origins"),
        ("[transport]\norigins = ['https://shop.example/']\n" + STORE, 2, "origins"),
        ("[transport]\norigins = ['https://Shop.example']\n" + STORE, 2, "origins"),
        ("[transport]\ntrusted_proxies = ['10.0.0.0/99']\n" + STORE, 2, "trusted_proxies"),
        ('[[stores]]\nid = "S 1"\n', 2, "id"),
        ('[[stores]]\nid = "user"\n', 2, "reserved"),
        ('port = 1\n\n[[stores]]\ntenant = "demo"\n', 3, "id"),
        (STORE + 'timezone = "Moon/Crater"\n', 3, "timezone"),
        (STORE + 'day_starts = "25:00"\n', 3, "day_starts"),
        (STORE + "heat_s = [300, 200]\n", 1, "heat_s"),
        (STORE + 'stations = ["grill"]\n', 1, "default_station"),
        (STORE + 'gating = "sometimes"\n', 3, "gating"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(write, text, line, key):
    path = write(text)
    said = refused(path)
    assert said.startswith(f"{path}:{line}: "), said
    assert key in said


def test_an_unknown_key_points_at_the_reference(write):
    assert "is not a setting; see docs/reference/settings.md" in refused(write("prot = 2\n" + STORE))


def test_every_fault_has_a_line_of_its_own(write):
    path = write("prot = 2\nhots = 3\n" + STORE)
    assert [line.split(": ")[0] for line in refused(path).splitlines()] == [f"{path}:1", f"{path}:2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs at least one [[stores]]"), (STORE + STORE, "two stores have one id"), ("port = = 1", "is not TOML"),
        ("port = 1\nport = 2\n", "is not TOML"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_configuration_says_why(write, text, words):
    assert words in refused(write(text))


def test_a_file_that_is_not_there_says_so(tmp_path):
    assert "there is no such file" in refused(tmp_path / "heard.toml")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"port = '\xff'"])
def test_a_file_that_is_no_text_says_so(tmp_path, content):
    (tmp_path / "heard.toml").write_bytes(content)
    assert "cannot be read" in refused(tmp_path / "heard.toml")


def test_the_environment_goes_over_the_file_and_the_command_line_over_both(write, monkeypatch):
    path = write("port = 1\nhost = 'file'\nlog_level = 'error'\n[transport]\nping_interval_ms = 200\n" + STORE)
    monkeypatch.setenv("HEARD_PORT", "2")
    monkeypatch.setenv("HEARD_HOST", "environment")
    monkeypatch.setenv("HEARD_TRANSPORT__PING_TIMEOUT_MS", "300")
    settings = load_settings(path, {"host": "command line"})
    assert (settings.port, settings.host, settings.log_level) == (2, "command line", "error")
    assert (settings.transport.ping_interval_ms, settings.transport.ping_timeout_ms) == (200, 300)


def test_a_wrong_variable_is_blamed_not_the_file(write, monkeypatch):
    monkeypatch.setenv("HEARD_PORT", "many")
    assert refused(write("port = 1\n" + STORE)).startswith("HEARD_PORT: ")


def test_a_wrong_nested_variable_is_blamed_not_the_file(write, monkeypatch):
    monkeypatch.setenv("HEARD_TRANSPORT__PING_TIMEOUT_MS", "soon")
    assert refused(write(STORE)).startswith("HEARD_TRANSPORT__PING_TIMEOUT_MS: ")


def test_a_variable_that_is_not_json_where_it_must_be_is_a_sentence(write, monkeypatch):
    monkeypatch.setenv("HEARD_STORES", "{nonsense")
    assert refused(write(STORE)).startswith("the environment: ")


def test_a_variable_of_no_setting_is_somebody_elses(write, monkeypatch):
    monkeypatch.setenv("HEARD_SHARED", "/somewhere")
    assert load_settings(write(STORE)).port == 8787


def test_a_wrong_option_is_blamed_not_the_file(write):
    assert refused(write(STORE), ops="nowhere").startswith("--ops: ")


# ── Menus ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_menu_is_read_beside_the_settings(write):
    path = write(STORE + 'menu = "menu.toml"\n')
    write(
        '[[dishes]]\nname = "Soup"\nstations = ["cold", "expo"]\n[[rules]]\ncategory = "c"\nstations = ["fry"]\n',
        "menu.toml",
    )
    house = load_houses(load_settings(path), path.parent)["demo", "s1"]
    assert [dish.name for dish in house.dishes] == ["Soup"]
    assert len(house.rules) == 1


def test_a_store_needs_no_menu(write):
    path = write(STORE)
    assert load_houses(load_settings(path), path.parent)["demo", "s1"].dishes == ()


DISH = '[[dishes]]\nname = "Soup"\nstations = ["cold"]\n'


@pytest.mark.parametrize(
    ("menu", "line", "words"),
    [
        (DISH + '[[dishes]]\nname = "Stew"\nstations = ["stove"]\n', 6, "there is no station stove"),
        (DISH + '[[rules]]\ncategory = "x"\nstations = ["stove"]\n', 6, "there is no station stove"),
        (DISH + '[[dishes]]\nname = "Stew"\nstation = "cold"\n', 6, "station"),
        (DISH + "[[dishes]]\nsku = '1'\n", 4, "name"),
        (DISH + "prep_seconds = -1\n", 4, "prep_seconds"),
        (DISH + "stations_typo = 1\n", 4, "stations_typo"),
        (DISH + '[[rules]]\nstations = ["cold"]\n', 4, "needs a condition"),
        ("[[plates]]\nname = 'x'\n", 1, "plates"),
        ('stations = ["grill"]\n' + DISH, 1, "stations"),
        ("dishes = 7\n", 1, "dishes"),
        ("rules = ['x']\n", 1, "rules"),
    ],
)
def test_what_is_wrong_in_a_menu_is_named_by_file_and_line(write, menu, line, words):
    path, file = write(STORE + 'menu = "menu.toml"\n'), write(menu, "menu.toml")
    said = refused(path)
    assert said.startswith(f"{file}:{line}: "), said
    assert words in said


def test_a_menu_that_is_not_there_says_so(write):
    assert "menu.toml: there is no such file" in refused(write(STORE + 'menu = "menu.toml"\n'))
