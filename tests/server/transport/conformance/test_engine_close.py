"""Engine.IO v4, closing: 2 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_polling_closes_and_releases_its_poll_when_the_client_says_so(engine):
    await cases.polling_closes_when_the_client_says_so(engine)


async def test_a_websocket_closes_when_the_client_says_so(engine):
    await cases.a_websocket_closes_when_the_client_says_so(engine)
