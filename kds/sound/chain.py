"""The chain: whichever player can be heard, the best first; proved anew by every tone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from kds.sound.players import NotPlayed, Player, every_player
from kds.sound.tones import silence

PROBE_MS = 100
Trying = Callable[[str], None]


class Chain:
    """Plays through the player that worked last; when that fails, through the first other one that can be heard."""

    def __init__(self, players: Sequence[Player], trying: Trying = lambda _: None) -> None:
        """`trying` hears a player's name before it is tried, and an empty one after: a library may take us all down."""
        self.players = players
        self.current: Player | None = None
        self._trying = trying

    def play(self, samples: bytes) -> str:
        """The name of the player that was heard.

        Raises:
            NotPlayed: none was; why, one by one.
        """
        faults = []
        for player in self._in_turn():
            if player.missing() is not None:
                continue
            self._trying(player.name)
            try:
                player.play(samples)
            except NotPlayed as error:
                faults.append(str(error))
            else:
                self.current = player
                return player.name
            finally:
                self._trying("")
        self.current = None
        raise NotPlayed("; ".join(faults) or f"nothing to play with is installed ({self._remedies()})")

    def probe(self) -> str:
        """Play a moment of silence, to know whether anything could be heard.

        Raises:
            NotPlayed: nothing could.
        """
        return self.play(silence(PROBE_MS))

    def stop(self) -> None:
        """Leave off, from another thread."""
        for player in self.players:
            player.stop()

    def _remedies(self) -> str:
        remedies = [f"{player.name}: {remedy}" for player in self.players if (remedy := player.missing())]
        return "; ".join(remedies) or "every player took the helper down"

    def _in_turn(self) -> list[Player]:
        current = self.current
        return [*([current] if current else []), *(one for one in self.players if one is not current)]


def chain(through: str | None = None, without: Collection[str] = (), trying: Trying = lambda _: None) -> Chain:
    """The players of this machine, or the one asked for, less those that are not to be trusted."""
    wanted = [one for one in every_player() if through in (None, one.name) and one.name not in without]
    return Chain(wanted, trying)
