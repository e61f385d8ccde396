"""What a hand on the keys means: numbers that focus and then bump, and a key that is dead after it bumped.

A terminal never says that a key was let go: a held key looks like many presses. So the same number bumps only after a
pause no key repeat has, only on the card it focused, and the key that bumped stays dead while it keeps coming.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MIN_PAUSE_S = 0.060
"""Two presses closer than this are a key repeat (about 33 ms), not a decision."""
MAX_PAUSE_S = 3.0
DEAD_S = 0.200

Meaning = Literal["focus", "bump", "nothing"]


@dataclass(slots=True)
class Fingers:
    """The last presses. Times in s, monotonic."""

    number: int | None = None
    ticket_id: str | None = None
    at: float = float("-inf")
    tens: bool = False
    """`0` was pressed: the next number is ten more."""
    _dead: dict[str, float] = field(default_factory=dict)

    def press(self, number: int, ticket_id: str | None, now: float) -> Meaning:
        """A number key over the card that has this number now; None where no card is."""
        if ticket_id is None:
            self.forget()
            return "nothing"
        same = self.number == number and self.ticket_id == ticket_id
        pause = now - self.at
        if same and pause < MIN_PAUSE_S:
            self.at = now
            return "nothing"
        if same and pause <= MAX_PAUSE_S:
            self.forget()
            return "bump"
        self.number, self.ticket_id, self.at = number, ticket_id, now
        return "focus"

    def forget(self) -> None:
        """What was pressed before does not count any more."""
        self.number = self.ticket_id = None
        self.at = float("-inf")

    def bumped(self, key: str, now: float) -> None:
        """This key has bumped."""
        self._dead = {one: until for one, until in self._dead.items() if until > now} | {key: now + DEAD_S}

    def dead(self, key: str, now: float) -> bool:
        """Whether a key has to rest; asking for it while it must makes it rest longer."""
        until = self._dead.get(key)
        if until is None or now >= until:
            return False
        self._dead[key] = now + DEAD_S
        return True
