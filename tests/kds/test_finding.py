"""Where the gateway is: options, then a demo's run file, else a sentence."""

from __future__ import annotations

import base64
import json

import pytest

from heard.client import finding
from heard.client.alive import held
from heard.client.finding import CannotTell
from kds.finding import find


def a_token(**claims):
    return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.y"


def test_store_and_station_come_from_the_token(tmp_path):
    file = tmp_path / "tok"
    file.write_text(a_token(stores=["s1"], stations=["grill"], role="kitchen") + "\n")
    place = find("http://h:1/", file, None)
    assert (place.url, place.store, place.station, place.token) == ("http://h:1", "s1", "grill", file)


def test_an_expo_token_stands_at_expo_unless_told_otherwise():
    token = a_token(stores=["s1"], stations=["*"], role="expo")
    assert find("http://h", token, None).station == "expo"
    assert find("http://h", token, "grill").station == "grill"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("nonsense", "no token"),
        (a_token(stores=["*"], role="admin"), "--store"),
        (a_token(stores=["s1"], role="kitchen", stations=["a", "b"]), "--station"),
    ],
)
def test_what_is_missing_is_said(token, words):
    with pytest.raises(CannotTell, match=words):
        find("http://h", token, None)


def test_without_a_token_a_demo_on_this_machine_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "run_directory", lambda: tmp_path)
    with pytest.raises(CannotTell, match="heard demo"):
        find(None, None, "grill")
    token = a_token(stores=["s1"], stations=["grill"], role="kitchen")
    with held(tmp_path / "demo-1.json", json.dumps({"url": "http://d:5", "tokens": {"grill": token}})):
        place = find(None, None, "grill")
    assert (place.url, place.station, place.token) == ("http://d:5", "grill", token)


def test_a_token_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(CannotTell, match="cannot read"):
        find("http://h", tmp_path / "none", None)


@pytest.mark.parametrize(
    "address", ["localhost:8787", "ftp://h", "http://", "http://h:x", "http://h:99999", "nonsense"]
)
def test_an_address_that_is_none_is_a_sentence_before_anything_is_tried(address):
    with pytest.raises(CannotTell, match=r"write it like http://127\.0\.0\.1:8787"):
        find(address, a_token(stores=["s1"], role="expo"), None)


def test_a_machine_without_a_runtime_directory_warns_no_cook(monkeypatch, recwarn):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert finding.run_directory().name
    assert not recwarn.list
