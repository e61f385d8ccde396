"""`heard console`: what is said, on which stream, and with which code it leaves."""

from __future__ import annotations

import base64
import json
import sys
import types

import pytest
from typer.testing import CliRunner

from console import commands
from console.feed import OpsFeed
from heard.client import finding
from heard.client.alive import held
from heard.client.links.base import LinkDown
from heard.contract.ops import ClosedRow
from heard.errors import Forbidden
from heard.ui.themes import own_themes
from tests.console.stand_in import NOON, OpsGateway, row, sample

SECRET = "canary5ecret"  # noqa: S105 - none


def a_token(**claims):
    middle = base64.urlsafe_b64encode(json.dumps({"stores": ["s1"], "role": "viewer"} | claims).encode()).decode()
    return f"x.{middle.rstrip('=')}.{SECRET}"


@pytest.fixture
def gateway(monkeypatch):
    one = OpsGateway(row("c1"), row("c2", subject="anna", role="expo", stations=()))
    one.tokens, one.soon = [], [sample()]

    def feed(found):
        one.tokens.append(found.token)
        return OpsFeed(one.link, found.store, token=found.token)

    monkeypatch.setattr(commands, "_feed", feed)
    return one


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `heard console` with these words: code, stdout, stderr."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("heard.ui.terminal.log_to", lambda _: None)
    token = tmp_path / "token"
    token.write_text(a_token())

    def run_it(*words, typed=None, with_token=True):
        given = ["--token", str(token)] if with_token else []
        told = CliRunner().invoke(commands.console, [*given, *words], input=typed)
        assert SECRET not in told.output
        return told.exit_code, told.stdout, told.stderr

    return run_it


def test_json_is_one_line_and_nothing_else(run, gateway):
    code, out, err = run("--once", "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert [one["subject"] for one in json.loads(out)["connections"]] == ["anna", "grill-1"]


def test_a_filter_keeps_what_it_says(run, gateway):
    code, out, _ = run("--once", "--csv", "--filter", "role:expo")
    assert (code, [line.partition(",")[0] for line in out.splitlines()]) == (0, ["connection", "c2"])


def test_people_get_a_table(run, gateway):
    code, out, _ = run("--once")
    assert (code, out.splitlines()[1].split()[:2]) == (0, ["anna", "expo"])
    assert "audit (0)" in run("--once", "--show", "all")[1]


def test_people_are_told_what_is_wrong_before_the_table_and_a_csv_is_only_the_table(run, gateway):
    ended = row("c9", subject="fry-1", stations=("fry",)).as_wire()
    names = ("connection", "subject", "role", "stations", "address", "transport", "since")
    left = {name: ended.get(name, "") for name in names} | {"until": NOON, "code": "no_pong", "sentence": "gone"}
    gateway.snapshot = gateway.snapshot.model_copy(update={"closed": [ClosedRow.model_validate(left)]})
    assert run("--once")[1].splitlines()[0].startswith("!! nobody at fry; gone: fry-1 (fry) no_pong")
    assert "nobody at" in run("--once", "--json")[1]
    assert "nobody at" not in run("--once", "--csv")[1] + run("--once", "--show", "errors")[1]


def test_a_token_may_come_from_stdin(run, gateway):
    code, out, _ = run("--once", "--json", "--token", "-", typed=a_token() + "\n", with_token=False)
    assert (code, json.loads(out)["store"]) == (0, "s1")
    assert gateway.tokens == [a_token()]


def test_a_demo_on_this_machine_is_found_with_the_operators_token(run, gateway, tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "run_directory", lambda: tmp_path)
    tokens = {"till": a_token(role="pos"), "viewer": a_token(), "operator": a_token(role="operator")}
    with held(tmp_path / "demo-1.json", json.dumps({"url": "http://d:5", "tokens": tokens})):
        assert run("--once", "--json", with_token=False)[0] == 0
    assert gateway.tokens == [tokens["operator"]]


def test_a_till_of_a_demo_is_nobody_to_the_console(run, tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "run_directory", lambda: tmp_path)
    tokens = {"till": a_token(role="pos")}
    with held(tmp_path / "demo-1.json", json.dumps({"url": "http://d:5", "tokens": tokens})):
        code, out, err = run("--once", with_token=False)
    assert (code, out) == (2, "")
    assert "heard token --role operator" in err


def test_a_gateway_that_is_away(run, gateway):
    gateway.refusal = LinkDown("no gateway at http://h")
    assert run("--once", "--json") == (69, "", "heard: no gateway at http://h\n")


def test_a_role_that_may_not(run, gateway):
    gateway.refusal = Forbidden("role pos does not hear ops")
    code, out, err = run("--once", "--csv")
    assert (code, out) == (77, "")
    assert err.startswith("heard: role pos does not hear ops: ask for a token with role ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--once", "--filter", "colour:red"), "no column colour"),
        (("--once", "--json", "--csv"), "not both"),
        (("--once", "--show", "weather"), "--show is one of connections, closed"),
        (("--once", "--csv", "--show", "all"), "one table"),
        (("--json",), "go with --once"),
        (("--once", "--server", "nonsense"), "no address of a gateway"),
        (("--filter", "role:expo"), "needs a terminal"),
        (("--filter", "colour:red"), "no column colour"),
        (("--once", "--language", "klingon"), "there is no language klingon"),
    ],
)
def test_wrong_usage_is_a_sentence_before_anybody_is_asked(run, gateway, words, said):
    code, out, err = run(*words)
    assert (code, out, said in err) == (2, "", True), err
    assert not gateway.tokens


def test_a_token_from_stdin_leaves_nothing_to_take_keys_from(run, gateway, monkeypatch):
    monkeypatch.setattr("heard.ui.terminal.keys_from_terminal", lambda: False)
    code, _, err = run("--token", "-", typed=a_token(), with_token=False)
    assert (code, "no terminal to take keys from" in err) == (2, True)


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_be_painted_on_is_a_sentence_with_a_way_out(run, gateway, monkeypatch, term):
    monkeypatch.setattr("heard.ui.terminal.has_tty", lambda: True)
    monkeypatch.setenv("TERM", term)
    code, _, err = run()
    assert (code, "cannot paint on a terminal" in err, "--linear" in err) == (2, True, True)
    assert not gateway.tokens


@pytest.mark.parametrize(("words", "mouse"), [((), True), (("--no-mouse",), False)])
def test_the_screen_gets_what_was_asked_for_and_the_link_ends_with_it(run, gateway, monkeypatch, words, mouse):
    seen = {}

    class Screen:
        return_code = 3

        def __init__(self, feed, settings, **more):
            seen.update(feed=feed, settings=settings, **more)

        def run(self, *, mouse):
            seen["mouse"] = mouse

    monkeypatch.setattr("heard.ui.terminal.has_tty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setitem(sys.modules, "console.app", types.SimpleNamespace(ConsoleApp=Screen))
    code, _, err = run("--filter", "role:expo", "--theme", "plain", "--interval", "2.5", *words)
    assert (code, err) == (3, "")
    settings = seen["settings"]
    assert (settings.filter, settings.theme, settings.interval_s, seen["mouse"]) == ("role:expo", "plain", 2.5, mouse)
    assert settings.themes == own_themes()
    assert seen["server"] == "http://127.0.0.1:8787"
    assert seen["feed"].status.reason == "stopped"


def test_reading_along_needs_no_terminal_to_paint_on(run, gateway, monkeypatch):
    monkeypatch.setattr("console.linear.run", lambda _, words: len(words.language))
    monkeypatch.setenv("TERM", "dumb")
    assert run("--linear", "--language", "de")[0] == 2
