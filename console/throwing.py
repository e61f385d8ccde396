"""Connections that are being thrown off: how many were asked for, what has come of it, and the words for both."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from heard.errors import HeardError
from heard.text import one_line, safe_text
from heard.ui.words import ENGLISH, Words

LEAST_REASON = 3
"""Characters of a reason that anybody can see."""
MAX_REASON = 200


def says_too_little(reason: str) -> bool:
    """Whether a reason has nothing to read for whoever is thrown off."""
    return sum(1 for char in safe_text(reason) if unicodedata.category(char)[0] in "LNPS") < LEAST_REASON


@dataclass(slots=True)
class Throwing:
    """One decision of an operator, under way until every answer is there."""

    asked: int
    words: Words = ENGLISH
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def note(self, name: str, error: HeardError | None) -> None:
        """An answer about one of them."""
        if error is None:
            self.done.append(name)
        else:
            self.refused.append(f"{name}: {one_line(str(error), limit=160)}")

    def outcome(self) -> str:
        """What it has come to so far, all of it in one sentence."""
        words = self.words
        if not self.done and not self.refused:
            return words.many("throwing {n} off …", "throwing {n} off …", self.asked)
        if self.asked == 1:
            who = (self.done or self.refused)[0]
            return words("thrown off: {who}", who=who) if self.done else words("refused: {who}", who=who)
        said = words("{n} of {all} thrown off", n=len(self.done), all=self.asked)
        if self.refused:
            said += "; " + words("{n} refused, {first}", n=len(self.refused), first=self.refused[0])
        return said
