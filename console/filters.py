"""The grammar of filters: which rows of a table to show.

    marie                 rows where any text holds this; a regular expression, capitals do not matter
    /orders:place         the same, and never taken for a column's name
    !viewer  !role:pos    rows that do not match; `/!viewer` too
    -f grl                fuzzy: rows where one text has these letters in this order; `/-f grl` too
    role:kitchen          rows where the text of this column holds the word; `error:-` where it says nothing
    role=kitchen          rows where it is the word, whole
    rtt>100  idle>=5m     rows where the number of this column is larger; ms s m h d for times, k M G for the rest
    queue<64k  lag:0      smaller; exactly

Several, with spaces between them, must all be true; `"…"` keeps spaces together. Nothing here raises: what cannot be
read is a `Fault` with a sentence and its place.

A regular expression that could take long on some text is a fault as well, by a bound that needs no clock: each repeat
multiplies the steps of a search by the length of the text, each choice by two, and a repeated group has no bound.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple

from console.columns import Column, Row, shown
from heard.text import safe_text
from heard.ui.words import ENGLISH, Words

MAX_FILTER = 200
"""Characters of a filter."""
MAX_PATTERN = 100
"""Characters of one regular expression."""
MAX_TEXT = 160
"""Characters of a cell that a regular expression sees."""
MAX_STEPS = 60_000
"""Steps that one regular expression may need for one cell, at worst."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a filter cannot be read, and at which of its characters (from 0)."""

    sentence: str
    at: int

    def __str__(self) -> str:
        return f"filter, character {self.at + 1}: {self.sentence}"


class _Told(NamedTuple):
    row: object
    """Kept, so that its id stays its own."""
    cells: tuple[str, ...]
    folded: str
    """The same without capitals, a line each."""


class Texts(Generic[Row]):
    """The words of rows, read once: a table is asked anew each second and at each letter of a filter, and most of its
    rows are the same objects then. What is no longer in the table is forgotten after another look."""

    def __init__(self, columns: Iterable[Column[Row]]) -> None:
        self._columns = [column for column in columns if column.kind == "text"]
        self._kept: dict[int, _Told] = {}
        self._before: dict[int, _Told] = {}

    def turn(self) -> None:
        """Another look begins."""
        if self._kept:  # those between that read no words forget none
            self._before, self._kept = self._kept, {}

    def of(self, row: Row, now: datetime) -> _Told:
        """What a row says."""
        key = id(row)
        told = self._kept.get(key)
        if told is None:
            told = self._kept[key] = self._before.get(key) or self._read(row, now)
        return told

    def _read(self, row: Row, now: datetime) -> _Told:
        cells = [value for column in self._columns if isinstance(value := column.read(row, now), str)]
        together = "".join(cells)
        if len(together) > MAX_TEXT or not (together.isascii() and together.isprintable()):  # seldom; see Column.value
            values = [column.value(row, now) for column in self._columns]
            cells = [value[:MAX_TEXT] for value in values if isinstance(value, str)]
        return _Told(row, tuple(cells), "\n".join(cells).casefold())


@dataclass(frozen=True, slots=True)
class Filter(Generic[Row]):
    """A filter that can be asked. Without tests everything matches."""

    text: str = ""
    tests: tuple[Callable[[Row, datetime], bool], ...] = ()
    texts: Texts[Row] | None = None
    """What the tests read, where they read words."""

    def matches(self, row: Row, now: datetime) -> bool:
        """Whether to show this row."""
        return all(test(row, now) for test in self.tests)

    def keep(self, rows: Iterable[Row], now: datetime) -> list[Row]:
        """The rows to show, in their order."""
        if self.texts is not None:
            self.texts.turn()
        match self.tests:
            case ():
                return list(rows)
            case (test,):
                return [row for row in rows if test(row, now)]
        return [row for row in rows if self.matches(row, now)]


