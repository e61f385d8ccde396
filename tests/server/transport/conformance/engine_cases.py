"""What both suites ask of Engine.IO, each case once; the tests say of which server."""

import asyncio
import json

from tests.patience import PATIENCE_S
from tests.server.transport.conformance.site import PING_INTERVAL_MS, PING_TIMEOUT_MS, Site, Speaker

TERMS = {"pingInterval": PING_INTERVAL_MS, "pingTimeout": PING_TIMEOUT_MS, "maxPayload": 1_000_000}


def check_terms(terms: dict, upgrades: list[str]) -> None:
    sid = terms.pop("sid")
    assert isinstance(sid, str)
    assert sid
    assert terms == TERMS | {"upgrades": upgrades}


async def polling_opens_a_session(site: Site) -> None:
    check_terms(await site.terms(), ["websocket"])


async def polling_without_protocol_4_is_refused(site: Site) -> None:
    assert await site.status("GET", "transport=polling") == 400
    assert await site.status("GET", "EIO=abc&transport=polling") == 400


async def polling_without_a_known_transport_is_refused(site: Site) -> None:
    assert await site.status("GET", "EIO=4") == 400
    assert await site.status("GET", "EIO=4&transport=abc") == 400


async def polling_by_a_wrong_method_is_refused(site: Site) -> None:
    assert await site.status("POST", "EIO=4&transport=polling") == 400
    assert await site.status("PUT", "EIO=4&transport=polling") == 400


async def a_websocket_opens_a_session(site: Site) -> None:
    speaker = await site.websocket()
    opening = await speaker.packet()
    assert isinstance(opening, str)
    assert opening[0] == "0"
    check_terms(json.loads(opening[1:]), [])
    await speaker.close()


async def a_websocket_without_protocol_4_is_refused(site: Site) -> None:
    assert await site.lag.closed_within(site.refused("transport=websocket")) == 400
    assert await site.lag.closed_within(site.refused("EIO=abc&transport=websocket")) == 400


async def a_websocket_without_a_known_transport_is_refused(site: Site) -> None:
    assert await site.lag.closed_within(site.refused("EIO=4")) == 400
    assert await site.lag.closed_within(site.refused("EIO=4&transport=abc")) == 400


async def polling_carries_ping_and_pong(site: Site) -> None:
    sid = await site.session()
    for _ in range(3):
        assert await site.poll(sid) == (200, "2")
        assert await site.post(sid, "3") == (200, "ok")


async def polling_is_closed_after_a_ping_timeout(site: Site) -> None:
    begun = site.now()
    sid = await site.session()

    async def gone() -> tuple[int, str]:
        # A wrong method on a session is refused and changes nothing; it tells whether the session is known.
        while "unknown" not in (answer := await site.ask("PUT", f"EIO=4&transport=polling&sid={sid}"))[1]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return answer

    await site.lag.closed_within(gone(), after_ms=PING_INTERVAL_MS + PING_TIMEOUT_MS, begun=begun)
    assert (await site.poll(sid))[0] == 400


async def a_websocket_carries_ping_and_pong(site: Site) -> None:
    speaker = await site.speaker()
    for _ in range(3):
        assert await speaker.anything() == "2"
        await speaker.send("3")
    await speaker.close()


async def a_websocket_is_closed_after_a_ping_timeout(site: Site) -> None:
    begun = site.now()
    speaker = await site.speaker()
    silence = PING_INTERVAL_MS + PING_TIMEOUT_MS
    await site.lag.closed_within(speaker.closed_on_a_silent_client(), after_ms=silence, begun=begun)


async def polling_closes_when_the_client_says_so(site: Site) -> None:
    sid = await site.session()
    poll = await site.waiting_poll(sid)
    assert await site.post(sid, "1") == (200, "ok")
    assert await site.lag.closed_within(poll) == (200, "6")
    assert (await site.poll(sid))[0] == 400


async def a_websocket_closes_when_the_client_says_so(site: Site) -> None:
    speaker = await site.speaker()
    await speaker.send("1")
    await site.lag.closed_within(speaker.closed())


async def polling_becomes_a_websocket(site: Site) -> Speaker:
    sid = await site.session()
    speaker = await site.upgrade_of(sid)
    await speaker.send("2probe")
    assert await speaker.packet() == "3probe"
    assert await site.poll(sid) == (200, "6")  # a poll must not hold the upgrade back
    await speaker.send("5")
    return speaker


async def upgraded(site: Site) -> tuple[str, Speaker]:
    """Upgrade without waiting for the answer to the probe, and return when the server has taken note."""
    sid = await site.session()
    speaker = await site.upgrade_of(sid)
    await speaker.send("2probe", "5")
    assert await speaker.packet() == "3probe"
    await until_upgraded(site, sid)
    return sid, speaker


async def until_upgraded(site: Site, sid: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while site.link(sid).transport != "websocket":  # noqa: ASYNC110 - nobody signals it
            await asyncio.sleep(0.001)


async def after_an_upgrade_polls_are_refused(site: Site) -> Speaker:
    sid, speaker = await upgraded(site)
    assert (await site.poll(sid))[0] == 400
    return speaker


async def after_an_upgrade_another_websocket_is_refused(site: Site) -> Speaker:
    sid, speaker = await upgraded(site)
    intruder = await site.upgrade_of(sid)  # the originals know no refusal by HTTP here: it opens, and is closed
    await site.lag.closed_within(intruder.closed())
    return speaker
