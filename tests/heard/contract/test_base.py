"""The scalars: quantities, times, ids, words; strict for outsiders, lenient for facts."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from heard.contract import kds, orders, session
from heard.contract.base import (
    CommandId,
    Instant,
    ItemId,
    Label,
    Name,
    OpaqueId,
    OrderId,
    Qty,
    StationId,
    StoreId,
    TicketId,
    Wire,
    Words,
    bad_request,
    instant_text,
)
from heard.contract.orders import PlaceOrder
from heard.contract.registry import COMMANDS
from heard.errors import BadRequest


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as no:
        read(kind, value)
    return no.value.errors()[0]["msg"]


# ── Quantities ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", ["1", "0", "9999", "0.250", "1.5", 3, 0])
def test_a_quantity_is_a_string_or_an_integer(value):
    assert read(Qty, value) == Decimal(str(value))


@pytest.mark.parametrize(
    "value",
    [
        *(
            "-1",
            "9999.001",
            "10000",
            "1.2345",
            "",
            " 1",
            "1\n",
            "+1",
            "1e3",
            "1_0",
            "NaN",
            "Infinity",
            "-0",
            ".5",
            "5.",
        ),
        *("٣", "0x10", "1,5", "9" * 5000, "0." + "0" * 5000),
        *(1.0, 1.5, float("nan"), float("inf"), True, None, [], {}, -1, 10**400),
    ],
)
def test_no_other_quantity_is_taken(value):
    refused(Qty, value)


def test_a_float_is_told_what_to_do_instead():
    assert "JSON float" in refused(Qty, 1.5)


def test_a_quantity_keeps_its_digits_on_the_wire():
    for text in ("0.250", "1", "100", "9999"):
        assert json.loads(TypeAdapter(Qty).dump_json(read(Qty, text))) == text


# ── Times ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-20T18:00:00Z", "2026-11-20T18:00:00.000Z"),
        ("2026-11-20T18:00:00.1239Z", "2026-11-20T18:00:00.123Z"),
        ("2026-11-20T18:00:00+05:30", "2026-11-20T12:30:00.000Z"),
        ("2026-11-20T18:00:00-08:00", "2026-11-21T02:00:00.000Z"),
        ("2026-11-20 18:00:00Z", "2026-11-20T18:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("2099-12-31T23:59:59.999Z", "2099-12-31T23:59:59.999Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
        ("2017-01-01T01:59:60.5+02:00", "2016-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_may_carry_any_offset_and_leaves_in_one_form(text, told):
    when = read(Instant, text)
    assert when.tzinfo is UTC
    assert instant_text(when) == told
    assert TypeAdapter(Instant).dump_json(when) == f'"{told}"'.encode()


@pytest.mark.parametrize(
    "value",
    [
        *(
            "2026-11-20T18:00:00",
            "2026-11-20",
            "18:00",
            "now",
            "",
            "1700000000",
            "1700000000.5",
            "2026-13-01T00:00:00Z",
        ),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "2026-11-20T24:00:61Z"),
        *(1700000000, 1.5, True, None, []),
    ],
)
def test_what_is_no_time_or_has_no_offset_is_refused(value):
    refused(Instant, value)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_read_back_is_the_time_kept(when):
    kept = read(Instant, when)
    assert read(Instant, instant_text(kept)) == kept


# ── Ids ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [StoreId, StationId])
def test_names_of_places_are_short_and_plain(kind):
    for good in ("s1", "a", "0", "grill-2", "a" * 32, "a_b"):
        assert read(kind, good) == good
    for bad in ("", "S1", "-a", "_a", "a" * 33, "a.b", "a/b", "a b", "a\n", "ä", "*", None, 3, "../x"):
        refused(kind, bad)


def test_command_ids_have_8_to_64_plain_characters():
    for good in ("A" * 8, "a-_Z0123", "x" * 64, "019e0000-0000-7000-8000-000000000000"):
        assert read(CommandId, good) == good
    for bad in ("a" * 7, "x" * 65, "12345678\n", "1234 5678", "12345678é", "", None, 12345678):
        refused(CommandId, bad)


@pytest.mark.parametrize("kind", [OrderId, ItemId])
def test_order_and_item_ids_have_no_dots_so_that_ticket_ids_can_be_taken_apart(kind):
    for bad in ("", "a.b", "a" * 65, "a\n", "a/b"):
        refused(kind, bad)
    assert read(kind, "a-B_9") == "a-B_9"


def test_a_ticket_id_and_an_opaque_id_are_bounded():
    assert read(TicketId, "o1.grill") == "o1.grill"
    refused(TicketId, "x" * 101)
    assert read(OpaqueId, "'; DROP TABLE orders;-- %_") == "'; DROP TABLE orders;-- %_"
    for bad in ("", "x" * 129, "a\x00b", "a\ud800"):
        refused(OpaqueId, bad)


@pytest.mark.parametrize("value", [-1, 2**53, 10**30, 1.5, float("nan"), "x"])
def test_a_position_is_a_count_that_json_and_a_journal_can_hold(value):
    with pytest.raises(BadRequest, match="seen_seq"):
        kds.Start.ingest({"command_id": "command-1", "ticket_id": "o.grill", "seen_seq": value})


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def ingested(text: str) -> str:
    """What becomes of a dish's name."""
    order = {"items": [{"name": text, "qty": "1"}]}
    return PlaceOrder.ingest({"command_id": "command-1", "order": order}).order.items[0].name


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\x1b]52;c;aGk=\x07Burger", "]52;c;aGk=Burger"),
        ("\x1bc\x1b[2J\x1b[?1049l\x1b[6nBurger", "c[2J[?1049l[6nBurger"),
        ("\x9b31mBurger\x9d0;x\x9c", "31mBurger0;x"),
        ("B\x0e\x0f\x7f\x07\x08\r\x0burger", "Burger"),
        ("Bu\u202ergre\u2066r\u200b\ufeff", "Burgrer"),
        ("[/]Burger[/red]", "[/]Burger[/red]"),
        ("[no nuts] [GF] [VIP] 50% [off]", "[no nuts] [GF] [VIP] 50% [off]"),
        ("[@click=app.quit]Burger[/]", "[@click=app.quit]Burger[/]"),
        ("{0.__class__} %s ${jndi:x}", "{0.__class__} %s ${jndi:x}"),
        ("'; DROP TABLE orders; --", "'; DROP TABLE orders; --"),
        ("=HYPERLINK()", "=HYPERLINK()"),
        ("Mac &amp; Cheese", "Mac & Cheese"),
        ("&#27;[2JBurger", "[2JBurger"),
        ("  Burger  ", "Burger"),
        ("Cre\u0300me", "Crème"),
        ("e" + "\u0323" * 190, "ẹ" + "\u0323" * 3),
    ],
)
def test_words_are_made_safe_and_kept(text, safe):
    assert ingested(text) == safe


