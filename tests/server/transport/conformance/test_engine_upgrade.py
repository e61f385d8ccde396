"""Engine.IO v4, upgrade: 3 cases, and after each the session still works over the WebSocket."""

from tests.server.transport.conformance import engine_cases as cases


async def test_polling_becomes_a_websocket(engine):
    await still_works(await cases.polling_becomes_a_websocket(engine))


async def test_after_an_upgrade_polls_are_refused(engine):
    await still_works(await cases.after_an_upgrade_polls_are_refused(engine))


async def test_after_an_upgrade_another_websocket_is_refused(engine):
    await still_works(await cases.after_an_upgrade_another_websocket_is_refused(engine))


async def still_works(speaker):
    await speaker.send("4hello")
    assert await speaker.packet() == "4hello"
