"""Last words: an event in every namespace, then a close that says whether to come back."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from server.transport import packets
from server.transport.endings import Ending
from server.transport.link import Link

EVENT: Final = "session:goodbye"
_BREATH_S = 0.005


@dataclass(frozen=True, slots=True)
class Goodbye:
    """What a client is told last. `payload` goes out as `session:goodbye`, its `code` also as the close reason.

    A client told to stay away gets DISCONNECT in every namespace, which stock clients take as final; one that
    may come back gets a bare close, after which they reconnect by themselves.
    """

    payload: Mapping[str, Any] = field(default_factory=dict)
    stay_away: bool = False
    ws_code: int = 1000


_PLAIN: Final = {
    Ending.PROTOCOL_ERROR: ("protocol_error", True, 3500),
    Ending.NO_PONG: ("no_pong", False, 3000),
    Ending.NOT_JOINED: ("not_joined", False, 3000),
    Ending.INBOX_FULL: ("too_many_requests", False, 3000),
    Ending.SLOW: ("slow", False, 3000),
    Ending.FAILED: ("internal", False, 3000),
}


def plain_farewell(ending: Ending) -> Goodbye:
    """Return bare last words for an ending, for servers that bring no table of their own."""
    code, stay_away, ws_code = _PLAIN.get(ending, (str(ending), False, 3000))
    return Goodbye({"code": code, "reconnect": not stay_away}, stay_away, ws_code)


def say(link: Link, goodbye: Goodbye, ending: Ending) -> None:
    """Queue the last words on every namespace joined and begin to close."""
    joined = [session.namespace for session in link.sessions.values() if session.joined]
    for namespace in joined:
        link.put(packets.event_frame(namespace, EVENT, (dict(goodbye.payload),)))
    if goodbye.stay_away:
        for namespace in joined:
            link.put(packets.disconnect_frame(namespace))
    link.close(ending, code=goodbye.ws_code, reason=str(goodbye.payload.get("code", "")))


async def drain(links: Sequence[Link], farewell: Callable[[], Goodbye], *, batch: int, within_s: float) -> None:
    """Say goodbye to all, a batch at a time, and return when all are gone; after `within_s` they are cut off."""
    try:
        async with asyncio.timeout(within_s):
            for few in _batches(links, batch):
                for link in few:
                    say(link, farewell(), Ending.SHUTDOWN)
                await asyncio.sleep(_BREATH_S)
            for link in links:
                await link.gone()
    except TimeoutError:
        for link in links:
            link.close(Ending.SHUTDOWN)
            link.abort()


def _batches(links: Sequence[Link], size: int) -> Iterator[list[Link]]:
    rest = iter(links)
    while few := list(islice(rest, size)):
        yield few
