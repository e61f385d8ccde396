"""What the lower bar says for a while: sentences, and refusals one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from heard.client.outbox import Refusal


@dataclass(slots=True)
class Telling:
    """One sentence at a time, each for its whole time. Saying a refusal does not put it away: a person does."""

    _sentence: str = ""
    _until: float = float("-inf")
    _later: deque[str] = field(default_factory=deque)
    _said: set[str] = field(default_factory=set)
    _saying: tuple[str, float] | None = None
    """The refusal that stands in the bar, and until when."""
    _passing: bool = False
    """Whether the sentence is what a key came to."""

    def say(self, sentence: str, mono: float, seconds: float) -> None:
        """This from now on; what it takes the place of is a refusal perhaps, and then said again."""
        self.tell(sentence, mono, seconds)
        self._passing = True

    def tell(self, sentence: str, mono: float, seconds: float) -> None:
        """What no key asked for: it stays its time, whatever is looked at."""
        self._sentence, self._until, self._passing = sentence, mono + seconds, False

    def hush(self) -> None:
        """What a key came to has been read: somebody looks at something else."""
        if self._passing:
            self._until = float("-inf")

    def say_later(self, sentences: Iterable[str]) -> None:
        """One after the other, each when what is said now has had its time."""
        self._later.extend(sentences)

    def go_on(self, mono: float, seconds: float) -> None:
        """The next of them, if nothing else is being said."""
        if self._later and mono >= self._until:
            self.tell(self._later.popleft(), mono, seconds)

    def sentence(self, mono: float) -> str:
        """What to say now; empty when there is nothing."""
        return self._sentence if mono < self._until else ""

    def next_refusal(self, waiting: Sequence[Refusal], mono: float, seconds: float) -> tuple[Refusal, int] | None:
        """The refusal to say now and how many are still to be said after it; None while something else is said."""
        if mono < self._until or not (waiting or self._said or self._saying):
            return None
        if self._saying is not None and self._saying[1] == self._until:
            self._said.add(self._saying[0])
        self._saying = None
        self._said &= {one.command_id for one in waiting}
        unsaid = [one for one in waiting if one.command_id not in self._said]
        if not unsaid:
            return None
        self._saying = (unsaid[0].command_id, mono + seconds)
        return unsaid[0], len(unsaid) - 1
