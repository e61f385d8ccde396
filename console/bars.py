"""What the bars say: where we look and how fresh it is, the pages, and the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.picture import Picture
from heard.client.status import LinkStatus
from heard.text import cells, one_line
from heard.ui.ages import short_age
from heard.ui.badge import badge
from heard.ui.deeds import Deed, key_words
from heard.ui.spans import Row, Span, clipped, width
from heard.ui.words import ENGLISH, Words

STALE_S = 5.0
"""A sample comes every second: silence for longer means that what is shown is old."""


@dataclass(frozen=True, slots=True)
class Top:
    """What the upper bar knows."""

    store: str
    server: str
    status: LinkStatus
    may_act: bool
    sample_s: float | None
    """How old the newest sample is; None: there was none."""
    paused_s: float | None = None
    """For how long the picture has been held still."""
    clock: str = ""


def top_bar(top: Top, mono: float, room: int, words: Words = ENGLISH) -> tuple[Row, Row]:
    """How much to believe at the left, who may do what and the time at the right; the place has what is left."""
    state = link_words(top, mono, words)
    role = one_line(top.status.role or "", limit=20)
    right: Row = ()
    if role and not top.may_act:
        right += (Span(f" {words('READ ONLY')} ", "bar.warn"), Span(f" {role} ", "bar.text"))
    elif role:
        right += (Span(f" {one_line(top.status.subject or '', limit=24)} {role} ", "bar.text"),)
    clock = Span(f" {top.clock} ", "bar.strong")
    place = f" {top.store}" + (f" · {top.server}" if top.server else "")
    left = room - width(state) - width(right) - width((clock,)) - 1
    where = clipped((Span(f"{one_line(place)} ", "bar.dim"),), max(0, left))
    return (*state, *where), (*right, clock)


def link_words(top: Top, mono: float, words: Words = ENGLISH) -> Row:
    """The link, the age of the sample, and whether the picture stands still."""
    row = badge(top.status, mono, words)[: 1 if top.status.live else 2]
    if top.paused_s is not None:
        row = (Span(f" {words('PAUSED')} {short_age(top.paused_s)} ", "bar.warn"), *row)
    if top.sample_s is None:
        return (*row, Span(f" {words('no sample yet')} ", "bar.dim"))
    if top.sample_s > STALE_S:
        return (*row, Span(f" {words('STALE')} ", "bar.alarm"), Span(f" {short_age(top.sample_s)} ", "bar.text"))
    return (*row, Span(" " + words("sample {age}", age=short_age(top.sample_s)) + " ", "bar.dim"))


def titles(picture: Picture, troubles: int, words: Words = ENGLISH) -> list[tuple[str, str, str]]:
    """The pages in the order of their keys: id, title, and what counts there."""
    return [
        ("overview", words("Overview"), f"!{troubles}" if troubles else ""),
        ("connections", words("Connections"), str(len(picture.connections))),
        ("errors", words("Errors"), ""),
        ("closed", words("Closed"), str(len(picture.closed))),
        ("latency", words("Latency"), ""),
        ("audit", words("Audit"), ""),
    ]


PAGES = tuple(name for name, _, _ in titles(Picture(), 0))
"""The ids of the pages."""


def tabs(pages: Sequence[tuple[str, str, str]], here: str, room: int) -> Row:
    """The pages with their keys. Each is its id, its title, and a count that may be left out for want of room."""
    for counts in (True, False):
        row = tuple(_tab(number, name, count if counts else "", lit=name_id == here)
                    for number, (name_id, name, count) in enumerate(pages, 1))  # fmt: skip
        if width(row) <= room:
            return row
    numbers = tuple(_tab(number, name if name_id == here else "", "", lit=name_id == here)
                    for number, (name_id, name, _) in enumerate(pages, 1))  # fmt: skip
    return clipped(numbers, room)


def _tab(number: int, name: str, count: str, *, lit: bool) -> Span:
    return Span(
        f" {number} {name}{' ' if count else ''}{count} ".replace("  ", " "), "panel.title" if lit else "bar.text"
    )


def footer(
    deeds: Mapping[str, Deed], offered: Sequence[str], sentence: str, room: int, words: Words = ENGLISH
) -> tuple[Row, Row]:
    """The keys that fit, or a sentence; help is kept whatever the width."""
    help_key = _key(deeds["help"], words) if "help" in deeds else ()
    if sentence:
        said = (Span(f" {one_line(sentence)} ", "bar.banner"),)
        return clipped(said, max(0, room - width(help_key) - 1)), help_key
    row: Row = ()
    left = room - width(help_key) - 1
    for name in offered:
        deed = deeds.get(name)
        if deed is None or not deed.keys or not deed.footer:
            continue
        key = _key(deed, words)
        if (left := left - sum(cells(part.text) for part in key)) < 0:
            break
        row += key
    return row, help_key


def _key(deed: Deed, words: Words) -> Row:
    return (Span(f" {key_words(deed).split()[0]}", "bar.key"), Span(f" {words(deed.footer)} ", "bar.text"))
