"""Socket.IO v5, connecting to namespaces: 7 cases."""

import json

from tests.server.transport.conformance.site import CONNECT_TIMEOUT_MS


async def connected(site, packet, prefix):
    """Send a CONNECT, check its answer, and return the packet behind it."""
    speaker = await site.speaker()
    await speaker.send(packet)
    answer, then = await speaker.packets(2)
    assert answer.startswith(prefix)
    body = json.loads(answer.removeprefix(prefix))
    assert list(body) == ["sid"]
    assert isinstance(body["sid"], str)
    return then


async def test_the_main_namespace_is_open(socket):
    assert await connected(socket, "40", "40") == '42["auth",{}]'


async def test_the_main_namespace_is_open_to_a_client_with_a_payload(socket):
    assert await connected(socket, '40{"token":"123"}', "40") == '42["auth",{"token":"123"}]'


async def test_a_custom_namespace_is_open(socket):
    assert await connected(socket, "40/custom,", "40/custom,") == '42/custom,["auth",{}]'


async def test_a_custom_namespace_is_open_to_a_client_with_a_payload(socket):
    auth = await connected(socket, '40/custom,{"token":"abc"}', "40/custom,")
    assert auth == '42/custom,["auth",{"token":"abc"}]'


async def test_an_unknown_namespace_is_refused(socket):
    speaker = await socket.speaker()
    await speaker.send("40/random")
    assert await speaker.packet() == '44/random,{"message":"Invalid namespace"}'


async def test_what_is_no_connect_packet_closes_the_connection(socket):
    speaker = await socket.speaker()
    await speaker.send("4abc")
    await socket.lag.closed_within(speaker.closed())


async def test_a_client_that_joins_nothing_is_closed_though_it_answers_pings(socket):
    begun = socket.now()
    speaker = await socket.speaker()
    await socket.lag.closed_within(speaker.closed(), after_ms=CONNECT_TIMEOUT_MS, begun=begun)
