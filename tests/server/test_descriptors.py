"""The limit on open files is raised as far as it must and may be, and said where that is too little."""

import pytest
from structlog.testing import capture_logs

from server.descriptors import SPARE, make_room

resource = pytest.importorskip("resource")


@pytest.fixture
def limits(monkeypatch):
    """A soft and a hard limit that are not this process's own."""
    told: list = []

    def having(soft: int, hard: int, error: Exception | None = None) -> list:
        def set_to(_, both):
            if error:
                raise error
            told.append(both)

        monkeypatch.setattr("resource.getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr("resource.setrlimit", set_to)
        return told

    return having


@pytest.mark.parametrize("soft", [1_000 + SPARE, 20_000, resource.RLIM_INFINITY])
def test_what_is_enough_is_left_alone(limits, soft):
    told = limits(soft, soft)
    make_room(1_000)
    assert told == []


@pytest.mark.parametrize("hard", [1_000 + SPARE, 1_048_576, resource.RLIM_INFINITY])
def test_the_soft_limit_is_raised_no_further_than_it_must(limits, hard):
    told = limits(64, hard)
    with capture_logs() as lines:
        make_room(1_000)
    assert told == [(1_000 + SPARE, hard)]
    assert lines == []


def test_what_is_too_little_is_said_in_one_line(limits):
    told = limits(64, 512)
    with capture_logs() as lines:
        make_room(1_000)
    assert told == [(512, 512)]
    (line,) = lines
    assert (line["event"], line["limit"], line["needed"]) == ("few_descriptors", 512, 1_000 + SPARE)


@pytest.mark.parametrize("error", [ValueError("no"), OSError("no")])
def test_a_system_that_refuses_does_not_stop_the_gateway(limits, error):
    limits(64, 1_048_576, error)
    with capture_logs() as lines:
        make_room(1_000)
    assert [line["limit"] for line in lines] == [64]
