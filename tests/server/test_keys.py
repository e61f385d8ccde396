"""Signing keys: made once, readable by their owner alone, refused otherwise."""

import json
import stat

import pytest

from server.keys import BadKeys, create_keys, load_keys

GOOD = "x" * 32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


def write(path, content, mode=0o600):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)


def row(**changes):
    return {"alg": "HS256", "secret": GOOD} | changes


def test_a_new_key_is_readable_by_its_owner_alone_and_loads(path):
    made = create_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(path) == made
    assert len(made.secrets[made.active]) >= 32


def test_an_existing_key_is_never_written_over(path):
    create_keys(path)
    with pytest.raises(FileExistsError):
        create_keys(path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_key_others_may_read_is_refused_with_the_remedy(path, mode):
    create_keys(path)
    path.chmod(mode)
    with pytest.raises(BadKeys, match="chmod 600"):
        load_keys(path)


def test_a_missing_key_says_what_makes_one(path):
    with pytest.raises(BadKeys, match="heard serve"):
        load_keys(path)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "7", "null", {}, {"active": "a"}, {"active": "a", "keys": []},
        {"active": "b", "keys": {"a": {}}},
        {"active": "a", "keys": {"a": None}}, {"active": "a", "keys": {"a": {"alg": "HS256"}}},
        {"active": "a", "keys": {"a": row(secret="short")}}, {"active": "a", "keys": {"a": row(alg="none")}},
        {"active": "a", "keys": {"a": row(alg="RS256")}}, {"active": "../a", "keys": {"../a": row()}},
        {"active": "a\n", "keys": {"a\n": row()}}, {"active": ["a"], "keys": {"a": row()}},
        {"active": "a", "keys": {"a": row(), "b": row(secret="")}},
    ],
)  # fmt: skip
def test_what_is_no_key_file_is_refused_in_a_sentence(path, content):
    write(path, content)
    with pytest.raises(BadKeys, match=r"keys\.json"):
        load_keys(path)


def test_two_live_keys_make_a_rotation(path):
    write(path, {"active": "b", "keys": {"a": row(), "b": row()}})
    assert set(load_keys(path).secrets) == {"a", "b"}
