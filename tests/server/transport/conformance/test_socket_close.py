"""Socket.IO v5, closing Engine.IO below it: 2 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_below_socketio_polling_closes_and_releases_its_poll_when_the_client_says_so(socket):
    await cases.polling_closes_when_the_client_says_so(socket)


async def test_below_socketio_a_websocket_closes_when_the_client_says_so(socket):
    await cases.a_websocket_closes_when_the_client_says_so(socket)
