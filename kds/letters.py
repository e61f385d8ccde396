# ruff: noqa: RUF001 - the sheets draw characters that look alike
"""Letters three lines high: half blocks where a terminal has them, single lines where it has not.

The letters are drawn below. The first line of a sheet names characters; under each, from its own column up to that of
the next, stands its picture. Block letters are five pixels high, two pixels to a line of the screen, and leave the
uppermost pixel to accents. There are capitals only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from unicodedata import normalize

from heard.text import cells

Style = Literal["blocks", "lines"]
Big = tuple[str, str, str]
"""A text, three lines high; all lines are equally long."""

_BLOCKS = r"""
0   1   2   3   4   5   6   7   8   9
### ##  ### ### # # ### ### ### ### ###
# #  #    #   # # # #   #     # # # # #
# #  #  ###  ## ### ### ###   # ### ###
# #  #  #     #   #   # # #   # # #   #
### ### ### ###   # ### ###   # ### ###

A    B    C    D    E   F   G    H    I J   K    L   M     N
 ##  ###   ### ###  ### ###  ### #  # #   # #  # #   #   # #  #
#  # #  # #    #  # #   #   #    #  # #   # # #  #   ## ## ## #
#### ###  #    #  # ##  ##  # ## #### #   # ##   #   # # # # ##
#  # #  # #    #  # #   #   #  # #  # # # # # #  #   #   # #  #
#  # ###   ### ###  ### #    ### #  # # ##  #  # ### #   # #  #

O    P    Q    R    S    T   U    V   W     X   Y   Z
 ##  ###   ##  ###   ### ### #  # # # #   # # # # # ####
#  # #  # #  # #  # #     #  #  # # # #   # # # # #    #
#  # ###  #  # ###   ##   #  #  # # # # # #  #   #   ##
#  # #    # ## # #     #  #  #  # # # ## ## # #  #  #
 ##  #     ### #  # ###   #   ##   #  #   # # #  #  ####

Æ     Ø     Ç    Œ     Þ    Ð     Ł
 ####  ## #  ###  #### #     ###   #
# #   #  #  #    # #   ###   #  #  ##
##### # # # #    # ##  #  # ### # ##
# #    #  #  ### # #   ###   #  #  #
# ### # ##    #   #### #     ###   ###

! "   . ,  : ;  ' `  -   _   +   =   /   \   (  )  [  ]  {   }
# # #           # #                    # #    # #  ## ##  ## ##
# # #      #  # #  #          #  ###   # #   #   # #   #  #   #
#                    ###     ###      #   #  #   # #   # ##   ##
         # #  #               #  ### #     # #   # #   #  #   #
#     # #    #           ###         #     #  # #  ## ##  ## ##

<   >   | *   ~    ^   ?   #     $    %    &     @
  # #   # # #       #  ###  # #   ### #  #  #     ###
 #   #  #  #   # # # #   # ##### # #     # # #   #  ##
#     # # # # # #       ##  # #   ##   ##   #  # # # #
 #   #  #                  #####   ## #    # ##  # ###
  # #   #               #   # #  ###  #  #  ## #  ##

×   €    £   ¥   °   •  · …     –   —     ’ ‘ “   ”   ¿   ¡ →
     ###  ## # # ###                      # # # # # #  #  #   #
# # #    #   # # # #                      # # # # # #          #
 #  ###  ##  ### ### ## #       ### #####             ##  # #####
# # #    #    #      ##                               #   #    #
     ### ###  #           # # #                       ### #   #
"""
_LINES = r"""
0   1   2   3   4   5   6   7   8   9
┌─┐ ─┐  ──┐ ──┐ │ │ ┌── ┌── ──┐ ┌─┐ ┌─┐
│ │  │  ┌─┘  ─┤ └─┤ └─┐ ├─┐   │ ├─┤ └─┤
└─┘ ─┴─ └── ──┘   │ ──┘ └─┘   │ └─┘ ──┘

A   B   C   D   E   F   G   H   I J   K   L   M   N
┌─┐ ┬─┐ ┌── ┬─┐ ┌── ┌── ┌── │ │ │   │ │ ┌ │   ┌┬┐ ┌┐│
├─┤ ├─┤ │   │ │ ├─  ├─  │ ┐ ├─┤ │   │ ├─┤ │   │││ │││
│ │ ┴─┘ └── ┴─┘ └── │   └─┘ │ │ │ └─┘ │ └ └── │ │ │└┘

O   P   Q   R   S   T   U   V    W   X    Y   Z
┌─┐ ┌─┐ ┌─┐ ┌─┐ ┌── ─┬─ │ │ │  │ │ │ └┐┌┘ │ │ ──┐
│ │ ├─┘ │ │ ├┬┘ └─┐  │  │ │ └┐┌┘ │││  ├┤  └┬┘ ┌─┘
└─┘ │   └─┼ │└─ ──┘  │  └─┘  └┘  └┴┘ ┌┘└┐  │  └──

