"""What belongs on record: requests that only somebody who means harm, or a wrong configuration, makes."""

import logging
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)

_MOST = 64


class Suspicion(StrEnum):
    """What was tried."""

    ORIGIN = "origin"
    """A browser came from a page that is not listed."""
    FOREIGN_SID = "foreign_sid"
    """Somebody spoke for a polling connection from another network than its own."""
    RESERVED_EVENT = "reserved_event"
    """A client sent an event whose name is Socket.IO's own, such as `connect`."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One attempt; it was refused and changed nothing."""

    what: Suspicion
    address: str
    """Where it came from."""
    detail: str = ""
    """What was said, as `printable` text."""
    sid: str | None = None
    """The socket that said it, where there is one."""


def written(incident: Incident) -> None:
    """Put an incident on record as a line in the log, for servers that bring no record of their own."""
    log.warning("%s refused, from %s: %s", incident.what, incident.address, incident.detail)


def no_origin_of_ours(origin: str) -> str:
    """Return the sentence for a page that may not come in, to be read by whoever set up the gateway."""
    return f"pages from {printable(origin, 100)} may not call here; [transport] origins names those that may"


def printable(text: str, most: int = _MOST) -> str:
    """Return a stranger's text so that it fits on one line of any log: printable ASCII, and not much of it."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:most])
