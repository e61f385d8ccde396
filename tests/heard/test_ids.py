"""Time-ordered ids."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from heard.ids import RisingIds, derived_id, new_id, uuid7

MS = st.integers(0, 2**48 - 1)


@given(MS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7(ms, dice):
    text = uuid7(ms, lambda count: dice[:count])
    parsed = uuid.UUID(text)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, text)
    assert parsed.int >> 80 == ms
    tail = int.from_bytes(dice) & ((1 << 74) - 1)
    assert ((parsed.int >> 64) & 0xFFF, parsed.int & ((1 << 62) - 1)) == (tail >> 62, tail & ((1 << 62) - 1))


@given(MS, MS)
def test_ids_sort_by_time(one, other):
    if one < other:
        assert uuid7(one) < uuid7(other)


def test_the_example_of_the_rfc():
    rand = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10)
    assert uuid7(0x017F22E279B0, lambda _: rand) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_ids_of_now_are_many():
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [one[:8] for one in ids] == sorted(one[:8] for one in ids)


def test_a_derived_id_is_the_same_for_the_same_parts_and_only_for_those():
    assert derived_id("fire", "a", "b") == derived_id("fire", "a", "b")
    assert derived_id("fire", "ab", "") != derived_id("fire", "a", "b")
    assert len(derived_id("x")) == 40


def test_rising_ids_rise_within_a_millisecond_and_when_the_clock_steps_back():
    stamps = iter([5_000, 5_000, 5_000, 4_000, 6_000])
    rising = RisingIds(lambda: next(stamps), lambda count: b"\x7f" * count)
    made = [rising() for _ in range(5)]
    assert made == sorted(set(made))
    assert all((uuid.UUID(one).version, uuid.UUID(one).variant) == (7, uuid.RFC_4122) for one in made)
