"""Metrics: base units, closed labels, read when somebody looks."""

from server.telemetry.metrics import Metrics


def test_what_is_counted_can_be_read():
    metrics = Metrics()
    metrics.command("kds:bump", "applied", 0.004)
    metrics.journalled("kds", 3)
    metrics.sent("kds:item_ready", 7)
    metrics.connect("/kds", "joined")
    metrics.request("/v1/stores/{store}/orders", 201)
    level = [1.0]
    metrics.watch("heard_level", "A level", lambda: level[0])
    level[0] = 2.0
    text = metrics.text().decode()
    for line in (
        'heard_commands_total{name="kds:bump",outcome="applied"} 1.0', 'heard_journal_events_total{kind="kds"} 3.0',
        'heard_command_seconds_bucket{le="0.005",name="kds:bump"} 1.0', "heard_level 2.0",
        'heard_sent_events_total{name="kds:item_ready"} 7.0',
        'heard_connects_total{namespace="/kds",outcome="joined"} 1.0',
        'heard_http_requests_total{route="/v1/stores/{store}/orders",status="201"} 1.0',
    ):  # fmt: skip
        assert line in text, line


def test_when_a_series_began_is_not_told():
    metrics = Metrics()
    metrics.command("kds:bump", "applied", 0.004)
    assert "_created" not in metrics.text().decode()


def test_every_name_begins_with_ours_and_two_gateways_do_not_share():
    assert all(name.startswith("heard_") for name in Metrics().names())
    first, second = Metrics(), Metrics()
    first.sent("kds:item_ready", 1)
    assert "kds:item_ready" not in second.text().decode()