! "  . , : ; ' ` -  _   +   =  /   \   ( ) [  ]  {  }
│ ││         │ `            ──   / \   ┌ ┐ ┌─ ─┐  ┌ ┐
│        :       ──     ─┼─ ──  /   \  │ │ │   │ ─┤ ├─
.    . ,   ;        ───        /     \ └ ┘ └─ ─┘  └ ┘

<   >   | *   ~  ^ ?   #    $   %   &   @
  / \   │        ^ ──┐ ─┼┼─ ┌┼─ o / ┌┐  ┌──┐
 <   >  │  *  ~~    ─┘ ─┼┼─ └┼┐  /  ├┼─ │─┐│
  \ /   │           .       ─┼┘ / o └┘  └──┘

×   €   £   ° • · …     –  —    ’ ‘
    ┌── ┌─  o                   │ │
 x  ┼── ┼─    * ·       ── ────
    └── ┴──       . . .
"""
_ACCENTS = {
    "\N{COMBINING GRAVE ACCENT}": "#",
    "\N{COMBINING ACUTE ACCENT}": "  #",
    "\N{COMBINING CIRCUMFLEX ACCENT}": " #",
    "\N{COMBINING TILDE}": "##",
    "\N{COMBINING DIAERESIS}": "# #",
    "\N{COMBINING RING ABOVE}": " #",
    "\N{COMBINING CARON}": "# #",
    "\N{COMBINING MACRON}": "###",
    "\N{COMBINING BREVE}": "# #",
    "\N{COMBINING DOT ABOVE}": " #",
}
"""Accent → the pixels above its letter."""
_SPACE = 2
_HALVES = {"  ": " ", "# ": "▀", " #": "▄", "##": "█"}


def style_of(glyph: str) -> Style:
    """Which letters a terminal gets whose theme draws them with this glyph."""
    return "blocks" if glyph == "▀" else "lines"


def big(text: str, style: Style) -> Big | None:
    """A text in big letters; None when one of its characters has none."""
    made = [_letter(grapheme, style) for grapheme in _graphemes(text.upper())]
    whole = [letter for letter in made if letter is not None]
    if len(whole) < len(made):
        return None
    first, second, third = (" ".join(letter[line] for letter in whole) for line in range(3))
    return first, second, third


def folded_big(text: str, room: int, style: Style) -> list[Big] | None:
    """A text in big letters over as many rows as it needs, broken between words; None when a word has no room."""
    rows: list[str] = []
    for word in text.split():
        wider = f"{rows[-1]} {word}" if rows else word
        if rows and (width := big_width(wider, style)) is not None and width <= room:
            rows[-1] = wider
            continue
        width = big_width(word, style)
        if width is None or width > room:
            return None
        rows.append(word)
    return [made for row in rows if (made := big(row, style)) is not None]


def big_width(text: str, style: Style) -> int | None:
    """How many columns a text in big letters takes; None when a character has no big letter."""
    made = big(text, style)
    return None if made is None else cells(made[0])


def _graphemes(text: str) -> Iterator[str]:
    """Each letter with the accents on it; precomposed letters that have a picture of their own as they are."""
    letter = ""
    for char in "".join(one if one in _sheet("blocks") else normalize("NFD", one) for one in text):
        if letter and char in _ACCENTS:
            letter += char
            continue
        if letter:
            yield letter
        letter = char
    if letter:
        yield letter


@lru_cache(maxsize=512)
def _letter(grapheme: str, style: Style) -> Big | None:
    if grapheme == " ":
        return (" " * _SPACE,) * 3
    picture = _sheet(style).get(grapheme[0])
    if picture is None or len(grapheme) > 2 or (len(grapheme) == 2 and style == "lines"):
        return None
    if style == "lines":
        first, second, third = picture
    else:
        first, second, third = _halved((_ACCENTS.get(grapheme[1:], ""), *picture))
    return first, second, third


def _halved(pixels: tuple[str, ...]) -> Iterator[str]:
    """Two rows of pixels in one line of the screen."""
    width = max(len(row) for row in pixels)
    accent, *picture = pixels
    rows = [accent.ljust(width), *(row.center(width) for row in picture)]
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        yield "".join(_HALVES[a + b] for a, b in zip(upper, lower, strict=True))


@lru_cache
def _sheet(style: Style) -> dict[str, tuple[str, ...]]:
    """Character → its picture as it is drawn above."""
    found: dict[str, tuple[str, ...]] = {}
    for block in (_BLOCKS if style == "blocks" else _LINES).strip("\n").split("\n\n"):
        names, *rows = block.split("\n")
        starts = [column for column, name in enumerate(names) if name != " "]
        for start, end in pairwise((*starts, max(len(row) for row in rows) + 1)):
            found[names[start]] = tuple(row[start : end - 1].ljust(end - 1 - start) for row in rows)
    return found
