"""Good ends and bad starts: a sentence and the right code, and never a traceback."""

import json
import signal
import socket
import sqlite3
import time

import pytest
import socketio

from tests.stories.conftest import Kitchen, Process, until

pytestmark = pytest.mark.story


# ── SIGTERM ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_sees_everyone_off_and_ends_well(kitchen, number):
    goodbyes: list = []
    clients = []
    for transport in ("websocket", "polling"):
        client = socketio.AsyncClient(reconnection=False)
        client.on("session:goodbye", goodbyes.append, namespace="/kds")
        await client.connect(
            kitchen.url, auth={"token": kitchen.token("expo")}, namespaces=["/kds"], transports=[transport]
        )
        clients.append(client)
    await kitchen.place("Burger")
    began = time.monotonic()
    kitchen.process.child.send_signal(number)
    assert await kitchen.process.ended() == 0
    assert time.monotonic() - began < 10
    await until(lambda: len(goodbyes) == 2)
    assert {(bye["code"], bye["number"], bye["reconnect"]) for bye in goodbyes} == {("shutdown", 3000, True)}
    assert all(0 < bye["retry_after_ms"] <= 5_000 for bye in goodbyes)
    for client in clients:
        await client.shutdown()
    events = [json.loads(line)["event"] for line in kitchen.process.err if line.startswith("{")]
    assert "draining" in events


async def test_an_order_that_is_acknowledged_before_the_end_is_there_after_it(kitchen):
    order = (await kitchen.place("Burger"))["order"]
    kitchen.process.child.terminate()
    assert await kitchen.process.ended() == 0
    await kitchen.http.close()
    await kitchen.start()
    assert await kitchen.order(order["id"]) == order


# ── The first start ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_empty_directory_is_all_it_takes(kitchen):
    said = "".join(line for line in kitchen.process.err if line.startswith("heard:"))
    for words in ("starter configuration", "tenant demo, store s1", "small menu", "signing key"):
        assert words in said
    assert kitchen.process.out == [f"ready {kitchen.url}\n", f"ops {kitchen.process.said('ops')}\n"]
    async with kitchen.http.get(f"{kitchen.process.said('ops')}/readyz") as answer:
        assert answer.status == 200


# ── Bad starts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(run, *words) -> tuple[int, str]:
    code, out, err = run(*words)
    assert out == ""
    sentences = [line for line in err.splitlines() if not line.startswith("{")]
    assert sentences[-1].startswith("heard: ")
    return code, err


def test_a_port_that_is_taken(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        code, said = refused(run, "serve", "--data", tmp_path / "data", "--port", number)
    assert (code, f"127.0.0.1:{number}" in said) == (75, True)


def test_a_directory_that_cannot_be_written(run, tmp_path):
    (tmp_path / "file").touch()
    code, said = refused(run, "serve", "--data", tmp_path / "file" / "data", "--port", 0)
    assert (code, str(tmp_path / "file") in said) == (73, True)


def test_a_directory_that_is_a_file(run, tmp_path):
    (tmp_path / "file").touch()
    assert refused(run, "serve", "--data", tmp_path / "file", "--port", 0)[0] == 73


async def test_a_directory_that_is_in_use(kitchen):
    second = Process("serve", "--data", kitchen.data, "--port", 0)
    code = await second.ended()
    said = "".join(second.err)
    assert (code, "journal.db" in said, second.out) == (73, True, [])
    await kitchen.place("Burger")


@pytest.mark.parametrize(
    "words", [("serve", "--port", 0), ("config", "check"), ("token", "--role", "pos", "--store", "s1")]
)
def test_a_configuration_with_an_unknown_key(run, tmp_path, words):
    path = tmp_path / "heard.toml"
    path.write_text('[[stores]]\nid = "s1"\ncolour = "red"\n')
    code, said = refused(run, *words, "--data", tmp_path)
    assert (code, f"{path}:3: stores.0.colour: is not a setting" in said) == (78, True)


def test_a_menu_with_a_station_that_is_not_there(run, tmp_path):
    (tmp_path / "heard.toml").write_text('[[stores]]\nid = "s1"\nmenu = "menu.toml"\n')
    (tmp_path / "menu.toml").write_text('[[dishes]]\nname = "Soup"\nstations = ["stove"]\n')
    code, said = refused(run, "serve", "--data", tmp_path, "--port", 0)
    assert (code, f"{tmp_path / 'menu.toml'}:3: " in said) == (78, True)


def test_a_token_without_an_installation(run, tmp_path):
    code, said = refused(run, "token", "--role", "pos", "--store", "s1", "--data", tmp_path / "nothing")
    assert (code, "there is no installation" in said) == (78, True)


def test_keys_that_others_may_read(run, tmp_path):
    assert run("token", "--role", "pos", "--store", "s1", "--data", tmp_path)[0] == 78
    (tmp_path / "heard.toml").write_text('[[stores]]\nid = "s1"\n')
    (tmp_path / "keys.json").write_text("{}")
    (tmp_path / "keys.json").chmod(0o644)
    code, said = refused(run, "serve", "--data", tmp_path, "--port", 0)
    assert (code, "chmod 600" in said) == (78, True)


@pytest.mark.parametrize(
    "words", [("serve", "--port", "many"), ("serve", "--port", "70000"), ("serve", "--nonsense"), ("nonsense",)]
)
def test_wrong_usage(run, tmp_path, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err


async def test_a_journal_written_by_a_newer_program(kitchen: Kitchen):
    kitchen.process.child.terminate()
    assert await kitchen.process.ended() == 0
    connection = sqlite3.connect(kitchen.data / "journal.db")
    with connection:
        connection.execute("UPDATE schema_version SET version = version + 998")
    connection.close()
    late = Process("serve", "--data", kitchen.data, "--port", 0)
    assert await late.ended() == 78
    assert "newer" in "".join(late.err)
