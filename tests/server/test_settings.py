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


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("HEARD_STORES", "{nonsense", 'a JSON list, like [{"id": "s1"}]'),
        ("HEARD_TRANSPORT__ORIGINS", "http://a", 'a JSON list, like ["http://a"]'),
        ("heard_transport__origins", "http://a, http://b", 'a JSON list, like ["http://a", "http://b"]'),
        ("HEARD_TRANSPORT__TRUSTED_PROXIES", "10.0.0.0/8", 'a JSON list, like ["10.0.0.0/8"]'),
        ("HEARD_TRANSPORT__ORIGINS", "[http://a", 'a JSON list, like ["one", "two"]'),
        ("HEARD_TRANSPORT", "strikes=3", 'a JSON object, like {"strikes": 10}; or set one variable for each key'),
    ],
)
def test_a_variable_that_must_be_json_is_named_with_what_to_write_instead(write, monkeypatch, name, said, remedy):
    monkeypatch.setenv(name, said)
    assert refused(write(STORE)) == f"{name}: must be {remedy}"


def test_a_list_in_a_variable_is_json(write, monkeypatch):
    monkeypatch.setenv("HEARD_TRANSPORT__ORIGINS", '["https://till.example"]')
    assert load_settings(write(STORE)).transport.origins == ("https://till.example",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[transport]\norigins = 'http://a'\n", 'transport.origins: must be a list, like ["http://a"]'),
        ("[transport]\norigins = {a = 1}\n", 'transport.origins: must be a list, like ["one", "two"]'),
        ("[transport]\nmax_connections = 2000000\n", "transport.max_connections: must be at most 1000000"),
        ("drain_s = 61\n", "drain_s: must be at most 60"),
        ("drain_s = nan\n", "drain_s: must be a number that is not nan and not inf, like 2.5"),
        ("drain_s = -inf\n", "drain_s: must be a number that is not nan and not inf, like 2.5"),
        ("drain_notice_s = '5'\n", "drain_notice_s: must be a number"),
        ("port = '5'\n", "port: must be a whole number"),
        ("port = true\n", "port: must be a whole number"),
        ("[transport]\nstrikes = '5'\n", "transport.strikes: must be a whole number"),
        ("log_level = 'loud'\n", "log_level: must be one of debug, info, warning, error"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_who_writes_settings(write, text, sentence):
    assert refused(write(text + STORE)).partition(": ")[2] == sentence


def test_an_age_in_quotes_is_no_number(write):
    assert "stores.0.heat_s.1: must be a whole number" in refused(write(STORE + "heat_s = [300, '400']\n"))


@pytest.mark.parametrize("origin", ["*", "https://shop.example/", "https://Shop.example", "shop.example"])
def test_what_is_no_origin_is_told_what_one_is(write, origin):
    said = refused(write(f"[transport]\norigins = ['{origin}']\n" + STORE))
    assert "like https://till.example or http://10.0.0.7:8080: all in small letters, nothing after the host" in said


def test_numbers_in_variables_are_numbers(write, monkeypatch):
    monkeypatch.setenv("HEARD_DRAIN_S", "2.5")
    monkeypatch.setenv("HEARD_TRANSPORT__STRIKES", " 7")
    settings = load_settings(write(STORE))
    assert (settings.drain_s, settings.transport.strikes) == (2.5, 7)


@pytest.mark.parametrize(
    ("name", "value"), [("HEARD_PORT", "1.5"), ("HEARD_DRAIN_S", "soon"), ("HEARD_DRAIN_S", "nan")]
)
def test_what_is_no_number_in_a_variable_is_refused(write, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert refused(write(STORE)).startswith(f"{name}: must be a ")


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
