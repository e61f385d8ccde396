"""Socket.IO v5, the Engine.IO handshake below it: 7 cases."""

from tests.server.transport.conformance import engine_cases as cases


async def test_below_socketio_polling_opens_a_session_and_is_told_the_terms(socket):
    await cases.polling_opens_a_session(socket)


async def test_below_socketio_polling_without_protocol_version_4_is_refused(socket):
    await cases.polling_without_protocol_4_is_refused(socket)


async def test_below_socketio_polling_without_a_known_transport_is_refused(socket):
    await cases.polling_without_a_known_transport_is_refused(socket)


async def test_below_socketio_polling_by_a_wrong_method_is_refused(socket):
    await cases.polling_by_a_wrong_method_is_refused(socket)


async def test_below_socketio_a_websocket_opens_a_session_and_is_told_the_terms(socket):
    await cases.a_websocket_opens_a_session(socket)


async def test_below_socketio_a_websocket_without_protocol_version_4_is_refused(socket):
    await cases.a_websocket_without_protocol_4_is_refused(socket)


async def test_below_socketio_a_websocket_without_a_known_transport_is_refused(socket):
    await cases.a_websocket_without_a_known_transport_is_refused(socket)
