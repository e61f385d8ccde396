"""How the link stands: what a badge is painted from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from heard.contract.envelope import Position
from heard.contract.session import StoreSettings


class LinkState(StrEnum):
    """Where the link stands. `refused` stays until the token is a new one or a person asks to try again."""

    CONNECTING = "connecting"
    CATCHING_UP = "catching_up"
    LIVE = "live"
    OFFLINE = "offline"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The honest truth about a link. Times are seconds of the client's own monotonic clock."""

    state: LinkState = LinkState.OFFLINE
    since: float = 0.0
    """When it came into this state."""
    last_event: float | None = None
    """When the last fact was heard."""
    last_heard: float | None = None
    """When anything was heard, announced heads too: what proves that a quiet stream is quiet."""
    position: Position | None = None
    head: int | None = None
    """The newest seq there is to be heard, of the stream or of the station's view, as announced last."""
    unsent: int = 0
    """Commands on disk that have no answer yet."""
    reason: str | None = None
    """Why it is not live, in a sentence; or what went wrong inside while it is."""
    rtt_ms: float | None = None
    """How long the last question took."""
    skew_s: float | None = None
    """How far the gateway's clock is ahead of ours, by what it announced last; None before it said."""
    attempt: int = 0
    """Tries since the link was last live."""
    settings: StoreSettings | None = None
    subject: str | None = None
    role: str | None = None
    store: str | None = None
    stations: tuple[str, ...] = ()
    degraded: bool = False

    @property
    def live(self) -> bool:
        """Whether what is shown is what there is."""
        return self.state is LinkState.LIVE
