"""Engine.IO v4, handshake: 7 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_polling_opens_a_session_and_is_told_the_terms(engine):
    await cases.polling_opens_a_session(engine)


async def test_polling_without_protocol_version_4_is_refused(engine):
    await cases.polling_without_protocol_4_is_refused(engine)


async def test_polling_without_a_known_transport_is_refused(engine):
    await cases.polling_without_a_known_transport_is_refused(engine)


async def test_polling_by_a_wrong_method_is_refused(engine):
    await cases.polling_by_a_wrong_method_is_refused(engine)


async def test_a_websocket_opens_a_session_and_is_told_the_terms(engine):
    await cases.a_websocket_opens_a_session(engine)


async def test_a_websocket_without_protocol_version_4_is_refused(engine):
    await cases.a_websocket_without_protocol_4_is_refused(engine)


async def test_a_websocket_without_a_known_transport_is_refused(engine):
    await cases.a_websocket_without_a_known_transport_is_refused(engine)
