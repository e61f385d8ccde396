"""How much wrong content one client is forgiven: so many in a sliding window, by the monotonic clock."""

from collections import deque
from time import monotonic


class Strikes:
    """Counts what a client did wrong; `most` within `within_ms` are too many."""

    __slots__ = ("_times", "_within_s", "most")

    def __init__(self, most: int, within_ms: int) -> None:
        self.most = most
        self._within_s = within_ms / 1000
        self._times: deque[float] = deque(maxlen=most)

    def __len__(self) -> int:
        """How many still count."""
        self._forget(monotonic())
        return len(self._times)

    def add(self) -> bool:
        """Count one more; True says that it was one too many."""
        now = monotonic()
        self._forget(now)
        self._times.append(now)
        return len(self._times) >= self.most

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] >= self._within_s:
            self._times.popleft()
