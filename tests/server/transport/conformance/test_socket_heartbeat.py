"""Socket.IO v5, the Engine.IO heartbeat below it: 4 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_below_socketio_polling_carries_ping_and_pong(socket):
    await cases.polling_carries_ping_and_pong(socket)


async def test_below_socketio_polling_is_closed_when_no_pong_comes_in_time(socket):
    await cases.polling_is_closed_after_a_ping_timeout(socket)


async def test_below_socketio_a_websocket_carries_ping_and_pong(socket):
    await cases.a_websocket_carries_ping_and_pong(socket)


async def test_below_socketio_a_websocket_is_closed_when_no_pong_comes_in_time(socket):
    await cases.a_websocket_is_closed_after_a_ping_timeout(socket)
