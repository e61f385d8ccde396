"""Envelopes, personal data taken out and put back, positions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.contract.envelope import (
    Actor,
    Answer,
    Envelope,
    EventRef,
    Position,
    join_private,
    split_private,
    store_stream,
    user_stream,
)
from tests.heard.kitchen.playbook import NOON

PATHS = ("order.customer", "order.tab", "top", "a.b.c")
LEAVES = st.one_of(st.none(), st.text(max_size=5), st.integers())
DATA = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(st.sampled_from(["order", "customer", "tab", "top", "a", "b", "c", "x"]), inner),
    max_leaves=12,
)


def test_personal_data_is_taken_out_and_nothing_else():
    data = {"order_id": "o", "order": {"customer": {"name": "Bo"}, "tab": "t", "items": [1]}}
    kept, taken = split_private(data, PATHS)
    assert kept == {"order_id": "o", "order": {"items": [1]}}
    assert taken == {"order.customer": {"name": "Bo"}, "order.tab": "t"}
    assert join_private(kept, taken) == data
    assert data["order"]["customer"] == {"name": "Bo"}


def test_nothing_taken_is_none_and_what_was_erased_stays_away():
    assert split_private({"order": {"items": []}}, PATHS) == ({"order": {"items": []}}, None)
    assert split_private({"order": "no object"}, PATHS) == ({"order": "no object"}, None)
    assert join_private({"order": {}}, None) == {"order": {}}
    assert join_private({}, {"order.tab": "t"}) == {"order": {"tab": "t"}}


@given(st.dictionaries(st.sampled_from(["order", "top", "a", "x"]), DATA))
def test_taking_out_and_putting_back_is_no_change(data):
    before = json.dumps(data, sort_keys=True)
    kept, taken = split_private(data, PATHS)
    assert join_private(kept, taken) == data
    assert json.dumps(data, sort_keys=True) == before
    assert split_private(kept, PATHS) == (kept, None)


def envelope(**more) -> Envelope:
    fields = {
        "id": "e1", "v": 1, "store": "s1", "stream": "s1/kds", "epoch": "x", "seq": 1, "at": NOON, "name": "kds:n",
        "data": {}, "actor": Actor(subject="ann", role="kitchen"),
    }  # fmt: skip
    return Envelope.model_validate(fields | more)


def test_an_envelope_says_all_its_fields_and_the_rare_ones_only_when_there():
    wire = envelope().as_wire()
    assert list(wire) == ["id", "v", "store", "stream", "epoch", "seq", "at", "name", "data", "cause", "actor"]
    assert (wire["cause"], wire["actor"], wire["at"]) == (
        None, {"subject": "ann", "role": "kitchen"}, "2026-11-20T12:00:00.000Z",
    )  # fmt: skip
    assert envelope(prev=3, trace="t").as_wire().keys() - wire.keys() == {"prev", "trace"}
    live = envelope(epoch=None, seq=None).as_wire()
    assert (live["epoch"], live["seq"]) == (None, None)


@pytest.mark.parametrize("more", [{}, {"prev": 3, "trace": "t", "cause": "command-1"}, {"epoch": None, "seq": None}])
def test_an_envelope_travels_whole(more):
    said = envelope(**more)
    assert Envelope.model_validate_json(json.dumps({**said.as_wire(), "new": 1})) == said


def test_an_answer_leaves_out_what_it_does_not_say():
    refs = (EventRef(stream="s1/kds", epoch="x", seq=1, name="kds:item_ready"),)
    wire = [{"stream": "s1/kds", "epoch": "x", "seq": 1, "name": "kds:item_ready"}]
    assert Answer(ok=True, result="applied", events=refs).as_wire() == {"ok": True, "result": "applied", "events": wire}


def test_streams_and_positions():
    assert (store_stream("s1", "kds"), user_stream("ann")) == ("s1/kds", "user/ann")
    assert Position("x", 1) != Position("y", 1)
