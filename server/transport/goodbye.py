"""Last words: an event in every namespace, then a close that says whether to come back."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
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


def plain_farewell(ending: Ending) -> Goodbye:
    """Return bare last words for an ending, its own name, for servers that bring no table of their own."""
    code, stay_away = str(ending).replace(" ", "_"), ending is Ending.PROTOCOL_ERROR
    return Goodbye({"code": code, "reconnect": not stay_away}, stay_away, 3500 if stay_away else 3000)


def say(link: Link, goodbye: Goodbye, ending: Ending) -> None:
    """Queue the last words on every namespace joined, which have no bound, and begin to close."""
    if link.closing:
        return
    link.outbox.lift_bound()
    joined = [session.namespace for session in link.sessions.values() if session.joined]
    for namespace in joined:
        link.put(packets.event_frame(namespace, EVENT, (dict(goodbye.payload),)))
    # socket.io-client 4.0 takes a refused CONNECT as final only when DISCONNECT follows, and would ask again.
    for namespace in [*(joined if goodbye.stay_away else ()), *sorted(link.refused)]:
        link.put(packets.disconnect_frame(namespace))
    link.stays_away = goodbye.stay_away
    link.close(ending, code=goodbye.ws_code, reason=str(goodbye.payload.get("code", "")))


async def drain(
    links: Callable[[], Sequence[Link]], farewell: Callable[[], Goodbye], *, batch: int, within_s: float
) -> None:
    """Say goodbye to all, a batch at a time, and return when all are gone; after `within_s` they are cut off.

    What was heard before is answered first, for half of that time at most. Nobody waits for another: each has as long
    to fetch its last words as any closing connection.
    """
    try:
        async with asyncio.timeout(within_s):
            await _answered(links(), within_s / 2)
            while staying := [link for link in links() if not link.closing]:  # a handshake may just have been under way
                for few in _batches(staying, batch):
                    for link in few:
                        say(link, farewell(), Ending.SHUTDOWN)
                    await asyncio.sleep(_BREATH_S)
            for link in links():
                await link.gone()
    except TimeoutError:
        for link in links():
            link.close(Ending.SHUTDOWN)
            link.abort()


async def _answered(links: Sequence[Link], within_s: float) -> None:
    """Wait until nothing that was heard is without its answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            for link in links:
                for session in list(link.sessions.values()):
                    await session.idle()


def _batches(links: Sequence[Link], size: int) -> Iterator[list[Link]]:
    rest = iter(links)
    while few := list(islice(rest, size)):
        yield few
