"""The overview: what is wrong first, then who is on, what passes, how fast it is answered, how the gateway fares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.columns import age_text, bytes_text, ms_text, number_text
from console.figures import RATE_S, LatencyRow, latencies, latency_of_all, rate_rows
from console.samples import Point
from console.screens.blocks import Block, beside, fact, padded, rooms, table, title
from console.view import View, columns, mean, span_text, times, worst
from console.widgets.strip_chart import Strip, bar, chart, plot_width, sparkline
from heard.text import clip, one_line
from heard.ui.spans import Row, Span, folded, packed, span, width

OVER_S = 60
"""Times of answers are told over this long."""
MAX_ALERTS = 8
CHART_LINES = 7
LEAST_BODY, MOST_BODY = 14, 22
"""Lines between the alerts and the charts; without charts they take all there are."""
_LEVELS = ("ops.good", "ops.warn", "ops.bad")
_SIGNS = ("", "! ", "!!")


def overview(view: View, room: int, height: int) -> Block:
    """The whole page in so many columns; it may be longer than the screen."""
    head = alert_rows(view, room, max(2, min(MAX_ALERTS, height * 3 // 10)))
    count = 1 if room < 72 else 2 if room < 150 else 3
    widths = rooms(room, count)
    left = height - len(head) - 1
    drawn = count > 1 and left >= LEAST_BODY + CHART_LINES
    body = _body(view, widths, max(LEAST_BODY, min(left - CHART_LINES - 1, MOST_BODY)) if drawn else left)
    rows = [*head, (), *body]
    if drawn:
        rows += [(), *history_charts(view, room, height - len(rows) - 1)]
    return rows


def alert_rows(view: View, room: int, limit: int) -> Block:
    """What is wrong, in words; that nothing is, in words too."""
    words = view.words
    if view.picture.at is None:
        return [title(words("STATE"), room), (Span(" " + words("waiting for the gateway"), "ops.warn"),)]
    if not view.alerts:
        return [title(words("STATE"), room), (Span(" " + words("nothing is wrong"), "ops.good"),)]
    told = view.alerts if len(view.alerts) <= limit else view.alerts[: limit - 1]
    rows: Block = [title(words("LOOK AT"), room, words.many("{n} thing", "{n} things", len(view.alerts)))]
    for alert in told:
        role = _LEVELS[alert.level]
        rows += folded(alert.sentence, role, room - 1, first=(Span(f" {_SIGNS[alert.level]} ", role),))
    if len(told) < len(view.alerts):
        rows.append((Span("    " + words("and {n} more", n=len(view.alerts) - len(told)), "ops.dim"),))
    return rows


def _body(view: View, widths: Sequence[int], height: int) -> Block:
    if len(widths) == 1:
        parts = [connections, traffic, answers, gateway, health]
        return [row for part in parts for row in (*part(view, widths[0], 12), ())]
    if len(widths) == 2:
        people = connections(view, widths[0], height)
        machine = [*gateway(view, widths[1], height), *health(view, widths[1], height)]
        left = [*people, *traffic(view, widths[0], height - len(people))]
        right = [*answers(view, widths[1], height - len(machine)), *machine]
        return beside([left, right], widths)
    one = [
        *connections(view, widths[0], height),
        (),
        *gateway(view, widths[0], height),
        (),
        *health(view, widths[0], 9),
    ]
    return beside([one, traffic(view, widths[1], height), answers(view, widths[2], height)], widths)


# ── Blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def connections(view: View, room: int, height: int) -> Block:  # noqa: ARG001 - as its neighbours
    """How many, of which kinds, and how many come and go."""
    words, sample = view.words, view.picture.sample
    points = view.picture.seconds[-RATE_S:]
    lately = sum(point.seconds for point in points) or 1.0
    came, went = (sum(one.opened for one in points) / lately, sum(one.closed for one in points) / lately)
    rates = words("{came}/s came  {went}/s left", came=number_text(came), went=number_text(went))
    lead: Row = (Span(f" {len(view.picture.connections)}", "ops.key"), Span(f" {words('now')}  {rates} ", "ops.text"))
    rows: Block = [title(words("CONNECTIONS"), room)]
    rows.append((*lead, _spark(view, room - width(lead) - 1, lambda point: point.connections)))
    for name, counts in (
        (words("role"), sample.by_role if sample else {}),
        (words("in"), sample.by_namespace if sample else {}),
        (words("by"), sample.by_transport if sample else {}),
    ):
        if counts:
            told = ", ".join(
                f"{one_line(key, limit=40)} {n}" for key, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            )
            rows.append(fact(name, told, lead=6))
    return rows


def traffic(view: View, room: int, height: int) -> Block:
    """What comes and goes, by name."""
    words = view.words
    points = view.picture.seconds[-RATE_S:]

    def line(name: str, read: Callable[[Point], float], size: Callable[[Point], float] | None, role: str) -> Row:
        rate = sum(map(read, points)) / len(points) if points else 0.0
        amount = f"{number_text(rate)}/s".rjust(7)
        if size is not None:
            amount += f"{bytes_text(sum(map(size, points)) / len(points) if points else 0.0)}/s".rjust(9)
        lead: Row = (Span(f" {name:<7}", "ops.dim"), Span(f"{amount:<16} ", "ops.text"))
        return (*lead, _spark(view, room - width(lead) - 1, read, role))

    rows: Block = [title(words("TRAFFIC"), room, words("last {span}", span=span_text(view.span_s)))]
    rows.append(line(words("in"), lambda one: one.in_per_s, lambda one: one.bytes_in_per_s, "ops.chart"))
    rows.append(line(words("out"), lambda one: one.out_per_s, lambda one: one.bytes_out_per_s, "ops.chart2"))
    rows.append(line(words("errors"), lambda one: one.errors_per_s, None, "ops.bad"))
    rates = rate_rows(view.picture)[: max(0, height - len(rows) - 1)]
    if rates:
        lines = [(one.event, (number_text(one.in_per_s), number_text(one.out_per_s)), "ops.text") for one in rates]
        rows += table((words("event"), words("in/s"), words("out/s")), lines, room, 20)
    return rows


def answers(view: View, room: int, height: int) -> Block:
    """How long commands wait for their answers, by command, with a small histogram."""
    words = view.words
    rows: Block = [title(words("ANSWERS"), room, words("ms, last minute"))]
    whole = latency_of_all(view.picture, OVER_S)
    if whole is None:
        nobody = folded(
            words("nobody asked anything in the last minute"), "ops.dim", room, first=(Span(" ", "ops.dim"),)
        )
        return [*rows, *nobody]
    lead = max(10, min(24, room - (25 if room < 50 else 33)))
    head = f" {words('command'):<{lead}}{'n':>5}{'p50':>6}{'p95':>6}{'p99':>6}"
    rows.append((Span(head, "ops.column"),))
    told = [(words("all"), whole), *((one.command, one) for one in latencies(view.picture, OVER_S))]
    for name, row in told[: max(1, height - len(rows))]:
        rows.append(_answer(view, name, row, lead, room))
    return rows


def _answer(view: View, name: str, row: LatencyRow, lead: int, room: int) -> Row:
    role = "ops.bad" if row.p99 >= 250 else "ops.warn" if row.p99 >= 50 else "ops.text"
    more = ">" if row.p99 >= row.top else ""
    line = (
        *padded((Span(" ", "ops.text"), span(name, "ops.text")), lead + 1),
        Span(f"{number_text(row.count):>5}", "ops.dim"),
        Span(f"{ms_text(row.p50):>6}{ms_text(row.p95):>6}", "ops.text"),
        Span(f"{more + ms_text(row.p99):>6}", role),
        Span(" ", "ops.text"),
    )
    return (*line, Span(histogram(row.counts, room - width(line) - 1, fine=view.fine), "ops.chart"))


def histogram(counts: Sequence[int], room: int, *, fine: bool) -> str:
    """Counts by bucket, neighbours put together where there is no room for each."""
    if room < 4 or not counts:
        return ""
    each = -(-len(counts) // room)
    together = [float(sum(counts[at : at + each])) for at in range(0, len(counts), each)]
    top = max(together) or 1.0
    return sparkline([value / top if value else None for value in together], len(together), fine=fine)


def gateway(view: View, room: int, height: int) -> Block:  # noqa: ARG001 - as its neighbours
    """The process and its journal."""
    words, sample = view.words, view.picture.sample
    more = (
        words("up {age}", age=age_text(sample.uptime_s)) + f"  {clip(one_line(sample.version), 16)}" if sample else ""
    )
    rows: Block = [title(words("GATEWAY"), room, more)]
    if sample is None:
        return [*rows, (Span(" " + words("no sample yet"), "ops.dim"),)]
    half = room // 2
    pairs = [
        (words("commit"), f"{ms_text(sample.commit_ms)} ms", _limit(sample.commit_ms, 20, 100)),
        (words("queue"), number_text(sample.journal_queue), _limit(sample.journal_queue, 100, 1_000)),
        (words("stall"), f"{ms_text(sample.loop_stall_ms)} ms", _limit(sample.loop_stall_ms, 50, 250)),
        (words("memory"), bytes_text(sample.rss_bytes), "ops.text"),
    ]
    for one, two in (pairs[:2], pairs[2:]):
        rows.append((*padded(fact(*one, lead=8), half), *fact(*two, lead=8)))
    lead: Row = (Span(f" {words('CPU'):<8}", "ops.dim"), Span(f"{sample.cpu:>4.0%} ", _limit(sample.cpu, 0.7, 0.9)))
    gauge = bar(sample.cpu, 10, fine=view.fine)
    line = (*lead, Span(f"{gauge:<10} ", "ops.chart2"))
    rows.append((*line, _spark(view, room - width(line) - 1, lambda point: point.cpu, "ops.chart2", least=0.1)))
    if sample.heads:
        heads = "  ".join(f"{name.rpartition('/')[2]} #{seq}" for name, seq in sorted(sample.heads.items()))
        rows.append(fact(words("heads"), heads, lead=8))
    return rows


def health(view: View, room: int, height: int) -> Block:
    """What the gateway depends on."""
    words, sample = view.words, view.picture.sample
    told = sorted((sample.health if sample else {}).items(), key=lambda one: (one[1] == "ok", one[0]))
    rows: Block = [title(words("HEALTH"), room)]
    # What is wrong stands in words among the alerts.
    wrong = [Span(f" !! {one_line(name)} ", "ops.bad") for name, state in told if state != "ok"]
    well = [Span(f" {one_line(name)} ok ", "ops.good") for name, state in told if state == "ok"]
    rows += packed([*wrong, *well], room, role="ops.text")
    if not told:
        rows.append((Span(" " + words("nothing told"), "ops.dim"),))
    return rows[: max(2, height)]


def _limit(value: float, warn: float, bad: float) -> str:
    return "ops.bad" if value >= bad else "ops.warn" if value >= warn else "ops.text"


def _spark(
    view: View, room: int, read: Callable[[Point], float], role: str = "ops.chart", *, least: float = 1.0
) -> Span:
    if room < 4:
        return Span("", role)
    values = mean(columns(view, room), read)
    return Span(sparkline(values, room, fine=view.fine, least=least), role)


# ── Charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def history_charts(view: View, room: int, height: int) -> Block:
    """As many charts as fit, the most telling first."""
    across = max(1, min(4, room // 38))
    down = max(1, min(-(-8 // across), height // CHART_LINES))
    each = max(4, height // down)
    widths = rooms(room, across)
    spread = columns(view, plot_width(min(widths)))
    strips = _strips(view, spread)
    rows: Block = []
    for line in range(down):
        some = strips[line * across : (line + 1) * across]
        if not some:
            break
        charts = [
            chart(one, wide, each - (line < down - 1), fine=view.fine) for one, wide in zip(some, widths, strict=False)
        ]
        charts += [[]] * (across - len(charts))
        rows += beside(charts, widths)
        if line < down - 1:
            rows.append(())
    return rows


def _strips(view: View, spread: Sequence[Sequence[Point]]) -> list[Strip]:
    words, buckets = view.words, view.picture.buckets_ms
    ends = (f"-{span_text(view.span_s)}", words("now"))

    def strip(name: str, values: list[float | None], unit: Callable[[float], str], role: str, least: float) -> Strip:
        return Strip(name, values, unit, *ends, role=role, least=least)

    def percent(value: float) -> str:
        return f"{value * 100:.0f}%"

    return [
        strip(words("answers p99, ms"), times(spread, 0.99, buckets), ms_text, "ops.chart2", 10),
        strip(words("events out/s"), mean(spread, lambda one: one.out_per_s), number_text, "ops.chart", 10),
        strip(words("events in/s"), mean(spread, lambda one: one.in_per_s), number_text, "ops.chart", 5),
        strip(words("errors/s"), mean(spread, lambda one: one.errors_per_s), number_text, "ops.bad", 1),
        strip(words("connections"), mean(spread, lambda one: one.connections), number_text, "ops.chart", 10),
        strip(words("bytes out/s"), mean(spread, lambda one: one.bytes_out_per_s), bytes_text, "ops.chart", 1_000),
        strip(words("CPU of a core"), mean(spread, lambda one: one.cpu), percent, "ops.chart2", 0.1),
        strip(words("loop stall, ms"), worst(spread, lambda one: one.loop_stall_ms), ms_text, "ops.chart2", 10),
    ]
