"""Every ending of the transport has a row of the one table, or nobody left to hear it."""

import pytest

from heard.contract.goodbyes import BY_NAME, ENDINGS
from server.sockets.farewells import ROWS, WORDLESS, code_of, farewell, return_later
from server.transport import Ending


@pytest.mark.parametrize("ending", [one for one in Ending if one is not Ending.GOODBYE])
def test_every_ending_has_words_or_nobody_who_hears_them(ending):
    assert (ending in ROWS) is not (ending in WORDLESS)


@pytest.mark.parametrize("ending", ROWS)
def test_last_words_are_a_row_of_the_table(ending):
    bye = farewell(ending)
    row = BY_NAME[bye.payload["code"]]
    assert (bye.payload["number"], bye.payload["sentence"], bye.ws_code) == (row.number, row.sentence, row.number)
    assert bye.stay_away is (bye.ws_code >= 3500)
    assert (bye.payload["retry_after_ms"] is None) is bye.stay_away


@pytest.mark.parametrize("ending", [one for one in ROWS if one is not Ending.PROTOCOL_ERROR])
def test_only_what_a_client_did_wrong_keeps_it_away(ending):
    assert not farewell(ending).stay_away


def test_those_told_to_return_are_spread():
    waits = {return_later().payload["retry_after_ms"] for _ in range(50)}
    assert len(waits) > 10
    assert all(250 <= wait < 5_000 for wait in waits)


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("last_word", ["", "forced", "<script>", "x" * 500])
def test_labels_come_from_a_closed_set(ending, last_word):
    assert code_of(ending, last_word) in ENDINGS


@pytest.mark.parametrize(
    ("ending", "last_word", "code"),
    [
        (Ending.GOODBYE, "banned", "banned"), (Ending.CLIENT_LEFT, "", "client_left"),
        (Ending.CLIENT_LEFT, "forced", "client_left"), (Ending.INBOX_FULL, "too_many_requests", "too_many_requests"),
        (Ending.INBOX_FULL, "", "too_many_requests"), (Ending.TRANSPORT_CLOSED, "", "transport_closed"),
        (Ending.GOODBYE, "", "dropped"),
    ],
)  # fmt: skip
def test_an_ending_is_called_by_what_was_said(ending, last_word, code):
    assert code_of(ending, last_word) == code
