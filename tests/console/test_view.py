"""Points by column, and what is drawn from them; single connections under watch."""

from __future__ import annotations

import pytest

from console.columns import connection_columns
from console.picture import Picture, apply
from console.troubles import Ranks
from console.view import View, columns, mean, span_text, times, worst
from console.watching import KEPT, MAX_WATCHED, Watching
from heard.client.status import LinkStatus
from heard.contract.ops import BUCKETS_MS, Latency
from tests.console.stand_in import at, row, sample


def filled(seconds, **more):
    picture = Picture()
    for second in range(seconds):
        told = {name: give(second) for name, give in more.items()}
        picture = apply(picture, sample(**told), at(second + 1))
    return picture


def spread_of(picture, span_s, width):
    ranks = Ranks(connection_columns())
    return columns(View(picture, LinkStatus(), at(0), ranks, span_s=span_s), width)


def test_the_newest_is_in_the_last_column_and_what_was_not_measured_in_none():
    spread = spread_of(filled(3, connections=lambda n: n), 60, 60)
    assert [point.connections for point in spread[-1]] == [2]
    assert [len(points) for points in spread] == [0] * 57 + [1] * 3


def test_a_wide_chart_has_no_gaps_between_samples():
    spread = spread_of(filled(60), 60, 150)
    assert all(spread)


def test_a_narrow_chart_puts_neighbours_together():
    spread = spread_of(filled(60, cpu=lambda n: n / 100), 60, 12)
    assert [max(point.cpu for point in points) for points in spread] == pytest.approx(
        [n / 100 for n in range(4, 64, 5)]
    )


def test_what_was_drawn_moves_on_by_whole_columns():
    before = mean(spread_of(filled(100, connections=lambda n: n * n), 300, 60), lambda point: point.connections)
    after = mean(spread_of(filled(105, connections=lambda n: n * n), 300, 60), lambda point: point.connections)
    assert after[-21:-2] == before[-20:-1]


def test_nobody_asking_is_no_time_at_all():
    spread = spread_of(filled(2, latency=lambda n: {"kds:bump": Latency(counts=(4,))} if n else {}), 60, 60)
    assert times(spread, 0.99, BUCKETS_MS)[-2:] == [None, pytest.approx(0.495)]


def test_the_worst_of_a_column_is_not_lost_in_its_mean():
    spread = spread_of(filled(60, loop_stall_ms=lambda n: 900.0 if n == 30 else 1.0), 60, 6)
    assert max(value for value in worst(spread, lambda point: point.loop_stall_ms) if value is not None) == 900.0


def test_stretches_of_time_are_called_as_people_call_them():
    assert [span_text(one) for one in (60, 900, 3_600, 86_400)] == ["1m", "15m", "1h", "24h"]


def test_who_is_watched_is_watched_until_it_goes_and_no_longer():
    watching = Watching()
    for lag in (1, 2, 3):
        watching.look({"c1": row("c1", lag=lag)}, ["c1", "nobody"])
    watched = watching.of("c1")
    assert watched is not None
    assert list(watched.lag) == [1, 2, 3]
    watching.look({}, [])
    assert watching.of("c1") is None


def test_a_watch_never_grows_beyond_its_bounds():
    watching = Watching()
    rows = {f"c{n}": row(f"c{n}") for n in range(MAX_WATCHED + 50)}
    watching.look(rows, rows)
    assert sum(watching.of(name) is not None for name in rows) == MAX_WATCHED
    newest = f"c{MAX_WATCHED + 49}"
    for _ in range(KEPT + 10):
        watching.look({newest: rows[newest]}, [])
    assert len(watching.of(newest).lag) == KEPT