@pytest.mark.parametrize("text", ["", " ", "\x1b", "\u200b\u200d", "&#27;", "\t\n", "a\x00b", "\ud800", "x" * 201])
def test_words_that_say_nothing_or_cannot_be_stored_are_refused(text):
    with pytest.raises(BadRequest, match=r"^order\.items\.0\.name: "):
        ingested(text)


def test_too_many_words_are_counted_in_characters():
    with pytest.raises(BadRequest, match="must have at most 200 characters"):
        ingested("x" * 201)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_what_was_taken_in_can_be_read_for_ever(text):
    try:
        name = ingested(text)
    except BadRequest:
        return
    assert read(Name, name) == name
    assert read(Name, json.loads(json.dumps(name))) == name


@pytest.mark.parametrize(("kind", "limit"), [(Name, 200), (Label, 64), (Words, 1000)])
def test_words_that_grow_when_composed_are_cut_again(kind, limit):
    class Said(Wire):
        text: kind

    said = Said.ingest({"text": "\u0958" * limit})  # NFC writes this letter as two
    assert len(said.text) == limit
    assert Said.model_validate_json(json.dumps(said.as_wire())) == said


def test_facts_are_read_as_they_stand():
    assert read(Name, "&amp; \x1b") == "&amp; \x1b"


