"""The Socket.IO link, against a stock server."""

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from heard.client.links.base import LinkDown
from heard.client.links.loopback import LoopbackKitchen
from heard.client.links.socket import SocketLink
from heard.contract import goodbyes
from heard.errors import InvalidToken
from tests.heard.client.conftest import BURGER, eventually
from tests.heard.client.stand_in import StandIn, stand_in


@pytest.fixture
async def server(kitchen: LoopbackKitchen) -> AsyncIterator[StandIn]:
    async with stand_in(kitchen) as one:
        yield one


class Ear:
    """What a link told."""

    def __init__(self, link: SocketLink) -> None:
        self.events: list[tuple[str, Any]] = []
        self.ends: list[LinkDown] = []
        link.on_event = lambda name, payload: self.events.append((name, payload))
        link.on_closed = self.ends.append

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@pytest.fixture
async def link(server: StandIn) -> AsyncIterator[SocketLink]:
    one = SocketLink(server.url, namespaces=("/kds", "/orders"))
    yield one
    await one.close()


async def test_it_greets_first_and_hears_events_in_order_with_one_argument(
    server: StandIn, kitchen: LoopbackKitchen, link: SocketLink
) -> None:
    ear = Ear(link)
    await link.open({"token": "abc", "client": {"name": "test"}})
    assert server.auths[0] == {"token": "abc", "client": {"name": "test"}}
    await eventually(lambda: ear.names == ["session:ready"] * 2)
    reply = await link.request("stream:subscribe", {"stream": "s1/kds"}, 5)
    assert reply["snapshot"]["tickets"] == []
    for _ in range(20):
        kitchen.place(BURGER)
    await eventually(lambda: len(ear.events) == 42)
    assert [payload["seq"] for _, payload in ear.events[2:]] == list(range(1, 41))


async def test_requests_go_where_their_name_belongs(
    server: StandIn, kitchen: LoopbackKitchen, link: SocketLink
) -> None:
    await link.open({})
    await link.request("orders:place", {"command_id": "command-1", "order": BURGER}, 5)
    answer = await link.request("kds:bump", {"command_id": "command-2", "ticket_id": "s1-1.grill"}, 5)
    assert answer["result"] == "applied"
    assert [(namespace, event) for namespace, event, _ in server.requests] == [
        ("/orders", "orders:place"),
        ("/kds", "kds:bump"),
    ]


async def test_many_requests_at_once_are_sent_in_order_and_each_gets_its_own_answer(
    server: StandIn, kitchen: LoopbackKitchen, link: SocketLink
) -> None:
    for _ in range(30):
        kitchen.place(BURGER)
    await link.open({})
    bumps = [{"command_id": f"command-{n}", "ticket_id": f"s1-{n}.grill"} for n in range(1, 31)]
    answers = await asyncio.gather(*(link.request("kds:bump", bump, 5) for bump in bumps))
    assert all(answer["result"] == "applied" for answer in answers)
    assert [data for _, _, data in server.requests] == bumps


async def test_a_refused_connect_raises_what_the_gateway_raised(server: StandIn, link: SocketLink) -> None:
    server.refusal = {"message": "the token has expired", "code": "invalid_token", "temporary": False}
    with pytest.raises(InvalidToken, match="the token has expired"):
        await link.open({})


async def test_nobody_there_is_said_with_address_cause_and_what_to_look_at() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(LinkDown) as no:
        await SocketLink(url).open({})
    assert str(no.value) == f"no gateway answers at {url} (connection refused): is `heard serve` running there?"


async def test_a_name_that_nobody_knows_is_said_in_words() -> None:
    with pytest.raises(LinkDown, match=r"no gateway answers at http://nobody\.invalid:1 \([A-Z][^()\[\]]+\): is"):
        await SocketLink("http://nobody.invalid:1").open({})


async def test_a_failed_handshake_leaves_nothing_for_the_log(
    server: StandIn, link: SocketLink, caplog: pytest.LogCaptureFixture
) -> None:
    server.draining = True
    with pytest.raises(LinkDown):
        await link.open({})
    del link
    gc.collect()
    assert caplog.records == []


