"""Socket.IO v5, leaving namespaces: 2 cases."""


async def test_a_client_that_leaves_the_main_namespace_keeps_its_connection(socket):
    speaker = await socket.joined()
    await speaker.send("41")
    for _ in range(2):
        assert await speaker.anything() == "2"
        await speaker.send("3")


async def test_a_client_that_joins_and_leaves_a_custom_namespace_stays_in_the_main_one(socket):
    speaker = await socket.joined()
    assert await speaker.anything() == "2"
    await speaker.send("3", "40/custom")
    connected, auth = await speaker.packets(2)
    assert connected.startswith('40/custom,{"sid":"')
    assert auth == '42/custom,["auth",{}]'
    await speaker.send("41/custom", '42["message","message to main namespace"]')
    assert await speaker.packet() == '42["message-back","message to main namespace"]'
