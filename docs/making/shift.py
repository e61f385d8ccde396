"""An evening as operators see it, always the same one: who is connected to the diner of `friday`, and how they fare."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from console.feed import HowToLeave, OnAnswer
from console.picture import Picture, apply, begin
from heard.client import ManualClock
from heard.client.status import LinkState, LinkStatus
from heard.contract.base import Fact
from heard.contract.goodbyes import told_of
from heard.contract.ops import (
    BUCKETS_MS,
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionRow,
    ConnectionsChanged,
    Latency,
    OpsActed,
    OpsSampled,
    OpsSnapshot,
)

WATCHED_S = 60
"""For so long before eight somebody has looked on."""
EIGHT = datetime.fromisoformat("2026-11-20T20:00:00+00:00")
MINUTES = 20
STATION = {"role": "kitchen", "namespaces": ("/kds",), "client": "heard-kds 0.1.0", "transport": "websocket"}
TILL = {"role": "pos", "namespaces": ("/orders",), "client": "till-sdk 2.4", "transport": "websocket"}


class Shift:
    """A console's feed that tells twenty minutes of a service and then stands still."""

    def __init__(self, role: str = "operator") -> None:
        self.on_change: Callable[[], None] | None = None
        self.clock = ManualClock(EIGHT - timedelta(minutes=MINUTES, seconds=WATCHED_S))
        self.store = "s1"
        self.may_act = role == "operator"
        self._role = role
        start = OpsSnapshot(
            server_time=self.clock.now(), connections=list(_rows(self.clock.now())), totals=_sample(0, MINUTES * 600)
        )
        self.picture: Picture = begin(start)
        for second in range(1, MINUTES * 60 + 1):
            self.clock.advance(1)
            self._tell(_sample(second))
        self._end_of_the_shift()

    @property
    def status(self) -> LinkStatus:
        """Live, and heard of a moment ago."""
        mono = self.clock.monotonic()
        return LinkStatus(
            state=LinkState.LIVE, since=mono - MINUTES * 60, last_event=mono, last_heard=mono, role=self._role,
            subject="nora", store=self.store, rtt_ms=18.0,
        )  # fmt: skip

    def now(self) -> datetime:
        """The gateway's time."""
        return self.clock.now()

    def disconnect(
        self, connection: str, reason: str | None = None, code: HowToLeave = "forced", on_answer: OnAnswer | None = None
    ) -> None:
        """Nobody is thrown off in a picture."""

    def retry(self) -> None:
        """Nothing to try."""

    def go_on(self, second: int) -> None:
        """A second more of it, in which the slow one is now slower and now less so."""
        self.clock.advance(1)
        slow = 320 + 110 * math.sin(second / 9) + 40 * math.sin(second / 2.3)
        row = {"connection": "s7", "rtt_ms": round(slow), "lag": round(slow / 25), "queue_bytes": round(slow * 100)}
        self._tell(ConnectionsChanged(rows=[row]))
        self._tell(_sample(MINUTES * 60 + 2 + second))

    def _tell(self, fact: Fact) -> None:
        self.picture = apply(self.picture, fact, self.clock.now())

    def _end_of_the_shift(self) -> None:
        """What stands on the pages at eight: somebody slow, somebody with bumps untold, and who left before."""
        now = self.clock.now()
        rows = [row.model_dump(mode="json") for row in _rows(now, late=True)]
        self._tell(ConnectionsChanged(rows=rows))
        for row in _left(now):
            closed = {"connection": row.connection, "subject": row.subject, "namespace": "/kds", "code": row.code}
            self._tell(ConnectionClosed.model_validate(closed | {"row": row}))
        self._tell(
            OpsActed(
                line=AuditLine(
                    at=now - timedelta(minutes=6), action="ops:disconnect", by="nora", role="operator", target="b1",
                    subject="tablet-7", reason="left in the cellar, screen broken", code="applied",
                )
            )
        )  # fmt: skip
        self._tell(_sample(MINUTES * 60 + 1))