async def test_the_close_code_counts_when_the_last_words_were_lost(
    server: StandIn, link: SocketLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(link)
    await link.open({})
    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "close_code", goodbyes.BANNED.number)
    await server.cut()
    await eventually(lambda: ear.ends)
    assert (ear.ends[0].final, ear.ends[0].message) == (True, goodbyes.BANNED.sentence)


async def test_a_draining_gateway_says_when_to_come_back(server: StandIn, link: SocketLink) -> None:
    server.draining = True
    with pytest.raises(LinkDown, match="503") as down:
        await link.open({})
    assert down.value.retry_after_ms == 7_000


async def test_a_gateway_that_is_full_is_quoted(server: StandIn, link: SocketLink) -> None:
    server.draining = True
    server.refused_with = '{"error": {"code": "unavailable", "message": "As many\\u001b]0;x as may be"}}'
    with pytest.raises(LinkDown) as down:
        await link.open({})
    assert down.value.message.startswith("the gateway says: As many")
    assert down.value.message.endswith("as may be (503)")
    assert "\x1b" not in down.value.message
    assert down.value.retry_after_ms == 7_000


@pytest.mark.parametrize("body", ["<html>", "[]", '{"error": {}}', '{"error": {"message": 7}}', "[" * 9_999])
async def test_something_else_that_refuses_is_not_quoted(server: StandIn, link: SocketLink, body: str) -> None:
    server.draining = True
    server.refused_with = body
    with pytest.raises(LinkDown) as down:
        await link.open({})
    assert down.value.message == "the gateway does not take connections now (503)"


async def test_a_gateway_that_takes_the_call_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heard.client.links.socket.OPEN_S", 0.1)
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(LinkDown, match="does not answer"):
        await SocketLink(url).open({})
    server.close()
    for writer in held:
        writer.close()


async def test_a_cut_is_told_once_and_fails_what_was_asked(server: StandIn, link: SocketLink) -> None:
    ear = Ear(link)
    await link.open({})
    server.silent = True
    asked = asyncio.create_task(link.request("kds:bump", {"command_id": "command-1"}, 60))
    await eventually(lambda: server.requests)
    await server.cut()
    with pytest.raises(LinkDown):
        await asked
    await eventually(lambda: ear.ends)
    with pytest.raises(LinkDown):
        await link.request("kds:bump", {}, 5)
    await link.close()
    assert len(ear.ends) == 1


async def test_silence_is_a_cut_within_the_heartbeat(server: StandIn, link: SocketLink) -> None:
    ear = Ear(link)
    await link.open({})
    for engine in server.sio.eio.sockets.values():
        engine.send_ping_stopped = True

        async def nothing(*_: object) -> None:
            await asyncio.sleep(3_600)

        engine.send = nothing
    await eventually(lambda: ear.ends)


async def test_an_answer_that_does_not_come_ends_the_link(server: StandIn, link: SocketLink) -> None:
    ear = Ear(link)
    await link.open({})
    server.silent = True
    with pytest.raises(LinkDown, match=r"no answer within 0\.05 s"):
        await link.request("kds:bump", {"command_id": "command-1"}, 0.05)
    assert len(ear.ends) == 1


async def test_last_words_come_before_the_end(server: StandIn, link: SocketLink) -> None:
    ear = Ear(link)
    await link.open({})
    await server.say_goodbye(goodbyes.FORCED)
    await eventually(lambda: ear.ends)
    assert ear.events[-1] == ("session:goodbye", goodbyes.FORCED.as_wire())


async def test_a_closed_link_leaves_no_task_behind(server: StandIn, link: SocketLink) -> None:
    before = asyncio.all_tasks()
    await link.open({})
    await link.close()
    await link.close()
    await eventually(lambda: not {one for one in asyncio.all_tasks() - before if "Client" in repr(one.get_coro())})


async def test_tokens_are_not_logged(server: StandIn, link: SocketLink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await link.open({"token": "canary-token"})
    await link.close()
    assert "canary-token" not in "".join(one.getMessage() for one in caplog.records if one.name.startswith("heard"))