def read_filter(
    text: str, columns: Sequence[Column[Row]], words: Words = ENGLISH, texts: Texts[Row] | None = None
) -> Filter[Row] | Fault:
    """The filter that a person typed, for a table with these columns. `texts`: what filters of this table read
    before."""
    texts = texts or Texts(columns)
    try:
        return Filter(text, tuple(_tests(text, columns, words, texts)), texts)
    except _Wrong as wrong:
        return Fault(wrong.sentence, wrong.at)


class _Wrong(Exception):
    def __init__(self, sentence: str, at: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.at = at


# ── Terms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Term(NamedTuple):
    """What stands between two spaces, without its quotes; `bare`: how much of it stands before the first quote."""

    text: str
    at: int
    bare: int

    def without(self, n: int) -> _Term:
        return _Term(self.text[n:], self.at + n, self.bare - n)


def _terms(text: str, words: Words) -> Iterator[_Term]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start, kept, bare = at, "", None
        while at < len(text) and not text[at].isspace():
            if text[at] != '"':
                kept, at = kept + text[at], at + 1
                continue
            end = text.find('"', at + 1)
            if end < 0:
                raise _Wrong(words("this quote is never closed"), at)
            bare = len(kept) if bare is None else bare
            kept, at = kept + text[at + 1 : end], end + 1
        yield _Term(kept, start, len(kept) if bare is None else bare)


_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(:|>=|<=|=|>|<)")


def _tests(
    text: str, columns: Sequence[Column[Row]], words: Words, texts: Texts[Row]
) -> Iterator[Callable[[Row, datetime], bool]]:
    if len(text) > MAX_FILTER:
        raise _Wrong(words("a filter has at most {n} characters", n=MAX_FILTER), MAX_FILTER)
    terms = _terms(text, words)
    for term in terms:
        as_text = term.bare > 0 and term.text.startswith("/")
        rest = term.without(1) if as_text else term
        inverse = rest.bare > 0 and rest.text.startswith("!")
        rest = rest.without(1) if inverse else rest
        field = None if as_text else _FIELD.match(rest.text[: max(0, rest.bare)])
        if rest.bare > 0 and rest.text == "-f":
            letters = next(terms, None)
            if letters is None:
                raise _Wrong(words("-f needs letters after it"), rest.at)
            test = _fuzzy(letters.text, texts)
        elif field is not None:
            test = _field(_column(field[1], rest, columns, words), field[2], rest.without(field.end()), words)
        elif not rest.text:
            raise _Wrong(words("there is nothing to look for"), rest.at)
        else:
            test = _anywhere(_pattern(rest, words), texts)
        yield _inverse(test) if inverse else test


def _column(name: str, term: _Term, columns: Sequence[Column[Row]], words: Words) -> Column[Row]:
    for column in columns:
        if column.id == name.lower():
            return column
    known = " ".join(column.id for column in columns)
    text = safe_text(term.text)
    said = words("there is no column {name}; there are {known}; or write /{text}", name=name, known=known, text=text)
    raise _Wrong(said, term.at)


def _inverse(test: Callable[[Row, datetime], bool]) -> Callable[[Row, datetime], bool]:
    return lambda row, now: not test(row, now)


_SPECIAL = frozenset("\\.^$*+?{}[]|()\n")


def _anywhere(pattern: re.Pattern[str], texts: Texts[Row]) -> Callable[[Row, datetime], bool]:
    told = texts.of
    if not _SPECIAL & set(pattern.pattern):
        word = pattern.pattern.casefold()
        return lambda row, now: word in told(row, now).folded
    search = pattern.search
    return lambda row, now: any(map(search, told(row, now).cells))


def _fuzzy(letters: str, texts: Texts[Row]) -> Callable[[Row, datetime], bool]:
    """Between a letter and the next is anything but the next: no way back has to be tried."""
    first, *more = [re.escape(letter) for letter in letters.casefold()] or [""]
    in_order, told = re.compile(first + "".join(f"[^{letter}\n]*{letter}" for letter in more)), texts.of
    return lambda row, now: in_order.search(told(row, now).folded) is not None


# ── A column ──────────────────────────────────────────────────────────────────────────────────────────────────────────

NOTHING = "-"
_NUMBER = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)([A-Za-z]{0,2})")
_TIMES = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SIZES = {"": 1.0, "b": 1.0, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9}


