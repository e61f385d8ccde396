"""Socket.IO v5, messages: 7 cases."""

ATTACHMENTS = [b"\x01\x02\x03", b"\x04\x05\x06"]
PLACEHOLDERS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


async def test_an_event_of_plain_text_comes_back(socket):
    speaker = await socket.joined()
    await speaker.send('42["message",1,"2",{"3":[true]}]')
    assert await speaker.packet() == '42["message-back",1,"2",{"3":[true]}]'


async def test_an_event_with_binary_attachments_comes_back(socket):
    speaker = await socket.joined()
    await speaker.send(f'452-["message",{PLACEHOLDERS}]', *ATTACHMENTS)
    assert await speaker.packets(3) == [f'452-["message-back",{PLACEHOLDERS}]', *ATTACHMENTS]


async def test_an_event_of_plain_text_is_acknowledged(socket):
    speaker = await socket.joined()
    await speaker.send('42456["message-with-ack",1,"2",{"3":[false]}]')
    assert await speaker.packet() == '43456[1,"2",{"3":[false]}]'


async def test_an_event_with_binary_attachments_is_acknowledged_with_them(socket):
    speaker = await socket.joined()
    await speaker.send(f'452-789["message-with-ack",{PLACEHOLDERS}]', *ATTACHMENTS)
    assert await speaker.packets(3) == [f"462-789[{PLACEHOLDERS}]", *ATTACHMENTS]


async def test_a_packet_of_an_unknown_type_closes_the_connection(socket):
    await closed_after(socket, "4abc")


async def test_a_payload_that_is_no_array_closes_the_connection(socket):
    await closed_after(socket, "42{}")


async def test_an_ack_id_that_is_no_number_closes_the_connection(socket):
    await closed_after(socket, '42abc["message-with-ack",1,"2",{"3":[false]}]')


async def closed_after(site, packet):
    speaker = await site.joined()
    await speaker.send(packet)
    await site.lag.closed_within(speaker.closed())
