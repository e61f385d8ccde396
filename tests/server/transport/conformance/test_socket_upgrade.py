"""Socket.IO v5, upgrading Engine.IO below it: 3 cases, and after each the session still works over the WebSocket."""

from tests.server.transport.conformance import engine_cases as cases


async def test_below_socketio_polling_becomes_a_websocket(socket):
    await still_works(await cases.polling_becomes_a_websocket(socket))


async def test_below_socketio_after_an_upgrade_polls_are_refused(socket):
    await still_works(await cases.after_an_upgrade_polls_are_refused(socket))


async def test_below_socketio_after_an_upgrade_another_websocket_is_refused(socket):
    await still_works(await cases.after_an_upgrade_another_websocket_is_refused(socket))


async def still_works(speaker):
    await speaker.send("40")
    assert str(await speaker.packet()).startswith('40{"sid":"')
