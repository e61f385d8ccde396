"""The table of goodbyes."""

import pytest

from heard.contract.goodbyes import BY_NAME, BY_NUMBER, ENDINGS, TABLE, SessionGoodbye, of_number


def test_numbers_and_codes_are_one_each():
    assert len({row.number for row in TABLE}) == len({row.code for row in TABLE}) == len(TABLE) == len(BY_NAME)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_the_number_says_whether_to_come_back(row):
    assert 3000 <= row.number < 4000
    assert row.reconnect is (row.number < 3500)
    assert row.sentence.endswith(".")
    assert row.sentence[0].isupper()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_who_may_come_back_is_told_when_and_not_all_at_once(row):
    first, last = row.wait_ms(lambda: 0.0), row.wait_ms(lambda: 0.999)
    if row.reconnect:
        assert 0 < first < last < row.window_ms[1]
    else:
        assert (first, last) == (None, None)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_a_close_code_says_what_the_last_words_said(row):
    assert of_number(row.number) is row


@pytest.mark.parametrize(("number", "reconnect"), [(3499, True), (3599, False), (3999, False), (3098, True)])
def test_a_close_code_of_a_newer_gateway_says_whether_to_come_back(number, reconnect):
    assert number not in BY_NUMBER
    row = of_number(number)
    assert (row.reconnect, str(number) in row.sentence) == (reconnect, True)


@pytest.mark.parametrize("number", [None, 0, 1000, 1001, 1006, 2999, 4000])
def test_other_close_codes_are_no_goodbyes(number):
    assert of_number(number) is None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_operators_have_a_word_for_every_goodbye(row):
    assert ENDINGS[row.code].endswith(".")


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
