"""Enough file descriptors for every connection that may be open, where the system lets us have them."""

from __future__ import annotations

import structlog

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

log = structlog.get_logger("heard.descriptors")
SPARE = 256
"""For the journal, the listening sockets, the log, and HTTP beside the sockets."""


def make_room(connections: int) -> None:
    """Raise the soft limit as far as it must and may go; one line in the log where that is not far enough."""
    if resource is None:
        return
    needed = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _at_least(soft, needed):
        return
    wanted = needed if _at_least(hard, needed) else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        log.warning("few_descriptors", limit=soft, needed=needed, remedy="ulimit -n", error=str(error))
        return
    if wanted < needed:
        log.warning("few_descriptors", limit=wanted, needed=needed, remedy="raise LimitNOFILE= or `ulimit -Hn`")


def _at_least(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
