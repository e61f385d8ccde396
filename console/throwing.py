"""Connections that are being thrown off, a few at a time: whose turn it is, what has come of it, and the words."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Container, Mapping

from console.feed import HowToLeave
from heard.client.links.base import LinkDown
from heard.errors import HeardError
from heard.text import one_line, safe_text
from heard.ui.words import ENGLISH, Words

LEAST_REASON = 3
"""Characters of a reason that anybody can see."""
MAX_REASON = 200
AT_ONCE = 8
"""How many are under way: far fewer than the events of one socket that may wait at the gateway (`inbox_events`)."""


def says_too_little(reason: str) -> bool:
    """Whether a reason has nothing to read for whoever is thrown off."""
    return sum(1 for char in safe_text(reason) if unicodedata.category(char)[0] in "LNPS") < LEAST_REASON


class Throwing:
    """One decision of an operator, under way until every answer is there. `asked`: connections, with whose they are."""

    def __init__(self, asked: Mapping[str, str], reason: str, code: HowToLeave, words: Words = ENGLISH) -> None:
        self.reason, self.code = reason, code
        self._asked, self._words = asked, words
        self._left = list(asked)[::-1]
        self._begun = 0
        self._done: list[str] = []
        self._went: list[str] = []
        self._refused: list[tuple[str, HeardError]] = []

    def next_few(self, connected: Container[str]) -> list[str]:
        """Whose turn it is; they count as under way from now on. Who left before it is not asked about."""
        few: list[str] = []
        while self._left and len(few) < AT_ONCE - self._unanswered:
            one = self._left.pop()
            (few if one in connected else self._went).append(one)
        self._begun += len(few)
        return few

    def note(self, connection: str, error: HeardError | None) -> None:
        """An answer about one of them. Where nobody answers, nobody else is asked for."""
        if error is None:
            self._done.append(connection)
            return
        self._refused.append((connection, error))
        if isinstance(error, LinkDown):
            self.stop()

    @property
    def waits(self) -> bool:
        """Whether there are some whose turn has not come."""
        return bool(self._left)

    @property
    def goes_on(self) -> bool:
        """Whether an answer is due, or somebody's turn."""
        return self.waits or self._unanswered > 0

    @property
    def _unanswered(self) -> int:
        return self._begun - len(self._done) - len(self._refused)

    def stop(self) -> None:
        """Those whose turn has not come are left be."""
        self._left.clear()

    def outcome(self) -> str:
        """What it has come to so far, all of it in one sentence."""
        words, all_of_them = self._words, len(self._asked)
        spared = 0 if self.waits else all_of_them - self._begun - len(self._went)
        if not (self._done or self._refused or self._went or spared):
            said = [words.many("throwing {n} off …", "throwing {n} off …", all_of_them)]
        elif all_of_them == 1:
            return self._of_one()
        else:
            said = [words("{n} of {all} thrown off", n=len(self._done), all=all_of_them), *self._not_thrown()]
        if self.waits:
            said.append(words("Esc stops"))
        elif spared:
            said.append(words("{n} left be", n=spared))
        return "; ".join(said)

    def _of_one(self) -> str:
        words = self._words
        if self._went:
            return words("it has left meanwhile")
        if not self._refused:
            return words("thrown off: {who}", who=self._asked[self._done[0]])
        who = self._first()
        if isinstance(self._refused[0][1], LinkDown):
            return words("without an answer: {who}", who=who)
        return words("refused: {who}", who=who)

    def _not_thrown(self) -> list[str]:
        words, said = self._words, []
        no = Counter(error.code for _, error in self._refused if not isinstance(error, LinkDown))
        if no:
            kinds = ", ".join(f"{n} {code}" if len(no) > 1 else code for code, n in no.most_common())
            said.append(words("{n} refused: {kinds}; {first}", n=no.total(), kinds=kinds, first=self._first()))
        if silent := len(self._refused) - no.total():
            said.append(words("{n} without an answer", n=silent))
        if self._went:
            said.append(words("{n} left by themselves", n=len(self._went)))
        return said

    def _first(self) -> str:
        connection, error = self._refused[0]
        return f"{self._asked[connection]}: {one_line(str(error), limit=160)}"
