"""The integrator's client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from heard.client import Following, HeardClient, KitchenFeed, LinkDown, LinkState, MemoryOutbox, StartedOver
from heard.client.links.loopback import LoopbackKitchen
from heard.client.links.socket import SocketLink
from heard.contract import goodbyes, kds
from heard.contract.kds import Bump
from heard.errors import Forbidden, InvalidToken, NotFound
from tests.heard.client.conftest import BURGER, MEAL, PATIENCE_S, eventually, until
from tests.heard.client.stand_in import StandIn, stand_in


@pytest.fixture
def kitchen() -> LoopbackKitchen:
    return LoopbackKitchen(page=2, max_events=4, max_behind=12)


def client_of(kitchen: LoopbackKitchen, **more: Any) -> HeardClient:
    return HeardClient(connect=kitchen.link, dice=lambda: 0.0, **more)


@pytest.fixture
async def client(kitchen: LoopbackKitchen) -> AsyncIterator[HeardClient]:
    async with client_of(kitchen) as one:
        yield one


async def heard(following: Following, many: int) -> list[tuple[str, int | None]]:
    async with asyncio.timeout(PATIENCE_S):
        return [(event.name, event.seq) for event in [await anext(following) for _ in range(many)]]


async def test_a_command_gets_its_answer(client: HeardClient) -> None:
    answer = await client.send("orders:place", order=BURGER)
    assert (answer.result, answer.order and answer.order["display_no"]) == ("applied", "1")
    answer = await client.send(Bump(command_id="command-1", ticket_id="s1-1.grill"))
    assert answer.result == "applied"


async def test_a_refusal_is_raised_as_the_gateways_class(client: HeardClient) -> None:
    with pytest.raises(NotFound, match="there is no ticket"):
        await client.send("kds:bump", ticket_id="no.grill")


async def test_a_command_whose_answer_was_lost_is_sent_again_and_acts_once(
    client: HeardClient, kitchen: LoopbackKitchen
) -> None:
    kitchen.lose_next_answer()
    answer = await client.send("orders:place", order=BURGER)
    assert answer.replayed
    assert len(kitchen.kitchen.book.orders) == 1


async def test_a_gateway_that_is_not_there_is_waited_for_and_then_said(kitchen: LoopbackKitchen) -> None:
    kitchen.refuse_links(LinkDown("no gateway there"))
    async with client_of(kitchen) as client:
        with pytest.raises(LinkDown, match=r"no answer within 0\.05 s: no gateway there"):
            await client.send("orders:place", order=BURGER, timeout_s=0.05)
        with pytest.raises(LinkDown, match="no gateway there"):
            await client.subscribe("s1/orders", timeout_s=0.05)


async def test_a_stream_is_heard_in_order_through_cuts(client: HeardClient, kitchen: LoopbackKitchen) -> None:
    following = await client.subscribe("s1/orders")
    kitchen.place(BURGER)
    kitchen.drop_next(3)
    kitchen.place(BURGER)
    kitchen.place(BURGER)
    kitchen.cut()
    kitchen.place(BURGER)
    assert await heard(following, 4) == [("order:created", seq) for seq in (1, 2, 3, 4)]


async def test_what_was_there_before_is_the_snapshot(client: HeardClient, kitchen: LoopbackKitchen) -> None:
    for _ in range(5):
        kitchen.place(BURGER)
    following = await client.subscribe("s1/orders")
    assert len(following.snapshot["orders"]) == 5
    kitchen.place(BURGER)
    assert await heard(following, 1) == [("order:created", 6)]


async def test_a_stream_that_starts_over_says_so_and_goes_on(client: HeardClient, kitchen: LoopbackKitchen) -> None:
    following = await client.subscribe("s1/orders")
    kitchen.start_over("loop-2")
    kitchen.place(BURGER)
    with pytest.raises(StartedOver) as over:
        await heard(following, 1)
    assert following.snapshot is over.value.snapshot
    assert len(over.value.snapshot["orders"]) == 1
    kitchen.place(BURGER)
    assert await heard(following, 1) == [("order:created", 2)]


async def test_a_stream_nobody_reads_starts_over_instead_of_growing(
    client: HeardClient, kitchen: LoopbackKitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heard.client.client.MAX_UNREAD", 3)
    following = await client.subscribe("s1/orders")
    for _ in range(10):
        kitchen.place(BURGER)
    await eventually(lambda: client._subscriptions[0].session.position == ("loop-1", 10))
    with pytest.raises(StartedOver):
        await heard(following, 10)


async def test_a_view_is_heard_alone(client: HeardClient, kitchen: LoopbackKitchen) -> None:
    following = await client.subscribe("s1/kds", station="fry")
    kitchen.place(BURGER)
    kitchen.place(MEAL)
    assert {name for name, _ in await heard(following, 3)} == {"kds:order_incoming"}


async def test_a_stream_that_is_not_for_us_is_refused_and_the_rest_goes_on(client: HeardClient) -> None:
    with pytest.raises(Exception, match="there is no stream s9/orders"):
        await client.subscribe("s9/orders")
    assert (await client.send("orders:place", order=BURGER)).ok


async def test_what_was_refused_or_let_go_leaves_nothing_behind(client: HeardClient) -> None:
    for _ in range(2):
        with pytest.raises(Exception, match="there is no stream s9/orders"):
            await client.subscribe("s9/orders")
        await client.unsubscribe(await client.subscribe("s1/orders"))
    with pytest.raises(LinkDown):
        await client.subscribe("s1/kds", timeout_s=0)
    assert (client._following, client._subscriptions) == ([], [])


async def test_a_renewal_is_asked_for_once_however_many_namespaces_are_warned(
    client: HeardClient, kitchen: LoopbackKitchen
) -> None:
    await client.joined()
    client.said("auth:expiring", {"ttl_s": 60})
    first = client._refresher
    client.said("auth:expiring", {"ttl_s": 60})
    assert client._refresher is first


async def test_a_stream_is_let_go(client: HeardClient, kitchen: LoopbackKitchen) -> None:
    following = await client.subscribe("s1/orders")
    await client.unsubscribe(following)
    kitchen.place(BURGER)
    assert [event async for event in following] == []
    again = await client.subscribe("s1/orders")
    with pytest.raises(ValueError, match="has a subscriber already"):
        await client.subscribe("s1/orders")
    assert len(again.snapshot["orders"]) == 1


async def test_leaving_ends_what_is_heard(kitchen: LoopbackKitchen) -> None:
    async with client_of(kitchen) as client:
        following = await client.subscribe("s1/orders")
    assert [event async for event in following] == []
    assert kitchen._links == []


async def test_a_refused_client_says_so_everywhere(kitchen: LoopbackKitchen) -> None:
    async with client_of(kitchen) as client:
        following = await client.subscribe("s1/orders")
        kitchen.goodbye(goodbyes.BANNED)
        with pytest.raises(LinkDown, match="banned for now"):
            await heard(following, 1)
        with pytest.raises(LinkDown, match="banned for now"):
            await client.send("orders:place", order=BURGER)
        assert client.status.state is LinkState.REFUSED
        client.retry()
        assert (await client.send("orders:place", order=BURGER)).ok


async def test_a_token_near_its_end_is_renewed_on_the_link_as_it_stands(
    kitchen: LoopbackKitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, asked = tmp_path / "token", []
    token.write_text("first")
    answers: list[dict[str, Any]] = [{"ok": True}, {"ok": False, **Forbidden("another subject").as_wire()}]
    inner = kitchen.asked

    def listen(link: Any, event: str, data: dict[str, Any]) -> dict[str, Any]:
        asked.append((event, data))
        return answers.pop(0) if event == "auth:refresh" else inner(link, event, data)

    monkeypatch.setattr(kitchen, "asked", listen)
    async with client_of(kitchen, token=token) as client:
        await client.joined()
        kitchen.say("auth:expiring", {"ttl_s": 60})  # the same token still: nothing to say
        await eventually(lambda: client._refresher and client._refresher.done())
        for text in ("second", "third"):
            token.write_text(text)
            done = client._refresher
            kitchen.say("auth:expiring", {"ttl_s": 60})
            await eventually(lambda done=done: client._refresher is not done and client._refresher.done())
        assert asked == [("auth:refresh", {"token": "second"}), ("auth:refresh", {"token": "third"})]
        assert client._token.startswith("sec")
        assert client.status.live


def test_a_client_needs_somewhere_to_connect_to() -> None:
    with pytest.raises(ValueError, match="needs the url"):
        HeardClient()


# ── Over Socket.IO ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def server(kitchen: LoopbackKitchen) -> AsyncIterator[StandIn]:
    async with stand_in(kitchen) as one:
        yield one


async def test_place_and_hear_over_socket_io(server: StandIn, kitchen: LoopbackKitchen) -> None:
    async with HeardClient(server.url, token="abc", device="till-1") as client:
        following = await client.subscribe("s1/orders")
        await client.send("orders:place", order=BURGER)
        await server.cut()
        kitchen.place(BURGER)
        assert await heard(following, 2) == [("order:created", 1), ("order:created", 2)]
    about = server.auths[0]["client"]
    assert (about["name"], about["device"], server.auths[0]["token"]) == ("heard-sdk", "till-1", "abc")


async def test_a_refused_token_over_socket_io_is_raised(server: StandIn) -> None:
    server.refusal = {"message": "not one of ours", "code": "invalid_token", "temporary": False}
    async with HeardClient(server.url) as client:
        with pytest.raises(InvalidToken, match="not one of ours"):
            await client.send("orders:place", order=BURGER)


async def test_a_gateway_that_does_not_greet_is_left(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heard.client.connection.READY_S", 0.05)
    server.mute = True
    async with HeardClient(server.url) as client:
        await eventually(lambda: client.status.attempt >= 1)
        assert client.status.reason == "the gateway took the connection and did not greet"


async def test_a_station_over_socket_io_bumps_and_survives_a_cut(server: StandIn, kitchen: LoopbackKitchen) -> None:
    kitchen.place(BURGER)
    feed = KitchenFeed(lambda: SocketLink(server.url), "s1", "grill", MemoryOutbox(), dice=lambda: 0.0)
    feed.start()
    try:
        await eventually(lambda: feed.status.live)
        feed.do(kds.Bump, ticket_id="s1-1.grill")
        await server.cut()
        kitchen.place(BURGER)
        await eventually(lambda: feed.status.live and not feed.status.unsent and "s1-2.grill" in feed.board.tickets)
        await eventually(lambda: feed.board is feed.confirmed)
        assert dict(feed.board.tickets) == dict(kitchen.kitchen.board.tickets)
        await server.say_goodbye(goodbyes.REPLACED)
        await eventually(lambda: feed.status.state is LinkState.REFUSED)
        assert feed.status.reason == goodbyes.REPLACED.sentence
    finally:
        assert await asyncio.to_thread(feed.stop)
    until(lambda: feed.status.state is LinkState.OFFLINE)