# ── Strictness ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Inner(Wire):
    word: Label | None = None


class Outer(Wire):
    inner: Inner = Inner()
    count: int = 0


def test_facts_ignore_fields_they_do_not_know():
    assert Outer.model_validate({"count": 1, "new": 2, "inner": {"word": "x", "new": 3}}) == Outer(
        count=1, inner=Inner(word="x")
    )


def test_commands_refuse_them_at_every_depth_and_say_where():
    with pytest.raises(BadRequest) as no:
        Outer.ingest({"new": 2, "inner": {"other": 3}})
    assert no.value.fields == {
        "inner.other": "is not a field of this command", "new": "is not a field of this command",
    }  # fmt: skip
    assert no.value.message == "inner.other: is not a field of this command"


@pytest.mark.parametrize("data", [None, [], "x", 3, True, float("nan"), [{}]])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(BadRequest, match=r"^body: "):
        Outer.ingest(data)


def test_a_refusal_repeats_no_input_and_steers_no_terminal():
    with pytest.raises(BadRequest) as no:
        Outer.ingest({"\x1b[2Jsecret" + "y" * 500: 1, "count": "SECRET-VALUE"})
    told = json.dumps(no.value.as_wire())
    assert "SECRET-VALUE" not in told
    assert "\\u001b" not in told
    assert all(len(key) <= 100 for key in no.value.fields)


def test_at_most_twenty_faults_are_told():
    with pytest.raises(BadRequest) as no:
        Outer.ingest({f"field{n}": n for n in range(500)})
    assert len(no.value.fields) == 20


def test_what_is_none_is_left_out_and_nothing_can_be_changed():
    said = Inner()
    assert said.as_wire() == {}
    with pytest.raises(ValidationError, match="frozen"):
        said.word = "x"


WRONG = [
    None, True, 7, -1, 1.5, 2**60, float("nan"), float("inf"), "", "x", "no such thing!", "1" * 5000, "2026-11-20",
    "2026-13-20T18:00:00Z", "2026-11-20T18:00:00", [], {}, {"a": 1}, [7] * 1000, {f"k{n}": 7 for n in range(100)},
]  # fmt: skip
PARTS = [orders.OrderIn, orders.Item, orders.Modifier, orders.Note, orders.Allergy, orders.Total, orders.Customer]
SPOKEN_TO = [*COMMANDS.values(), *session.REQUESTS, session.Auth, session.CommandIn, *PARTS]


@pytest.mark.parametrize("asked", SPOKEN_TO, ids=lambda kind: kind.__name__)
def test_whatever_is_wrong_is_told_in_our_own_words(asked):
    for name in asked.model_fields:
        for wrong in [value for one in WRONG for value in (one, [one], {"x": one})]:
            try:
                asked.ingest({name: wrong})
            except BadRequest as no:
                told = [*no.fields.values()]
                assert not [words for words in told if "should" in words or "Input" in words or words[0].isupper()]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"ticket_id": 7}, "ticket_id: must be a text"),
        ({"command_id": "short"}, "command_id: must be 8 to 64 letters, digits, - or _"),
        ({"seen_seq": "x"}, "seen_seq: must be a whole number"),
        ({"seen_seq": -1}, "seen_seq: must be at least 0"),
        ({"seen_seq": 2**53}, "seen_seq: must be less than 9007199254740992"),
        ({"priority": "slow"}, "priority: must be one of normal, rush, vip"),
        ({"made_at": "2026-11-20T18:00:00"},
         "made_at: does not say which time zone; write it like 2026-11-20T18:00:00Z"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_would_do(fields, told):
    good = {"command_id": "command-1", "ticket_id": "o.grill", "priority": "rush"}
    with pytest.raises(BadRequest) as no:
        kds.Rush.ingest(good | fields)
    assert no.value.message == told


def test_a_missing_field_is_said_to_be_missing():
    with pytest.raises(ValidationError) as no:
        kds.Rush.model_validate({"command_id": "command-1", "ticket_id": "o.grill"})
    assert bad_request(no.value).fields == {"priority": "is missing"}
