"""Prometheus metrics: base units, labels from closed sets only, one registry a gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

# When a series began nobody asks, and it would be one more line for each.
disable_created_metrics()  # type: ignore[no-untyped-call]

_LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """What is counted. `watch` adds gauges that are read when somebody looks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        commands = Counter(
            "heard_commands", "Commands by what they came to", ["name", "outcome"], registry=self.registry
        )
        seconds = Histogram(
            "heard_command_seconds", "From a command's arrival to its answer, durable commit included", ["name"],
            buckets=_LATENCY, registry=self.registry,
        )  # fmt: skip
        events = Counter("heard_journal_events", "Durable events by kind of stream", ["kind"], registry=self.registry)
        sent = Counter("heard_sent_events", "Events handed to sockets", ["name"], registry=self.registry)
        # By labels, found once and kept: prometheus-client checks and locks each time it is asked for one.
        self._command = cache(commands.labels)
        self._seconds = cache(seconds.labels)
        self._events = cache(events.labels)
        self._sent = cache(sent.labels)
        connects = Counter(
            "heard_connects", "Sockets that asked to join, by what came of it", ["namespace", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        closed = Counter("heard_closed", "Connections that ended, by why", ["code"], registry=self.registry)
        self._connects = cache(connects.labels)
        self._closed = cache(closed.labels)
        requests = Counter("heard_http_requests", "HTTP answers", ["route", "status"], registry=self.registry)
        self._requests = cache(requests.labels)

    def command(self, name: str, outcome: str, seconds: float) -> None:
        """A command was answered."""
        self._command(name, outcome).inc()
        self._seconds(name).observe(seconds)

    def journalled(self, kind: str, count: int) -> None:
        """Events are durable."""
        self._events(kind).inc(count)

    def sent(self, name: str, count: int) -> None:
        """An event was handed to this many sockets."""
        self._sent(name).inc(count)

    def connect(self, namespace: str, outcome: str) -> None:
        """A socket joined or was refused."""
        self._connects(namespace, outcome).inc()

    def closed(self, code: str) -> None:
        """A connection ended, with a goodbye's code or the transport's own word."""
        self._closed(code).inc()

    def request(self, route: str, status: int) -> None:
        """An HTTP request was answered; `route` is its pattern, never its path."""
        self._requests(route, str(status)).inc()

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """A gauge read at scrape time."""
        Gauge(name, words, registry=self.registry).set_function(read)

    def watch_counts(self, name: str, words: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Counters that somebody else counts, read at scrape time; the keys are the label's closed set."""
        self.registry.register(_Counts(name, words, label, read))

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)

    def names(self) -> Iterator[str]:
        """Every metric's name, for the docs."""
        yield from (family.name for family in self.registry.collect())


class _Counts(Collector):
    """A table of counts as one metric."""

    def __init__(self, name: str, words: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._name = name
        self._words = words
        self._label = label
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """What prometheus-client asks for at each scrape."""
        family = CounterMetricFamily(self._name, self._words, labels=[self._label])
        for key, count in self._read().items():
            family.add_metric([key], count)
        yield family