def _rows(now: datetime, *, late: bool = False) -> Iterator[ConnectionRow]:
    """Everybody who is on: screens, tills, a web shop, those who look on."""
    since = now - timedelta(hours=3, minutes=12)
    for n, (station, device) in enumerate(
        (("grill", "pc-grill"), ("grill", "pc-grill-2"), ("fry", "pc-fry"), ("cold", "pi-cold"), ("expo", "pc-pass"))
    ):
        role = "expo" if station == "expo" else "kitchen"
        yield ConnectionRow.model_validate(
            STATION
            | {"connection": f"s{n}", "subject": device, "role": role, "stations": (station,), "device": device,
               "address": f"10.0.0.{11 + n}", "since": since + timedelta(minutes=n), "rtt_ms": 3.0 + n, "idle_s": 2,
               "in_per_s": 0.6, "out_per_s": 3.4, "lag": 0, "unsent": 0, "sound": "on", "key_ms_p99": 7.9 + n}
        )  # fmt: skip
    yield ConnectionRow.model_validate(
        STATION
        | {"connection": "s7", "subject": "tablet-fry", "stations": ("fry",), "device": "tablet-fry",
           "address": "10.0.0.31", "since": now - timedelta(minutes=4), "rtt_ms": 412.0 if late else 35.0, "idle_s": 5,
           "in_per_s": 0.2, "out_per_s": 1.1, "queue_bytes": 41_800 if late else 0,
           "oldest_ms": 2_900 if late else None, "lag": 17 if late else 0, "unsent": 3 if late else 0,
           "sound": "off" if late else "on", "key_ms_p99": 21.0}
    )  # fmt: skip
    for n in range(4):
        refused = {"refusals": 6, "last_error": "bad_request"} if late and n == 3 else {}
        yield ConnectionRow.model_validate(
            TILL
            | {"connection": f"t{n}", "subject": f"till-{n + 1}", "device": f"till-{n + 1}",
               "address": f"10.0.1.{21 + n}", "since": since + timedelta(minutes=20 * n), "rtt_ms": 6.0 + 2 * n,
               "idle_s": 11 * n, "in_per_s": 0.4, "out_per_s": 2.2} | refused
        )  # fmt: skip
    shop = {"connection": "w1", "subject": "web-shop", "client": "socket.io-client 4.8", "address": "203.0.113.9",
            "transport": "polling", "since": since, "rtt_ms": 61.0, "idle_s": 1, "in_per_s": 1.3,
            "out_per_s": 4.0}  # fmt: skip
    yield ConnectionRow.model_validate(TILL | shop)
    for n, name in enumerate(("office", "franchise")):
        look = {"connection": f"v{n}", "subject": name, "role": "viewer", "client": "heard-console 0.1.0",
                "namespaces": ("/ops",), "address": f"198.51.100.{4 + n}", "since": now - timedelta(minutes=31),
                "rtt_ms": 22.0, "idle_s": 60, "out_per_s": 1.0, "transport": "websocket"}  # fmt: skip
        yield ConnectionRow.model_validate(look)


def _left(now: datetime) -> Iterator[ClosedRow]:
    for minutes, connection, subject, code, by in (
        (14, "b3", "tablet-fry", "no_pong", None), (9, "b2", "till-2", "client_left", None),
        (6, "b1", "tablet-7", "forced", "nora"), (4, "b0", "tablet-fry", "slow", None),
    ):  # fmt: skip
        yield ClosedRow(
            connection=connection, subject=subject, role="pos" if "till" in subject else "kitchen", device=subject,
            stations=("fry",) if "fry" in subject else (), address="10.0.0.31", transport="websocket",
            since=now - timedelta(minutes=minutes + 50), until=now - timedelta(minutes=minutes), code=code,
            sentence=told_of(code), by=by, bytes_in=18_200, bytes_out=412_000,
        )  # fmt: skip


def _sample(second: int, seconds: int = 1) -> OpsSampled:
    """A second of the evening, busier towards eight, with a wave every few minutes."""
    wave = 1.0 + 0.35 * math.sin(second / 47) + 0.2 * math.sin(second / 11) + second / 2_400
    many = wave * seconds
    errors: dict[str, Any] = {"bad_request": {"orders:place": 1}} if second % 90 == 17 else {}
    return OpsSampled(
        interval_ms=1_000 * seconds, connections=13, by_namespace={"/kds": 6, "/orders": 5, "/ops": 2},
        by_transport={"websocket": 12, "polling": 1}, by_role={"kitchen": 5, "expo": 1, "pos": 5, "viewer": 2},
        opened=1 if second % 240 == 3 else 0, closed=1 if second % 240 == 1 else 0,
        events_in={"orders:place": round(2 * many), "kds:bump": round(3 * many), "kds:start": round(2 * many)},
        events_out={"kds:order_incoming": round(9 * many), "kds:item_ready": round(14 * many),
                    "order:status_changed": round(12 * many), "stream:head": seconds},
        bytes_in=round(3_100 * many), bytes_out=round(41_000 * many), errors=errors,
        latency={"orders:place": _latency(2, round(4 * many)), "kds:bump": _latency(1, round(6 * many))},
        heads={"s1/kds": 48_200 + 14 * second, "s1/orders": 21_900 + 6 * second}, commit_ms=0.4 + 0.2 * wave,
        journal_queue=0, loop_stall_ms=1.2 * wave, cpu=0.06 * wave, rss_bytes=94_000_000,
        uptime_s=3 * 86_400 + second, version="0.1.0", health={"journal": "ok", "disk": "ok"},
    )  # fmt: skip


def _latency(peak: int, count: int) -> Latency:
    """Times around one bucket, with a tail."""
    shares = [math.exp(-abs(n - peak) * (0.9 if n >= peak else 1.6)) for n in range(len(BUCKETS_MS) + 1)]
    counts = tuple(round(count * share / sum(shares)) for share in shares)
    return Latency(counts=counts, sum_ms=sum(n * bound for n, bound in zip(counts, (*BUCKETS_MS, 5_000), strict=True)))
