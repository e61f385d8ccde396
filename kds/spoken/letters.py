"""The letters that can be typed at a station in lines, and the help that tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from heard.ui.words import Words, later

About = Literal["card", "item", "named", "nothing"]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person may type, and what it does."""

    letter: str
    does: str
    about: About = "nothing"
    """What has to be chosen first: a card, or a card or one of its items. `named`: what is named with it, if anything;
    `nothing`: it takes no number."""


RETRY = "t"
"""Named where the gateway refuses."""

LETTERS: tuple[Letter, ...] = (
    Letter("b", later("bump: done with the card, or with one item"), "item"),
    Letter("s", later("start: I am on it"), "item"),
    Letter("v", later("void seen: what is off the order"), "item"),
    Letter("p", later("not yet: hold it; what is held is fired"), "item"),
    Letter("!", later("rush, and back to normal"), "card"),
    Letter("i", later("the whole order: every item, every station"), "card"),
    Letter("f", later("force: hand over although a station still has some")),
    Letter("u", later("undo the last thing done here")),
    Letter("r", later("recall the last card done; with a number that card, item, or one of the list d"), "named"),
    Letter("d", later("recently done; again: those before them")),
    Letter("l", later("list all cards")),
    Letter("a", later("all-day: how many of each dish are open; again: with choices")),
    Letter("e", later("expo's view and back")),
    Letter(RETRY, later("try the gateway again, where it is away or refuses")),
    Letter("m", later("sound off for a while, and on again")),
    Letter("<", later("sound softer, with a chime to judge it by")),
    Letter(">", later("sound louder, with a chime to judge it by")),
    Letter("h", later("help")),
    Letter("q", later("quit")),
)


def help_lines(letters: Mapping[str, Letter], words: Words) -> Iterator[str]:
    """What can be typed."""
    yield words("A number: hear that card and choose it. Then a letter; or both at once, like 3 b.")
    yield words("A number with a dot: one item of a card, like 3.1 b.")
    yield words("Enter alone: how the link stands, how many cards are open.")
    for one in letters.values():
        yield f"{one.letter}: {words(one.does)}"
