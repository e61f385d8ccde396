"""The first minute of somebody who never saw this: one key after the other, each when the one before was tried.

A state machine over deeds done: no clock, no screen. What is tried ahead of its turn is not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from heard.contract.kds import EXPO
from heard.ui.words import ENGLISH, Words, later


@dataclass(frozen=True, slots=True)
class Done:
    """Something a person did: which deed, whether the kitchen changed by it, whether a card is in focus now."""

    deed: str
    acted: bool = False
    focused: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try: what the strip says, and how it is known to be done."""

    sentence: str
    is_done: Callable[[Done], bool]
    alone: bool = False
    """Whether it may be done before its turn."""


def _picked(done: Done) -> bool:
    return done.focused and done.deed.startswith(("slot.", "focus."))


def _bumped(done: Done) -> bool:
    return done.acted and (done.deed == "bump" or done.deed.startswith("slot."))


def _handed_over(done: Done) -> bool:
    return _bumped(done) or (done.acted and done.deed == "force")


def _acted(deed: str) -> Callable[[Done], bool]:
    return lambda done: done.deed == deed and done.acted


def _did(deed: str) -> Callable[[Done], bool]:
    return lambda done: done.deed == deed


_BACK = (
    Step(later("u takes it back, as if nothing had happened"), _acted("undo")),
    Step(later("Enter once more: it is done after all"), _bumped),
    Step(later("r brings back the last card done, with its age"), _acted("recall")),
    Step(later("a counts what is open of every dish"), _did("all_day"), alone=True),
    Step(later("F1 tells everything else"), _did("help"), alone=True),
    Step(later("That is all it takes. The kitchen is yours; q leaves"), lambda _: True),
)
STEPS: tuple[Step, ...] = (
    Step(later("Press 1 to pick the first card"), _picked),
    Step(later("Enter: done with it, and the pass is told"), _bumped),
    *_BACK,
)
AT_EXPO: tuple[Step, ...] = (
    Step(later("Press 1 to pick the first card: what is ready comes first"), _picked),
    Step(later("Enter hands it over, or says who still has some"), _handed_over),
    *_BACK,
)


@dataclass(frozen=True, slots=True)
class Guide:
    """Where somebody is in the tour."""

    steps: tuple[Step, ...] = STEPS
    words: Words = ENGLISH
    tried: frozenset[int] = frozenset()

    @property
    def sentence(self) -> str:
        """What to try now; empty when the tour is over."""
        here = self._here
        return "" if here is None else self.words(self.steps[here].sentence)

    @property
    def way_out(self) -> str:
        """How to do without."""
        return self.words("n: no more hints")

    @property
    def _here(self) -> int | None:
        return next((n for n in range(len(self.steps)) if n not in self.tried), None)

    def after(self, deed: str, *, acted: bool, focused: bool) -> Guide:
        """The tour after something was done."""
        done, here = Done(deed, acted, focused), self._here
        if here is None:
            return self
        if here == 0 and _bumped(done):  # picked and bumped with one number
            return replace(self, tried=self.tried | {0, 1})
        tried = {n for n, step in enumerate(self.steps) if (n == here or step.alone) and step.is_done(done)}
        return replace(self, tried=self.tried | tried) if tried else self


def guide_to(station: str, words: Words = ENGLISH) -> Guide:
    """A tour of a station's display."""
    return Guide(AT_EXPO if station == EXPO else STEPS, words)
