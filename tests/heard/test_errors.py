"""The tree of refusals."""

import pytest

from heard.errors import BY_CODE, BadRequest, Exit, HeardError, Permanent, Temporary, TooManyRequests

STATUS = {
    "bad_request": 400, "token_in_url": 400, "invalid_token": 401, "token_expired": 401, "forbidden": 403,
    "not_found": 404, "conflict": 409, "invalid_transition": 409, "not_ready": 409, "voided": 409, "too_large": 413,
    "unsupported": 415, "timeout": 408, "too_many_requests": 429, "internal": 500, "unavailable": 503, "draining": 503,
    "storage_full": 507,
}  # fmt: skip
TEMPORARY = {"timeout", "too_many_requests", "internal", "unavailable", "draining", "storage_full"}


def test_codes_and_statuses_are_those_of_the_interface():
    assert {code: kind.status for code, kind in BY_CODE.items()} == STATUS
    assert {code for code, kind in BY_CODE.items() if kind.temporary} == TEMPORARY
    assert {code for code, kind in BY_CODE.items() if issubclass(kind, Temporary)} == TEMPORARY


@pytest.mark.parametrize("code", STATUS)
def test_the_class_that_was_raised_is_the_class_that_arrives(code):
    said = BY_CODE[code]("a sentence", retry_after_ms=5, fields={"a.b": "is missing"})
    heard = HeardError.from_wire(said.as_wire())
    assert type(heard) is type(said)
    assert (str(heard), heard.retry_after_ms, heard.fields) == ("a sentence", 5, {"a.b": "is missing"})
    assert heard.as_wire() == said.as_wire()


def test_what_is_not_said_is_not_on_the_wire():
    assert BadRequest("no").as_wire() == {"code": "bad_request", "message": "no", "temporary": False}
    assert TooManyRequests("no", retry_after_ms=0).as_wire()["retry_after_ms"] == 0


def test_a_code_of_tomorrow_is_treated_by_whether_it_passes():
    later = HeardError.from_wire({"code": "on_fire", "message": "m", "temporary": True, "retry_after_ms": "soon"})
    assert type(later) is Temporary
    assert later.retry_after_ms is None
    assert type(HeardError.from_wire({"code": "on_fire", "fields": [1]})) is Permanent
    assert str(HeardError.from_wire({})) == "refused without a reason"


def test_the_numbers_in_the_shell():
    assert {one.name: int(one) for one in Exit} == {
        "OK": 0, "NOT_SO": 1, "USAGE": 2, "UNREACHABLE": 69, "DATA_DIR": 73, "PORT_TAKEN": 75, "NOT_ALLOWED": 77,
        "BAD_CONFIG": 78,
    }  # fmt: skip
