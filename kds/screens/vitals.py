"""Diagnostics: what somebody on the telephone asks for, as plain lines that can be read aloud or copied."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual import constants

from heard import version
from heard.machine import memory_bytes
from heard.ui.ages import short_age
from heard.ui.badge import state_word
from heard.ui.spans import Row, Span, folded
from heard.ui.words import Words
from kds.screens.over import Over, headline
from kds.vitals import percentiles

LEAD = 16


class VitalsScreen(Over):
    """Everything a station knows of itself."""

    opened_by: ClassVar[str] = "vitals"
    stays: ClassVar[bool] = True

    def rows(self, room: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - scrolled
        """Name and value on each line."""
        rows = [headline(self.words("Diagnostics of {station}", station=self.desk.station), room)]
        for name, value in (*self._link(), *self._times(), *self._place(), *self._process()):
            rows += folded(value or "-", "panel.text", room - 1, first=(Span(f" {name:<{LEAD}} ", "panel.dim"),))
        return rows

    # ── What there is ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _link(self) -> Iterator[tuple[str, str]]:
        status, words, mono = self.desk.feed.status, self.words, self.desk.clock.monotonic()
        state = state_word(status.state, words).lower()
        yield words("link"), f"{state} {short_age(mono - status.since)}  {status.reason or ''}".rstrip()
        yield words("gateway"), self.desk.facts.get("url", "")
        yield words("token"), f"{status.subject or '?'}  {status.role or '?'}  {', '.join(status.stations) or '-'}"
        yield words("store"), f"{status.store or '?'}  {self.desk.zone}"
        position, head = status.position, status.head
        lag = "" if head is None or position is None else words("{n} behind", n=max(0, head - position.seq))
        yield words("position"), "" if position is None else f"#{position.seq} ({position.epoch})  {lag}".rstrip()
        yield words("last event"), "" if status.last_event is None else f"{short_age(mono - status.last_event)}"
        yield words("last heard"), "" if status.last_heard is None else f"{short_age(mono - status.last_heard)}"
        yield words("round trip"), "" if status.rtt_ms is None else f"{status.rtt_ms:.1f} ms"
        yield words("clock"), "" if status.skew_s is None else _apart(status.skew_s, words)
        yield words("unsent"), str(status.unsent)
        yield words("refused"), str(len(self.desk.feed.refusals))

    def _times(self) -> Iterator[tuple[str, str]]:
        yield self.words("key to frame"), _spread(self.desk.vitals.key_ms, self.words)
        yield self.words("order to glass"), _spread(self.desk.vitals.glass_ms, self.words)

    def _place(self) -> Iterator[tuple[str, str]]:
        words, environ = self.words, self.desk.environ
        size = self.app.size
        yield words("terminal"), f"{environ.get('TERM', '?')}  {size.width}x{size.height}  {_inside(environ)}".rstrip()
        yield words("colours"), f"{self.app.console.color_system or words('none')}"
        yield words("frames"), words("at most {n} a second", n=constants.MAX_FPS)
        yield words("theme"), self.desk.look.name
        yield words("text size"), words(self.desk.glass.look.size)
        yield words("sound"), self.desk.sound()

    def _process(self) -> Iterator[tuple[str, str]]:
        words, memory = self.words, memory_bytes()
        python = ".".join(str(part) for part in sys.version_info[:3])
        yield words("version"), f"{version()}  Python {python}  {sys.platform}"
        yield words("up"), short_age(self.desk.clock.monotonic() - self.desk.vitals.began)
        yield words("process"), f"{os.getpid()}"
        yield words("memory"), "" if memory is None else f"{memory / 1e6:.0f} MB"
        for name, value in self.desk.facts.items():
            if name != "url":
                yield words(name), value


def _apart(skew_s: float, words: Words) -> str:
    ms = round(skew_s * 1000)
    return words("gateway {ms} ms behind", ms=-ms) if ms < 0 else words("gateway {ms} ms ahead", ms=ms)


def _spread(measured: Iterable[float], words: Words) -> str:
    row = list(measured)
    found = percentiles(row)
    if found is None:
        return words("nothing measured yet")
    p50, p95, p99 = (f"{one:.1f}" for one in found)
    return words("p50 {p50}  p95 {p95}  p99 {p99} ms  ({n} measured)", p50=p50, p95=p95, p99=p99, n=len(row))


def _inside(environ: Mapping[str, str]) -> str:
    """What stands between this and a person's eyes."""
    known = {"SSH_CONNECTION": "ssh", "TMUX": "tmux", "STY": "screen", "NO_COLOR": "NO_COLOR"}
    return " ".join(word for name, word in known.items() if environ.get(name))
