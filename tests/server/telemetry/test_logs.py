"""Logs: one JSON line an event, whatever is in it."""

import io
import json
import logging
import sys

import pytest
import structlog

from server.telemetry.logs import QuietEvents, set_up
from tests.server.desk import logs_as_they_were


@pytest.fixture
def lines(monkeypatch):
    written = io.StringIO()

    def read() -> list[dict]:
        return [json.loads(line) for line in written.getvalue().splitlines()]

    monkeypatch.setattr(sys, "stderr", written)
    with logs_as_they_were():
        set_up("info")
        yield read


def test_an_event_is_one_line_of_json(lines):
    structlog.get_logger().info("connect_refused", code="forbidden")
    (line,) = lines()
    assert (line["event"], line["code"], line["level"]) == ("connect_refused", "forbidden", "info")
    assert line["timestamp"].endswith("Z")


def test_hostile_text_stays_on_its_line(lines):
    structlog.get_logger().warning("audit", subject='x\n{"event": "fake"}\x1b]52;c;AAAA\x07\u202e')
    assert [line["event"] for line in lines()] == ["audit"]


def test_an_exception_is_data_not_a_traceback(lines):
    def break_down(token):
        raise RuntimeError(f"boom with {len(token)} characters")

    try:
        break_down("-".join(["a", "canary"]))
    except RuntimeError:
        structlog.get_logger().exception("unforeseen")
    (line,) = lines()
    assert line["exception"][0]["exc_value"] == "boom with 8 characters"
    assert "a-canary" not in json.dumps(line)


def test_what_is_below_the_level_is_not_said(lines):
    structlog.get_logger().debug("nothing")
    assert lines() == []


def test_libraries_speak_the_same_way_from_warning_on(lines):
    logging.getLogger("aiohttp.server").error("bad\nthing", exc_info=ValueError("why"))
    logging.getLogger("asyncio").info("nothing")
    (line,) = lines()
    assert (line["event"], line["level"]) == ("library", "error")
    assert "why" in line["message"]


def test_our_transport_speaks_under_its_own_name(lines):
    logging.getLogger("server.transport").warning("one")
    logging.getLogger("server.transport.wire").warning("two")
    logging.getLogger("server.transporter").warning("three")
    assert [line["event"] for line in lines()] == ["transport", "transport", "library"]


def test_what_strangers_cause_is_ten_lines_a_second_of_each_event_and_the_rest_is_counted(lines, monkeypatch):
    now = 100.0
    monkeypatch.setattr("server.transport.quiet.monotonic", lambda: now)
    quiet = QuietEvents("heard.test")
    for _ in range(15):
        quiet.info("connect_refused", code="forbidden")
    quiet.warning("audit", code="forbidden")
    assert [line["event"] for line in lines()] == ["connect_refused"] * 10 + ["audit"]
    assert not any("left_out" in line for line in lines())
    now = 101.0
    quiet.info("connect_refused", code="forbidden")
    assert lines()[-1]["left_out"] == 5
