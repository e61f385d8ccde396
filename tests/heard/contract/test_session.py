"""The conversation about the conversation."""

import pytest

from heard.contract.session import (
    MESSAGES,
    REQUESTS,
    Auth,
    CommandIn,
    CommandRefused,
    LimitWarning,
    SessionReady,
    Subscribe,
)
from heard.errors import BadRequest
from heard.kitchen.routing import House
from tests.heard.kitchen.playbook import NOON


def test_a_connect_says_who_and_from_where():
    auth = Auth.ingest(
        {"token": "t", "client": {"name": "kds", "version": "1"}, "positions": {"s1/kds": {"epoch": "e", "seq": 3}}}
    )
    assert (auth.positions["s1/kds"].seq, auth.recovery) == (3, False)


@pytest.mark.parametrize(
    "auth",
    [
        {"token": "t" * 4097},
        {"token": 3},
        {"positions": {"s1/kds": {"epoch": "e", "seq": -1}}},
        {"positions": {"s1/kds": {"epoch": "e", "seq": 2**63}}},
        {"positions": {str(n): {"epoch": "e", "seq": 1} for n in range(65)}},
        {"positions": {"s1/kds": {"epoch": "e" * 65, "seq": 1}}},
        {"recovery": True, "pid": "p" * 4097},
        {"recovery": True, "pid": "p", "offset": ["o"]},
        {"role": "admin"},
    ],
)
def test_a_connect_that_makes_no_sense_is_refused(auth):
    with pytest.raises(BadRequest):
        Auth.ingest(auth)


@pytest.mark.parametrize(
    "more",
    [{"after": -1}, {"after": 2**64}, {"after": 1.5}, {"station": "GRILL"}, {"cursor": "c" * 201}, {"room": "*"}],
)
def test_a_subscription_that_makes_no_sense_is_refused(more):
    with pytest.raises(BadRequest):
        Subscribe.ingest({"stream": "s1/kds", **more})


def test_words_that_python_keeps_for_itself_have_their_wire_names():
    warning = LimitWarning.model_validate({"class": "commands", "left": 2, "limit": 10, "resets_in_ms": 100})
    assert warning.as_wire()["class"] == "commands"
    refused = CommandRefused.model_validate({"command_id": None, "name": "kds:bump", "code": "voided", "message": "m"})
    assert refused.as_wire() == {"name": "kds:bump", "code": "voided", "message": "m"}


def test_messages_and_requests_have_one_name_each():
    names = [one.name for one in (*MESSAGES, *REQUESTS) if one is not CommandRefused]
    assert len(set(names)) == len(names)
    assert "session:ready" in names


def test_ready_brings_the_stores_settings():
    settings = House(store="s1").settings()
    ready = SessionReady(subject="a", role="kitchen", store="s1", ttl_s=60, settings=settings, server_time=NOON)
    assert SessionReady.model_validate(ready.as_wire()).settings == settings


def test_a_command_over_http_is_checked_when_it_is_read():
    assert CommandIn.ingest({"name": "kds:bump", "command_id": 3}).data == {}
    with pytest.raises(BadRequest):
        CommandIn.ingest({"name": "x" * 65})
