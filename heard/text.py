"""Text from outside, made safe for a terminal and a log, and measured in cells.

Order text is hostile and precious: what is dropped here are only code points that steer a terminal, reorder a line or
have no agreed width. Every word a guest wrote stays, brackets and all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from wcwidth import iter_graphemes, wcswidth

MAX_MARKS = 3
"""Combining marks kept on one base: more is zalgo, and no script needs it."""

# C0 but tab and newline, DEL, C1; bidi marks, embeddings, overrides, isolates; zero-width space, joiners, invisible
# operators; soft hyphen; BOM; variation selectors; emoji skin tones; tags; line and paragraph separators;
# interlinear annotation; surrogates. Zero-width joiners go too: terminals disagree on the width of what they join.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t]+")
_FLAGS = {0x1F1E6 + n: chr(ord("A") + n) for n in range(26)}
"""Regional indicators, of which two are a flag to some terminals and two or four columns to others: as letters."""


def safe_text(text: str, *, limit: int | None = None) -> str:
    """`text` without anything that steers a terminal; NFC; at most three marks a base; flags as the two letters they
    are made of; at most `limit` characters.

    Newlines and tabs stay: `one_line` folds them where a line is painted.
    """
    if not (text.isascii() and text.isprintable()):
        text = _few_marks(unicodedata.normalize("NFC", _STEERING.sub("", text).translate(_FLAGS)))
    return text if limit is None else text[:limit]


def one_line(text: str, *, limit: int | None = None) -> str:
    """`safe_text` on one line: newlines and tabs become single spaces."""
    return _SPACES.sub(" ", safe_text(text, limit=limit).replace("\n", " ")).strip()


def cells(text: str) -> int:
    """How many terminal columns `text` takes; `text` has been through `safe_text`."""
    return len(text) if text.isascii() else max(0, wcswidth(text))


def clip(text: str, width: int, *, ellipsis: str = "…") -> str:
    """As much of one line as `width` columns hold, never cutting inside a grapheme; `ellipsis` says more was there."""
    if cells(text) <= width:
        return text
    room, kept = width - cells(ellipsis), ""
    if room < 0:
        return ""
    for grapheme in iter_graphemes(text):
        if cells(kept + grapheme) > room:
            break
        kept += grapheme
    return kept + ellipsis


def fold(text: str, width: int) -> list[str]:
    """Break one line into lines of at most `width` columns, at spaces where there are any."""
    lines = [""]
    for word in _SPACES.split(text):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
            continue
        pieces = list(_chop(word, width))
        lines[len(lines) if lines[-1] else 0 :] = pieces
    return lines


def _chop(word: str, width: int) -> Iterator[str]:
    piece = ""
    for grapheme in iter_graphemes(word):
        if piece and cells(piece + grapheme) > width:
            yield piece
            piece = ""
        piece += grapheme
    yield piece


def _few_marks(text: str) -> str:
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)
