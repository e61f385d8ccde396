"""A feed without a gateway: the picture is changed by hand, by the same facts a gateway would tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from console.feed import HowToLeave, OnAnswer
from console.picture import Picture, apply, begin
from heard.client.clock import ManualClock
from heard.client.status import LinkState, LinkStatus
from heard.contract.base import Fact
from heard.contract.ops import (
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionRow,
    ConnectionsChanged,
    OpsActed,
    OpsSampled,
    OpsSnapshot,
)
from heard.errors import HeardError


class Still:
    """A store's operations that stand still until told."""

    def __init__(self, clock: ManualClock, *rows: ConnectionRow, role: str = "operator") -> None:
        self.on_change: Callable[[], None] | None = None
        self.clock = clock
        self.store = "s1"
        self.picture = begin(
            OpsSnapshot(server_time=clock.now(), connections=list(rows), totals=OpsSampled(interval_ms=1))
        )
        self.status = LinkStatus(
            state=LinkState.LIVE, since=clock.monotonic(), last_heard=clock.monotonic(), role=role, subject="sam"
        )
        self.may_act = role in ("operator", "admin")
        self.asked: list[tuple[str, str | None, str]] = []
        self.waiting: list[OnAnswer] = []
        """Who waits for an answer, when nobody answers by itself."""
        self.refusal: HeardError | None = None
        self.answers_at_once = True

    def now(self) -> Any:
        return self.clock.now()

    def retry(self) -> None:
        self.link(state=LinkState.CONNECTING)

    def disconnect(
        self, connection: str, reason: str | None = None, code: HowToLeave = "forced", on_answer: OnAnswer | None = None
    ) -> None:
        self.asked.append((connection, reason, code))
        if on_answer is None:
            return
        if not self.answers_at_once:
            self.waiting.append(on_answer)
            return
        if self.refusal is None:
            self.leave(connection, code=code, by="sam", reason=reason)
        on_answer(self.refusal)

    # ── By hand ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, picture: Picture) -> None:
        """Another picture."""
        self.picture = picture
        if self.on_change is not None:
            self.on_change()

    def tell(self, fact: Fact) -> None:
        """A fact, now."""
        self.show(apply(self.picture, fact, self.clock.now()))

    def rows(self, *rows: ConnectionRow) -> None:
        """Connections that are new, or another."""
        self.tell(ConnectionsChanged(rows=[row.model_dump(mode="json") for row in rows]))

    def sample(self, **more: Any) -> None:
        """A second later."""
        self.clock.advance(1.0)
        self.tell(OpsSampled.model_validate({"interval_ms": 1_000} | more))

    def leave(
        self, connection: str, *, code: str = "no_pong", by: str | None = None, reason: str | None = None
    ) -> None:
        """A connection ends."""
        row = self.picture.connections[connection]
        now = self.clock.now()
        ended = ClosedRow(
            connection=connection, subject=row.subject, role=row.role, stations=row.stations, device=row.device,
            address=row.address, transport=row.transport, since=row.since or now, until=now, code=code,
            sentence=reason or "gone", by=by,
        )  # fmt: skip
        for name in row.namespaces:
            told = ended if name == row.namespaces[-1] else None
            self.tell(ConnectionClosed(connection=connection, subject=row.subject, namespace=name, code=code, row=told))
        if by is not None:
            line = AuditLine(at=now, action="ops:disconnect", by=by, role="operator", target=connection,
                             subject=row.subject, reason=reason, code="applied")  # fmt: skip
            self.tell(OpsActed(line=line))

    def link(self, **more: Any) -> None:
        """The link stands otherwise."""
        self.status = replace(self.status, **more)
        if self.on_change is not None:
            self.on_change()