def _field(column: Column[Row], sign: str, term: _Term, words: Words) -> Callable[[Row, datetime], bool]:
    if not term.text:
        raise _Wrong(words("{name} needs a word or a number after it", name=column.id + sign), term.at)
    if sign in (":", "=") and term.text == NOTHING:
        return lambda row, now: column.value(row, now) in (None, "")
    if column.kind in ("text", "moment"):
        if sign not in (":", "="):
            raise _Wrong(words("{name} is no number; write {name}:word", name=column.id), term.at)
        return _holds(column, term.text.casefold(), whole=sign == "=")
    return _compares(column, sign, _number(column, term, words), term.text)


def _holds(column: Column[Row], word: str, *, whole: bool) -> Callable[[Row, datetime], bool]:
    def test(row: Row, now: datetime) -> bool:
        value = column.value(row, now)
        text = value.casefold() if isinstance(value, str) else ""
        return text == word if whole else word in text

    return test


def _compares(column: Column[Row], sign: str, limit: float, word: str) -> Callable[[Row, datetime], bool]:
    def test(row: Row, now: datetime) -> bool:
        value = column.value(row, now)
        if value is None or isinstance(value, str):
            return False
        match sign:
            case ">":
                return value > limit
            case "<":
                return value < limit
            case ">=":
                return value >= limit
            case "<=":
                return value <= limit
            case _:
                return value == limit or shown(value, column.kind) == word

    return test


def _number(column: Column[Row], term: _Term, words: Words) -> float:
    """A number in the column's own unit."""
    parts = _NUMBER.fullmatch(term.text)
    unit = parts[2].lower() if parts else ""
    match column.kind:
        case "age":
            one = _TIMES.get(unit or "s")
        case "ms":
            one = _TIMES.get(unit or "ms", 0.0) * 1_000 or None
        case _:
            one = _SIZES.get(unit)
    if parts is None or one is None:
        said = words("{text} is no number that {name} can be held against", text=safe_text(term.text), name=column.id)
        raise _Wrong(said, term.at)
    return float(parts[1]) * one


# ── Regular expressions ───────────────────────────────────────────────────────────────────────────────────────────────

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[*+?][?+]?|\{[0-9]*,?[0-9]*\}[?+]?|\(\?:|\(\?|.", re.DOTALL)


def _pattern(term: _Term, words: Words) -> re.Pattern[str]:
    if len(term.text) > MAX_PATTERN:
        raise _Wrong(words("a regular expression has at most {n} characters", n=MAX_PATTERN), term.at)
    _bounded(term, words)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a later Python might read in another way works in this one
            return re.compile(term.text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None) or 0
        why = getattr(error, "msg", str(error))
        raise _Wrong(words("this is no regular expression: {why}", why=why), term.at + at) from None


def _bounded(term: _Term, words: Words) -> None:
    """Let a regular expression pass that needs few steps whatever the text is."""
    steps, before = MAX_TEXT, ""
    for found in _PIECE.finditer(term.text):
        piece, at = found[0], term.at + found.start()
        if piece == "(?" or (piece[0] == "\\" and piece[1:].isdigit()):
            raise _Wrong(words("(?…) and back references are not taken here"), at)
        repeats = piece[0] in "*+{" and (piece[0] != "{" or len(piece) > 1)
        if repeats and before == ")":
            raise _Wrong(words("a group cannot be repeated here"), at)
        if repeats:
            steps *= MAX_TEXT
        elif piece[0] in "?|":
            steps *= 2
        if steps > MAX_STEPS:
            raise _Wrong(words("this could take too long; use fewer of * + ? |"), at)
        before = piece
