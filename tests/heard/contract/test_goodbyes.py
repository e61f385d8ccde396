"""The table of goodbyes."""

import pytest

from heard.contract.goodbyes import BY_NAME, TABLE, SessionGoodbye


def test_numbers_and_codes_are_one_each():
    assert len({row.number for row in TABLE}) == len({row.code for row in TABLE}) == len(TABLE) == len(BY_NAME)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_the_number_says_whether_to_come_back(row):
    assert 3000 <= row.number < 4000
    assert row.reconnect is (row.number < 3500)
    assert row.sentence.endswith(".")
    assert row.sentence[0].isupper()


def test_a_goodbye_travels_with_when_to_come_back():
    said = BY_NAME["too_many_requests"].as_wire(1500)
    assert said == {
        "code": "too_many_requests",
        "number": 3003,
        "sentence": BY_NAME["too_many_requests"].sentence,
        "reconnect": True,
        "retry_after_ms": 1500,
    }
    assert SessionGoodbye.model_validate({**said, "new": 1}).retry_after_ms == 1500
    assert BY_NAME["forced"].as_wire()["retry_after_ms"] is None
