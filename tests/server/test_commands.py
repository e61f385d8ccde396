"""The commands of the gateway at a prompt: answers on stdout, sentences on stderr, codes that mean something."""

import asyncio
import json
import socket
import time

import jwt
import pytest

from heard import version
from heard.ids import new_id
from server.auth import Tokens
from server.keys import load_keys
from server.settings import load_settings
from server.starter import prepare
from tests.prompt import at_prompt
from tests.server.desk import logs_as_they_were


@pytest.fixture
def home(tmp_path):
    prepare(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def heard(capsys):
    def run(*words: object) -> tuple[int, str, str]:
        with logs_as_they_were():
            return at_prompt(capsys, *words)

    return run


# ── token ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def verified(home, token):
    return Tokens(load_keys(home / "keys.json"), {"demo"}, now=time.time, new_id=new_id).verify(token.strip())


def test_a_token_is_printed_and_nothing_else(heard, home):
    code, out, err = heard("token", "--role", "pos", "--store", "s1", "--data", home)
    assert (code, out.count("\n"), err) == (0, 1, "")
    who = verified(home, out)
    assert (who.role, who.stores, who.subject, who.tenant) == ("pos", ("s1",), "pos", "demo")


def test_a_cook_s_token_names_its_stations(heard, home):
    code, out, _ = heard(
        "token", "--role", "kitchen", "--store", "s1", "--station", "grill", "--station", "fry", "--data", home
    )
    assert (code, verified(home, out).stations) == (0, ("grill", "fry"))
    code, out, _ = heard("token", "--role", "kitchen", "--store", "s1", "--data", home)
    assert verified(home, out).stations == ("*",)


def test_only_an_admin_s_token_reaches_every_store(heard, home):
    code, out, err = heard("token", "--role", "pos", "--store", "*", "--data", home)
    assert (code, out) == (2, "")
    assert "only an admin reaches every store" in err
    code, out, _ = heard("token", "--role", "admin", "--store", "*", "--data", home)
    assert (code, verified(home, out).stores) == (0, ("*",))


def test_a_long_life_makes_a_device(heard, home):
    _, out, _ = heard(
        "token", "--role", "kitchen", "--store", "s1", "--ttl", "30d", "--subject", "box-1", "--data", home
    )
    claims = jwt.decode(out.strip(), options={"verify_signature": False})
    assert (claims["typ"], claims["device"], claims["exp"] - claims["iat"]) == ("device", "box-1", 30 * 86_400)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "king"], "roles are"), (["--store", "s9"], "there is no store s9"), (["--ttl", "0h"], "is no time"),
        (["--ttl", "91d"], "lives between"), (["--ttl", "soon"], "is no time"), (["--tenant", "x"], "no tenant x"),
        (["--station", "stove"], "there is no station stove"), (["--ttl", "13h", "--type", "user"], "lives between"),
        (["--type", "king"], "there is no type king"), (["--subject", "a b"], "subject"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused_in_a_sentence(heard, home, words, said):
    given = {"--role": "pos", "--store": "s1"} | dict(zip(words[::2], words[1::2], strict=True))
    code, out, err = heard("token", "--data", home, *(word for pair in given.items() for word in pair))
    assert (code, out) == (2, "")
    assert said in err


def test_no_installation_no_token(heard, tmp_path):
    code, out, err = heard("token", "--role", "pos", "--store", "s1", "--data", tmp_path / "nothing")
    assert (code, out) == (78, "")
    assert "there is no installation" in err


def test_where_two_tenants_are_served_one_must_be_named(heard, home):
    with (home / "heard.toml").open("a") as file:
        file.write('\n[[stores]]\nid = "s2"\ntenant = "rival"\n')
    code, _, err = heard("token", "--role", "pos", "--store", "s1", "--data", home)
    assert (code, "--tenant: demo, rival" in err) == (2, True)
    assert heard("token", "--role", "pos", "--store", "s2", "--tenant", "rival", "--data", home)[0] == 0


# ── config ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_configuration_is_ok(heard, home):
    code, out, _ = heard("config", "check", "--data", home)
    assert (code, out.splitlines()) == (0, ["demo/s1: 4 stations, 6 dishes, 3 rules", "ok"])


@pytest.mark.parametrize("words", [("config", "check"), ("config", "show"), ("serve",), ("journal", "stats")])
def test_an_unknown_key_is_named_by_file_and_line(heard, home, words):
    path = home / "heard.toml"
    path.write_text("prot = 1\n" + path.read_text())
    code, out, err = heard(*words, "--data", home)
    assert (code, out) == (78, "")
    assert f"{path}:1: prot: is not a setting" in err


def test_a_bad_menu_is_named_by_file_and_line(heard, home):
    path = home / "menu.toml"
    path.write_text('[[dishes]]\nname = "Soup"\nstations = ["stove"]\n')
    code, _, err = heard("config", "check", "--data", home)
    assert (code, f"{path}:3: " in err) == (78, True)


def test_a_configuration_that_is_not_there_is_bad(heard, tmp_path):
    for words in (("config", "check"), ("config", "show"), ("config", "check", "--config", tmp_path / "x.toml")):
        code, _, err = heard(*words, "--data", tmp_path)
        assert (code, "there is no such file" in err) == (78, True)


def test_what_is_in_force_is_shown_as_json(heard, home, monkeypatch):
    monkeypatch.setenv("HEARD_PORT", "1234")
    monkeypatch.setenv("HEARD_JOURNAL", "postgresql://heard:geheim@db/heard")
    code, out, _ = heard("config", "show", "--data", home)
    assert (code, json.loads(out)["port"], json.loads(out)["stores"][0]["id"]) == (0, 1234, "s1")
    redacted = heard("config", "show", "--redacted", "--data", home)[1]
    assert "geheim" not in redacted
    assert json.loads(redacted)["journal"] == "postgresql://***@db/heard"


# ── serve ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_fault_of_a_configuration_is_said_in_the_same_form(heard, home):
    path = home / "heard.toml"
    path.write_text("prot = 1\nhots = 2\n" + path.read_text())
    _, _, err = heard("serve", "--data", home)
    assert [line.startswith(f"heard: {path}:") for line in err.splitlines()] == [True, True]


def test_no_key_is_made_for_a_configuration_that_is_refused(heard, tmp_path):
    (tmp_path / "heard.toml").write_text("prot = 1\n")
    assert heard("serve", "--data", tmp_path)[0] == 78
    assert [path.name for path in tmp_path.iterdir()] == ["heard.toml"]


def test_a_configuration_elsewhere_that_is_refused_leaves_the_data_directory_alone(heard, tmp_path):
    (tmp_path / "other.toml").write_text("prot = 1\n")
    assert heard("serve", "--data", tmp_path / "data", "--config", tmp_path / "other.toml")[0] == 78
    assert not (tmp_path / "data").exists()


def test_no_key_is_made_for_options_that_are_refused(heard, tmp_path):
    assert heard("serve", "--data", tmp_path, "--ops", "nowhere")[0] == 2
    assert not (tmp_path / "keys.json").exists()


def test_an_unknown_journal_is_bad_configuration(heard, home):
    code, _, err = heard("serve", "--data", home, "--port", 0, "--journal", "mysql://x")
    assert (code, "mysql://x" in err) == (78, True)


def test_keys_that_others_may_read_are_bad_configuration(heard, home):
    (home / "keys.json").chmod(0o644)
    for words in (("serve", "--port", 0), ("token", "--role", "pos", "--store", "s1")):
        code, _, err = heard(*words, "--data", home)
        assert (code, "chmod 600" in err) == (78, True)


def test_a_host_that_is_none_is_bad_configuration(heard, home):
    code, _, err = heard("serve", "--data", home, "--port", 0, "--host", "no.such.host.invalid")
    assert (code, "no.such.host.invalid" in err) == (78, True)


def test_a_port_that_is_taken_says_how_to_choose_another(heard, home):
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, _, err = heard("serve", "--data", home, "--port", other.getsockname()[1])
    assert code == 75
    assert "somebody listens there already; stop that, or choose another with --port" in err


def test_a_data_directory_that_is_a_file_is_said(heard, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = heard("serve", "--data", tmp_path / "file")
    assert (code, "is no directory; give one with --data" in err) == (73, True)


def test_the_version_is_told_without_a_command(heard):
    assert heard("--version") == (0, f"heard {version()}\n", "")


def test_an_ops_address_that_is_none_is_wrong_usage(heard, home):
    code, _, err = heard("serve", "--data", home, "--ops", "nowhere")
    assert (code, "--ops: is no address" in err) == (2, True)


def test_a_journal_of_something_else_is_left_alone(heard, home):
    (home / "journal.db").write_bytes(b"this is no database at all, and quite long enough to say so" * 20)
    code, _, err = heard("serve", "--data", home, "--port", 0)
    assert (code, "journal.db" in err) == (73, True)
    assert (home / "journal.db").read_bytes().startswith(b"this is no database")


# ── journal ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def written(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    await desk.place("Burger", customer={"name": "Ann"})
    await desk.place("Fries")
    await desk.close()
    (desk.data / "heard.toml").write_text('[[stores]]\nid = "s1"\nmenu = "menu.toml"\n')
    return desk.data


async def at_a_prompt(heard, *words):
    """Commands have a loop of their own, so they run in a thread of their own."""
    return await asyncio.to_thread(heard, *words)


async def test_stats_tell_where_streams_stand(heard, written):
    code, out, _ = await at_a_prompt(heard, "journal", "stats", "--data", written)
    rows = json.loads(out)
    assert (code, rows["demo"]["s1/kds"]["seq"], rows["demo"]["s1/orders"]["seq"]) == (0, 4, 2)


async def test_an_export_is_the_stream_line_by_line(heard, written):
    code, out, _ = await at_a_prompt(heard, "journal", "export", "s1/orders", "--data", written)
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, [row["seq"] for row in rows], [row["name"] for row in rows]) == (0, [1, 2], ["order:created"] * 2)
    assert rows[0]["data"]["order"]["customer"]["name"] == "Ann"


@pytest.mark.parametrize("words", [["s1/nothing"], ["s1/kds", "--tenant", "nobody"]])
async def test_a_stream_that_is_not_there_is_said(heard, written, words):
    code, out, err = await at_a_prompt(heard, "journal", "export", *words, "--data", written)
    assert (code, out, "there is no stream" in err) == (1, "", True)


def test_the_settings_a_starter_writes_are_the_defaults(home):
    assert load_settings(home / "heard.toml").port == 8787
