"""Engine.IO v4, heartbeat: 4 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_polling_carries_ping_and_pong(engine):
    await cases.polling_carries_ping_and_pong(engine)


async def test_polling_is_closed_when_no_pong_comes_in_time(engine):
    await cases.polling_is_closed_after_a_ping_timeout(engine)


async def test_a_websocket_carries_ping_and_pong(engine):
    await cases.a_websocket_carries_ping_and_pong(engine)


async def test_a_websocket_is_closed_when_no_pong_comes_in_time(engine):
    await cases.a_websocket_is_closed_after_a_ping_timeout(engine)
